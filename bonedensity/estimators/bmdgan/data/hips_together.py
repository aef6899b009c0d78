"""The order of a training that compares the images of one hip: hips anew in every epoch, each with all its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler


class HipsTogether(Sampler[int]):
    """Places of exposures, those of one hip one after the other.

    A batch that ends within a hip divides it; several devices share each hip's images out among them.

    Args:
        hips: Name of each exposure's hip.
        seed: Of the orders, one after the other: the same in every process that shares the images.
    """

    def __init__(self, hips: Sequence[str], seed: int = 0) -> None:
        self._random = torch.Generator().manual_seed(seed)
        self._places: dict[str, list[int]] = {}
        for place, hip in enumerate(hips):
            self._places.setdefault(hip, []).append(place)

    def __len__(self) -> int:
        return sum(map(len, self._places.values()))

    def __iter__(self) -> Iterator[int]:
        groups = list(self._places.values())
        for number in torch.randperm(len(groups), generator=self._random).tolist():
            yield from groups[number]
