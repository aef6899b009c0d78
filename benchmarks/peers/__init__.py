"""The tools that are compared, behind one face: `Tool(array, index_to_patient)` once, then `tool(rays)` per DRR.

A tool that cannot be imported raises; `worker.py` passes the reason on and the benchmark leaves the tool out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """Where a tool is found and what it is.

    Attributes:
        module: In this folder.
        name: Of the class.
        kind: "interpolating" or "exact" (voxels are boxes).
        options: Passed to the class.
        ours: Whether it is BoneDensity.
    """

    module: str
    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    ours: bool = False


def _ours(backend: str, *, skip_empty: bool) -> Entry:
    kind = "exact" if backend == "exact" else "interpolating"
    return Entry("ours", "Ours", kind, {"backend": backend, "skip_empty": skip_empty}, ours=True)


OUR_BACKENDS = ("interactive", "fast", "exact")

TOOLS: dict[str, Entry] = {
    **{f"bonedensity {name}": _ours(name, skip_empty=True) for name in OUR_BACKENDS},
    **{f"bonedensity {name}, nothing skipped": _ours(name, skip_empty=False) for name in OUR_BACKENDS},
    "RTK Joseph": Entry("rtk", "RtkJoseph", "interpolating"),
    "plastimatch exact": Entry("plastimatch", "Plastimatch", "exact", {"algorithm": "exact"}),
    "plastimatch uniform": Entry("plastimatch", "Plastimatch", "interpolating", {"algorithm": "uniform"}),
    "torch grid_sample": Entry("grid_sample", "GridSample", "interpolating"),
    "nanodrr": Entry("nano", "NanoDrr", "interpolating"),
    "DiffDRR trilinear": Entry("diff", "DiffDrr", "interpolating", {"renderer": "trilinear"}),
    "DiffDRR Siddon": Entry("diff", "DiffDrr", "exact", {"renderer": "siddon"}),
}


def load(name: str) -> Any:
    """The class of a tool; raises ImportError with the reason where it cannot run."""
    entry = TOOLS[name]
    return getattr(import_module(f"peers.{entry.module}"), entry.name)
