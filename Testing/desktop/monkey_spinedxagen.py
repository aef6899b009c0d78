"""Random actions on the whole SpineDXAGen window, from a seed.

    OMP_NUM_THREADS=1 python Testing/desktop/monkey_spinedxagen.py --minutes 60 --seed 1 --json result.json

It prints how many actions were done, each error with the seed and the step at which it came, and the memory of the
window's process and of its worker. It ends with 1 where anything failed, or where the window's memory grew by more
than 10 %. `--log` keeps every action; `--steps` stops after so many. Weights are untrained, people are drawn and the CT
is made of blocks: building a virtual person takes ten seconds.
"""

from __future__ import annotations

import json
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

import slicer  # noqa: E402
from monkey import Deed, Monkey  # noqa: E402
from monkey_command import Say, play_and_exit  # noqa: E402
from monkey_files import FilePool  # noqa: E402
from monkey_scene import scene_deeds  # noqa: E402
from monkey_widgets import widget_deeds  # noqa: E402
from PySide6 import QtCore  # noqa: E402
from spine_window import DRAWN, PERSON, WEIGHTS, block_ct, page, settled, tab, write_drawing  # noqa: E402
from standins import harness  # noqa: E402
from standins.environment import SampleDataLogic, recorder  # noqa: E402

MODULE = ROOT / "SpineDXAGen" / "SpineDXAGen.py"
PEOPLE = 4

made: dict[str, Any] = {}
"""What stands in for what takes long: "dxa" by seed, and the folder of "weights"."""


class SpineMonkey(Monkey):
    """Knows what takes nodes out of the scene because the user wants it: a button, and a sweep in another's place."""

    _frames: frozenset[str] = frozenset()

    def _step(self, step: int, errors: harness.SlotErrors) -> None:
        browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
        shown = [browser.GetProxyNode(browser.GetMasterSequenceNode()) for browser in browsers]
        self._frames = frozenset(f"left the scene: {[node.GetID()]}" for node in shown if node is not None)
        super()._step(step, errors)

    def _failed(self, kind: str, text: str, step: int) -> None:
        cleared = bool(self.recent) and "clearKeptButton clicked" in self.recent[-1]
        replaced = text in self._frames and tab(self.widget).session.state.sweep is not None
        if kind != "lost nodes" or not (cleared or replaced):
            super()._failed(kind, text, step)


def make_people(folder: Path) -> None:
    """Weights and people, once a run."""
    weights = folder / "weights"
    made.update(weights=WEIGHTS["write_weights"](weights))
    made["dxa"] = [write_drawing(folder, seed) for seed in range(PEOPLE)]


def open_window() -> Any:
    """The module with its weights, virtual people drawn and their CT made of blocks."""
    SampleDataLogic.registered.clear()
    widget = harness.load_module(MODULE)
    session = tab(widget).session
    widget.window.installer._check = lambda names: {}
    session.make_virtual_person = lambda seed: use_drawn(session, seed)
    session.make_virtual_ct = lambda: session.use_ct(*block_ct())  # anew: a reload makes other classes of the same name
    session.choose_model(str(made["weights"]))
    widget.parent.resize(470, 1400)
    widget.parent.show()
    return widget


def use_drawn(session: Any, seed: int) -> None:
    """A drawn person in place of the virtual one with this seed."""
    from bonedensity.workflows.spine.state import Dxa

    array = DRAWN["draw_spine"](PERSON, seed % PEOPLE).astype("float32")
    session.use_dxa(Dxa(array, (1.25, 1.25), "drawn", f"person {seed}", seed=seed), attributes=PERSON)


def deeds() -> list[Deed]:
    """What belongs to this window alone."""
    return [
        Deed("person", 1.0, ready_person, removes=True),
        Deed("slide", 4.0, slide),
        Deed("corner", 2.0, drag_corner),
        Deed("frame", 2.0, show_frame),
        Deed("script", 2.0, set_parameter),
        Deed("packages", 0.3, answer_packages),
        Deed("reload", 0.05, reload),
    ]


def ready_person(monkey: Monkey, rng: random.Random) -> str:
    """As far as a first user comes by himself, so that what comes later is tried often enough."""
    tab(monkey.widget).session.choose_model(str(made["weights"]))
    page(monkey.widget).virtualButton.click()
    monkey.wait()
    if rng.random() < 0.5 and page(monkey.widget).sweepButton.enabled:
        page(monkey.widget).framesBox.value = 3
        page(monkey.widget).sweepButton.click()
        monkey.wait()
    return "made"


def slide(monkey: Monkey, rng: random.Random) -> str:
    """A slider that is dragged: many values in quick succession."""
    sliders = {name: each for name, each in tab(monkey.widget).what_if.rows.sliders.items() if name != "sex"}
    name = rng.choice(sorted(sliders))
    slider = sliders[name]
    if not slider.enabled:
        return ""
    first, last = (rng.uniform(slider.minimum, slider.maximum) for _ in range(2))
    moves = rng.randint(3, 20)
    for move in range(moves):
        slider.value = first + (last - first) * move / moves
        QtCore.QCoreApplication.processEvents()
    return f"{name} from {first:.4g} to {last:.4g}"


