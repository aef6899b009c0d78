"""Our DRR renderers against named peers: the same rays through the same voxels, in turn, on the same processors.

Every tool runs in its own process and draws the same views, one after another (A B C A B C ...). Its image is compared
with the analytic DRR of the phantom, which also shows that its rays are the same.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from accuracy import compare
from drr_peers_evaluation import one_evaluation
from machine import described_machine, write_json
from peers import TOOLS
from peers.client import ToolError, ToolProcess
from phantom import POSES, SIZES, Size, cropped, phantom_of, voxels

from bonedensity.geometry import RayGrid

RESULTS = Path(__file__).parent / "results"
CONTENTS = ("full", "bone", "bone cropped")
"""What the voxels hold. `bone cropped`: every tool gets the bones' bounding box only."""

NOTHING_SKIPPED = ", nothing skipped"
SLOW_SECONDS = 2.0
PAUSE_SECONDS = 0.03
"""Between two tools: the threads of the one before go to sleep."""

RUNNING_IN_SECONDS = 1.0
"""Tools quicker than this draw three views untimed at the start of their turn, as a search or a drag draws one after
another: caches and threads are then as they are in use, for every tool alike."""

ACCURACY_VIEW = 1
LIBRARIES = ("bonedensity", "numpy", "numba", "torch", "itk", "itk-rtk", "nanodrr", "diffdrr", "torchio")


@dataclass
class Timing:
    """What is known of one tool on one volume."""

    seconds: list[float] = field(default_factory=list)
    prepare_seconds: float = 0.0
    first_view_seconds: float = 0.0
    peak_extra_mb: float = 0.0
    accuracy: dict = field(default_factory=dict)
    new_process: dict | None = None

    def to_json(self, name: str) -> dict:
        return {
            "kind": TOOLS[name].kind,
            "ours": TOOLS[name].ours,
            "median_ms": _ms(float(np.median(self.seconds))),
            "minimum_ms": _ms(min(self.seconds)),
            "each_ms": [_ms(s) for s in self.seconds],
            "prepare_ms": _ms(self.prepare_seconds),
            "peak_extra_mb": round(self.peak_extra_mb),
            "new_process": self.new_process,
            **self.accuracy,
        }


class Tools:
    """The processes that run, and why others do not."""

    def __init__(self, wanted: list[str]) -> None:
        self.skipped: dict[str, str] = {}
        self._running: dict[str, ToolProcess] = {}
        for name in wanted:
            try:
                self._running[name] = ToolProcess(name)
                _loaded(self._running[name])
            except ToolError as error:
                self.leave_out(name, error)

    def names(self) -> list[str]:
        return list(self._running)

    def __getitem__(self, name: str) -> ToolProcess:
        return self._running[name]

    def leave_out(self, name: str, why: Exception) -> None:
        print(f"  left out: {name}: {why}", flush=True)
        self.skipped[name] = str(why)
        if name in self._running:
            self._running.pop(name).close()

    def close(self) -> None:
        for process in self._running.values():
            process.close()


def main() -> int:
    options = parse_arguments()
    wanted = [name for name in TOOLS if not options.tools or any(part in name for part in options.tools)]
    tools = Tools(wanted)
    results = []
    try:
        for name in options.sizes:
            for content in options.contents:
                results.append(one_volume(tools, SIZES[name], content, options))
                print_table(results[-1])
    finally:
        tools.close()
    evaluation = one_evaluation()
    print(
        f"\nOne evaluation of a search ({evaluation['size']}, bone, gradient correlation): "
        f"{evaluation['alone_ms']['median']:.3f} ms on one thread"
    )
    text = {
        "runs": options.runs,
        "views": POSES,
        "left_out": tools.skipped,
        "one_evaluation": evaluation,
        "results": results,
    }
    if options.json:
        write_json(options.json, {**described_machine("drr_peers.py", LIBRARIES), **text})
        plot(results, options.json.with_suffix(".png"))
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["c", "a", "b"])
    parser.add_argument("--contents", nargs="+", choices=CONTENTS, default=list(CONTENTS))
    parser.add_argument("--runs", type=int, default=9, help="interleaved runs of every tool")
    parser.add_argument("--slow-runs", type=int, default=3, help=f"the same for tools above {SLOW_SECONDS:.0f} s")
    parser.add_argument("--tools", nargs="+", metavar="PART", help="only tools whose name holds one of these")
    parser.add_argument("--quick", action="store_true", help="192³ only, 3 runs, no file unless --json is given")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="default results/drr_peers.json; the plot goes beside"
    )
    options = parser.parse_args()
    if options.quick:
        options.sizes, options.runs = (options.sizes if options.sizes != ["c", "a", "b"] else ["c"]), 3
    elif options.json is None:
        options.json = RESULTS / "drr_peers.json"
    return options


