"""UI-neutral walks through the product: both windows and the command line drive these."""
