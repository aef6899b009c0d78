"""Training from a manifest."""
