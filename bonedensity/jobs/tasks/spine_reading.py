"""AP spine DXAs and people: read from files, or made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonedensity.errors import AnatomyError, PopulationError, UnreadableFileError
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text, whole_number
from bonedensity.jobs.tasks.spine_people import image_of
from bonedensity.progress import stop_if_asked

if TYPE_CHECKING:
    from bonedensity.generators.chvae.causal.graph import AttributeGraph
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage
    from bonedensity.virtual.population import Person

COHORT = "ukbiobank"
"""Of which virtual people are drawn."""

SCAN = "dxa_spine_lunar"


def spine_read(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """An export from a file, how it should lie, and what its header says of the person.

    What shows an AP spine however turned is taken; anything else is refused.
    """
    from bonedensity.generators.chvae.reading.proposal import propose
    from bonedensity.generators.chvae.reading.read_dxa import read_dxa
    from bonedensity.generators.chvae.reading.tags import attributes_from_tags

    path = Path(text(parameters, "path")).expanduser()
    context.on_progress(0.2, "Reading the DXA")
    image = read_dxa(path, content=False)
    proposal = propose(image)
    return {
        **_handed_over(image, context),
        "proposal": proposal.to_json(),
        "attributes": attributes_from_tags(path, _graph(parameters)),
    }


def spine_propose(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """How an image of the scene should lie, with one sentence where it shows no spine at all."""
    from bonedensity.generators.chvae.reading.proposal import propose

    image = replace(image_of(parameters, context), name=text(parameters, "name", "DXA"))
    try:
        return {"proposal": propose(image).to_json(), "doubt": ""}
    except AnatomyError as error:
        return {"proposal": None, "doubt": str(error)}


def spine_metadata(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Attributes of one row of a table, or of a JSON object; what is missing is said, not refused."""
    from bonedensity.generators.chvae.reading.metadata import attribute_rows

    path, graph = Path(text(parameters, "path")).expanduser(), _graph(parameters)
    rows = attribute_rows(path)
    place = whole_number(parameters, "row", 1)
    if not 1 <= place <= len(rows):
        raise UnreadableFileError(f"“{path.name}” has {len(rows)} rows of people: give a row from 1 to {len(rows)}.")
    found, missing = _known(rows[place - 1], graph, f"“{path.name}”")
    return {"attributes": found, "missing": missing, "rows": len(rows), "row": place}


def virtual_spine(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """A virtual person's AP spine DXA as a Lunar exports it, with attributes as that scan measured them."""
    from bonedensity.generators.chvae.morphometry.truth import corners_of
    from bonedensity.generators.chvae.reading.dxa_image import DxaImage
    from bonedensity.virtual.cohort import CohortOptions, image_person
    from bonedensity.virtual.dxa.display import EXPORT_MM

    context.on_progress(0.05, "Making the virtual person (about ten seconds)")
    person = virtual_person(whole_number(parameters, "seed"))
    made = image_person("spine", person, CohortOptions(ct=False, radiographs=(), dicom=False)).dxa[SCAN]
    stop_if_asked(context.should_stop)
    rows, columns = made.export.shape
    image = DxaImage(
        made.export.astype(np.float32),
        (0, rows, 0, columns),
        (EXPORT_MM, EXPORT_MM),
        "virtual",
        f"virtual {person.identifier}",
    )
    region = made.truth["regions"]["L1-L4"]
    return {
        **_handed_over(image, context),
        "attributes": _attributes(person, region),
        "corners": corners_of(made.truth).tolist(),
    }


def virtual_spine_ct(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """The same virtual person's CT with labelled bones."""
    from bonedensity.virtual.cohort import CohortOptions, image_person

    context.on_progress(0.05, "Making the virtual person's CT (up to a minute)")
    person = virtual_person(whole_number(parameters, "seed"))
    options = CohortOptions(ct=True, ct_mm=2.0, radiographs=(), dxa=(), dicom=False)
    made = image_person("spine", person, options).ct
    assert made is not None
    stop_if_asked(context.should_stop)
    return {"ct": context.hand_over(made.ct), "labels": context.hand_over(made.labels)}


def virtual_person(seed: int) -> Person:
    """The first person that a seed draws."""
    from bonedensity.virtual.population import COHORTS, people

    return people(COHORTS[COHORT], 1, seed, region="spine")[0]


def _attributes(person: Person, region: dict[str, float]) -> dict[str, float]:
    return {
        "sex": float(person.sex == "male"),
        "age": person.age,
        "standing_height": person.height_cm,
        "weight": person.weight_kg,
        "l1_l4_width": region["width_mm"] / 10,
        "l1_l4_height": region["height_mm"] / 10,
        "l1_l4_area": region["area_cm2"],
    }


def _handed_over(image: DxaImage, context: TaskContext) -> dict[str, Any]:
    return {
        "image": context.hand_over(np.asarray(image.array)),
        "crop": list(image.crop),
        "pixel_mm": None if image.pixel_mm is None else list(image.pixel_mm),
        "spacing_source": image.spacing_source,
        "name": image.name,
        "notes": list(image.notes),
    }


def _graph(parameters: Parameters) -> AttributeGraph:
    from bonedensity.generators.chvae.causal.graph import graph_of, shipped_graph

    values = parameters.get("graph")
    return shipped_graph() if values is None else graph_of(values)


def _known(row: dict[str, Any], graph: AttributeGraph, where: str) -> tuple[dict[str, float], list[str]]:
    from bonedensity.generators.chvae.causal.graph import AttributeGraph
    from bonedensity.generators.chvae.reading.metadata import attributes_of

    found, missing = dict[str, float](), list[str]()
    for node in graph.nodes:
        try:
            found |= attributes_of(row, AttributeGraph(graph.name, (node,)), where)
        except PopulationError as error:
            missing.append(str(error))
    if not found:
        raise UnreadableFileError(f"{where} says nothing of the person: {missing[0]}")
    return found, missing
