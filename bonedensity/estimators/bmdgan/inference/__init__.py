"""BMD-GAN on one radiograph: densities with intervals, overlays, or the reason why there is no number."""
