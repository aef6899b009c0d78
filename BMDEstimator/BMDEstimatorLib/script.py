"""The module's work without its window: each step waits for a worker process and adds nodes to a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from BMDEstimatorLib import scene_results
from BMDEstimatorLib.scene_inputs import read_labels, read_xray
from bonedensity.densitometry import Calibration
from bonedensity.desktop.worker_timer import worker_command
from bonedensity.errors import RegistrationError
from bonedensity.jobs import WorkerClient
from bonedensity.registration.config import Level
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.scene.volumes import node_to_volume
from bonedensity.workflows.session import Session
from bonedensity.workflows.session_facts import Outcome


class Script:
    """Runs steps one after the other.

    Args:
        scene: Nodes are read from it and added to it.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene

    def addVirtualPatient(self, seed: int, spacingMm: float = 2.0) -> tuple[Any, Any]:
        """CT and segmentation node of a synthetic patient."""
        with _session() as session:
            session.make_virtual_patient(seed, spacing_mm=spacingMm)
            session.wait()
            ct = scene_results.add_ct(self._scene, session.state)
            put_fact(ct, "Calibration", session.state.calibration.to_json())
            return ct, scene_results.add_segmentation(self._scene, session.state, ct)

    def simulateXray(self, ct: Any, segmentation: Any, seed: int) -> Any:
        """X-ray node at a hidden pose of the CT."""
        with _session() as session:
            _take_ct(session, ct, segmentation)
            session.simulate_xray(seed)
            session.wait()
            return scene_results.add_xray(self._scene, session.state, ct)

    def process(
        self,
        ct: Any,
        xray: Any,
        segmentation: Any = None,
        *,
        bones: Sequence[str] | None = None,
        spacingMm: float | None = None,
        sddMm: float | None = None,
        seed: int = 0,
        levels: Sequence[Level] = (),
    ) -> tuple[Any, Outcome]:
        """Register; returns the transform node and the outcome."""
        with _session(levels) as session:
            _take_ct(session, ct, segmentation)
            radiograph, camera, truth = read_xray(xray)
            session.use_radiograph(radiograph, camera=camera, truth=truth)
            session.set_geometry(spacing_mm=spacingMm, sdd_mm=sddMm)
            if bones is not None:
                session.choose_bones(bones)
            if missing := session.what_is_missing("register"):
                raise RegistrationError(missing)
            session.register(seed=seed)
            session.wait()
            placed = scene_results.follow_geometry(self._scene, session.state, xray, ct)
            node = scene_results.add_registration(self._scene, session.state, ct, segmentation, placed)
            return node, cast(Outcome, session.state.outcome)

    def measure(
        self,
        ct: Any,
        segmentation: Any,
        region: str,
        side: str = "R",
        *,
        slope: float | None = None,
        intercept: float = 0.0,
    ) -> Any:
        """Table node with the measurements of a region."""
        with _session() as session:
            _take_ct(session, ct, segmentation)
            if slope is not None:
                session.set_calibration(Calibration(slope, intercept))
            session.measure(region, cast(Any, side))
            session.wait()
            return scene_results.put_measurements(self._scene, session.state, None, ct)


@contextmanager
def _session(levels: Sequence[Level] = ()) -> Iterator[Session]:
    with WorkerClient(worker_command()) as client:
        yield Session(client, levels=levels)


def _take_ct(session: Session, ct: Any, segmentation: Any) -> None:
    session.use_ct(node_to_volume(ct, in_world=False), synthetic=bool(fact(ct, "Synthetic", False)))
    if segmentation is None:
        session.use_threshold()
    else:
        session.use_labels(read_labels(segmentation, ct))
    session.wait()
