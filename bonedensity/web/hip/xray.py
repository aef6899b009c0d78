"""Step 2: the X-ray and the room in which it was taken."""

from __future__ import annotations

from typing import Any, cast

from bonedensity.errors import BoneDensityError
from bonedensity.web.drawing import set_up_svg
from bonedensity.web.hip.ct import MOST_SEED
from bonedensity.web.part import Part, number
from bonedensity.workflows.readiness import sentence_of
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_xray import MIRRORED
from bonedensity.workflows.setup_drawing import setup_drawing
from bonedensity.workflows.xray_geometry import VIEWS, View

RANGES = {
    "spacing_mm": (0.005, 10.0),
    "sdd_mm": (100.0, 5000.0),
    "source_to_isocentre_mm": (50.0, 4900.0),
    "primary_deg": (-180.0, 180.0),
    "secondary_deg": (-90.0, 90.0),
}
"""Numbers that can be typed, by their names in `Session.set_geometry`."""


class XrayPart(Part[Session]):
    """See the module."""

    name = "xray"

    def view(self) -> dict[str, Any]:
        """What the template shows."""
        session, state, geometry = self._session, self._session.state, self._session.state.geometry
        radiograph, spacing = state.radiograph, geometry.shown_spacing_mm
        return {
            "need": sentence_of(state, "xray"),
            "loaded": "" if radiograph is None else self._line(),
            "notes": [] if radiograph is None else list(radiograph.notes),
            "busy": session.waiting(),
            "simulate_missing": session.what_is_missing("simulate"),
            "spacing_mm": "" if spacing is None else round(spacing[0], 4),
            "plane": "detector" if geometry.in_patient_mm is None else "patient",
            "sdd_mm": round(geometry.sdd_mm, 1),
            "source_to_isocentre_mm": round(geometry.source_to_isocentre_mm, 1),
            "view": geometry.view,
            "primary_deg": round(geometry.primary_deg, 1),
            "secondary_deg": round(geometry.secondary_deg, 1),
            "side": "" if radiograph is None else radiograph.laterality,
            "mirrored": radiograph is not None and bool(radiograph.tags.get(MIRRORED)),
            "drawing": set_up_svg(setup_drawing(geometry, radiograph)),
        }

    def _begin(self) -> None:
        session = self._session
        self._on(
            simulate=lambda seed: session.simulate_xray(int(number(seed, 0, MOST_SEED))),
            set=self._set,
            view=self._turn,
            plane=lambda plane: session.set_geometry(in_patient=plane == "patient"),
            side=lambda side: session.set_side(str(side) if side in ("L", "R") else ""),
            mirrored=lambda on: session.set_mirrored(bool(on)),
        )

    def _set(self, name: str, value: Any) -> None:
        if name not in RANGES:
            raise BoneDensityError(f"“{name}” is no number of the X-ray's geometry.")
        found = number(value, *RANGES[name])
        if name == "spacing_mm":
            self._session.set_geometry(spacing_mm=found, in_patient=self.view()["plane"] == "patient")
        elif name == "sdd_mm":
            self._session.set_geometry(sdd_mm=found)
        elif name == "source_to_isocentre_mm":
            self._session.set_geometry(source_to_isocentre_mm=found)
        elif name == "primary_deg":
            self._session.set_geometry(primary_deg=found)
        else:
            self._session.set_geometry(secondary_deg=found)

    def _turn(self, view: Any) -> None:
        if view not in VIEWS:
            raise BoneDensityError(f"“{view}” is no view.")
        self._session.set_geometry(view=cast(View, view))

    def _line(self) -> str:
        radiograph, geometry = self._session.state.radiograph, self._session.state.geometry
        assert radiograph is not None
        source = f" ({geometry.spacing_source})" if geometry.spacing_source else ""
        size = f", pixels of {geometry.spacing_mm[0]:.4g} mm{source}" if geometry.spacing_mm else ""
        return f"{radiograph.name}: {radiograph.columns} × {radiograph.rows} pixels{size}"
