"""The paper's experiments, run again on virtual patients or on a user's own."""
