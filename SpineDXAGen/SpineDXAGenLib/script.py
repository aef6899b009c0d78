"""The module's work without its window: each step waits for a worker process and adds nodes to a scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene

    def addVirtualPerson(self, seed: int) -> Any:
        """Volume node of a synthetic person's DXA; it knows the person's attributes."""
        with _session("") as session:
            session.make_virtual_person(seed)
            session.wait()
            return scene_results.add_dxa(self._scene, session.state)

    def counterfactual(
        self, dxa: Any, do: Mapping[str, float], attributes: Mapping[str, float] | None = None, weights: str = ""
    ) -> Any:
        """Volume node of what the DXA would show."""
        with _session(weights) as session:
            self._take(session, dxa, attributes)
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
        with _session(weights) as session:
            self._take(session, dxa, attributes)
            session.sweep(name, values)
            session.wait()
            assert session.state.sweep is not None
            return scene_results.add_sweep(self._scene, dxa, session.state, session.state.sweep).browser

    def _take(self, session: SpineSession, dxa: Any, attributes: Mapping[str, float] | None) -> None:
        if session.state.model is None:
            raise ModelError(session.state.problem)
        take_dxa(session, dxa, {"attributes": None if attributes is None else dict(attributes)})
        session.wait()


@contextmanager
def _session(weights: str) -> Iterator[SpineSession]:
    with WorkerClient(worker_command()) as client:
        session = SpineSession(client)
        session.choose_model(weights)
        yield session
