"""A spine DXA as it would be at another age or build, as a window or a script walks through it."""
