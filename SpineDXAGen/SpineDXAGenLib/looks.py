"""How the layer over the DXA is looked at: opacity, curtain, outlines, flicker."""

from __future__ import annotations

from typing import Any

import qt

from SpineDXAGenLib.scene_link import SceneLink

FLICKER_MS = 500


class Looks:
    """Follows the widgets of the layer.

    Args:
        ui: The tab's widgets.
        link: Session and scene.
    """

    def __init__(self, ui: Any, link: SceneLink) -> None:
        self._ui, self._link = ui, link
        self._known: Any = None
        self._timer = qt.QTimer()
        self._timer.setInterval(FLICKER_MS)
        self._timer.connect("timeout()", self._flicker)
        ui.flickerButton.connect("toggled(bool)", self._toggled)

    def stop(self) -> None:
        """Show the layer at rest."""
        self._ui.flickerButton.checked = False
        self._timer.stop()

    def close(self) -> None:
        """Stop for good; a timer that stays connected would keep the whole window alive."""
        self.stop()
        self._timer.disconnect("timeout()", self._flicker)

    def changed(self) -> bool:
        """Take over what the parameter node says; whether pictures look otherwise now."""
        parameters, session = self._link.parameters, self._link.session
        looks = (parameters.layer, parameters.opacity, parameters.curtain, parameters.outlines, parameters.samples)
        if looks == self._known:
            return False
        again = self._known is not None and looks[-1] != self._known[-1]
        self._known = looks
        self._show()
        if again:
            session.ask()
        return True

    def _show(self) -> None:
        parameters = self._link.parameters
        with self._link.own_writing():
            self._link.guarded(lambda: self._link.layers.show(parameters, self._link.session.state))
            for node in (parameters.outlineModel, parameters.corners):
                if node is not None and node.GetDisplayNode() is not None:
                    node.GetDisplayNode().SetVisibility(bool(parameters.outlines))

    def _toggled(self, on: bool) -> None:
        if on:
            self._timer.start()
            return
        self._timer.stop()
        parameters = self._link.parameters
        if parameters is not None:
            self._link.guarded(lambda: self._link.layers.show(parameters, self._link.session.state))

    def _flicker(self) -> None:
        if self._link.parameters is not None and self._link.session.state.answer is not None:
            self._link.layers.flicker(float(self._link.parameters.opacity))
