"""Pictures as a page takes them."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray

QUALITY = 92
"""Of a picture that moves; no colour is thinned out, so that thin lines keep theirs."""


def moving(picture: NDArray[np.uint8]) -> str:
    """(rows, columns, 3) as a data address, small and quick."""
    return _address(picture, "jpeg", quality=QUALITY, subsampling=0)


def still(picture: NDArray[np.uint8]) -> str:
    """(rows, columns, 3) as a data address without loss."""
    return _address(picture, "png", compress_level=1)


def png_address(data: bytes) -> str:
    """PNG bytes as a data address."""
    return "data:image/png;base64," + base64.b64encode(data).decode()


def _address(picture: NDArray[np.uint8], kind: str, **options: int) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, kind, **options)
    return f"data:image/{kind};base64," + base64.b64encode(buffer.getvalue()).decode()
