"""Bone density from images that were not made to measure it: one system a folder."""

from bonedensity.estimators.registry import Estimate, Estimator, estimators, load, register_estimator

__all__ = ["Estimate", "Estimator", "estimators", "load", "register_estimator"]
