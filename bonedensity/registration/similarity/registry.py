"""Similarities by name: the built-in ones, those a program registers, and "package.module:function".

The last form imports code. It is for names that a person types into their own program or command; a name read from a
file that a user opens (a scene, a case, a job) must be checked against `known_similarities` first.
"""

from __future__ import annotations

from importlib import import_module
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import RegistrationError
from bonedensity.registration.similarity.correlation import NormalisedCorrelation
from bonedensity.registration.similarity.gradient_correlation import GradientCorrelation
from bonedensity.registration.similarity.gradient_orientation import GradientOrientation
from bonedensity.registration.similarity.local_correlation import LocalCorrelation
from bonedensity.registration.similarity.mutual_information import MutualInformation
from bonedensity.registration.similarity.protocol import Similarity, SimilarityFactory, copied

BUILT_IN: dict[str, SimilarityFactory] = {
    "gradient-correlation": GradientCorrelation,
    "normalised-correlation": NormalisedCorrelation,
    "local-correlation": LocalCorrelation,
    "mutual-information": MutualInformation,
    "gradient-orientation": GradientOrientation,
}

_registered: dict[str, SimilarityFactory] = {}


def known_similarities() -> tuple[str, ...]:
    """All names, built-in ones first."""
    return (*BUILT_IN, *_registered)


def register_similarity(name: str, factory: SimilarityFactory) -> None:
    """Let a similarity of one's own be asked for by name, in this process.

    Args:
        name: Without a colon; a name of one's own may be registered again and then means the new one.
        factory: Called as `factory(radiograph, region, smoothing_px=…)`; returns what is called with a DRR and gives a
            finite number, larger is better. `from_function` makes one of a plain function.

    Raises:
        RegistrationError: The name is built in, empty, or holds a colon.
    """
    if name in BUILT_IN:
        raise RegistrationError(f"The similarity “{name}” is built in: give yours another name.")
    if not name or ":" in name:
        raise RegistrationError(f"“{name}” cannot name a similarity: give a name without a colon.")
    _registered[name] = factory


def similarity_by_name(
    name: str, fixed: NDArray[np.float32], region: NDArray[np.bool_] | None = None, *, smoothing_px: float = 0.0
) -> Similarity:
    """A radiograph made ready to be compared.

    Args:
        name: One of `known_similarities`, or "package.module:function" of a factory (see `register_similarity`).
        fixed: The radiograph, (rows, columns), bone bright.
        region: True where to compare; None for everywhere.
        smoothing_px: Gaussian smoothing of both images (standard deviation, pixels).

    Raises:
        RegistrationError: The name is not known, or its module cannot be imported.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](fixed, region, smoothing_px=smoothing_px)
    factory = _registered[name] if name in _registered else _imported(name)
    similarity = factory(fixed, region, smoothing_px=smoothing_px)
    if not callable(similarity):
        raise RegistrationError(
            f"The similarity “{name}” returned {type(similarity).__name__}, which cannot be called with a DRR: return "
            "a function (from_function makes one)."
        )
    return _Checked(name, similarity)


class _Checked:
    """A similarity that is not ours: what is no finite number is refused, since a search would silently go astray."""

    def __init__(self, name: str, similarity: Similarity) -> None:
        self._name = name
        self._similarity = similarity

    def __call__(self, moving: NDArray[np.float32], /) -> float:
        value: Any = self._similarity(moving)
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not isfinite(number):
            raise RegistrationError(f"The similarity “{self._name}” returned {value!r}: return one finite number.")
        return number

    def copy(self) -> _Checked:
        """A twin for another thread."""
        return _Checked(self._name, copied(self._similarity))


def _imported(name: str) -> SimilarityFactory:
    module, colon, attribute = name.partition(":")
    if not colon:
        raise RegistrationError(
            f"There is no similarity “{name}”: choose {', '.join(known_similarities())}, or give your own as "
            "“package.module:function”."
        )
    try:
        factory: SimilarityFactory = getattr(import_module(module), attribute)
    except (ImportError, ValueError, AttributeError) as error:
        raise RegistrationError(
            f"The similarity “{name}” cannot be imported ({error}): check module and function."
        ) from error
    return factory
