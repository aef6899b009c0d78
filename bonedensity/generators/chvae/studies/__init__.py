"""The paper's experiments, run again on virtual people or one's own."""
