"""`slicer.app.coreIOManager()`: reads and writes the file types that a bone density module meets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer

from .standin import standin_class

ENDINGS = {
    "SceneFile": (".mrml", ".mrb"),
    "SegmentationFile": (".seg.nrrd", ".seg.nhdr"),
    "MarkupsFile": (".mrk.json", ".fcsv"),
    "TransformFile": (".h5", ".tfm", ".mat", ".txt"),
    "ModelFile": (".vtp", ".vtk", ".stl", ".ply", ".obj"),
    "TableFile": (".csv", ".tsv"),
    "VolumeFile": (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd"),
}


def load_scene(properties: dict) -> list[Any]:
    scene, path = slicer.mrmlScene, properties["fileName"]
    before = {scene.GetNthNode(i) for i in range(scene.GetNumberOfNodes())}
    if properties.get("clear"):
        scene.Clear(False)
    if path.endswith(".mrb"):
        done = scene.ReadFromMRB(path, bool(properties.get("clear")))
    else:
        scene.SetURL(path)
        scene.SetRootDirectory(str(Path(path).parent))
        done = scene.Import()
    if not done:
        raise RuntimeError(f"could not read {path}")
    return [node for node in map(scene.GetNthNode, range(scene.GetNumberOfNodes())) if node not in before]


def load_volume(properties: dict) -> list[Any]:
    path = properties["fileName"]
    options = 1 if properties.get("labelmap") else 0
    name = properties.get("name") or Path(path).name.split(".")[0]
    return [slicer.modules.volumes.logic().AddArchetypeVolume(path, name, options)]


def load_markups(properties: dict) -> list[Any]:
    node_ids = slicer.modules.markups.logic().LoadMarkups(properties["fileName"], properties.get("name", "")) or ""
    return [slicer.mrmlScene.GetNodeByID(node_id) for node_id in node_ids.split(",")]


LOADERS: dict[str, Callable[[dict], list[Any]]] = {
    "SceneFile": load_scene,
    "VolumeFile": load_volume,
    "MarkupsFile": load_markups,
    "SegmentationFile": lambda p: [
        slicer.modules.segmentations.logic().LoadSegmentationFromFile(p["fileName"], True, p.get("name", ""))
    ],
    "TransformFile": lambda p: [slicer.modules.transforms.logic().AddTransform(p["fileName"], slicer.mrmlScene)],
    "ModelFile": lambda p: [slicer.modules.models.logic().AddModel(p["fileName"])],
    "TableFile": lambda p: [slicer.modules.tables.logic().AddTable(p["fileName"])],
}


class qSlicerIOManager(standin_class("qSlicerCoreIOManager")):  # type: ignore[misc]
    """Reading and writing through the logic classes of slicer-core."""

    def fileType(self, path: str) -> str:
        lower = str(path).lower()
        for kind, endings in ENDINGS.items():
            if lower.endswith(endings):
                return kind
        return "NoFile"

    def fileWriterFileType(self, node: Any, preferred: str = "") -> str:
        return "NodeFile"

    def loadNodes(self, kind: str, properties: dict, loaded: Any = None, messages: Any = None) -> bool:
        if not Path(properties["fileName"]).exists() or kind not in LOADERS:
            return False
        nodes = LOADERS[kind](properties)
        for node in nodes:
            if node is not None and loaded is not None:
                loaded.AddItem(node)
        return any(node is not None for node in nodes) or kind == "SceneFile"

    def saveNodes(self, kind: str, properties: dict, messages: Any = None, scene: Any = None) -> bool:
        path = str(properties["fileName"])
        if kind == "SceneFile":
            return self.saveScene(path)
        node = slicer.mrmlScene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None and not node.AddDefaultStorageNode():
            return False
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def saveScene(self, path: str, screenshot: Any = None, messages: Any = None) -> bool:
        scene = slicer.mrmlScene
        if path.endswith(".mrb"):
            return bool(scene.WriteToMRB(path))
        if not path.endswith(".mrml"):
            return bool(scene.SaveSceneToSlicerDataBundleDirectory(path))
        scene.SetURL(path)
        scene.SetRootDirectory(str(Path(path).parent))
        return bool(scene.Commit(path))
