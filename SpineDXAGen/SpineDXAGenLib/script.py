"""The module's work without its window: each step waits for a worker process and adds nodes to a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bonedensity.desktop.worker_timer import worker_command
from bonedensity.errors import ModelError
from bonedensity.jobs import WorkerClient
from bonedensity.scene.dxa_images import layer_to_node
from bonedensity.scene.hierarchy import put_next_to
from bonedensity.workflows.spine.session import SpineSession
from SpineDXAGenLib import scene_results
from SpineDXAGenLib.scene_inputs import take_dxa


class Script:
    """Runs steps one after the other.

    Args:
        scene: Nodes are read from it and added to it.
        wait: Waits for a session's jobs; default stands still until they have ended.
    """

    def __init__(self, scene: Any, wait: Callable[[SpineSession], None] = SpineSession.wait) -> None:
        self._scene, self._wait = scene, wait

    def addVirtualPerson(self, seed: int) -> Any:
        """Volume node of a synthetic person's DXA; it knows the person's attributes."""
        with _session() as session:
            session.make_virtual_person(seed)
            self._wait(session)
            return scene_results.add_dxa(self._scene, session.state)

    def counterfactual(
        self, dxa: Any, do: Mapping[str, float], attributes: Mapping[str, float] | None = None, weights: str = ""
    ) -> Any:
        """Volume node of what the DXA would show."""
        with _session() as session:
            self._take(session, dxa, attributes, weights)
            session.use_do(do)
            session.answer_now()
            image = session.state.image()
            assert image is not None
            name = self._scene.GenerateUniqueName(f"{dxa.GetName()}: counterfactual (synthetic)")
            node = layer_to_node(self._scene, image, dxa, name)
            put_next_to(self._scene, dxa, node)
            return node

    def sweep(
        self,
        dxa: Any,
        name: str,
        values: Sequence[float],
        attributes: Mapping[str, float] | None = None,
        weights: str = "",
    ) -> Any:
        """Sequence browser node of a sweep."""
        with _session() as session:
            self._take(session, dxa, attributes, weights)
            session.sweep(name, values)
            self._wait(session)
            assert session.state.sweep is not None
            return scene_results.add_sweep(self._scene, dxa, session.state, session.state.sweep).browser

    def _take(self, session: SpineSession, dxa: Any, attributes: Mapping[str, float] | None, weights: str) -> None:
        session.choose_model(weights)
        if session.state.model is None:
            raise ModelError(session.state.problem)
        take_dxa(session, dxa, {"attributes": None if attributes is None else dict(attributes)})
        self._wait(session)


@contextmanager
def _session() -> Iterator[SpineSession]:
    with WorkerClient(worker_command(), grace_s=0.0) as client:  # its own worker: a cancelled job ends at once
        yield SpineSession(client)
