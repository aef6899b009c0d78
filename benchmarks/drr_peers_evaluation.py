"""What a search pays for one candidate pose: a DRR of the bones and its gradient correlation with the radiograph."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from phantom import POSES, SIZES, phantom_of, voxels

from bonedensity.drr.projector import Projector, searching_backend
from bonedensity.registration.similarity import GradientCorrelation, copied

SMOOTHING_PX = 1.0


def one_evaluation(size_name: str = "c", runs: int = 300) -> dict:
    """Milliseconds an evaluation: on one thread, and a thread a core, each with evaluations of its own.

    Args:
        size_name: Of `SIZES`; bone only.
        runs: Timed evaluations, after a tenth as many untimed ones.
    """
    size = SIZES[size_name]
    array = voxels(phantom_of(size).content("bone"), size)
    projector = Projector(array, size.index_to_patient, backend=searching_backend(), threads=1)
    views = [size.rays(number) for number in range(POSES)]
    first = GradientCorrelation(projector(views[0]), None, smoothing_px=SMOOTHING_PX)
    workers = os.cpu_count() or 1
    similarities = [first, *(copied(first) for _ in range(workers - 1))]

    def evaluate(worker: int) -> list[float]:
        seconds = []
        for number in range(runs):
            started = time.perf_counter()
            similarities[worker](projector(views[number % POSES]))
            seconds.append(time.perf_counter() - started)
        return seconds[runs // 10 :]

    evaluate(0)
    alone = evaluate(0)
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        side_by_side = np.concatenate(list(pool.map(evaluate, range(workers))))
    all_of_them = (time.perf_counter() - started) / (workers * runs)
    return {
        "size": size_name,
        "content": "bone",
        "alone_ms": {"median": _ms(np.median(alone)), "minimum": _ms(min(alone))},
        "side_by_side_ms": {"median": _ms(np.median(side_by_side)), "minimum": _ms(side_by_side.min())},
        "side_by_side_ms_an_evaluation": _ms(all_of_them),
        "threads": workers,
    }


def _ms(seconds: float) -> float:
    return round(1000 * float(seconds), 4)


if __name__ == "__main__":
    print(one_evaluation())
