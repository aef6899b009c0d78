"""From the scene to the session: the chosen nodes' content, and what a saved scene says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError, GeometryError
from bonedensity.scene.attributes import fact
from bonedensity.scene.dxa_corners import node_to_corners
from bonedensity.scene.dxa_images import node_to_greys
from bonedensity.scene.labelmaps import node_to_labelmap
from bonedensity.scene.sweeps import sweep_facts, sweep_images, sweep_nodes, sweep_of
from bonedensity.scene.volumes import node_to_volume
from bonedensity.workflows.spine.kept_values import OTHERWISE, read_kept
from bonedensity.workflows.spine.plain_values import named_numbers
from bonedensity.workflows.spine.results import Answer, Kept, Sweep
from bonedensity.workflows.spine.saved_session import dxa_of
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.state import Dxa, View
from bonedensity.workflows.spine.views import check_view
from SpineDXAGenLib.scene_results import kept_nodes


def take_dxa(session: SpineSession, node: Any, kept: dict[str, Any] | None = None) -> None:
    """Let the session work on a node's image; with what a saved scene keeps, where it was left.

    Args:
        session: Takes it.
        node: Volume node of one slice, or None.
        kept: "view", "attributes", "outline", "marked", as `saved_state` gives them.

    Raises:
        BoneDensityError: The node holds no single image, or its attributes were edited into something else.
    """
    if node is None:
        session.use_dxa(None)
        return
    known, saved = fact(node, "Dxa"), kept or {}
    dxa = read_dxa_node(node)
    with _as_noted(node):
        attributes = saved.get("attributes") or named_numbers((known or {}).get("attributes", {}))
    view = _fitting(saved.get("view"), dxa)
    session.use_dxa(
        dxa,
        view=view,
        attributes=session.possible(attributes) if attributes else None,
        outline=saved.get("outline"),
        marked=bool(saved.get("marked", False)),
    )
    if known is None and view is None:
        session.ask_for_proposal()


@contextmanager
def _as_noted(node: Any) -> Iterator[None]:
    """What is noted with a node can be edited in Slicer; the block reads it."""
    try:
        yield
    except OTHERWISE:
        raise BoneDensityError(
            f"What is noted of “{node.GetName()}” was edited into something else: load the DXA again."
        ) from None


def _fitting(view: View | None, dxa: Dxa) -> View | None:
    """A saved view; None where the image has become another since."""
    try:
        if view is not None:
            check_view(view, dxa)
        return view
    except GeometryError:
        return None


def read_dxa_node(node: Any) -> Dxa:
    """A node's image; Slicer's own readers give a spacing whose source nobody knows: it is not taken over.

    Raises:
        BoneDensityError: The node holds no single image, or its attributes were edited into something else.
    """
    array, known = node_to_greys(node), fact(node, "Dxa")
    if known is None:
        note = "Loaded by Slicer: check that bone is bright and the patient's left stands on the right."
        return Dxa(array, name=node.GetName(), notes=(note,), origin=str(node.GetID()))
    with _as_noted(node):
        return replace(dxa_of(known, array), origin=str(node.GetID()))


def take_ct(session: SpineSession, ct: Any, segmentation: Any) -> None:
    """Let the session have the person's CT and its bones.

    Raises:
        GeometryError: One of them holds no image.
    """
    volume = None if ct is None else node_to_volume(ct, in_world=False)
    labels = None if segmentation is None or ct is None else node_to_labelmap(segmentation, in_world=False)
    session.use_ct(volume, labels)


def saved_state(parameters: Any) -> dict[str, Any]:
    """What the parameter node keeps as text, and where the corners stand ("outline", None if that cannot be told)."""
    try:
        corners = None if parameters.dxa is None else node_to_corners(parameters.corners, parameters.dxa)
    except BoneDensityError:
        corners = None
    return read_kept(parameters.kept) | {"outline": corners}


def saved_sweep(browser: Any, dxa: Any) -> Sweep | None:
    """The sweep of a saved scene; None where there is none, or it is another DXA's."""
    try:
        nodes = sweep_nodes(browser)
        if nodes is None or dxa is None or sweep_of(browser) != [dxa]:
            return None
        facts, factual = sweep_facts(browser), node_to_greys(dxa)
        images = sweep_images(nodes)
        frames = [_frame(values, image - factual) for values, image in zip(facts["frames"], images, strict=True)]
        return Sweep(facts["name"], facts["unit"], tuple(facts["values"]), facts["also"], tuple(frames))
    except (KeyError, ValueError, TypeError, BoneDensityError):
        return None


def saved_kept(scene: Any) -> list[Kept]:
    """Counterfactuals that were kept for comparison in a saved scene."""
    return [Kept(*person_and_title, node_to_greys(node)) for node, person_and_title in kept_nodes(scene)]


def _frame(values: dict[str, Any], difference: Any) -> Answer:
    density = values.get("density")
    return Answer(
        do=values["do"],
        attributes=values["attributes"],
        difference=np.asarray(difference, dtype=np.float32),
        notes=tuple(values.get("notes", ())),
        full=True,
        outline=None if values.get("outline") is None else np.array(values["outline"]),
        rows=tuple(values.get("rows", ())),
        density=None if density is None else (density[0], density[1]),
        identity=values.get("identity"),
    )
