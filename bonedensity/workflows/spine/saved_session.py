"""A spine session as it is saved: plain values, and how they are read back from JSON that anybody may have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bonedensity.workflows.spine.images import Greys, Outline
from bonedensity.workflows.spine.kept_values import kept_values
from bonedensity.workflows.spine.plain_values import flag_of, folder_of, list_of, named_numbers, number_of, text_of
from bonedensity.workflows.spine.results import Kept
from bonedensity.workflows.spine.state import Dxa, SpineState, View
from bonedensity.workflows.spine.views import check_view

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
    dxa = dxa_of(values["dxa"], images[values["dxa"]["image"]])
    model, sweep = values["model"], values["sweep"]
    return SavedSession(
        dxa=dxa,
        view=_view(values["view"], dxa),
        proposal=None if values["proposal"] is None else _view(values["proposal"], dxa),
        attributes=named_numbers(values["attributes"]),
        do=named_numbers(values["do"]),
        outline=_outline(values["outline"]),
        marked=flag_of(values["marked"]),
        found=_outline(values["found"]),
        folder=folder_of(values["folder"]),
        model=None if model is None else (text_of(model[0]), text_of(model[1]), text_of(model[2])),
        samples=int(number_of(values["samples"], 1, 64)),
        sweep=None if sweep is None else _sweep(sweep),
        kept=tuple(_kept(each, images) for each in list_of(values["kept"])),
    )


def dxa_of(values: Mapping[str, Any], array: Greys) -> Dxa:
    """An export of which is noted "pixel_mm", "spacing_source", "name", "notes" and "seed".

    Raises:
        KeyError, TypeError, ValueError: It was noted otherwise.
    """
    pixel_mm, seed = values["pixel_mm"], values["seed"]
    return Dxa(
        array,
        None if pixel_mm is None else (number_of(pixel_mm[0], 0.01, 20), number_of(pixel_mm[1], 0.01, 20)),
        text_of(values["spacing_source"]),
        text_of(values["name"]),
        tuple(text_of(note) for note in list_of(values["notes"])),
        None if seed is None else int(number_of(seed, 0, 2**31 - 1)),
    )


def _view(values: Mapping[str, Any], dxa: Dxa) -> View:
    view = View.of({**values, "reasons": [text_of(reason) for reason in list_of(values["reasons"])]})
    check_view(view, dxa)
    return view


def _kept(values: Mapping[str, Any], images: Mapping[str, Greys]) -> Kept:
    return Kept(text_of(values["person"]), text_of(values["title"]), images[values["image"]])


def _sweep(values: Mapping[str, Any]) -> SavedSweep:
    also = named_numbers(values["also"])
    return SavedSweep(text_of(values["name"]), tuple(number_of(each) for each in list_of(values["values"])), also)


def _outline(values: Any) -> Outline | None:
    if values is None:
        return None
    return np.array([[[number_of(x) for x in point] for point in body] for body in values]).reshape(4, 4, 2)
