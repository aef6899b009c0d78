"""What the SpineDXAGen window is made of. Import from its files: nothing is imported here."""
