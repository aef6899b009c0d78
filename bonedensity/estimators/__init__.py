"""Bone density from images that were not made to measure it: one system a folder."""
