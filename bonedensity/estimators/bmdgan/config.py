"""BMD-GAN's sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from bonedensity.errors import ModelError

SizeName = Literal["tiny", "small", "T", "S", "B"]

COARSEST = 32
"""Stride of the backbone's last stage: rows and columns are multiples of it."""


@dataclass(frozen=True, slots=True)
class BmdganConfig:
    """One size. Backbones read what they have: see each one's docstring.

    Attributes:
        rows: Of the images that the networks see.
        columns: Likewise; the paper's are 512 x 256.
        backbone: Name in the registry.
        stem: Channels before the first stage.
        bottlenecks: Blocks of the first stage, before resolutions part.
        channels: Of the four resolutions 1/4, 1/8, 1/16, 1/32.
        heads: Of attention at each of them.
        modules: Exchanges between resolutions in the second, third and fourth stage.
        blocks: Blocks of each resolution between two exchanges.
        window: Pixels along each side of an attention window.
        drop_path: Highest share of residual branches left out in training.
        hidden: Channels where resolutions are brought together.
        gather: Pixels along each side of the kernel that brings them together; odd.
        decoder: Channels at full resolution; twice and four times as many at 1/2 and 1/4.
        last: Pixels along each side of the decoder's last kernel; odd.
        critics: PatchGANs, each at half the resolution of the last.
        critic_filters: Channels of their first layer.
        critic_layers: Their layers of stride 2.
        head: Blocks and channels of each stage of the regression head.
        head_dim: Channels of one head of its attention.
        top_g_cm2: Areal density that is white; denser pixels are cut to it.
    """

    rows: int = 512
    columns: int = 256
    backbone: str = "hrformer"
    stem: int = 64
    bottlenecks: int = 2
    channels: tuple[int, int, int, int] = (78, 156, 312, 624)
    heads: tuple[int, int, int, int] = (2, 4, 8, 16)
    modules: tuple[int, int, int] = (1, 4, 2)
    blocks: int = 2
    window: int = 7
    drop_path: float = 0.0
    hidden: int = 512
    gather: int = 7
    decoder: int = 64
    last: int = 7
    critics: int = 3
    critic_filters: int = 64
    critic_layers: int = 3
    head: tuple[tuple[int, int], ...] = ((5, 384), (2, 768))
    head_dim: int = 32
    top_g_cm2: float = 2.5


SIZES: dict[SizeName, BmdganConfig] = {
    "tiny": BmdganConfig(
        rows=128, columns=64, stem=16, bottlenecks=1, channels=(8, 16, 32, 64), heads=(1, 2, 4, 8), modules=(1, 1, 1),
        blocks=1, hidden=64, decoder=16, critics=2, critic_filters=16, critic_layers=2, head=((1, 32), (1, 64)),
        head_dim=16,
    ),
    "small": BmdganConfig(
        rows=192, columns=96, stem=16, bottlenecks=1, channels=(16, 32, 64, 128), heads=(1, 2, 4, 8),
        modules=(1, 2, 1), blocks=1, hidden=64, gather=3, decoder=16, last=3, critic_filters=16,
        head=((1, 96), (1, 192)),
    ),
    "T": BmdganConfig(channels=(18, 36, 72, 144), heads=(1, 2, 4, 8), modules=(1, 3, 2)),
    "S": BmdganConfig(channels=(32, 64, 128, 256), heads=(1, 2, 4, 8)),
    "B": BmdganConfig(drop_path=0.2),
}  # fmt: skip
"""tiny: for tests. small: for a processor, to be shipped. T, S, B: HRFormer's published sizes; the paper took B."""

_WHOLE_LIMITS = {
    "rows": 4096, "columns": 4096, "stem": 256, "bottlenecks": 8, "blocks": 8, "window": 32, "hidden": 2048,
    "gather": 15, "decoder": 256, "last": 15, "critics": 6, "critic_filters": 256, "critic_layers": 6, "head_dim": 256,
}  # fmt: skip
"""Largest values of a card's whole numbers; the least is 1. A card, a file like any other, may ask for too much."""

_ODD = ("gather", "last")

_TUPLE_LIMITS = {"channels": (4, 2048), "heads": (4, 64), "modules": (3, 16)}
"""Length, and largest value."""


def config_of(values: Mapping[str, Any]) -> BmdganConfig:
    """A configuration from a card's plain values.

    Raises:
        ModelError: A value is missing, unknown or none that a network can have.
    """
    names = {each.name for each in fields(BmdganConfig)}
    if set(values) != names:
        raise ModelError(f"The card describes no BMD-GAN: {', '.join(sorted(set(values) ^ names))} is not as expected.")
    wrong = [name for name, value in values.items() if not _possible(name, value)]
    if wrong:
        raise ModelError(f"The card describes a BMD-GAN that cannot be: {wrong[0]} = {values[wrong[0]]!r}.")
    return BmdganConfig(**{name: _frozen(value) for name, value in values.items()})


def check_image_size(rows: int, columns: int) -> None:
    """Refuse images that the backbones cannot halve five times.

    Raises:
        ModelError: Rows or columns are no multiple of 32.
    """
    if rows < COARSEST or columns < COARSEST or rows % COARSEST or columns % COARSEST:
        raise ModelError(
            f"BMD-GAN's networks take images whose rows and columns are multiples of {COARSEST}, not {rows} x "
            f"{columns}: crop or resize them first."
        )


def _frozen(value: Any) -> Any:
    """Lists, as JSON gives them, as tuples."""
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


def _possible(name: str, value: Any) -> bool:
    if name in _WHOLE_LIMITS:
        fits = _whole(value, _WHOLE_LIMITS[name])
        if name in _ODD:
            return fits and value % 2 == 1
        return fits and (name not in ("rows", "columns") or value % COARSEST == 0)
    if name in _TUPLE_LIMITS:
        length, largest = _TUPLE_LIMITS[name]
        return isinstance(value, list | tuple) and len(value) == length and all(_whole(n, largest) for n in value)
    if name == "head":
        return isinstance(value, list | tuple) and 1 <= len(value) <= 3 and all(_stage(each) for each in value)
    if name == "backbone":
        return isinstance(value, str) and 0 < len(value) <= 64
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and (0 <= value < 1 if name == "drop_path" else 0.1 <= value <= 100)


def _whole(value: Any, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= largest


def _stage(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and _whole(value[0], 16) and _whole(value[1], 2048)
