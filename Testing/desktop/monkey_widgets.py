"""What the monkey does with any window's widgets: click, type, choose, drag, press keys, fold sections."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import ctk
import slicer
from monkey import Deed, Monkey
from PySide6 import QtCore, QtGui, QtWidgets

Q = QtCore.Qt
KINDS = QtCore.QEvent.Type
MODIFIERS = (Q.NoModifier, Q.NoModifier, Q.ShiftModifier, Q.ControlModifier, Q.AltModifier)
KEYS = (Q.Key_Left, Q.Key_Right, Q.Key_Up, Q.Key_Down, Q.Key_Plus, Q.Key_Minus, Q.Key_Z, Q.Key_Y, Q.Key_Space, Q.Key_A,
        Q.Key_Delete, Q.Key_Escape, Q.Key_Return, Q.Key_PageUp, Q.Key_Tab)  # fmt: skip
TEXTS = (
    "",
    " ",
    "0",
    "-1e9",
    "nan",
    "1,5",
    "../..",
    "ä漢字 & <b>x</b>",
    "x" * 500,
    "C:\\nowhere",
    "\n\t",
    "{0} %s",
    "mean",
)
FOLDING = (ctk.ctkCollapsibleButton, ctk.ctkCollapsibleGroupBox)
SPINS = (QtWidgets.QSpinBox, QtWidgets.QDoubleSpinBox, ctk.ctkSliderWidget, ctk.ctkDoubleSpinBox, QtWidgets.QSlider)


def widget_deeds() -> list[Deed]:
    """Deeds on every named widget of the window."""
    return [
        Deed("click", 30, on(QtWidgets.QAbstractButton, click)),
        Deed("value", 18, on(SPINS, put_value)),
        Deed("steps", 6, on(SPINS, step_value)),
        Deed("choice", 10, on(QtWidgets.QComboBox, choose)),
        Deed("node", 6, on(slicer.qMRMLNodeComboBox, choose_node)),
        Deed("text", 4, on(QtWidgets.QLineEdit, type_text)),
        Deed("tick", 4, on(QtWidgets.QListWidget, tick)),
        Deed("cell", 2, on(QtWidgets.QTableWidget, touch_cell)),
        Deed("drag", 14, on(QtWidgets.QLabel, drag)),
        Deed("wheel", 4, on(QtWidgets.QLabel, wheel)),
        Deed("key", 6, on((QtWidgets.QLabel, QtWidgets.QAbstractSpinBox), press_key)),
        Deed("fold", 3, on(FOLDING, fold)),
        Deed("resize", 1, resize),
    ]


Act = Callable[[Any, random.Random, Monkey], str]


def on(kinds: Any, act: Act) -> Callable[[Monkey, random.Random], str]:
    """The act on some widget of these kinds; sections that hide it are opened first, as a person would."""

    def do(monkey: Monkey, rng: random.Random) -> str:
        names = sorted(name for name, found in named(monkey.widget.parent).items() if isinstance(found, kinds))
        if not names:
            return ""
        name = rng.choice(names)
        widget = named(monkey.widget.parent)[name]
        monkey.files.seed(rng)
        if not can_be_reached(widget, monkey.widget.parent):
            return ""
        said = act(widget, rng, monkey)
        return said and f"{name} {said}"

    return do


def named(parent: Any) -> dict[str, Any]:
    """Widgets by name, the insides of Qt's own left out."""
    found = QtWidgets.QWidget.findChildren(parent, QtWidgets.QWidget)
    return {each.objectName: each for each in found if each.objectName and not each.objectName.startswith("qt_")}


def can_be_reached(widget: Any, parent: Any) -> bool:
    """Whether a person can act on it, after opening the sections around it."""
    above = widget.parentWidget()
    while above is not None and above is not parent:
        if isinstance(above, FOLDING) and above.collapsed:
            above.collapsed = False
        above = above.parentWidget()
    return bool(widget.enabled and widget.isVisibleTo(parent))


def click(button: Any, rng: random.Random, monkey: Monkey) -> str:
    if isinstance(button, FOLDING):
        return ""
    button.click()
    return "clicked"


def bounds(widget: Any) -> tuple[float, float]:
    return widget.minimum, widget.maximum


def put_value(widget: Any, rng: random.Random, monkey: Monkey) -> str:
    low, high = bounds(widget)
    value = rng.choice(
        [low, high, rng.uniform(low, high), rng.uniform(low, high), widget.value + rng.uniform(-3, 3), 0]
    )
    whole = isinstance(widget, (QtWidgets.QSpinBox, QtWidgets.QSlider))
    widget.value = round(min(max(value, low), high)) if whole else min(max(value, low), high)
    return f"= {widget.value}"


