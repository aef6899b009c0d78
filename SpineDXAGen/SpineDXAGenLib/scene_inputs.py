"""From the scene to the session: the chosen nodes' content, and what a saved scene says of them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from bonedensity.errors import BoneDensityError
from bonedensity.scene.attributes import fact
from bonedensity.scene.dxa_corners import node_to_corners
from bonedensity.scene.dxa_images import node_to_greys
from bonedensity.scene.labelmaps import node_to_labelmap
from bonedensity.scene.sweeps import sweep_facts, sweep_images, sweep_nodes
from bonedensity.scene.volumes import node_to_volume
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.state import Answer, Dxa, Kept, Sweep, View
from SpineDXAGenLib.scene_results import kept_nodes


def take_dxa(session: SpineSession, node: Any, kept: dict[str, Any] | None = None) -> None:
    """Let the session work on a node's image; with what a saved scene keeps, where it was left.

    Args:
        session: Takes it.
        node: Volume node of one slice, or None.
        kept: "view", "attributes", "outline", "marked", as the parameter node says.

    Raises:
        GeometryError: The node holds no single image.
    """
    if node is None:
        session.use_dxa(None)
        return
    known, saved = fact(node, "Dxa"), kept or {}
    dxa = read_dxa_node(node)
    attributes = saved.get("attributes") or (known or {}).get("attributes")
    outline = saved.get("outline")
    session.use_dxa(
        dxa,
        view=View.of(saved["view"]) if saved.get("view") else None,
        attributes=attributes if attributes else None,
        outline=None if outline is None else np.array(outline),
        marked=bool(saved.get("marked", False)),
    )
    if known is None and not saved.get("view"):
        session.ask_for_proposal()


def read_dxa_node(node: Any) -> Dxa:
    """A node's image; Slicer's own readers give a spacing whose source nobody knows: it is not taken over.

    Raises:
        GeometryError: The node holds no single image.
    """
    array, known = node_to_greys(node), fact(node, "Dxa")
    if known is None:
        note = "Loaded by Slicer: check that bone is bright and the patient's left stands on the right."
        return Dxa(array, name=node.GetName(), notes=(note,), origin=str(node.GetID()))
    pixel_mm = known.get("pixel_mm")
    return Dxa(
        array,
        None if pixel_mm is None else (float(pixel_mm[0]), float(pixel_mm[1])),
        known.get("spacing_source", ""),
        known.get("name", node.GetName()),
        tuple(known.get("notes", ())),
        known.get("seed"),
        str(node.GetID()),
    )


def take_ct(session: SpineSession, ct: Any, segmentation: Any) -> None:
    """Let the session have the person's CT and its bones.

    Raises:
        GeometryError: One of them holds no image.
    """
    volume = None if ct is None else node_to_volume(ct, in_world=False)
    labels = None if segmentation is None or ct is None else node_to_labelmap(segmentation, in_world=False)
    session.use_ct(volume, labels)


def saved_state(parameters: Any) -> dict[str, Any]:
    """What the parameter node keeps as text; nothing of it where it was edited into something else."""
    try:
        values = json.loads(parameters.kept or "{}")
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    corners = None if parameters.dxa is None else node_to_corners(parameters.corners, parameters.dxa)
    return values | {"outline": None if corners is None else corners.tolist()}


def saved_sweep(browser: Any, dxa: Any) -> Sweep | None:
    """The sweep of a saved scene; None where there is none, or it is another DXA's."""
    nodes = sweep_nodes(browser)
    if nodes is None or dxa is None:
        return None
    facts, factual = sweep_facts(browser), node_to_greys(dxa)
    try:
        images = sweep_images(nodes)
        frames = [_frame(values, image - factual) for values, image in zip(facts["frames"], images, strict=True)]
        return Sweep(facts["name"], facts["unit"], tuple(facts["values"]), facts["also"], tuple(frames))
    except (KeyError, ValueError, TypeError, BoneDensityError):
        return None


def saved_kept(scene: Any) -> list[Kept]:
    """Counterfactuals that were kept for comparison in a saved scene."""
    marked = [(node, fact(node, "Kept")) for node in kept_nodes(scene)]
    return [Kept(said["person"], said["title"], node_to_greys(node)) for node, said in marked]


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
