"""BoneDensity's types as MRML nodes and back: the only place that knows MRML and RAS; the scene is always passed in."""
