"""What the session knows to the scene: a step for everything that it tells of."""

from __future__ import annotations

from collections.abc import Callable

from bonedensity.workflows.spine.model import graph_for, said_do
from SpineDXAGenLib import scene_inputs, scene_results
from SpineDXAGenLib.scene_link import SceneLink

KEPT = ("view", "attributes", "do", "corners", "corners moved", "model")
"""Changes that a saved scene must know."""


class ToScene:
    """The other direction.

    Args:
        link: Session and scene.
        play_wanted: Whether the user asked for the sweep that has come; asked once a sweep.
        restored: Called once interventions of a saved scene stand in the session.
    """

    def __init__(self, link: SceneLink, play_wanted: Callable[[], bool], restored: Callable[[], None]) -> None:
        self._link, self._play_wanted, self._restored = link, play_wanted, restored
        self._steps = {
            "dxa": self._dxa, "view": self._facts, "attributes": self._facts, "corners": self._corners,
            "abduction": self._abduction, "do": self._scrub, "answer": self._answer, "sweep": self._sweep,
            "kept": self._kept, "ct": self._ct, "volume": self._volume,
        }  # fmt: skip

    def tell(self, what: str) -> None:
        """Bring the scene up to date after a change of the session."""
        with self._link.own_writing():
            if step := self._steps.get(what):
                step()
            if what in KEPT:
                self._link.keep()

    def show_frame(self) -> None:
        """The session shows another frame of the sweep."""
        with self._link.own_writing():
            self._link.keep()
            self._put_answer()
            self._link.layers.show(self._link.parameters, self._link.session.state)

    def _dxa(self) -> None:
        link, state, parameters = self._link, self._link.session.state, self._link.parameters
        link.layers.remove_overlay()
        if state.dxa is None or state.dxa.origin:
            return
        link.drop_results()
        link.waiting = None
        parameters.ct = parameters.segmentation = None
        link.player.forget()
        parameters.dxa = scene_results.add_dxa(link.scene, state)
        link.nodes = link.chosen()
        link.layers.show_dxa(parameters.dxa)

    def _facts(self) -> None:
        state, node = self._link.session.state, self._link.parameters.dxa
        if state.dxa is not None and node is not None:
            scene_results.note_dxa(node, state.dxa, state.attributes)

    def _corners(self) -> None:
        link = self._link
        link.parameters.corners = link.layers.put_corners(link.parameters, link.session.state)
        link.watch_corners(link.parameters.corners)

    def _abduction(self) -> None:
        link, state, parameters = self._link, self._link.session.state, self._link.parameters
        parameters.table = scene_results.put_numbers(link.scene, state, parameters.table, parameters.dxa)
        if state.abduction is None or link.waiting is None:
            return
        waiting, link.waiting = link.waiting, None
        sweep = scene_inputs.saved_sweep(waiting["browser"], parameters.dxa)
        if sweep is not None:
            parameters.browser = waiting["browser"]
            link.player.use(parameters.browser)
            state.sweep = sweep
        state.do = link.session.possible(waiting["do"])
        self._restored()

    def _scrub(self) -> None:
        """The slider of a sweep scrubs it."""
        state, player = self._link.session.state, self._link.player
        sweep = state.sweep
        if sweep is None or sweep.name not in state.do or player.playing:
            return
        others = {name: value for name, value in state.do.items() if name != sweep.name}
        if others == dict(sweep.also):
            player.show(sweep.nearest(state.do[sweep.name]))

    def _answer(self) -> None:
        link, state = self._link, self._link.session.state
        if state.dxa is None or state.answer is None or link.parameters.dxa is None:
            link.layers.remove_overlay()
            return
        self._put_answer()
        if not link.player.playing:
            link.layers.show(link.parameters, state)

    def _put_answer(self) -> None:
        layers, state, parameters = self._link.layers, self._link.session.state, self._link.parameters
        parameters.result = layers.put_result(parameters, state)
        if parameters.outlines:
            parameters.outlineModel = layers.put_outlines(parameters, state)

    def _sweep(self) -> None:
        link, state, parameters = self._link, self._link.session.state, self._link.parameters
        if state.sweep is None:
            link.player.forget()
            return
        link.player.remove()
        nodes = scene_results.add_sweep(link.scene, parameters.dxa, state, state.sweep)
        parameters.browser = nodes.browser
        link.player.use(nodes.browser)
        if self._play_wanted():
            link.player.play(True)

    def _kept(self) -> None:
        scene_results.put_kept(self._link.scene, self._link.parameters.dxa, self._link.session.state.kept)

    def _ct(self) -> None:
        link, state, parameters = self._link, self._link.session.state, self._link.parameters
        if state.ct is None or state.labels is None or parameters.ct is not None or parameters.dxa is None:
            return
        parameters.ct, parameters.segmentation = scene_results.add_ct(link.scene, state, parameters.dxa)
        link.nodes = link.chosen()

    def _volume(self) -> None:
        link, state, parameters = self._link, self._link.session.state, self._link.parameters
        if state.volume is None or parameters.ct is None or parameters.segmentation is None:
            return
        what = said_do(state.volume["do"], graph_for(state.model))
        scene_results.add_change_in_ct(link.scene, state, parameters.ct, parameters.segmentation, what)
