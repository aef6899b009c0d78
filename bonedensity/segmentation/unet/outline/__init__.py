"""Where bone ends: the Bayesian U-Net's doubt at the surface, settled in voxels half as wide."""
