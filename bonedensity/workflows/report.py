"""The report of a case: one HTML file that needs nothing else."""

from __future__ import annotations

from html import escape
from importlib import resources
from string import Template

import numpy as np
from numpy.typing import NDArray

from bonedensity.anatomy.labels import title_of
from bonedensity.drr.quantity import EFFECTIVE_KEV
from bonedensity.drr.render import render
from bonedensity.geometry import RigidTransform
from bonedensity.workflows import pictures
from bonedensity.workflows.case_regions import RegionOnXray
from bonedensity.workflows.overlays import Look, compose, grey_bytes
from bonedensity.workflows.registered_case import RegisteredCase
from bonedensity.workflows.report_parts import bullets, card, figure, numbers_table, page
from bonedensity.workflows.report_quality import quality_section, scale_note

SCALE_HIGH_G_CM2 = 2.0
"""Upper end of the density colours; a pelvis seen from the front reaches about 2 g/cm²."""


SCALE_BAR_MM = 50.0

REGION_WINDOW_PX = 180
"""Regions are shown in a window of at least this many pixels of a 512-pixel picture."""


def report_html(case: RegisteredCase) -> str:
    """The whole report."""
    template = Template(resources.files("bonedensity.workflows").joinpath("report_case.html").read_text("utf-8"))
    content = template.substitute(
        cards=_cards(case),
        reasons=bullets("Why the registration is doubtful", case.registration.quality.reasons),
        registration_pictures=_registration_pictures(case),
        quality=quality_section(case),
        projection_pictures=_projection_pictures(case),
        region_pictures="".join(_region_picture(case, region) for region in case.regions)
        or "<p>No region could be measured; the reasons stand below.</p>",
        scale_high=f"{SCALE_HIGH_G_CM2:.1f}",
        numbers=numbers_table(case.measurements),
        refusals=bullets("Not measured", (f"{title}: {why}" for title, why in case.refusals.items())),
        method=_method(case),
        notes=bullets("Notes", case.notes),
    )
    subtitle = f"{case.inputs.ct.name} · {', '.join(title_of(b) for b in case.bones)}"
    return page("CT to X-ray registration and bone density", subtitle, _banner(case), content)


def _banner(case: RegisteredCase) -> str:
    if case.inputs.synthetic:
        return "<strong>Synthetic.</strong> CT and X-ray are a virtual patient's. Research use only."
    if case.truth is not None:
        return (
            "<strong>Synthetic X-ray.</strong> It was simulated from this CT at a pose that the registration did not "
            "know. Research use only."
        )
    return "<strong>Research use only.</strong> Judge the registration by eye before using a number."


def _cards(case: RegisteredCase) -> str:
    quality = case.registration.quality
    cards = [
        card("accepted" if quality.accepted else "doubtful", "decision", good=quality.accepted),
        card(f"{quality.similarity:.2f}", f"gradient correlation (start {quality.start_similarity:.2f})"),
    ]
    if case.end_error is not None and case.start_error is not None:
        before = case.start_error.in_plane_mm
        cards.append(
            card(f"{case.end_error.in_plane_mm:.2f} mm", f"in-plane mTRE (start {before:.1f} mm)", good=case.success)
        )
        cards.append(card(f"{case.end_error.depth_mm:.1f} mm", "depth error: the weak direction of one view"))
    if quality.agreement_mm is not None:
        cards.append(card(f"{quality.agreement_mm:.2f} mm", "between two independent searches, in plane"))
    if quality.landmark_mm is not None:
        cards.append(card(f"{quality.landmark_mm:.2f} mm", "landmark reprojection, mean"))
    if quality.chance is not None:
        cards.append(card(f"{quality.chance:.2f}", "score of the edges' signs, 0 to 1", good=quality.accepted))
    if quality.uncertainty is not None:
        depth = f"± {quality.uncertainty.depth_mm:.1f} mm"
        cards.append(card(depth, "standard deviation in depth: the weak direction of one view"))
    cards.append(card(f"{case.registration.seconds:.1f} s", f"{case.registration.evaluations} DRRs compared"))
    return "".join(cards)


def _drr(case: RegisteredCase, pose: RigidTransform) -> NDArray[np.float32]:
    inputs = case.inputs
    return pictures.sized(render(inputs.ct, case.camera, pose, labels=inputs.labels, bones=case.bones, quantity="hu"))


