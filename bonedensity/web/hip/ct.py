"""Step 1: CT, bones, calibration, densitometry."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from bonedensity.anatomy.labels import Side
from bonedensity.densitometry import Calibration
from bonedensity.errors import BoneDensityError
from bonedensity.web.images import still
from bonedensity.web.part import Part, number
from bonedensity.workflows.ct_facts import calibration_line
from bonedensity.workflows.readiness import sentence_of
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_state import SessionState

MOST_SEED = 2**31 - 1


class CtPart(Part[Session]):
    """See the module."""

    name = "ct"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state = self._session, self._session.state
        return {
            "need": sentence_of(state, "ct"),
            "loaded": ct_line(state),
            "bones": bones_line(state),
            "found": found_lines(state),
            "busy": session.waiting(),
            "labels_missing": session.what_is_missing("labels"),
            "calibrate_missing": session.what_is_missing("calibrate"),
            "measure_missing": session.what_is_missing("measure"),
            "slope": round(state.calibration.slope, 4),
            "intercept": round(state.calibration.intercept, 2),
            "calibration": self._calibration_lines(),
            "evidence": self._picture(),
            "doubts": doubt_lines(state),
            "landmarks": landmark_line(state),
        }

    def _begin(self) -> None:
        self._shown: tuple[Any, str] = (None, "")
        session = self._session
        self._on(
            virtual=lambda seed: session.make_virtual_patient(int(number(seed, 0, MOST_SEED))),
            segment=lambda engine, path: session.segment(str(engine), path=str(path or "")),
            calibrate=self._calibrate,
            line=self._typed_line,
            measure=lambda region, side: session.measure(str(region), side_of(side)),
            measure_all=lambda side: session.measure_all(side_of(side)),
            landmarks=lambda side: session.find_landmarks(side_of(side)),
        )

    def _calibrate(self, method: str, kvp: Any) -> None:
        if method == "nominal":
            self._session.set_calibration(Calibration.nominal())
        else:
            self._session.calibrate(str(method), kvp=number(kvp, 40, 200))

    def _typed_line(self, slope: Any, intercept: Any) -> None:
        self._session.set_calibration(Calibration(number(slope, 0.01, 10), number(intercept, -2000, 2000)))

    def _calibration_lines(self) -> list[str]:
        calibration, evidence = self._session.state.calibration, self._session.state.evidence
        verdict = "Plausible." if calibration.plausible else "Not plausible."
        lines = [calibration_line(calibration), " ".join(calibration.doubts) or verdict]
        return lines if evidence is None else [*lines, *evidence.lines[1:], *evidence.notes]

    def _picture(self) -> str:
        evidence = self._session.state.evidence
        picture = None if evidence is None else evidence.picture
        if self._shown[0] is not picture:
            self._shown = (picture, "" if picture is None else still(np.asarray(picture)))
        return self._shown[1]


def side_of(value: Any) -> Side:
    """The patient's side as a page sends it.

    Raises:
        BoneDensityError: Neither L nor R.
    """
    if value not in ("L", "R"):
        raise BoneDensityError(f"“{value}” is no side: choose left or right.")
    return cast(Side, value)


def ct_line(state: SessionState) -> str:
    """Size, spacing and name of the CT."""
    if state.ct is None:
        return ""
    size = " × ".join(str(count) for count in state.ct.array.shape[::-1])
    spacing = " × ".join(f"{mm:.2f}" for mm in state.ct.spacing)
    return f"{state.ct.name}: {size} voxels of {spacing} mm"


def bones_line(state: SessionState) -> str:
    """How many bones there are."""
    count = len(state.bones)
    return "" if not count else "1 bone is there." if count == 1 else f"{count} bones are there."


def found_lines(state: SessionState) -> list[str]:
    """How the bones were found, where that was done here."""
    found = state.bones_found
    if found is None:
        return []
    sure = "" if found.confidence is None else f" Confidence {found.confidence:.2f}."
    return [f"{found.engine}, {found.seconds:.1f} s.{sure}", *found.notes]


def doubt_lines(state: SessionState) -> list[str]:
    """What stands against the CT's numbers, and what was not measured."""
    if state.doubts is None:
        return []
    said = [f"{kind.capitalize()}: {sentence}" for kind, sentence in state.doubts.flags]
    none = ["No doubt about the bones: no metal, fracture, truncation, contrast or wear was found."]
    return [*(said or none), *(f"{region}: {why}" for region, why in state.doubts.refusals.items())]


def landmark_line(state: SessionState) -> str:
    """How many landmarks were found, and which were not."""
    landmarks = state.landmarks
    if landmarks is None:
        return ""
    side = "left" if landmarks.side == "L" else "right"
    lacking = ", ".join(name.replace("_", " ") for name in landmarks.missing)
    return f"{len(landmarks.points)} points, {side}." + (f" Not found: {lacking}." if lacking else "")
