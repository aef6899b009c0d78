"""What the parts of the window have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bonedensity.desktop.feedback import Feedback
from bonedensity.workflows.session import Session


@dataclass(frozen=True)
class Shared:
    """What every part of the window works with.

    Attributes:
        ui: The window's widgets.
        session: The case.
        feedback: Where messages are said.
        parameters: Gives the parameter node; None while a scene closes.
        ensure: Installs what the engine needs; returns why that failed, or "".
        ensure_models: The same for what networks need beside it.
    """

    ui: Any
    session: Session
    feedback: Feedback
    parameters: Callable[[], Any]
    ensure: Callable[[], str]
    ensure_models: Callable[[], str]


class Panel(ABC):
    """A part of the window; after changes of the session, `refresh` shows how it stands.

    Args:
        shared: What it works with.
    """

    def __init__(self, shared: Shared) -> None:
        self._ui, self._session, self._feedback = shared.ui, shared.session, shared.feedback
        self._parameters = shared.parameters
        self._ensure, self._ensure_models = shared.ensure, shared.ensure_models

    @abstractmethod
    def refresh(self) -> None:
        """Enable what can be done, and say of the rest what it lacks."""
