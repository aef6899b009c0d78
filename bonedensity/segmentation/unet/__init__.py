"""The built-in Bayesian U-Net: bone labels with an uncertainty for every voxel."""
