"""Plays the sweep that is in the scene, and hears which frame its browser shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import vtk

from bonedensity.scene.sweeps import remove_sweep, sweep_nodes


class SweepPlayer:
    """One browser, watched.

    Args:
        scene: The scene.
        shown: Called with the place of the frame that the browser shows, when that changes.
    """

    def __init__(self, scene: Any, shown: Callable[[int], None]) -> None:
        self._scene, self._shown = scene, shown
        self._browser: Any = None
        self._tag = 0
        self._place = -1
        self._quiet = False

    @property
    def playing(self) -> bool:
        """Whether the sweep plays."""
        return self._browser is not None and bool(self._browser.GetPlaybackActive())

    def use(self, browser: Any) -> None:
        """Watch this browser from now on."""
        self.forget()
        if sweep_nodes(browser) is None:
            return
        self._browser, self._place = browser, int(browser.GetSelectedItemNumber())
        self._tag = browser.AddObserver(vtk.vtkCommand.ModifiedEvent, self._changed)

    def play(self, on: bool) -> None:
        """Start or pause."""
        if self._browser is not None:
            self._browser.SetPlaybackActive(on)

    def show(self, place: int) -> None:
        """Show a frame, without telling of it."""
        if self._browser is None or place == self._place:
            return
        self._quiet, self._place = True, place
        try:
            self._browser.SetSelectedItemNumber(place)
        finally:
            self._quiet = False

    def remove(self) -> None:
        """Take the sweep out of the scene."""
        nodes = sweep_nodes(self._browser)
        self.forget()
        if nodes is not None:
            remove_sweep(self._scene, nodes)

    def forget(self) -> None:
        """Watch no browser any more."""
        if self._browser is not None:
            self._browser.SetPlaybackActive(False)
            self._browser.RemoveObserver(self._tag)
        self._browser, self._place = None, -1

    def _changed(self, caller: Any, event: Any) -> None:
        place = int(caller.GetSelectedItemNumber())
        if place != self._place and not self._quiet:
            self._place = place
            self._shown(place)
