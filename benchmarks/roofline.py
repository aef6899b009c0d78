"""How near our renderers come to what the machine could do: memory bandwidth and arithmetic, measured here and now.

A DRR must at least read every voxel of the box once and do a few operations for every sample. The larger of the two
times is the least possible one; the share of it that a renderer reaches is reported. Nothing is skipped.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numba
import numpy as np
from machine import described_machine, write_json
from numpy.typing import NDArray
from phantom import POSES, SIZES, Size, phantom_of, voxels

from bonedensity.drr.projector import Backend, Projector
from bonedensity.drr.slab_projector import OVERSAMPLING
from bonedensity.errors import BoneDensityError
from bonedensity.geometry import RayGrid

RESULTS = Path(__file__).parent / "results"
THREADS = os.cpu_count() or 1
STREAM_ELEMENTS = 1 << 25
"""Of each of three float32 arrays: 128 MB, far above any cache."""

REPEATS = 7
ENGINES = ("interactive", "fast", "exact")

OPERATIONS = {"interactive": 8, "fast": 14, "exact": 8}
"""Operations a sample, counted in the kernels. interactive: mixing two rows 3, interpolating along the row 3, dropping
bits 1, adding 1; integers of 16 bits, of which a vector holds twice as many as of the float32 that limits are measured
with. fast (Joseph): three interpolations 9, adding 1, position and shares 4. exact (Siddon), a voxel crossed: finding
the next plane 3, its length 2, adding 2, moving on 1."""

BYTES_A_VOXEL = {"interactive": 2, "fast": 4, "exact": 4}
"""The interactive engine keeps volumes in 16 bits."""

PLANE_OVERSAMPLING = OVERSAMPLING**2
"""Samples of the interactive engine's plane for each detector pixel."""


def main() -> int:
    options = parse_arguments()
    limits = machine_limits(options.elements)
    print(
        f"{THREADS} threads read {limits['read_gb_s']:.1f} GB/s, run triad at {limits['triad_gb_s']:.1f} GB/s and do "
        f"{limits['vector_gflops']:.0f} Gflop/s (float32, vectors)."
    )
    results = [row for name in options.sizes for row in one_size(SIZES[name], limits, options.runs)]
    if options.json:
        write_json(
            options.json,
            {
                **described_machine("roofline.py", ("bonedensity", "numpy", "numba")),
                "limits": limits,
                "operations_a_sample": OPERATIONS,
                "results": results,
            },
        )
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["c", "a", "b"])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="192³ only, 3 runs, no file unless --json is given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="default results/roofline.json")
    options = parser.parse_args()
    options.elements = STREAM_ELEMENTS
    if options.quick:
        options.sizes, options.runs, options.elements = ["c"], 3, STREAM_ELEMENTS // 4
    elif options.json is None:
        options.json = RESULTS / "roofline.json"
    return options


def one_size(size: Size, limits: dict, runs: int) -> list[dict]:
    array = voxels(phantom_of(size).content("full"), size)
    views = [size.rays(number) for number in range(POSES)]
    engines = {name: projector for name in ENGINES if (projector := _projector(array, size, name))}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for projector in engines.values():
        for view in views:
            projector(view)
    for number in range(runs):
        for name, projector in engines.items():
            started = time.perf_counter()
            projector(views[number % POSES])
            seconds[name].append(time.perf_counter() - started)
    once = {4: reading_seconds(array), 2: reading_seconds(array.astype(np.uint16))}
    rows = []
    for name in engines:
        samples = float(np.mean([work(size, name, view) for view in views]))
        rows.append(described(size, name, array.size, once[BYTES_A_VOXEL[name]], samples, seconds[name], limits))
    return rows


def described(
    size: Size, name: str, voxel_count: int, memory_limit: float, samples: float, seconds: list[float], limits: dict
) -> dict:
    taken = float(np.median(seconds))
    operations = samples * OPERATIONS[name]
    size_bytes = voxel_count * BYTES_A_VOXEL[name]
    arithmetic_limit = operations / (1e9 * limits["vector_gflops"])
    least = max(memory_limit, arithmetic_limit)
    row = {
        "size": size.name,
        "engine": name,
        "median_ms": round(1e3 * taken, 3),
        "volume_mb": round(size_bytes / 1e6, 1),
        "samples_million": round(samples / 1e6, 2),
        "operations_a_byte": round(operations / size_bytes, 2),
        "volume_gb_s": round(size_bytes / taken / 1e9, 2),
        "gflops": round(operations / taken / 1e9, 2),
        "reading_once_ms": round(1e3 * memory_limit, 3),
        "arithmetic_ms": round(1e3 * arithmetic_limit, 3),
        "bound_by": "memory" if memory_limit > arithmetic_limit else "arithmetic",
        "share_of_limit": round(least / taken, 4),
    }
    print(
        f"{size.name:5s} {name:12s} {row['median_ms']:9.2f} ms  volume {row['volume_mb']:6.1f} MB, once in "
        f"{row['reading_once_ms']:6.2f} ms  {row['samples_million']:7.1f} M samples, {row['arithmetic_ms']:6.2f} ms  "
        f"{row['gflops']:6.1f} Gflop/s  {100 * row['share_of_limit']:5.1f} % of the {row['bound_by']} limit",
        flush=True,
    )
    return row


