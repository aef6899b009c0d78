"""What the BMDEstimator window is made of. Import from its files: nothing is imported here."""
