"""Random actions on the whole BMDEstimator window, from a seed.

    OMP_NUM_THREADS=1 python Testing/desktop/monkey_bmdestimator.py --minutes 60 --seed 1 --json result.json

It prints how many actions were done, each error with the seed and the step at which it came, and the memory of the
window's process and of its worker. It ends with 1 where anything failed, or where the window's memory grew by more
than 10 %. `--log` keeps every action; `--steps` stops after so many.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE)]

import standins  # noqa: E402

standins.install()

from bmd_window import quick, wait_idle  # noqa: E402
from monkey import Deed, Monkey  # noqa: E402
from monkey_command import Say, play_and_exit  # noqa: E402
from monkey_files import FilePool  # noqa: E402
from monkey_scene import scene_deeds  # noqa: E402
from monkey_widgets import widget_deeds  # noqa: E402
from standins import harness  # noqa: E402
from standins.environment import SampleDataLogic, recorder  # noqa: E402

MODULE = ROOT / "BMDEstimator" / "BMDEstimator.py"


broken: set[str] = set()
"""Packages that do not work at present; each look with a process of its own would take ten seconds."""


def open_window() -> Any:
    """The module, with coarse virtual patients and a quick search."""
    SampleDataLogic.registered.clear()
    widget = quick(harness.load_module(MODULE))
    for installer in (widget.window.installer, widget.window.models):
        installer._check = lambda names: {name: "it is broken" for name in names if name in broken}
    widget.parent.resize(470, 1400)
    widget.parent.show()
    return widget


def deeds() -> list[Deed]:
    """What belongs to this window alone."""
    return [
        Deed("case", 1.2, ready_case, removes=True),
        Deed("sample data", 0.1, sample_data),
        Deed("place points", 1.5, place_points),
        Deed("script", 2.0, set_parameter),
        Deed("packages", 0.5, answer_packages),
        Deed("reload", 0.05, reload),
    ]


def ready_case(monkey: Monkey, rng: random.Random) -> str:
    """As far as a first user comes by himself, so that what comes later is tried often enough."""
    ui = monkey.widget.ui
    ui.virtualButton.click()
    monkey.wait()
    ui.simulateButton.click()
    monkey.wait()
    if rng.random() < 0.5 and ui.registerButton.enabled:
        ui.registerButton.click()
        monkey.wait()
    return "made"


def sample_data(monkey: Monkey, rng: random.Random) -> str:
    """Press the tile of Sample Data."""
    from BMDEstimatorLib import sample_data as made

    full = made.add_virtual_hip
    made.add_virtual_hip = lambda scene, node: full(scene, node, spacing_mm=4.0)
    try:
        SampleDataLogic.registered[-1]["customDownloader"](SampleDataLogic.registered[-1])
    finally:
        made.add_virtual_hip = full
    return "virtual hip"


def place_points(monkey: Monkey, rng: random.Random) -> str:
    """Points on CT and X-ray, in any number and anywhere near."""
    parameters = monkey.widget._parameterNode
    slot = rng.choice(["ctPoints", "xrayPoints", "landmarks"])
    node = getattr(parameters, slot)
    if node is None:
        return ""
    if node.GetNumberOfControlPoints() and (slot == "landmarks" or rng.random() < 0.3):
        index = rng.randrange(node.GetNumberOfControlPoints())
        if rng.random() < 0.2:
            node.RemoveNthControlPoint(index)
        else:
            node.SetNthControlPointPosition(index, *(rng.uniform(-300, 300) for _ in range(3)))
    else:
        node.AddControlPoint([rng.uniform(-300, 300) for _ in range(3)])
    return slot


def set_parameter(monkey: Monkey, rng: random.Random) -> str:
    """As a script or another module writes into the parameter node, past the widgets."""
    parameters = monkey.widget._parameterNode
    name, value = rng.choice(
        [
            ("bones", []),
            ("bones", ["femur_left", "no such bone"]),
            ("start", []),
            ("start", [1.0] * 16),
            ("start", [1.0, 2.0]),
            ("spacingMm", 0.0),
            ("spacingMm", 0.8),
            ("sddMm", 100.0),
            ("sourceToPatientMm", 4900.0),
            ("estimatorMetadata", "{not json"),
            ("estimator", "no such estimator"),
            ("modelPath", "/no/such/model"),
            ("calibrationSource", ""),
            ("ct", None),
            ("xray", None),
            ("segmentation", None),
            ("transform", None),
            ("results", None),
            ("secondXray", parameters.xray),
            ("secondXray", parameters.ct),
            ("xray", parameters.ct),
            ("shiftRight", rng.uniform(-150, 150)),
            ("turnDepth", rng.uniform(-60, 60)),
            ("reader", "R" * 50),
        ]
    )
    setattr(parameters, name, value)
    return f"{name} = {value!r:.60}"


def answer_packages(monkey: Monkey, rng: random.Random) -> str:
    """What the next use of the packages finds: nothing missing, something missing, a user who refuses."""
    recorder.pip_missing, recorder.pip_declined = rng.random() < 0.5, rng.random() < 0.5
    broken.clear()
    broken.update(rng.sample(["torch", "numba", "monai", "pydicom"], rng.randrange(3)))
    button = rng.choice(["packagesButton", "segmentButton", "registerButton"])
    if getattr(monkey.widget.ui, button).enabled:
        getattr(monkey.widget.ui, button).click()
    return f"missing {recorder.pip_missing}, declined {recorder.pip_declined}, {button}"


def reload(monkey: Monkey, rng: random.Random) -> str:
    """Reload: the module and its package are imported anew."""
    monkey.reopen(lambda name: name.partition(".")[0] in ("BMDEstimatorLib", "bonedensity"))
    return "reloaded"


def wrong(monkey: Monkey) -> Sequence[str]:
    """What may never be so, whatever was done."""
    widget = monkey.widget
    found = [f"an error window: {text}" for text in recorder.texts("error")]
    if widget._parameterNode is None:
        found.append("the window follows no parameter node")
    if not widget.window.session.desk.title and widget.ui.registerButton.text == "Cancel":
        found.append("nothing runs, yet Register says Cancel")
    return found


def good_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders that the window can read, made with the window itself."""
    from bonedensity.imaging.write import write_label_map, write_radiograph_png, write_volume

    widget = open_window()
    widget.ui.virtualButton.click()
    harness.wait_until(lambda: widget.window.session.state.bones, 120)
    widget.ui.simulateButton.click()
    harness.wait_until(lambda: widget.window.session.state.preview is not None, 120)
    wait_idle(widget)
    state, case = widget.window.session.state, folder / "cases" / "one"
    case.mkdir(parents=True)
    write_volume(state.ct, case / "ct.nii.gz")
    write_label_map(state.labels, case / "labels.seg.nrrd")
    write_radiograph_png(state.radiograph, case / "xray.png")
    table = folder / "cohort.csv"
    table.write_text("name,dxa,estimate\n" + "".join(f"p{n},{0.6 + n / 50},{0.61 + n / 55}\n" for n in range(20)))
    harness.unload_module(widget)
    harness.reset()
    return [*sorted(case.iterdir()), table], [case.parent, case]


def make(seed: int, folder: Path, say: Say) -> Monkey:
    """The window with its files."""
    pool = FilePool(folder, *good_files(folder))
    return Monkey(
        open_window,
        [*widget_deeds(), *scene_deeds(), *deeds()],
        seed=seed,
        files=pool,
        sessions=lambda widget: [widget.window.session],
        check=wrong,
        say=say,
    )


if __name__ == "__main__":
    play_and_exit(make, ready_case, __doc__, __file__)
