"""BoneDensity: bone mineral density from X-ray, CT and DXA. Research use only."""

__version__ = "0.1.0"
