"""Abduction, action, prediction on one image."""
