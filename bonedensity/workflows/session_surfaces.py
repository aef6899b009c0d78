"""A session that knows its bones' surfaces, made once for a segmentation when somebody looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bonedensity.errors import BoneDensityError
from bonedensity.imaging import LabelMap
from bonedensity.imaging.surface import Surface
from bonedensity.workflows.session_base import SessionBase


class SessionSurfaces(SessionBase):
    """Keeps surfaces beside the segmentation that they were made of.

    Emits `changed("surfaces")` once they came, or could not be made.
    """

    _surfaces: tuple[LabelMap | None, dict[str, Surface]] = (None, {})
    _asked_of: LabelMap | None = None

    def surfaces(self) -> Mapping[str, Surface]:
        """Each bone's surface in the CT's frame (LPS mm); empty until they are there, which is seen to once."""
        labels = self.state.labels
        made_of, found = self._surfaces
        if labels is None or made_of is labels:
            return found if labels is not None else {}
        if self._asked_of is not labels:
            self._ask_for_surfaces(labels)
        return {}

    @property
    def making_surfaces(self) -> bool:
        """Whether the present segmentation's surfaces are on their way."""
        labels = self.state.labels
        return labels is not None and self._asked_of is labels and self._surfaces[0] is not labels

    def _ask_for_surfaces(self, labels: LabelMap) -> None:
        self._asked_of = labels

        def keep(found: dict[str, Surface]) -> None:
            if self.state.labels is labels:
                self._surfaces = (labels, found)
                self.changed.emit("surfaces")

        def done(value: dict[str, Any]) -> None:
            keep({bone["name"]: self._surface(bone) for bone in value["bones"]})

        def failed(error: BoneDensityError) -> None:
            keep({})
            self.desk.fail(error)

        try:
            parameters = {"labels": self._put("labels")}
            self.desk.worker.submit(
                "surfaces", parameters, title="the bones' surfaces", on_result=done, on_error=failed
            )
        except BoneDensityError as error:
            failed(error)

    def _surface(self, bone: Mapping[str, Any]) -> Surface:
        take = self.desk.worker.exchange.take
        points, triangles, normals = (take(bone[part], np.ndarray) for part in ("points", "triangles", "normals"))
        return Surface(points, triangles, normals)


def touched(surface: Surface, origin: NDArray[np.float64], direction: NDArray[np.float64]) -> float | None:
    """How far along a ray, in lengths of `direction`, it enters a surface first; None where it does not.

    Möller and Trumbore, Journal of Graphics Tools 2 (1997) 21. Origin and direction (3,) are in the surface's frame.
    """
    corners = surface.points.astype(np.float64)[surface.triangles]
    first, edges = corners[:, 0], corners[:, 1:] - corners[:, :1]
    across = np.cross(direction, edges[:, 1])
    scale = np.einsum("ij,ij->i", edges[:, 0], across)
    with np.errstate(divide="ignore", invalid="ignore"):
        start = origin - first
        u = np.einsum("ij,ij->i", start, across) / scale
        turned = np.cross(start, edges[:, 0])
        v = turned @ direction / scale
        along = np.einsum("ij,ij->i", edges[:, 1], turned) / scale
        hit = (np.abs(scale) > 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (along > 0)
    return float(along[hit].min()) if hit.any() else None
