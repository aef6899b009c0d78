"""A second X-ray of the same set-up: taken in or simulated, shown with the bones, registered with the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bonedensity.web.hip.ct import MOST_SEED
from bonedensity.web.images import moving
from bonedensity.web.part import Part, number
from bonedensity.workflows.overlays import Look, compose, grey_bytes
from bonedensity.workflows.session import Session

ANGLE = 90.0
"""Degrees from the first, where nothing else was said."""


class SecondPart(Part[Session]):
    """Draws when something changed, at most once each time the worker is heard.

    Args:
        server: The tab's.
        session: The case.
        look: Gives how the bones are shown over the first.
    """

    name = "second"

    def __init__(self, server: Any, session: Session, look: Callable[[], Look]) -> None:
        self._look, self._shown, self._stale = look, Look(), False
        self._angle = ANGLE
        super().__init__(server, session)
        session.changed.connect(self._changed)

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, second = self._session, self._session.state.second
        simulated = "" if session.state.truth is not None else "A real X-ray cannot be swung: simulate the first one."
        line = ""
        if second is not None:
            size = f"{second.radiograph.columns} × {second.radiograph.rows} pixels"
            line = f"{second.radiograph.name}: {size}, source to detector {second.camera.sdd_mm:.0f} mm."
        return {
            "line": line,
            "angle": self._angle,
            "missing": session.what_is_missing("preview"),
            "simulate_missing": session.what_is_missing("preview") or simulated,
        }

    def load(self, path: Path) -> None:
        """Read it from a file; its source is swung by the typed angle from the first's."""
        self._session.load_second(path, angle_deg=self._angle)

    def draw(self) -> None:
        """Draw where that is needed."""
        if not self._stale and self._shown == self._look():
            return
        self._stale, self._shown = False, self._look()
        self._server.state.second_picture = self._drawn()

    def _begin(self) -> None:
        self._server.state.second_picture = ""
        self._on(
            angle=self._take_angle,
            simulate=lambda seed: self._session.simulate_second(self._angle, int(number(seed, 0, MOST_SEED))),
            remove=lambda: self._session.use_second(None),
        )

    def _take_angle(self, angle: Any) -> None:
        self._angle = number(angle, -180, 180)
        self.refresh()

    def _changed(self, what: str) -> None:
        if what in ("second", "preview", "ct"):
            self._stale = True

    def _drawn(self) -> str:
        second = self._session.state.second
        if second is None:
            return ""
        return moving(compose(self._shown, grey_bytes(second.xray), second.preview))
