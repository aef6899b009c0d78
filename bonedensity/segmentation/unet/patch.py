"""What the network learns from."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Patch(NamedTuple):
    """A window of a CT: HU (1, R, A, S) and channel numbers (1, R, A, S): 0 no bone, else one more than its number."""

    hu: Tensor
    bones: Tensor
