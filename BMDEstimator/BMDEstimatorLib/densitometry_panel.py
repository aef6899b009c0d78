"""The first section's densitometry: landmarks and regions."""

from __future__ import annotations

from html import escape

from slicer.i18n import tr as _

from BMDEstimatorLib.measure_choices import Region
from BMDEstimatorLib.panel import Panel, Shared
from bonedensity.desktop.buttons import enable
from bonedensity.workflows.ct_facts import Doubts
from bonedensity.workflows.session_landmarks import Landmarks


class DensitometryPanel(Panel):
    """Region, side, landmarks, and the button that measures."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        ui = shared.ui
        ui.measureButton.connect("clicked()", self._measure)
        ui.measureAllButton.connect("clicked()", self._measure_all)
        ui.landmarksButton.connect("clicked()", self._find_landmarks)

    def refresh(self) -> None:
        """Enable what can be done; show landmarks and doubts."""
        parameters, state = self._parameters(), self._session.state
        enable(
            self._ui.measureButton,
            self._session.what_is_missing("measure"),
            _("Measure the region on the CT; after a registration also as the X-ray shows it."),
        )
        if parameters is not None:
            self._ui.sideBox.enabled = parameters.region is not Region.LUMBAR_SPINE
        enable(
            self._ui.landmarksButton,
            self._session.what_is_missing("landmarks") or self._spine_has_none(),
            _("Find head, neck, trochanters and shaft of the femur as points that can be dragged."),
        )
        self._ui.landmarksLabel.text = said_of(state.landmarks)
        enable(
            self._ui.measureAllButton,
            self._session.what_is_missing("measure"),
            _("Measure every region on both sides, and look for what makes the numbers doubtful."),
        )
        self._ui.doubtsLabel.text = doubts_html(state.doubts)
        self._ui.doubtsLabel.setVisible(state.doubts is not None)

    def _spine_has_none(self) -> str:
        parameters = self._parameters()
        spine = parameters is not None and parameters.region is Region.LUMBAR_SPINE
        return _("The spine's region needs no points: choose a region of the femur.") if spine else ""

    def _find_landmarks(self) -> None:
        self._feedback.begin("ct")
        self._session.find_landmarks(self._parameters().side.value)

    def _measure(self) -> None:
        parameters = self._parameters()
        self._feedback.begin("ct")
        self._session.measure(parameters.region.value, parameters.side.value)

    def _measure_all(self) -> None:
        self._feedback.begin("ct")
        self._session.measure_all(self._parameters().side.value)


def doubts_html(doubts: Doubts | None) -> str:
    """Flags and refusals, one line each."""
    if doubts is None:
        return ""
    lines = [f"<b>{escape(kind.capitalize())}</b>: {escape(said, quote=False)}" for kind, said in doubts.flags]
    if not lines:
        lines = [_("No doubt about the bones: no metal, fracture, truncation, contrast or wear was found.")]
    lines += [f"{escape(region)}: {escape(why, quote=False)}" for region, why in doubts.refusals.items()]
    return "<br>".join(lines)


def said_of(landmarks: Landmarks | None) -> str:
    """How many points there are, which were moved, and which are missing, as a line beside the button."""
    if landmarks is None:
        return _("Optional: look at the femur's points, drag what is wrong, then measure.")
    side = _("left") if landmarks.side == "L" else _("right")
    said = _("{count} points, {side}.").format(count=len(landmarks.points), side=side)
    if landmarks.moved:
        said += " " + _("Moved by hand: {names}.").format(names=", ".join(words(name) for name in landmarks.moved))
    if landmarks.missing:
        said += " " + _("Not found: {names}.").format(names=", ".join(words(name) for name in landmarks.missing))
    return said


def words(name: str) -> str:
    """A landmark's name as shown to people."""
    return name.replace("_", " ")
