"""Pictures of a report: X-ray and projected bones in grey, and regions on the bone."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from bonedensity.workflows.outlines import rim

RGB = NDArray[np.float64]
"""(rows, columns, 3), each in [0, 1]."""

LONGER_SIDE_PX = 512
"""Pictures are drawn at about this size."""


def sized(image: NDArray[np.generic], longer_side: int = LONGER_SIDE_PX) -> NDArray[np.float32]:
    """The image resampled to about `longer_side` pixels."""
    factor = longer_side / max(image.shape)
    source = np.asarray(image, dtype=np.float32)
    if factor < 1:
        source = gaussian_filter(source, 0.4 / factor)
    return np.asarray(zoom(source, factor, order=1), dtype=np.float32)


def enlarged(picture: RGB) -> RGB:
    """A part of a picture, drawn larger."""
    return np.stack([sized(channel) for channel in np.moveaxis(picture, 2, 0)], axis=2).astype(np.float64)


def grey(image: NDArray[np.generic], *, low: float = 1.0, high: float = 99.7) -> NDArray[np.float64]:
    """Grey values stretched between two percentiles to [0, 1]."""
    values = np.asarray(image, dtype=np.float64)
    darkest, brightest = np.percentile(values, (low, high))
    return np.clip((values - darkest) / max(brightest - darkest, 1e-9), 0, 1)


def drr_grey(drr: NDArray[np.generic]) -> NDArray[np.float64]:
    """A bone DRR in [0, 1], black where there is no bone."""
    values = np.asarray(drr, dtype=np.float64)
    filled = values[values > 0]
    return np.clip(values / (np.percentile(filled, 99.5) if filled.size else 1.0), 0, 1)


def on_grey(image: NDArray[np.float64]) -> RGB:
    """A grey image as colours."""
    return np.repeat(image[..., None], 3, axis=2)


def density_overlay(
    xray: NDArray[np.float64], density: NDArray[np.generic], covered: NDArray[np.bool_], *, highest: float
) -> RGB:
    """Areal density in colour (cividis, 0 to `highest` g/cm²) on the radiograph where a region covers it."""
    from matplotlib import colormaps

    colors = colormaps["cividis"](np.clip(np.asarray(density) / highest, 0, 1))[..., :3]
    picture = np.where(covered[..., None], colors, on_grey(xray))
    picture[rim(covered)] = 1.0
    return picture


def with_scale_bar(picture: RGB, length_px: float) -> RGB:
    """A white bar of a known length near the lower left corner."""
    marked = picture.copy()
    rows = marked.shape[0]
    left, bottom = rows // 30, rows - rows // 30
    marked[bottom - max(3, rows // 120) : bottom, left : left + round(length_px)] = 1.0
    return marked


def window_around(mask: NDArray[np.bool_], *, least: int) -> tuple[slice, slice]:
    """A square window around a region, at least `least` pixels wide and half as wide again as the region."""
    v, u = np.nonzero(mask)
    side = min(max(least, int(1.6 * max(np.ptp(v), np.ptp(u)))), *mask.shape)
    windows = []
    for positions, size in ((v, mask.shape[0]), (u, mask.shape[1])):
        first = int(np.clip((positions.min() + positions.max()) // 2 - side // 2, 0, size - side))
        windows.append(slice(first, first + side))
    return windows[0], windows[1]


def png(picture: RGB) -> bytes:
    """A picture as PNG bytes."""
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    pixels = np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    imsave(buffer, pixels, format="png")
    return buffer.getvalue()
