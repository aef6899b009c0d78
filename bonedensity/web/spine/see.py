"""Factual, counterfactual and difference as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from bonedensity.web.images import moving, still
from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.session import SpineSession
from bonedensity.workflows.spine.state import Answer


class SpineSee:
    """Draws the three pictures; the factual one only when it is another.

    Args:
        state: The page's; it gets `spine_factual`, `spine_counterfactual` and `spine_difference`.
        session: Whose person.
    """

    def __init__(self, state: Any, session: SpineSession) -> None:
        self._state, self._session = state, session
        self._drawn: tuple[Any, Any] = (None, None)
        state.update({"spine_factual": "", "spine_counterfactual": "", "spine_difference": ""})

    def draw(self, answer: Answer | None) -> None:
        """The pictures with this answer; None shows the factual one alone."""
        session = self._session.state
        if session.dxa is None:
            self._drawn = (None, None)
            self._state.update({"spine_factual": "", "spine_counterfactual": "", "spine_difference": ""})
            return
        factual, factor = pictures.small(session.dxa.array)
        if self._drawn[0] is not session.dxa or self._drawn[1] is not session.outline:
            self._drawn = (session.dxa, session.outline)
            picture = pictures.grey_picture(factual)
            outlined = pictures.with_outline(picture, session.outline, pictures.FACTUAL_LINE, factor)
            self._state.spine_factual = still(to_bytes(outlined))
        if answer is None:
            self._state.update({"spine_counterfactual": "", "spine_difference": ""})
            return
        change, _factor = pictures.small(answer.difference)
        made = pictures.grey_picture(factual + change)
        outlined = pictures.with_outline(made, answer.outline, pictures.COUNTERFACTUAL_LINE, factor)
        self._state.spine_counterfactual = moving(to_bytes(outlined))
        self._state.spine_difference = moving(to_bytes(pictures.difference_picture(change)))


def to_bytes(picture: pictures.Picture) -> Any:
    """(rows, columns, 3) in [0, 1] as bytes."""
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
