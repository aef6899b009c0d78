"""A frame in which every spine stands alike."""
