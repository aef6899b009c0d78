"""Parameter node and session, kept equal: numbers flow one way from a moved widget, the other way from a job's end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from BMDEstimatorLib.landmark_points import LandmarkPoints
from BMDEstimatorLib.xray_choices import SpacingPlane, View, XraySide
from bonedensity.densitometry import Calibration
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import RigidTransform
from bonedensity.workflows.session import Session

POSE = ("turnRight", "turnDown", "turnDepth", "shiftRight", "shiftDown", "shiftDepth")
"""Parameters in the order of a session's six."""

POSE_DECIMALS = 1
SPACING_DECIMALS = 4
ANGLE_DECIMALS = 1
SLOPE_DECIMALS = 3
INTERCEPT_DECIMALS = 1
"""As the widgets show them: a number that is equal to so many places was not changed by the user."""


def pull(parameters: Any, session: Session) -> None:
    """Write the session's geometry, pose, bones and calibration into the parameter node."""
    state = session.state
    with slicer.util.NodeModify(parameters):
        if state.radiograph is not None:
            spacing, geometry = state.geometry.shown_spacing_mm, state.geometry
            parameters.spacingPlane = SpacingPlane.DETECTOR if geometry.in_patient_mm is None else SpacingPlane.PATIENT
            parameters.view = View(geometry.view)
            parameters.primaryDeg = round(geometry.primary_deg, ANGLE_DECIMALS)
            parameters.secondaryDeg = round(geometry.secondary_deg, ANGLE_DECIMALS)
            parameters.xraySide = XraySide(state.radiograph.laterality)
            parameters.spacingMm = 0.0 if spacing is None else round(spacing[0], SPACING_DECIMALS)
            parameters.sddMm = float(np.clip(state.geometry.sdd_mm, 100, 5000))
            parameters.sourceToPatientMm = float(np.clip(state.geometry.source_to_isocentre_mm, 50, 4900))
        if state.bones:
            parameters.bones = list(state.chosen)
        parameters.moving = state.moving
        poses = {name: parked.place.pose.matrix.ravel().tolist() for name, parked in state.parked.items()}
        parameters.ownPoses = json.dumps(poses) if poses else ""
        if state.start is not None:
            parameters.start = state.start.matrix.ravel().tolist()
            for name, value in zip(POSE, state.parameters, strict=True):
                limit = 60.0 if name.startswith("turn") else 300.0 if name == "shiftDepth" else 150.0
                setattr(parameters, name, float(np.clip(round(value, POSE_DECIMALS), -limit, limit)))
        parameters.slope, parameters.intercept = shown_calibration(state.calibration)
        parameters.calibrationSource = state.calibration.source


def push_geometry(parameters: Any, session: Session) -> None:
    """Tell the session the X-ray's geometry where the user changed it."""
    geometry = session.state.geometry
    if session.state.radiograph is None:
        return
    shown = geometry.shown_spacing_mm
    known = 0.0 if shown is None else round(shown[0], SPACING_DECIMALS)
    session.set_side(parameters.xraySide.value)
    session.set_geometry(
        view=parameters.view.value,
        primary_deg=_angle(parameters.primaryDeg, geometry.primary_deg),
        secondary_deg=_angle(parameters.secondaryDeg, geometry.secondary_deg),
        in_patient=parameters.spacingPlane is SpacingPlane.PATIENT,
        spacing_mm=_if_changed(parameters.spacingMm, known, SPACING_DECIMALS),
        sdd_mm=_if_changed(parameters.sddMm, geometry.sdd_mm, 1),
        source_to_isocentre_mm=_if_changed(parameters.sourceToPatientMm, geometry.source_to_isocentre_mm, 1),
    )


def push_calibration(parameters: Any, session: Session) -> None:
    """Tell the session slope and intercept where the user changed them, which makes them the user's."""
    wanted = parameters.slope, parameters.intercept
    current = session.state.calibration
    if np.allclose(wanted, shown_calibration(current), atol=1e-6):
        return
    nominal = Calibration.nominal()
    assumed = np.allclose(wanted, shown_calibration(nominal), atol=1e-6)
    try:
        session.set_calibration(nominal if assumed else Calibration(*wanted))
    except BoneDensityError as error:
        session.desk.fail(error)


