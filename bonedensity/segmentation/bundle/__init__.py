"""MONAI bundles: weights and plain numbers are taken from them, never their Python."""
