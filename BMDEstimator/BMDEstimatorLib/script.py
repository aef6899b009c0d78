"""The module's work without its window: each step waits for a worker process and adds nodes to a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from bonedensity.workflows.session_state import SessionState


class Script:
    """Runs steps one after the other.

    Args:
        scene: Nodes are read from it and added to it.
        wait: Waits for a session's jobs; default stands still until they have ended.
    """

    def __init__(self, scene: Any, wait: Callable[[Session], None] = Session.wait) -> None:
        self._scene, self._wait = scene, wait

    def addVirtualHip(self, seed: int, spacingMm: float = 2.0) -> tuple[Any, Any, Any]:
        """CT, segmentation and X-ray node of a synthetic patient; none is added before all of them are made."""
        with _session() as session:
            session.make_virtual_patient(seed, spacing_mm=spacingMm)
            self._wait(session)
            session.simulate_xray(seed)
            self._wait(session)
            ct, bones = self._add_patient(session.state)
            return ct, bones, scene_results.add_xray(self._scene, session.state, ct)

    def addVirtualPatient(self, seed: int, spacingMm: float = 2.0) -> tuple[Any, Any]:
        """CT and segmentation node of a synthetic patient."""
        with _session() as session:
            session.make_virtual_patient(seed, spacing_mm=spacingMm)
            self._wait(session)
            return self._add_patient(session.state)

    def simulateXray(self, ct: Any, segmentation: Any, seed: int) -> Any:
        """X-ray node at a hidden pose of the CT."""
        with _session() as session:
            self._take_ct(session, ct, segmentation)
            session.simulate_xray(seed)
            self._wait(session)
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
            self._take_ct(session, ct, segmentation)
            radiograph, camera, truth = read_xray(xray)
            session.use_radiograph(radiograph, camera=camera, truth=truth)
            session.set_geometry(spacing_mm=spacingMm, sdd_mm=sddMm)
            if bones is not None:
                session.choose_bones(bones)
            if missing := session.what_is_missing("register"):
                raise RegistrationError(missing)
            session.register(seed=seed)
            self._wait(session)
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
            self._take_ct(session, ct, segmentation)
            if slope is not None:
                session.set_calibration(Calibration(slope, intercept))
            session.measure(region, cast(Any, side))
            self._wait(session)
            return scene_results.put_measurements(self._scene, session.state, None, ct)

    def _add_patient(self, state: SessionState) -> tuple[Any, Any]:
        ct = scene_results.add_ct(self._scene, state)
        put_fact(ct, "Calibration", state.calibration.to_json())
        return ct, scene_results.add_segmentation(self._scene, state, ct)

    def _take_ct(self, session: Session, ct: Any, segmentation: Any) -> None:
        session.use_ct(node_to_volume(ct, in_world=False), synthetic=bool(fact(ct, "Synthetic", False)))
        if segmentation is None:
            session.use_threshold()
        else:
            session.use_labels(read_labels(segmentation, ct))
        self._wait(session)


@contextmanager
def _session(levels: Sequence[Level] = ()) -> Iterator[Session]:
    with WorkerClient(worker_command(), grace_s=0.0) as client:  # its own worker: a cancelled job ends at once
        yield Session(client, levels=levels)
