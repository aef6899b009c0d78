"""QFileDialog and QMessageBox that never wait for a user: the test answers, what was asked is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtWidgets

from .environment import NO_LIKE, YES_LIKE, recorder

Button = QtWidgets.QMessageBox.StandardButton


class RecordedFileDialog:
    """QFileDialog's questions: a test appends to `answers`, in the order in which the dialogs will open."""

    answers: list[Any] = []  # noqa: RUF012 - one queue for the process, emptied by reset()
    asked: list[tuple[str, tuple]] = []  # noqa: RUF012

    @classmethod
    def question(cls, name: str, empty: Any) -> Callable:
        def ask(*arguments: Any, **options: Any) -> Any:
            cls.asked.append((name, arguments))
            return cls.answers.pop(0) if cls.answers else empty

        return staticmethod(ask)

    @classmethod
    def reset(cls) -> None:
        cls.answers.clear()
        cls.asked.clear()


class QFileDialog(QtWidgets.QFileDialog):
    """As PythonQt's, its static questions return the path alone, not a pair."""

    standin_strict = True

    getOpenFileName = RecordedFileDialog.question("getOpenFileName", "")
    getSaveFileName = RecordedFileDialog.question("getSaveFileName", "")
    getExistingDirectory = RecordedFileDialog.question("getExistingDirectory", "")
    getOpenFileNames = RecordedFileDialog.question("getOpenFileNames", ())


def answer(kind: str, text: str, buttons: Any) -> Any:
    """Keeps the message; a question is answered as slicer.util's are."""
    chooses = any(buttons & button for button in NO_LIKE)
    recorder.messages.append(("question" if chooses else kind, text))
    yes = (recorder.answers.pop(0) if recorder.answers else True) if chooses else True
    return next((button for button in (YES_LIKE if yes else NO_LIKE) if buttons & button), Button.Ok)


def static_message(kind: str, default: Any) -> Callable:
    def show(parent: Any, title: str, text: str, buttons: Any = default, *_: Any) -> Any:
        return answer(kind, text, buttons)

    return staticmethod(show)


class QMessageBox(QtWidgets.QMessageBox):
    """What would wait for a click returns at once."""

    standin_strict = True

    information = static_message("info", Button.Ok)
    warning = static_message("warning", Button.Ok)
    critical = static_message("error", Button.Ok)
    question = static_message("question", Button.Yes | Button.No)

    def exec_(self) -> Any:
        return answer("info", self.text, self.standardButtons)

    exec = exec_
