"""What BMD-GAN's networks are trained on, term by term."""