def one_volume(tools: Tools, size: Size, content: str, options: argparse.Namespace) -> dict:
    solids = phantom_of(size).content("full" if content == "full" else "bone")
    array, affine = voxels(solids, size), size.index_to_patient
    if content == "bone cropped":
        array, affine = cropped(array, affine)
    filled, shape = float((array != 0).mean()), array.shape
    views = [size.rays(number) for number in range(POSES)]
    timings: dict[str, Timing] = {}
    with tempfile.TemporaryDirectory(prefix="drr-peers-") as folder:
        volume = Path(folder) / "volume.npy"
        np.save(volume, array)
        del array
        for name in tools.names():
            if NOTHING_SKIPPED in name and content != "full":
                continue
            try:
                timings[name] = prepared(tools[name], volume, affine, views, solids)
            except ToolError as error:
                tools.leave_out(name, error)
        for number in range(options.runs):
            one_round(tools, timings, views, number, options)
        for name in list(timings):
            try:
                timings[name].peak_extra_mb = tools[name].ask("memory")["peak_extra_mb"]
                if content == "full":
                    timings[name].new_process = in_a_new_process(name, volume, affine, views[0])
            except (ToolError, KeyError):
                timings.pop(name)
    return described(size, content, filled, shape, {n: t.to_json(n) for n, t in timings.items()}, tools)


def prepared(process: ToolProcess, volume: Path, affine: np.ndarray, views: list[RayGrid], solids: tuple) -> Timing:
    """The volume handed over and one view drawn, saved and judged."""
    timing = Timing(prepare_seconds=process.prepare(volume, affine))
    image = volume.with_name("image.npy")
    timing.first_view_seconds = process.render(views[ACCURACY_VIEW], image)
    if timing.first_view_seconds < SLOW_SECONDS:  # once more: the first call of a quick tool may be its slowest
        process.render(views[ACCURACY_VIEW])
    timing.accuracy = compare(np.load(image), solids, views[ACCURACY_VIEW])
    if not timing.accuracy["same_rays"]:
        print(f"  {process.name}: its image is misplaced by {timing.accuracy['misplaced_px']} px", flush=True)
    return timing


def one_round(
    tools: Tools, timings: dict[str, Timing], views: list[RayGrid], number: int, options: argparse.Namespace
) -> None:
    for name in list(timings):
        if timings[name].first_view_seconds > SLOW_SECONDS and number >= options.slow_runs:
            continue
        time.sleep(PAUSE_SECONDS)
        try:
            if timings[name].first_view_seconds < RUNNING_IN_SECONDS:
                for before in (3, 2, 1):
                    tools[name].render(views[(number - before) % POSES])
            timings[name].seconds.append(tools[name].render(views[number % POSES]))
        except ToolError as error:
            tools.leave_out(name, error)
            timings.pop(name)


def in_a_new_process(name: str, volume: Path, affine: np.ndarray, view: RayGrid) -> dict:
    """From starting Python to the first image; compiled kernels are in numba's cache by now."""
    started = time.perf_counter()
    process = ToolProcess(name)
    imported = time.perf_counter()
    prepare = process.prepare(volume, affine)
    first = process.render(view)
    total = time.perf_counter() - started
    process.close()
    return {
        "import_ms": _ms(imported - started),
        "prepare_ms": _ms(prepare),
        "first_call_ms": _ms(first),
        "start_to_image_ms": _ms(total),
    }


def _loaded(process: ToolProcess) -> None:
    """Draw something small, so that what libraries load late is not counted as the volume's memory."""
    size = SIZES["tiny"]
    with tempfile.TemporaryDirectory(prefix="drr-peers-") as folder:
        volume = Path(folder) / "volume.npy"
        np.save(volume, voxels(phantom_of(size).bones, size))
        process.prepare(volume, size.index_to_patient)
        process.render(size.rays(0))