def drag_corner(monkey: Monkey, rng: random.Random) -> str:
    """A vertebra's corner in the red view, near where it is or anywhere; now and then one is taken away."""
    node = monkey.widget._parameterNode.corners
    if node is None or not node.GetNumberOfControlPoints():
        return ""
    index, chance = rng.randrange(node.GetNumberOfControlPoints()), rng.random()
    if chance < 0.05:
        node.RemoveNthControlPoint(index)
        return f"{index} removed"
    reach = 3.0 if chance < 0.7 else 300.0
    old = node.GetNthControlPointPosition(index)
    node.SetNthControlPointPosition(index, *(each + rng.uniform(-reach, reach) for each in old))
    return f"{index} moved by up to {reach:g} mm"


def show_frame(monkey: Monkey, rng: random.Random) -> str:
    """The sequence toolbar of Slicer moves the sweep."""
    browser = monkey.widget._parameterNode.browser
    if browser is None or browser.GetNumberOfItems() == 0:
        return ""
    if rng.random() < 0.1:
        browser.SetPlaybackActive(not browser.GetPlaybackActive())
        return "played or paused"
    place = rng.randrange(browser.GetNumberOfItems())
    browser.SetSelectedItemNumber(place)
    return f"frame {place}"


def set_parameter(monkey: Monkey, rng: random.Random) -> str:
    """As a script or another module writes into the parameter node, past the widgets."""
    parameters = monkey.widget._parameterNode
    name, value = rng.choice(
        [
            ("dxa", None), ("dxa", parameters.result), ("dxa", parameters.ct), ("ct", None), ("ct", parameters.dxa),
            ("segmentation", None), ("corners", None), ("result", None), ("result", parameters.dxa),
            ("outlineModel", None), ("browser", None), ("table", None), ("samples", rng.randint(1, 4)),
            ("opacity", rng.random()), ("curtain", rng.random()), ("outlines", rng.random() < 0.5),
            ("kept", "{not json"), ("kept", "[]"), ("kept", '{"do": {"age": 1e9}}'), ("seed", rng.randrange(9999)),
        ]
    )  # fmt: skip
    setattr(parameters, name, value)
    return f"{name} = {value!r:.60}"


def answer_packages(monkey: Monkey, rng: random.Random) -> str:
    """What the next use of the packages finds: nothing missing, something missing, a user who refuses."""
    recorder.pip_missing, recorder.pip_declined = rng.random() < 0.5, rng.random() < 0.5
    broken = rng.sample(["torch", "safetensors"], rng.randrange(3))
    monkey.widget.window.installer._check = lambda names: {name: "it is broken" for name in names if name in broken}
    button = getattr(page(monkey.widget), rng.choice(["virtualButton", "dxaFileButton", "virtualCtButton"]))
    if button.enabled:
        button.click()
    return f"missing {recorder.pip_missing}, declined {recorder.pip_declined}"


def reload(monkey: Monkey, rng: random.Random) -> str:
    """Reload: the module and its package are imported anew."""
    monkey.reopen(lambda name: name.partition(".")[0] in ("SpineDXAGenLib", "bonedensity"))
    return "reloaded"


def wrong(monkey: Monkey) -> Sequence[str]:
    """What may never be so, whatever was done."""
    widget = monkey.widget
    found = [f"an error window: {text}" for text in recorder.texts("error")]
    parameters, state = widget._parameterNode, tab(widget).session.state
    if parameters is None:
        return [*found, "the window follows no parameter node"]
    if state.answer is not None and (state.dxa is None or state.answer.difference.shape != state.dxa.array.shape):
        found.append("the change lies on another grid than the DXA")
    if settled(widget) and dict(state.answer.do) != state.do:
        found.append("at rest, the answer is not what is set")
    if state.answer is not None and state.abduction is None:
        found.append("an answer without an abduction")
    return found


def usable_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders that the window can read."""
    person = folder / "person.json"
    person.write_text(json.dumps(PERSON))
    table = folder / "people.csv"
    table.write_text(",".join(PERSON) + "\n" + ",".join(f"{value:g}" for value in PERSON.values()) + "\n")
    return [*made["dxa"], person, table], [made["weights"], folder / "exports"]


def make(seed: int, folder: Path, say: Say) -> Monkey:
    """The window with its files."""
    make_people(folder)
    return SpineMonkey(
        open_window,
        [*widget_deeds(), *scene_deeds(), *deeds()],
        seed=seed,
        files=FilePool(folder, *usable_files(folder)),
        sessions=lambda widget: [tab(widget).session],
        check=wrong,
        say=say,
    )


if __name__ == "__main__":
    play_and_exit(make, ready_person, __doc__, __file__)
