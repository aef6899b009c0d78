"""From a projection of the proximal femur, and from the regression head, to densities with an interval."""
