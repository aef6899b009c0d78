"""What a step of a spine session still needs, in one sentence for a tooltip."""

from __future__ import annotations

from typing import Literal

from bonedensity.workflows.spine.model import graph_for, title_of
from bonedensity.workflows.spine.state import SpineState

Step = Literal["propose", "abduct", "answer", "sweep", "export", "keep", "virtual ct", "ct", "ct labels", "volume"]


def what_is_missing(state: SpineState, step: Step) -> str:
    """The first thing that a step lacks, as one sentence; "" when it can start."""
    needed = {
        "propose": (_dxa, _proposal),
        "abduct": (_model, _dxa, _attributes),
        "answer": (_model, _dxa, _attributes, _abduction),
        "sweep": (_model, _dxa, _attributes, _abduction),
        "export": (_model, _dxa, _attributes, _abduction),
        "keep": (_dxa, _answer),
        "virtual ct": (_virtual,),
        "ct": (_dxa,),
        "ct labels": (_dxa, _volume),
        "volume": (_ct, _answer),
    }
    return next((sentence for ask in needed[step] if (sentence := ask(state))), "")


def _model(state: SpineState) -> str:
    return "" if state.model is not None else state.problem


def _dxa(state: SpineState) -> str:
    return "" if state.dxa is not None else "Load an AP spine DXA first, or make a virtual person."


def _proposal(state: SpineState) -> str:
    return "" if state.proposal is not None else "The image lies right as far as can be told: nothing is proposed."


def _attributes(state: SpineState) -> str:
    missing = [name for name in graph_for(state.model).names if name not in state.attributes]
    return f"Give the person's {title_of(missing[0]).lower()}." if missing else ""


def _abduction(state: SpineState) -> str:
    return "" if state.abduction is not None else "Wait until the person's noise has been found (abduction)."


def _answer(state: SpineState) -> str:
    return "" if state.answer is not None else "Move a slider first."


def _virtual(state: SpineState) -> str:
    if state.dxa is not None and state.dxa.seed is not None:
        return ""
    return "Only a virtual person has a virtual CT: choose the person's own CT and its bones."


def _volume(state: SpineState) -> str:
    return "" if state.ct is not None else "Load the person's CT first."


def _ct(state: SpineState) -> str:
    if state.ct is not None and state.labels is not None:
        return ""
    return "Choose the person's CT and its segmented bones, or make the virtual person's CT."
