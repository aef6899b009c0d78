"""What a step still needs, in one sentence for a tooltip."""

from __future__ import annotations

from typing import Literal

from bonedensity.workflows.session_state import SessionState

Section = Literal["ct", "xray", "estimate", "results"]
"""A part of the window that can be used alone."""

Step = Literal["calibrate", "labels", "simulate", "preview", "register", "landmarks", "measure"]
"""labels: load a segmentation. simulate: make an X-ray of the CT. preview: project the bones over the X-ray."""


def what_is_missing(state: SessionState, step: Step) -> str:
    """The first thing that a step lacks, as one sentence; "" when it can start."""
    needed = {
        "calibrate": (_ct,),
        "labels": (_ct,),
        "simulate": (_ct, _labels, _chosen),
        "preview": (_ct, _labels, _xray, _camera, _chosen),
        "register": (_ct, _labels, _xray, _camera, _chosen),
        "landmarks": (_ct, _labels),
        "measure": (_ct, _labels),
    }
    return next((sentence for ask in needed[step] if (sentence := ask(state))), "")


def sentence_of(state: SessionState, section: Section) -> str:
    """What a section still needs, or what it has; always one sentence."""
    if section == "ct":
        return what_is_missing(state, "measure") or "CT and bones are there: calibrate and measure, or go on."
    if section == "xray":
        return _xray(state) or _camera(state) or "The X-ray is there, with its geometry: compare it with the drawing."
    if section == "estimate":
        return _xray(state) or "The X-ray is there: choose the hip and estimate."
    count = len(state.measurements)
    return "Nothing is measured yet: measure the CT, or estimate from the X-ray." if not count else f"{count} results."


def _ct(state: SessionState) -> str:
    return "" if state.ct is not None else "Load a CT first, or make a virtual patient."


def _labels(state: SessionState) -> str:
    if state.labels is not None and state.bones:
        return ""
    return "Load a segmentation of the bones (TotalSegmentator's names), or take all dense bone."


def _xray(state: SessionState) -> str:
    return "" if state.radiograph is not None else "Load an X-ray, or simulate one from the CT."


def _camera(state: SessionState) -> str:
    if state.camera is not None:
        return ""
    return "Give the X-ray's pixel size on the detector (mm): without it nothing can be measured or projected."


def _chosen(state: SessionState) -> str:
    return "" if state.bone_set() else "Tick at least one bone."
