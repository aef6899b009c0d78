"""What a user asks for: interventions and sweeps as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bonedensity.errors import ModelError, PopulationError
from bonedensity.generators.chvae.causal.graph import AttributeGraph
from bonedensity.generators.chvae.reading.metadata import SEXES

MOST_FRAMES = 200


@dataclass(frozen=True, slots=True)
class Sweep:
    """One attribute over values.

    Attributes:
        name: Attribute.
        values: In its unit.
    """

    name: str
    values: tuple[float, ...]


def parse_do(texts: Sequence[str], graph: AttributeGraph) -> dict[str, float]:
    """Interventions such as age=80 or sex=male; several may stand in one text, with commas.

    Raises:
        ModelError: No such attribute, or no value.
        PopulationError: A value that nobody has.
    """
    found: dict[str, float] = {}
    for part in (part for text in texts for part in text.split(",") if part.strip()):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign:
            raise ModelError(f"“{part}” sets nothing: write ATTRIBUTE=VALUE, such as age=80.")
        found[name] = _number(name, value, graph)
    return found


def parse_sweep(text: str, graph: AttributeGraph) -> Sweep:
    """A sweep such as age=50:90:5, both ends included.

    Raises:
        ModelError: No such attribute, no range, or too many values.
        PopulationError: A value that nobody has.
    """
    name, _, ends = (piece.strip() for piece in text.partition("="))
    pieces = ends.split(":")
    if len(pieces) != 3:
        raise ModelError(f"“{text}” is no sweep: write ATTRIBUTE=FIRST:LAST:STEP, such as age=50:90:5.")
    first, last = (_number(name, piece, graph) for piece in pieces[:2])
    try:
        step = abs(float(pieces[2]))
    except ValueError:
        step = math.nan
    if not step > 0 or abs(last - first) / step >= MOST_FRAMES:
        raise ModelError(f"“{text}” has no step of a sweep: give one that makes 1 to {MOST_FRAMES} values.")
    count = int(abs(last - first) / step + 1e-9) + 1
    sign = 1 if last >= first else -1
    return Sweep(name, tuple(first + sign * step * place for place in range(count)))


def _number(name: str, text: str, graph: AttributeGraph) -> float:
    node = graph.node(name)
    try:
        value = SEXES[text.lower()] if name == "sex" and text.lower() in SEXES else float(text)
    except ValueError:
        raise ModelError(f"“{text}” is no value of {name}: give a number.") from None
    if not math.isfinite(value):
        raise PopulationError(f"{name} = {text} cannot be: give {node.low:g} to {node.high:g}.")
    node.check(value)
    return value
