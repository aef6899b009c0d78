"""Radiographs with their truth, as BMD-GAN is trained on them."""
