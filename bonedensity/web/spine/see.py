"""Factual, counterfactual and difference or uncertainty as pictures; the page draws the factual outlines itself."""

from __future__ import annotations

from typing import Any

from bonedensity.web.images import moving, still
from bonedensity.workflows.spine import pictures
from bonedensity.workflows.spine.results import Answer
from bonedensity.workflows.spine.session import SpineSession

PICTURES = ("spine_factual", "spine_counterfactual", "spine_difference")

LOOKS = {
    "spine_opacity": 1, "spine_curtain": 100, "spine_flicker": False, "spine_outlines": True,
    "spine_third": "difference", "spine_uncertain": False, "spine_large": False,
}  # fmt: skip
"""How the pictures are looked at; opacity, curtain, flicker and size are the browser's own."""


FINE_PX = 800
"""Longer side of a picture at rest; while a slider moves, pictures are coarser and quicker."""


class SpineSee:
    """Draws the three pictures; the factual one only when it is another.

    Args:
        server: The tab's; its state gets the pictures.
        session: Whose person.
    """

    def __init__(self, server: Any, session: SpineSession) -> None:
        self._state, self._session = server.state, session
        self._drawn: Any = None
        self._greys: dict[int, tuple[Any, int]] = {}
        self._answer: Answer | None = None
        self._state.update({**dict.fromkeys(PICTURES, ""), **LOOKS})
        server.state.change("spine_outlines", "spine_third")(lambda **_: self._looked_at())

    def draw(self, answer: Answer | None) -> None:
        """The pictures with this answer; None shows the factual one alone."""
        session, state = self._session.state, self._state
        self._answer = answer
        if session.dxa is None:
            self._drawn = None
            state.update(dict.fromkeys(PICTURES, ""))
            return
        self._draw_factual()
        if answer is None:
            state.update(dict.fromkeys(PICTURES[1:], ""))
            return
        px = FINE_PX if answer.full else pictures.LONGEST_PX
        factual, factor = self._small(px)
        change, _factor = pictures.small(answer.difference, px)
        made = pictures.grey_picture(factual + change)
        after = answer.outline if state.spine_outlines else None
        outlined = pictures.with_outline(made, after, pictures.COUNTERFACTUAL_LINE, factor)
        state.spine_counterfactual = moving(outlined)
        state.spine_uncertain = answer.uncertainty is not None
        if state.spine_third == "uncertainty" and answer.uncertainty is not None:
            state.spine_difference = moving(pictures.uncertainty_picture(pictures.small(answer.uncertainty, px)[0]))
        else:
            state.spine_difference = moving(pictures.difference_picture(change))

    def _draw_factual(self) -> None:
        if self._drawn is not self._session.state.dxa:
            self._drawn, self._greys = self._session.state.dxa, {}
            self._state.spine_factual = still(pictures.grey_picture(self._small(FINE_PX)[0]))

    def _small(self, px: int) -> tuple[Any, int]:
        """The export thinned out, once for each size."""
        dxa = self._session.state.dxa
        assert dxa is not None
        if px not in self._greys:
            self._greys[px] = pictures.small(dxa.array, px)
        return self._greys[px]

    def _looked_at(self) -> None:
        self.draw(self._answer)
