"""The bones of a CT by any engine, with its doubts, and the memory that it took."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bonedensity.imaging import Volume
from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import ParameterError, Parameters, one_of, text

if TYPE_CHECKING:
    from bonedensity.segmentation import Segmentation, SegmentationOptions

GIB = 1024**3


def segment(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Labels on the CT's grid, uncertainty where the engine tells it, confidence, notes, seconds and memory."""
    from bonedensity.segmentation import ENGINES
    from bonedensity.segmentation import segment as find_bones
    from bonedensity.segmentation.memory import needed_gib
    from bonedensity.segmentation.windows import free_bytes

    engine = one_of(parameters, "engine", ENGINES)
    options = _options(parameters)
    ct = context.load(parameters["ct"], Volume)
    free = f"Memory: about {needed_gib(ct, engine):.1f} GiB needed, {free_bytes() / GIB:.1f} GiB free."
    context.on_progress(0.0, free)
    context.cache.projectors.clear()  # the next projection prepares its own anew
    started = time.perf_counter()
    found = find_bones(ct, cast(Any, engine), options, on_progress=context.on_progress, should_stop=context.should_stop)
    return _told(found, time.perf_counter() - started, context)


def _told(found: Segmentation, seconds: float, context: TaskContext) -> dict[str, Any]:
    peak = peak_gib()
    memory = () if peak is None else (f"The worker took {peak:.1f} GiB of memory at most.",)
    return {
        "labels": context.hand_over(found.labels),
        "uncertainty": None if found.uncertainty is None else context.exchange.put(found.uncertainty),
        "engine": found.engine,
        "confidence": found.confidence,
        "notes": [*found.notes, *memory],
        "seconds": seconds,
    }


def _options(parameters: Parameters) -> SegmentationOptions:
    from bonedensity.segmentation import SegmentationOptions
    from bonedensity.segmentation.bundle.engine import BundleOptions
    from bonedensity.segmentation.unet.engine import UnetOptions

    path = text(parameters, "path")
    given = Path(path) if path else None
    device = cast(Any, one_of(parameters, "device", ("auto", "cuda", "mps", "cpu")))
    samples = parameters.get("samples")
    if samples is not None and not (isinstance(samples, int) and 1 <= samples <= 100):
        raise ParameterError("“samples” must be a whole number from 1 to 100.")
    return SegmentationOptions(
        unet=UnetOptions(folder=given, device=device, samples=samples),
        bundle=given,
        run=BundleOptions(device=device),
        labels=given,
    )


def peak_gib() -> float | None:
    """The most memory (GiB) this process has held so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / GIB if sys.platform == "darwin" else peak * 1024 / GIB
