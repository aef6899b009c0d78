"""What the monkey does with the scene around a window: close, save, reopen, delete, rename, swap, leave and enter."""

from __future__ import annotations

import os
import random
import signal
from typing import Any

import numpy as np
import slicer
from monkey import Deed, Monkey, lasting_nodes

EVENTS = ("LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent", "MouseWheelForwardEvent",
          "MouseWheelBackwardEvent", "RightButtonPressEvent", "RightButtonReleaseEvent")  # fmt: skip

KEYS = ("Left", "Right", "Up", "Down", "plus", "minus", "z", "y", "F5", "Escape")


def scene_deeds() -> list[Deed]:
    """Deeds on the scene and around the module."""
    return [
        Deed("close scene", 0.4, close_scene, removes=True),
        Deed("save scene", 0.3, save_scene),
        Deed("open scene", 0.5, open_scene, removes=True),
        Deed("import scene", 0.1, import_scene, removes=True),
        Deed("delete node", 0.6, delete_node, removes=True),
        Deed("rename node", 0.5, rename_node),
        Deed("touch node", 1.0, touch_node),
        Deed("foreign node", 0.5, add_foreign_node),
        Deed("leave and enter", 0.6, leave_and_enter),
        Deed("view mouse", 8.0, use_view),
        Deed("kill worker", 0.1, kill_worker),
    ]


def a_lasting_node(rng: random.Random) -> Any:
    ids = sorted(lasting_nodes())
    return slicer.mrmlScene.GetNodeByID(rng.choice(ids)) if ids else None


def close_scene(monkey: Monkey, rng: random.Random) -> str:
    slicer.mrmlScene.Clear(False)
    return "closed"


def save_scene(monkey: Monkey, rng: random.Random) -> str:
    path = monkey.files.folder / f"scene{rng.randrange(2)}.mrb"
    slicer.util.saveScene(str(path))
    return path.name


def open_scene(monkey: Monkey, rng: random.Random) -> str:
    path = monkey.files.folder / f"scene{rng.randrange(2)}.mrb"
    if not path.exists():
        return ""
    slicer.mrmlScene.Clear(False)
    slicer.util.loadScene(str(path))
    return path.name


def import_scene(monkey: Monkey, rng: random.Random) -> str:
    """Beside what is there already."""
    path = monkey.files.folder / f"scene{rng.randrange(2)}.mrb"
    if not path.exists() or slicer.mrmlScene.GetNumberOfNodes() > 150:
        return ""
    slicer.util.loadScene(str(path))
    return path.name


def delete_node(monkey: Monkey, rng: random.Random) -> str:
    """Any that is saved with the scene, a markup or a transform as well."""
    scene = slicer.mrmlScene
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    kinds = ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLTableNode", "vtkMRMLMarkupsNode",
             "vtkMRMLTransformNode", "vtkMRMLModelNode")  # fmt: skip
    free = [n for n in nodes if any(n.IsA(kind) for kind in kinds) and not n.GetSingletonTag() and n.GetSelectable()]
    if not free:
        return ""
    node = rng.choice(free)
    name = node.GetName()
    scene.RemoveNode(node)
    return name or "a node"


def rename_node(monkey: Monkey, rng: random.Random) -> str:
    node = a_lasting_node(rng)
    if node is None:
        return ""
    node.SetName(rng.choice(["CT", "", "ä漢字", "a/b\\c:*?", "x" * 200]))
    return node.GetID()


def touch_node(monkey: Monkey, rng: random.Random) -> str:
    """As another module that changes it in place: geometry, transform, one voxel."""
    node = a_lasting_node(rng)
    if node is None:
        return ""
    if rng.random() < 0.3 and node.IsA("vtkMRMLTransformableNode"):
        moved = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        node.SetAndObserveTransformNodeID(moved.GetID() if rng.random() < 0.6 else None)
        return f"{node.GetName()} put under a transform"
    if rng.random() < 0.3 and node.IsA("vtkMRMLScalarVolumeNode") and node.GetImageData() is not None:
        array = slicer.util.arrayFromVolume(node)
        array[tuple(size // 2 for size in array.shape)] += 1
        slicer.util.arrayFromVolumeModified(node)
        return f"{node.GetName()} edited"
    if node.IsA("vtkMRMLSegmentationNode") and node.GetSegmentation().GetNumberOfSegments() > 3:
        ids = list(node.GetSegmentation().GetSegmentIDs())
        node.GetSegmentation().RemoveSegment(rng.choice(ids))
        return f"{node.GetName()} lost a segment"
    node.Modified()
    return f"{node.GetName()} modified"


def add_foreign_node(monkey: Monkey, rng: random.Random) -> str:
    """Nodes of others that the window may be given: a flat picture, an empty volume, an empty segmentation."""
    scene = slicer.mrmlScene
    if scene.GetNumberOfNodes() > 200:
        return ""
    kind = rng.choice(["picture", "empty volume", "empty segmentation", "points", "colors"])
    if kind == "picture":
        shape = rng.choice([(1, 1, 1), (1, 40, 60), (5, 40, 60), (1, 60, 40)])
        values = (
            np.full(shape, np.nan)
            if rng.random() < 0.2
            else np.random.default_rng(rng.randrange(99)).normal(size=shape)
        )
        slicer.util.addVolumeFromArray(values, name="foreign")
    elif kind == "empty volume":
        scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    elif kind == "empty segmentation":
        scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    elif kind == "points":
        node = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "points")
        for _ in range(rng.randrange(6)):
            node.AddControlPoint([rng.uniform(-200, 200) for _ in range(3)])
    else:
        scene.AddNewNodeByClass("vtkMRMLTableNode", "foreign table")
    return kind


def leave_and_enter(monkey: Monkey, rng: random.Random) -> str:
    monkey.widget.parent.exit()
    slicer.app.processEvents()
    monkey.widget.parent.enter()
    return "left and entered"


def use_view(monkey: Monkey, rng: random.Random) -> str:
    """Mouse, wheel and keys in one of Slicer's slice views."""
    name = rng.choice(["Red", "Red", "Red", "Yellow", "Green"])
    interactor = slicer.app.layoutManager().sliceWidget(name).sliceView().interactor()
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(-20, 620), rng.randrange(-20, 620)
        shift, ctrl = rng.random() < 0.2, rng.random() < 0.2
        interactor.SetEventInformation(*at, int(ctrl), int(shift), "\0", 0, rng.choice(KEYS))
        interactor.InvokeEvent("KeyPressEvent" if rng.random() < 0.2 else rng.choice(EVENTS))
    return name


def kill_worker(monkey: Monkey, rng: random.Random) -> str:
    """As the system does when memory is short."""
    pid = monkey.widget.window.worker.client.pid
    if pid is None:
        return ""
    os.kill(pid, signal.SIGKILL)
    return f"killed {pid}"
