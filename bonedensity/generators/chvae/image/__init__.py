"""The image's part of the model: a two-level variational autoencoder under attributes."""
