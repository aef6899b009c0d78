"""What all networks share: weights with their cards, and training."""
