"""Bones: their names, their terminology, and where their landmarks lie."""
