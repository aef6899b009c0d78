"""BMD-GAN's networks: backbones by name, generator, critics, regression head."""
