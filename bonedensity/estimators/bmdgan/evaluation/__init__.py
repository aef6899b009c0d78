"""How good a trained BMD-GAN is on people it has not seen."""
