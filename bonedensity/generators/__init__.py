"""Images that were never taken: what an image would show had something been otherwise; one system a folder."""

from bonedensity.generators.registry import GENERATORS, load

__all__ = ["GENERATORS", "load"]
