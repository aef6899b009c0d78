"""A progress dialog with Cancel, for the few jobs whose caller must wait: Sample Data wants its nodes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import qt
import slicer

from bonedensity.desktop.feedback import Works, step_of
from bonedensity.jobs import JobError

STATUS_MS = 5000
"""How long the status bar says that something was cancelled."""


class Waits(Works, Protocol):
    """A session that can be waited for."""

    def wait(self, timeout_s: float | None = None, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Wait for the jobs that run."""


Wait = Callable[[Waits], None]
"""Waits for a session's jobs; raises a `BoneDensityError` where one failed or was cancelled."""


def nodes_in_dialog(title: str, failed: str, make: Callable[[Wait], list[Any]]) -> list[Any]:
    """What `make` adds to the scene; an empty list where the user cancelled, which the status bar says.

    Args:
        title: Of the dialog.
        failed: Said above the error where it could not be made.
        make: Adds nodes once all of them are there; is given how to wait.

    Raises:
        BoneDensityError: It could not be made; one window has said so.
    """
    with slicer.util.tryWithErrorDisplay(failed), JobDialog(title) as dialog:
        try:
            return make(dialog.wait)
        except JobError as error:
            if error.kind != "cancelled":
                raise
            slicer.util.showStatusMessage(str(error), STATUS_MS)
    return []


class JobDialog:
    """While it waits, windows are drawn and hear their timers; the user can cancel and do nothing else.

    Args:
        title: What is made. Where Slicer runs its tests no dialog is shown.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._dialog: Any = None
        self._told = (0.0, "")

    def __enter__(self) -> JobDialog:
        if not slicer.app.testingEnabled():
            self._dialog = slicer.util.createProgressDialog(
                windowTitle=self._title,
                labelText=self._title,
                autoClose=False,
                autoReset=False,
                windowModality=qt.Qt.ApplicationModal,
            )
            self._dialog.show()
        return self

    def __exit__(self, *_: object) -> None:
        if self._dialog is not None:
            self._dialog.close()
            self._dialog.deleteLater()
            self._dialog = None

    def wait(self, session: Waits) -> None:
        """Wait for a session's jobs; Cancel stops them.

        Raises:
            BoneDensityError: One failed or was cancelled.
        """
        self._told = (0.0, "")
        session.desk.progressed.connect(self._hear)
        try:
            session.wait(meanwhile=lambda: self._let_the_window_go_on(session))
        finally:
            session.desk.progressed.disconnect(self._hear)

    def _hear(self, fraction: float, message: str) -> None:
        self._told = (fraction, message)

    def _let_the_window_go_on(self, session: Waits) -> None:
        slicer.app.processEvents()
        if self._dialog is None:
            return
        if self._dialog.wasCanceled:
            session.cancel()
            return
        fraction, message = self._told
        self._dialog.labelText = step_of(session.desk, message) or self._title
        self._dialog.maximum = 100 if fraction > 0 else 0  # a bar that moves until the worker tells how far it is
        self._dialog.value = round(100 * fraction)
