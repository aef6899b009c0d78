"""The window: one worker process, and a tab for each generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from bonedensity.desktop.installer import Installer
from bonedensity.desktop.worker_timer import WorkerTimer
from SpineDXAGenLib.counterfactual_tab import CounterfactualTab

TABS = (CounterfactualTab,)
"""Generators in the order of their tabs. A further one is a class like these, with a .ui file of its own."""

POLL_MS = 12
"""How often the worker is heard: a slider shall be followed more than fifteen times a second."""

OFF = (
    "Counterfactuals are off without the Python packages {names}: press the button again when Slicer may install them "
    "(internet connection needed)."
)


class Window:
    """Owns the worker and the tabs.

    Args:
        ui: The widgets of the window's .ui file.
        scene: The scene.
        requirements: Path of the module's requirements file.
        load_page: Gives the widget of a .ui file by its name.
    """

    def __init__(self, ui: Any, scene: Any, requirements: str, load_page: Callable[[str], Any]) -> None:
        self._ui = ui
        self._said: bool | None = None
        self.tabs: list[Any] = []
        self.pages: list[Any] = []
        self.worker = WorkerTimer(
            on_restart=self._restarted,
            on_state=self._show_state,
            on_bug=self._say,
            on_heard=self._heard,
            every_ms=POLL_MS,
        )
        self.installer = Installer(requirements, _("Spine DXA Generator"), off=OFF)
        for kind in TABS:
            page = load_page(kind.UI)
            page.setMRMLScene(scene)
            widgets = slicer.util.childWidgetVariables(page)
            ui.generatorTabs.addTab(page, _(kind.TITLE))
            self.pages.append(widgets)
            self.tabs.append(kind(widgets, scene, self.worker.client, self.installer.ensure))
        self._show_state("stopped")
        self._show_notice()

    @property
    def counterfactual(self) -> CounterfactualTab:
        """The tab of AP counterfactuals."""
        tab: CounterfactualTab = self.tabs[0]
        return tab

    def close(self) -> None:
        """End the worker."""
        for tab in self.tabs:
            tab.close()
        self.worker.close()

    def enter(self) -> None:
        """The user comes to the module."""
        for tab in self.tabs:
            tab.enter()

    def follow(self, parameters: Any) -> None:
        """Work with this parameter node from now on, or with none while a scene closes."""
        for tab in self.tabs:
            tab.follow(parameters)
        self._show_notice()

    def parametersChanged(self) -> None:
        """The parameter node was changed."""
        for tab in self.tabs:
            tab.parametersChanged()

    def _heard(self) -> None:
        for tab in self.tabs:
            tab.heard()
        self._show_notice()

    def _show_notice(self) -> None:
        synthetic = any(tab.synthetic for tab in self.tabs)
        if synthetic == self._said:
            return
        self._said = synthetic
        text = f"<b>{_('Research use only, not for diagnosis. Every counterfactual is synthetic.')}</b>"
        if synthetic:
            text += f" <b>{_('Synthetic:')}</b> {_('this person is of no real body.')}"
        self._ui.noticeLabel.text = text

    def _show_state(self, state: str) -> None:
        said = {
            "stopped": _("not started yet"),
            "starting": _("starting"),
            "ready": _("ready"),
            "busy": _("computing"),
        }
        text = _("Worker process: {state}. Counterfactuals are computed on the processor (CPU).")
        self._ui.statusLabel.text = text.format(state=said[state])

    def _restarted(self, sentence: str) -> None:
        slicer.util.showStatusMessage(sentence, 5000)

    def _say(self, sentence: str) -> None:
        from bonedensity.errors import BoneDensityError

        for tab in self.tabs:
            tab.session.desk.fail(BoneDensityError(sentence))
