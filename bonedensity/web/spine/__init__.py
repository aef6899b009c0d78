"""The page of a spine DXA at another age or build."""