def _xray(case: RegisteredCase) -> NDArray[np.float64]:
    return pictures.grey(pictures.sized(case.radiograph.array))


def _registration_pictures(case: RegisteredCase) -> str:
    xray = grey_bytes(pictures.sized(case.radiograph.array))
    before, after = _drr(case, case.registration.initial), _drr(case, case.registration.world_from_ct)
    rows = (
        (Look("blend"), "the projected bone in orange over the X-ray"),
        (Look("edges", 1.0), "the projected bone's edges in light blue on the X-ray"),
        (Look("checkerboard", 1.0), "fields of X-ray (grey) and projected bone (orange) in turn"),
    )
    parts = []
    for look, what in rows:
        for when, drr in (("before", before), ("after", after)):
            picture = compose(look, xray, drr) / 255.0
            parts.append(figure(picture, f"{look.mode.capitalize()}, {when}", what))
    return "".join(parts)


def _projection_pictures(case: RegisteredCase) -> str:
    pose = case.registration.world_from_ct
    synthetic = "simulated" if case.truth is not None else "as read"
    xray = pictures.with_scale_bar(pictures.on_grey(_xray(case)), _bar_px(case))
    after = pictures.drr_grey(_drr(case, pose))
    bar = f"white bar: {SCALE_BAR_MM:.0f} mm at the bone{scale_note(case)}"
    return "".join(
        [
            figure(xray, "X-ray", f"{synthetic}; bone bright, seen from the source; {bar}"),
            figure(pictures.on_grey(after), "Registered bones alone", "line integrals along each ray, no soft tissue"),
        ]
    )


def _bar_px(case: RegisteredCase) -> float:
    """Length in picture pixels of the scale bar, at the depth of the registered bones' centre."""
    centre = case.registration.world_from_ct.apply(case.registration.centre)
    depth = float(case.camera.camera_from_world.apply(centre)[2])
    detector_px = SCALE_BAR_MM * float(case.camera.intrinsics[0, 0]) / depth
    return detector_px * pictures.LONGER_SIDE_PX / max(case.radiograph.array.shape)


def _region_picture(case: RegisteredCase, region: RegionOnXray) -> str:
    abmd = region.result.measurements[0]
    covered = pictures.sized(region.in_view.covered.astype(np.float32)) > 0.5
    if not covered.any():
        outside = f"aBMD {abmd}; outside the radiograph's field of view"
        return figure(pictures.on_grey(_xray(case)), region.result.title, outside)
    density = pictures.sized(region.in_view.density)
    picture = pictures.density_overlay(_xray(case), density, covered, highest=SCALE_HIGH_G_CM2)
    window = pictures.window_around(covered, least=REGION_WINDOW_PX)
    zoomed = pictures.enlarged(picture[window])
    seen = region.in_view.covered
    cut = bool(seen[0].any() or seen[-1].any() or seen[:, 0].any() or seen[:, -1].any())
    where = "; partly outside the radiograph" if cut else ""
    return figure(zoomed, region.result.title, f"aBMD {abmd} (parallel projection of the CT){where}")


def _method(case: RegisteredCase) -> str:
    camera, calibration = case.camera, case.calibration
    spacing = case.radiograph.spacing
    rows = {
        "CT": f"{case.inputs.ct.array.shape[::-1]} voxels, "
        + " × ".join(f"{s:.2f}" for s in case.inputs.ct.spacing)
        + " mm",
        "Radiograph": f"{case.radiograph.columns} × {case.radiograph.rows} pixels"
        + (f", {spacing.row:.3g} mm on the detector ({spacing.source})" if spacing else ", pixel spacing unknown"),
        "Geometry": f"source-to-detector distance {camera.sdd_mm:.0f} mm"
        if camera.pixel_spacing_mm
        else "projection matrix",
        "Registration": "gradient correlation, CMA-ES, coarse to fine; bones "
        + ", ".join(title_of(b) for b in case.bones),
        "Density": f"{calibration.slope:.3f} mg/cm³ per HU, {calibration.intercept:+.1f} mg/cm³ "
        f"({calibration.material}, {calibration.source})",
        "Attenuation": f"taken from HU at {EFFECTIVE_KEV:.0f} keV for projections",
        "Pose": "world_from_ct = " + np.array2string(case.registration.world_from_ct.matrix, precision=3),
    }
    return "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
