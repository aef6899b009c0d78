"""Width, height and area of lumbar vertebrae on an AP spine DXA."""
