"""A spine session as it is saved: plain values, and how they are read back from JSON that anybody may have written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonedensity.workflows.spine.kept_values import kept_values
from bonedensity.workflows.spine.state import Dxa, Greys, Kept, Outline, SpineState, View
from bonedensity.workflows.spine.views import check_view

MOST_TEXT, MOST_LIST = 500, 256
"""Letters of a text; members of a list or an object."""

FAR = 1e6
"""No number of a session is larger."""

DXA_IMAGE = "dxa.npy"


@dataclass(frozen=True, slots=True)
class SavedSweep:
    """A sweep as it was asked for; its frames are computed again.

    Attributes:
        name: Attribute.
        values: Of it.
        also: What else was set.
    """

    name: str
    values: tuple[float, ...]
    also: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class SavedSession:
    """What a session can be gone on with. No counterfactual is in it: the model answers again.

    Attributes:
        dxa: As read.
        view: How the network sees it.
        proposal: How it probably should, or None.
        attributes: Of the person.
        do: What was set.
        outline: Corners on the DXA, or None; `marked` where a person dragged them.
        found: Corners as they were found, or None.
        folder: Of the weights; "" for those that are shipped.
        model: Name, size and revision of the weights, or None.
        samples: Of the latents.
        sweep: Or None.
        kept: For comparison.
    """

    dxa: Dxa
    view: View
    proposal: View | None
    attributes: Mapping[str, float]
    do: Mapping[str, float]
    outline: Outline | None
    marked: bool
    found: Outline | None
    folder: str
    model: tuple[str, str, str] | None
    samples: int
    sweep: SavedSweep | None
    kept: tuple[Kept, ...]


def model_facts(state: SpineState) -> tuple[str, str, str] | None:
    """Name, size and revision of the weights in use."""
    card = None if state.model is None else state.model.card
    return None if card is None else (card.name, card.size, card.revision)


def saved_json(state: SpineState) -> tuple[dict[str, Any], dict[str, Greys]]:
    """A session's values, and its images by the name under which the values speak of them; there must be a DXA."""
    dxa, sweep = state.dxa, state.sweep
    assert dxa is not None
    kept = {f"kept-{place + 1}.npy": each for place, each in enumerate(state.kept)}
    pixel_mm = None if dxa.pixel_mm is None else list(dxa.pixel_mm)
    about = {"name": dxa.name, "spacing_source": dxa.spacing_source, "notes": list(dxa.notes), "seed": dxa.seed}
    values = {
        "dxa": {"image": DXA_IMAGE, "pixel_mm": pixel_mm, **about},
        **kept_values(state),
        "proposal": None if state.proposal is None else state.proposal.to_json(),
        "outline": None if state.outline is None else state.outline.tolist(),
        "found": None if state.found is None else state.found.tolist(),
        "model": model_facts(state),
        "samples": state.samples,
        "sweep": None if sweep is None else {"name": sweep.name, "values": sweep.values, "also": dict(sweep.also)},
        "kept": [{"image": name, "person": each.person, "title": each.title} for name, each in kept.items()],
    }
    return values, {DXA_IMAGE: dxa.array, **{name: each.image for name, each in kept.items()}}


def saved_of(values: Mapping[str, Any], images: Mapping[str, Greys]) -> SavedSession:
    """From JSON as `saved_json` makes it.

    Raises:
        KeyError, TypeError, ValueError, OverflowError, GeometryError: It was made otherwise.
    """
    dxa = _dxa(values["dxa"], images)
    model, sweep, marked = values["model"], values["sweep"], values["marked"]
    if not isinstance(marked, bool):
        raise TypeError("“marked” is true or false")
    return SavedSession(
        dxa=dxa,
        view=_view(values["view"], dxa),
        proposal=None if values["proposal"] is None else _view(values["proposal"], dxa),
        attributes=_named_numbers(values["attributes"]),
        do=_named_numbers(values["do"]),
        outline=_outline(values["outline"]),
        marked=marked,
        found=_outline(values["found"]),
        folder=_folder(values["folder"]),
        model=None if model is None else (_text(model[0]), _text(model[1]), _text(model[2])),
        samples=int(_number(values["samples"], 1, 64)),
        sweep=None if sweep is None else _sweep(sweep),
        kept=tuple(_kept(each, images) for each in _list(values["kept"])),
    )


def _dxa(values: Mapping[str, Any], images: Mapping[str, Greys]) -> Dxa:
    pixel_mm, seed = values["pixel_mm"], values["seed"]
    return Dxa(
        images[values["image"]],
        None if pixel_mm is None else (_number(pixel_mm[0], 0.01, 20), _number(pixel_mm[1], 0.01, 20)),
        _text(values["spacing_source"]),
        _text(values["name"]),
        tuple(_text(note) for note in _list(values["notes"])),
        None if seed is None else int(_number(seed, 0, 2**31 - 1)),
    )


def _view(values: Mapping[str, Any], dxa: Dxa) -> View:
    view = View.of({**values, "reasons": [_text(reason) for reason in _list(values["reasons"])]})
    check_view(view, dxa)
    return view


def _kept(values: Mapping[str, Any], images: Mapping[str, Greys]) -> Kept:
    return Kept(_text(values["person"]), _text(values["title"]), images[values["image"]])


def _sweep(values: Mapping[str, Any]) -> SavedSweep:
    also = _named_numbers(values["also"])
    return SavedSweep(_text(values["name"]), tuple(_number(each) for each in _list(values["values"])), also)


def _outline(values: Any) -> Outline | None:
    if values is None:
        return None
    return np.array([[[_number(x) for x in point] for point in body] for body in values]).reshape(4, 4, 2)


def _folder(value: Any) -> str:
    """A folder on this computer: asking another one for it would tell that one who asks."""
    folder = _text(value)
    if folder.startswith(("//", "\\\\")):
        raise ValueError("the weights lie on another computer")
    return folder


def _named_numbers(values: Any) -> dict[str, float]:
    if not isinstance(values, dict) or len(values) > MOST_LIST:
        raise TypeError("an object of numbers is needed")
    return {_text(name): _number(value) for name, value in values.items()}


def _number(value: Any, low: float = -FAR, high: float = FAR) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is needed")
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError("a number is out of range")
    return float(value)


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list) or len(values) > MOST_LIST:
        raise TypeError("a list is needed")
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
        raise TypeError("a text is needed")
    return value
