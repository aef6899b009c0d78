"""Training of BMD-GAN in the paper's three stages."""