def described(
    size: Size, content: str, filled: float, shape: tuple[int, ...], timings: dict[str, dict], tools: Tools
) -> dict:
    peers = {name: t["median_ms"] for name, t in timings.items() if not t["ours"]}
    for timing in timings.values():
        same_kind = [t["median_ms"] for t in timings.values() if not t["ours"] and t["kind"] == timing["kind"]]
        best = min(peers.values(), default=None)
        timing["times_faster_than_best_peer"] = _ratio(best, timing["median_ms"])
        timing["times_faster_than_best_peer_of_its_kind"] = _ratio(min(same_kind, default=None), timing["median_ms"])
    return {
        "size": size.name,
        "content": content,
        "shape_kji": list(shape),
        "detector": size.detector,
        "filled_share": round(filled, 4),
        "best_peer": min(peers, key=peers.get) if peers else None,
        "tools": {**timings, **dict.fromkeys(tools.skipped)},
    }


def _ratio(best: float | None, mine: float) -> float | None:
    return None if best is None else round(best / mine, 2)


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)


def print_table(result: dict) -> None:
    k, j, i = result["shape_kji"]
    print(
        f"\n{result['size']}: {i} x {j} x {k} to {result['detector']}², {result['content']} "
        f"({100 * result['filled_share']:.1f} % of the voxels hold something)\n"
        f"{'':38s} {'median':>9s} {'minimum':>9s} {'x best':>7s} {'x kind':>7s} {'memory':>8s} "
        f"{'error':>7s} {'worst':>7s} {'misplaced':>9s} {'new process':>12s}"
    )
    for name, t in result["tools"].items():
        if t is None:
            print(f"{name:38s} left out")
            continue
        fresh = f"{t['new_process']['start_to_image_ms'] / 1000:10.2f} s" if t["new_process"] else ""
        print(
            f"{name:38s} {t['median_ms']:6.1f} ms {t['minimum_ms']:6.1f} ms "
            f"{t['times_faster_than_best_peer'] or 0:7.2f} {t['times_faster_than_best_peer_of_its_kind'] or 0:7.2f} "
            f"{t['peak_extra_mb']:5.0f} MB {t['median_interior_error_percent']:6.3f}% "
            f"{t['worst_pixel_percent_of_maximum']:6.2f}% {t['misplaced_px']:6.3f} px {fresh}",
            flush=True,
        )


def plot(results: list[dict], file: Path) -> None:
    """Median time of every tool, one panel a volume; whiskers reach from the fastest to the slowest run."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib import ticker

    sizes = list(dict.fromkeys(r["size"] for r in results))
    contents = list(dict.fromkeys(r["content"] for r in results))
    figure, axes = plt.subplots(
        len(sizes), len(contents), figsize=(5 * len(contents) + 2, 3.4 * len(sizes)), sharey=True, sharex="row",
        squeeze=False, layout="constrained",
    )  # fmt: skip
    names = [name for name in TOOLS if any(r["tools"].get(name) for r in results)][::-1]
    for result in results:
        panel = axes[sizes.index(result["size"]), contents.index(result["content"])]
        k, j, i = result["shape_kji"]
        panel.set_title(f"{i} x {j} x {k} to {result['detector']}², {result['content']}", fontsize=10)
        for y, name in enumerate(names):
            if t := result["tools"].get(name):
                reach = [[t["median_ms"] - t["minimum_ms"]], [max(t["each_ms"]) - t["median_ms"]]]
                colour = "#b03a2e" if t["ours"] else "#7f8c8d"
                panel.barh(y, t["median_ms"], color=colour, xerr=reach, ecolor="#333333", capsize=2)
                panel.text(
                    t["median_ms"],
                    y + 0.36,
                    f" {t['median_ms']:.{0 if t['median_ms'] >= 100 else 1}f}",
                    fontsize=7,
                    va="center",
                )
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(ticker.LogLocator())
        panel.xaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
        panel.xaxis.set_minor_formatter(ticker.NullFormatter())
        panel.set_yticks(range(len(names)), names, fontsize=8)
        panel.set_xlabel("ms per DRR (log scale)", fontsize=8)
        panel.grid(axis="x", alpha=0.3)
    figure.savefig(file, dpi=110)


if __name__ == "__main__":
    sys.exit(main())