def work(size: Size, name: str, rays: RayGrid) -> float:
    """Samples of one view, none skipped: slices or voxel faces that the rays cross inside the volume."""
    start, end = rays.moved(np.linalg.inv(size.index_to_patient)).ends()
    d = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (-0.5 - start) / d, (np.array(size.shape[::-1]) - 0.5 - start) / d
    inside = np.maximum(np.minimum(np.maximum(a, b).min(-1), 1) - np.maximum(np.minimum(a, b).max(-1), 0), 0)
    steps = np.abs(d) * inside[..., None]
    if name == "exact":
        return float(steps.sum())
    samples = float(steps.max(axis=-1).sum())
    return samples * PLANE_OVERSAMPLING if name == "interactive" else samples


def machine_limits(elements: int) -> dict:
    """What all threads together read (GB/s), copy and scale, and compute (Gflop/s)."""
    a, b, c = (np.ones(elements, dtype=np.float32) for _ in range(3))
    shares = [[part[n] for part in map(_shares, (a, b, c))] for n in range(THREADS)]
    small = np.ones((THREADS, 2048), dtype=np.float32)
    rounds = 20000
    triad_time = fastest(lambda n: triad(*shares[n]))
    computing = fastest(lambda n: multiply_add(small[n], rounds))
    return {
        "threads": THREADS,
        "read_gb_s": round(a.nbytes / reading_seconds(a) / 1e9, 2),
        "triad_gb_s": round(3 * a.nbytes / triad_time / 1e9, 2),
        "vector_gflops": round(2 * CHAIN * rounds * small.size / computing / 1e9, 1),
    }


CHAIN = 8


def fastest(kernel: Callable[[int], object]) -> float:
    """Seconds that the quickest of some runs took, all threads at once."""
    times = []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(REPEATS):
            started = time.perf_counter()
            list(pool.map(kernel, range(THREADS)))
            times.append(time.perf_counter() - started)
    return min(times)


def reading_seconds(array: NDArray) -> float:
    """Adding up every element once, from wherever the processor keeps them (a small volume stays in its cache)."""
    shares = _shares(array.reshape(-1))
    return fastest(lambda n: read_sum(shares[n]))


def _shares(array: NDArray) -> list[NDArray]:
    edges = np.linspace(0, array.size, THREADS + 1).astype(int)
    return [array[edges[n] : edges[n + 1]] for n in range(THREADS)]


@numba.njit(nogil=True, fastmath=True, cache=True)
def read_sum(a: NDArray) -> float:
    total = np.float32(0)
    for i in range(a.size):
        total += np.float32(a[i])
    return total


@numba.njit(nogil=True, fastmath=True, cache=True)
def triad(a: NDArray, b: NDArray, c: NDArray) -> None:
    """STREAM (McCalpin 1995)."""
    scale = np.float32(0.5)
    for i in range(a.size):
        a[i] = b[i] + scale * c[i]


@numba.njit(nogil=True, fastmath=True, cache=True)
def multiply_add(values: NDArray, rounds: int) -> None:
    p, q = np.float32(0.999), np.float32(0.001)
    for _ in range(rounds):
        for i in range(values.size):
            x = values[i]
            for _ in range(CHAIN):
                x = x * p + q
            values[i] = x


def _projector(array: NDArray[np.float32], size: Size, name: str) -> Projector | None:
    options = {"skip_empty": False} if "skip_empty" in inspect.signature(Projector).parameters else {}
    if name not in get_args(Backend):
        print(f"{name}: left out, this version of bonedensity does not have it")
        return None
    try:
        return Projector(array, size.index_to_patient, backend=name, **options)
    except BoneDensityError as error:
        print(f"{name}: left out: {error}")
        return None


if __name__ == "__main__":
    sys.exit(main())
