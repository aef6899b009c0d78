"""The report of what a session holds, as content that HTML and PDF are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bonedensity.anatomy.labels import title_of
from bonedensity.measurement import Measurement
from bonedensity.workflows import pictures
from bonedensity.workflows.ct_facts import calibration_line
from bonedensity.workflows.overlays import Look, compose, grey_bytes
from bonedensity.workflows.session_state import SessionState

TITLE = "Bone density"

RESEARCH = "Research use only: not a medical device, not for diagnosis."


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture of a report.

    Attributes:
        name: Heading.
        caption: One sentence.
        pixels: (rows, columns, 3) in [0, 1].
    """

    name: str
    caption: str
    pixels: pictures.RGB


@dataclass(frozen=True, slots=True, eq=False)
class ReportContent:
    """A report, before it has a form.

    Attributes:
        subtitle: What it is about; names nobody.
        banner: What a reader must know first.
        verdict: Of the registration: value, label, and whether it is good; None without one.
        pictures: In the order of printing.
        measurements: All numbers.
        doubts: What stands against them, one sentence each.
        method: How it was done: name and value.
        notes: What readers and models said, one sentence each.
    """

    subtitle: str
    banner: str
    verdict: tuple[str, str, bool] | None
    pictures: tuple[Picture, ...]
    measurements: tuple[Measurement, ...]
    doubts: tuple[str, ...]
    method: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def report_content(state: SessionState) -> ReportContent:
    """All that a session has come to; a part that is not there is left out."""
    names = [each.name for each in (state.ct, state.radiograph) if each is not None]
    return ReportContent(
        subtitle=" · ".join(names),
        banner=_banner(state),
        verdict=_verdict(state),
        pictures=tuple(_pictures(state)),
        measurements=state.measurements,
        doubts=tuple(_doubts(state)),
        method=tuple(_method(state)),
        notes=tuple(_notes(state)),
    )


def _verdict(state: SessionState) -> tuple[str, str, bool] | None:
    """Accepted where every registration that holds is."""
    outcomes = state.outcomes()
    if not outcomes:
        return None
    good = all(outcome.accepted for outcome in outcomes.values())
    likeness = ", ".join(f"{outcome.similarity:.2f}{_whose(name)}" for name, outcome in outcomes.items())
    return "accepted" if good else "doubtful", f"registration; similarity {likeness}", good


def _whose(name: str) -> str:
    """Which bone a registration was of, where it was a single one."""
    return f" ({title_of(name)})" if name else ""


def _banner(state: SessionState) -> str:
    synthetic = [name for name, is_so in (("CT", state.synthetic_ct), ("X-ray", state.truth is not None)) if is_so]
    said = f"Synthetic: {' and '.join(synthetic)} of no real person. " if synthetic else ""
    return said + RESEARCH


def _pictures(state: SessionState) -> list[Picture]:
    found = []
    drawn = [each.drr for each in (state.outcome, *state.outcomes().values()) if each and each.drr is not None]
    if state.radiograph is not None and drawn:
        xray = grey_bytes(pictures.sized(state.radiograph.array))
        drr = pictures.sized(drawn[0])
        caption = "The registered bones in orange over the X-ray: their outlines must agree."
        found.append(Picture("Registration", caption, compose(Look("blend"), xray, drr) / 255.0))
    for name, pixels in state.maps.items():
        found.append(Picture(name, "Areal density over the X-ray.", pixels.astype(np.float64) / 255))
    for name, pixels in state.plots.items():
        found.append(Picture(name, "Drawn from the numbers below.", pixels.astype(np.float64) / 255))
    evidence = state.evidence
    if evidence is not None and evidence.picture is not None:
        caption = "What the line from HU to density rests on."
        found.append(Picture("Calibration", caption, evidence.picture.astype(np.float64) / 255))
    return found


def _doubts(state: SessionState) -> list[str]:
    found = list(state.calibration.doubts) if state.ct is not None else []
    for name, outcome in state.outcomes().items():
        found += [f"{title_of(name)}: {reason}" if name else reason for reason in outcome.reasons]
    if state.doubts is not None:
        found += [said for _, said in state.doubts.flags]
        found += [f"{region} was not measured: {why}" for region, why in state.doubts.refusals.items()]
    if state.estimated is not None:
        found += state.estimated.reasons
    return found


def _method(state: SessionState) -> list[tuple[str, str]]:
    rows = []
    if state.ct is not None:
        size = " × ".join(str(n) for n in state.ct.array.shape[::-1])
        rows.append(("CT", f"{size} voxels of {' × '.join(f'{mm:.2f}' for mm in state.ct.spacing)} mm"))
        rows.append(("Calibration", calibration_line(state.calibration)))
    if state.bones_found is not None:
        rows.append(("Segmentation", state.bones_found.engine))
    if state.radiograph is not None:
        rows += _xray_rows(state)
    for outcome in state.outcomes().values():
        bones = ", ".join(title_of(bone) for bone in outcome.bones)
        rows.append(("Registration", f"{outcome.evaluations} projections compared; bones {bones}"))
    if state.estimated is not None:
        rows.append(("Estimate", state.estimated.title))
    return rows


def _xray_rows(state: SessionState) -> list[tuple[str, str]]:
    radiograph, geometry = state.radiograph, state.geometry
    assert radiograph is not None
    spacing = geometry.spacing_mm
    size = (
        "pixel size not known"
        if spacing is None
        else f"{spacing[0]:.4g} mm on the detector ({geometry.spacing_source})"
    )
    where = (
        f"{geometry.view}, source to detector {geometry.sdd_mm:g} mm, to patient {geometry.source_to_isocentre_mm:g} mm"
    )
    return [("X-ray", f"{radiograph.columns} × {radiograph.rows} pixels, {size}"), ("Geometry", where)]


def _notes(state: SessionState) -> list[str]:
    found: list[str] = []
    for part in (state.ct, state.radiograph, state.bones_found, state.evidence, state.estimated):
        found += [] if part is None else part.notes
    return list(dict.fromkeys(found))