def push_pose(parameters: Any, session: Session) -> None:
    """Tell the session the six numbers where the user moved them; the others keep all their digits."""
    if session.state.start is None:
        return
    shown = np.array([getattr(parameters, name) for name in POSE])
    moved = np.abs(shown - np.round(session.state.parameters, POSE_DECIMALS)) > 0.5 * 10**-POSE_DECIMALS
    if moved.any():
        session.set_parameters(np.where(moved, shown, session.state.parameters))


class Kept:
    """What a parameter node says before the session takes its nodes: to be put back when the bones are there.

    Args:
        parameters: The parameter node.
    """

    def __init__(self, parameters: Any) -> None:
        self.bones = list(parameters.bones)
        self.start = list(parameters.start)
        self.moving, self.own_poses = str(parameters.moving), poses_of(parameters.ownPoses)
        self.pose: NDArray[np.float64] = np.array([getattr(parameters, name) for name in POSE])
        self.spacing_mm = float(parameters.spacingMm)
        self.sdd_mm = float(parameters.sddMm)
        self.source_to_patient_mm = float(parameters.sourceToPatientMm)
        self.in_patient = parameters.spacingPlane is SpacingPlane.PATIENT
        self.view = parameters.view.value
        self.angles = float(parameters.primaryDeg), float(parameters.secondaryDeg)
        self.side = parameters.xraySide.value
        self.calibration = parameters.slope, parameters.intercept, parameters.calibrationSource
        self.landmarks, self.ct = parameters.landmarks, parameters.ct

    def restore_numbers(self, session: Session) -> None:
        """Geometry and calibration, which need no bones."""
        slope, intercept, source = self.calibration
        nominal = Calibration.nominal()
        session.set_calibration(nominal if source == nominal.source else Calibration(slope, intercept, source=source))
        if session.state.radiograph is not None:
            self._restore_geometry(session)

    def _restore_geometry(self, session: Session) -> None:
        """What the X-ray's node does not hold: it has no camera before its pixel size is known."""
        known = session.state.geometry
        primary, secondary = self.angles
        turned = self.view != known.view  # angles then count from elsewhere
        session.set_side(self.side)
        session.set_geometry(
            spacing_mm=self.spacing_mm if self.in_patient or known.spacing_mm is None else None,
            in_patient=self.in_patient,
            sdd_mm=_if_changed(self.sdd_mm, known.sdd_mm, 1),
            source_to_isocentre_mm=_if_changed(self.source_to_patient_mm, known.source_to_isocentre_mm, 1),
            view=self.view,
            primary_deg=primary if turned else _angle(primary, known.primary_deg),
            secondary_deg=secondary if turned else _angle(secondary, known.secondary_deg),
        )

    def restore_pose(self, session: Session) -> None:
        """Ticked bones and pose."""
        if self.bones and session.state.bones:
            session.choose_bones(self.bones)
        session.place_bones(self.moving, self.own_poses)
        if len(self.start) == 16 and session.state.bone_set():
            session.set_parameters(self.pose, start=RigidTransform(np.array(self.start)))

    def restore_landmarks(self, session: Session, points: LandmarkPoints) -> None:
        """The point list, where it belongs to this CT, with what was moved in it."""
        session.use_landmarks(points.restore(self.landmarks, self.ct))


def poses_of(text: str) -> dict[str, RigidTransform]:
    """What `ownPoses` holds; nothing where a script wrote something else there."""
    try:
        return {str(name): RigidTransform(np.array(numbers)) for name, numbers in json.loads(text or "{}").items()}
    except (ValueError, TypeError, AttributeError, BoneDensityError):
        return {}


def shown_calibration(calibration: Calibration) -> tuple[float, float]:
    """Slope and intercept as the widgets show them."""
    return round(calibration.slope, SLOPE_DECIMALS), round(calibration.intercept, INTERCEPT_DECIMALS)


def _angle(wanted: float, known: float) -> float | None:
    return wanted if abs(wanted - known) > 0.6 * 10**-ANGLE_DECIMALS else None


def _if_changed(wanted: float, known: float, decimals: int) -> float | None:
    return wanted if wanted > 0 and abs(wanted - known) > 0.6 * 10**-decimals else None
