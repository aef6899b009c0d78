"""Backbones by name; a user's own plugs in here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from torch import Tensor

from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.config import BmdganConfig
from bonedensity.estimators.bmdgan.networks.daformer import DAFormerBackbone
from bonedensity.estimators.bmdgan.networks.hrformer import hrformer
from bonedensity.estimators.bmdgan.networks.hrnet import hrnet
from bonedensity.estimators.bmdgan.networks.resnet import ResNetBackbone


class Backbone(Protocol):
    """A `torch.nn.Module` that sees an image at several scales, or at one.

    Attributes:
        widths: Channels of each map that it gives.
    """

    @property
    def widths(self) -> Sequence[int]:
        """Channels of each map, in order."""

    def __call__(self, image: Tensor) -> list[Tensor]:
        """(B, 1, H, W), rows and columns multiples of 32, to maps; the first is at 1/4."""


MakeBackbone = Callable[[BmdganConfig], Backbone]

_BACKBONES: dict[str, MakeBackbone] = {
    "hrformer": hrformer,
    "hrnet": hrnet,
    "resnet": ResNetBackbone,
    "daformer": DAFormerBackbone,
}


def backbones() -> tuple[str, ...]:
    """Names that a configuration may give."""
    return tuple(_BACKBONES)


def register_backbone(name: str, make: MakeBackbone) -> None:
    """Let configurations name a backbone of one's own.

    Args:
        name: Not taken yet.
        make: From a configuration to a `torch.nn.Module` that is a `Backbone`.

    Raises:
        ModelError: The name is taken.
    """
    if name in _BACKBONES:
        raise ModelError(f"There is a backbone “{name}” already: choose another name for yours.")
    _BACKBONES[name] = make


def make_backbone(config: BmdganConfig) -> Backbone:
    """The backbone that a configuration names, with fresh weights.

    Raises:
        ModelError: There is none of that name.
    """
    if config.backbone not in _BACKBONES:
        raise ModelError(
            f"There is no backbone “{config.backbone}”; there are {', '.join(_BACKBONES)}: choose one, or register "
            "your own by `register_backbone`."
        )
    return _BACKBONES[config.backbone](config)