def step_value(widget: Any, rng: random.Random, monkey: Monkey) -> str:
    """Several small moves in quick succession, as holding an arrow gives them."""
    low, high = bounds(widget)
    by = rng.choice([-1, 1]) * (widget.singleStep or 1)
    for _ in range(rng.randint(2, 6)):
        widget.value = type(low)(min(max(widget.value + by, low), high))
        QtCore.QCoreApplication.processEvents()
    return f"stepped to {widget.value}"


def choose(box: Any, rng: random.Random, monkey: Monkey) -> str:
    if box.count == 0:
        return ""
    box.currentIndex = rng.randrange(-1 if box.editable else 0, box.count)
    return f"= {box.currentText}"


def choose_node(box: Any, rng: random.Random, monkey: Monkey) -> str:
    nodes = [box.nodeFromIndex(index) for index in range(box.nodeCount())] + ([None] if box.noneEnabled else [])
    if not nodes:
        return ""
    node = rng.choice(nodes)
    box.setCurrentNode(node)
    return f"= {None if node is None else node.GetName()}"


def type_text(edit: Any, rng: random.Random, monkey: Monkey) -> str:
    edit.text = rng.choice(
        [*TEXTS, monkey.files.choose("getOpenFileName"), monkey.files.choose("getExistingDirectory")]
    )
    send_key(edit, Q.Key_Return, Q.NoModifier)
    return f"= {edit.text[:40]!r}"


def tick(items: Any, rng: random.Random, monkey: Monkey) -> str:
    if items.count == 0:
        return ""
    item = items.item(rng.randrange(items.count))
    item.setCheckState(Q.Unchecked if item.checkState() == Q.Checked else Q.Checked)
    return f"{item.text()} {item.checkState().name}"


def touch_cell(table: Any, rng: random.Random, monkey: Monkey) -> str:
    if table.rowCount == 0:
        return ""
    row, column = rng.randrange(table.rowCount), rng.randrange(table.columnCount)
    table.setCurrentCell(row, column)
    return f"cell {row}, {column}"


def place_in(label: Any, rng: random.Random) -> tuple[float, float]:
    """Mostly within, now and then beside."""
    return rng.uniform(-0.1, 1.1) * label.width, rng.uniform(-0.1, 1.1) * label.height


def drag(label: Any, rng: random.Random, monkey: Monkey) -> str:
    """Press, some moves, and mostly a release; the modifier may change on the way."""
    button = rng.choice([Q.LeftButton, Q.LeftButton, Q.LeftButton, Q.RightButton, Q.MiddleButton])
    held = rng.choice(MODIFIERS)
    send_mouse(label, KINDS.MouseButtonPress, place_in(label, rng), button, held)
    for _ in range(rng.randint(0, 8)):
        held = rng.choice(MODIFIERS) if rng.random() < 0.1 else held
        send_mouse(label, KINDS.MouseMove, place_in(label, rng), button, held)
        if rng.random() < 0.3:
            QtCore.QCoreApplication.processEvents()
    if rng.random() < 0.95:
        send_mouse(label, KINDS.MouseButtonRelease, place_in(label, rng), button, held)
    return f"dragged with {button.name}, {held.name}"


def wheel(label: Any, rng: random.Random, monkey: Monkey) -> str:
    place = QtCore.QPointF(*place_in(label, rng))
    turned = rng.choice([-480, -120, -15, 15, 120, 480])
    phase = Q.ScrollPhase.NoScrollPhase
    event = QtGui.QWheelEvent(
        place, place, QtCore.QPoint(), QtCore.QPoint(0, turned), Q.NoButton, rng.choice(MODIFIERS), phase, False
    )
    QtWidgets.QApplication.sendEvent(label, event)
    return f"wheel {turned}"


def press_key(widget: Any, rng: random.Random, monkey: Monkey) -> str:
    key, held = rng.choice(KEYS), rng.choice(MODIFIERS)
    send_key(widget, key, held)
    return f"{key.name}, {held.name}"


def fold(section: Any, rng: random.Random, monkey: Monkey) -> str:
    section.collapsed = not section.collapsed
    return "collapsed" if section.collapsed else "opened"


def resize(monkey: Monkey, rng: random.Random) -> str:
    size = rng.choice([(470, 700), (380, 500), (1500, 1400), (470, 3000)])
    monkey.widget.parent.resize(*size)
    return str(size)


def send_mouse(label: Any, kind: Any, at: tuple[float, float], button: Any, held: Any) -> None:
    place = QtCore.QPointF(*at)
    moved = kind == KINDS.MouseMove
    event = QtGui.QMouseEvent(kind, place, place, Q.NoButton if moved else button, button, held)
    QtWidgets.QApplication.sendEvent(label, event)


def send_key(widget: Any, key: Any, held: Any) -> None:
    for kind in (KINDS.ShortcutOverride, KINDS.KeyPress, KINDS.KeyRelease):
        QtWidgets.QApplication.sendEvent(widget, QtGui.QKeyEvent(kind, key, held))
