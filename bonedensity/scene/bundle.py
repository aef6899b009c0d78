"""Scenes as .mrb files, with all data inside."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from bonedensity.errors import UnreadableFileError
from bonedensity.scene.runtime import headless_scene, quiet_vtk


def save_scene(scene: Any, path: str | Path) -> Path:
    """Write the whole scene with its data; an existing file is replaced only when the new one is complete.

    Args:
        scene: The scene.
        path: Ends in .mrb; its folder is made where it is missing.

    Returns:
        The absolute path.

    Raises:
        UnreadableFileError: Another ending, or nothing can be written there.
    """
    target = Path(path).expanduser().resolve()
    if target.suffix != ".mrb":
        raise UnreadableFileError(f"{target} must end in .mrb, the ending of scenes with their data.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _create_storage(scene)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".saving-") as folder:
            partial = Path(folder) / target.name
            with quiet_vtk():
                written = scene.WriteToMRB(str(partial))
            if not written or not zipfile.is_zipfile(partial):
                raise UnreadableFileError(f"The scene could not be written to {target}: is the disk full?")
            os.replace(partial, target)
    except OSError as error:
        raise UnreadableFileError(f"The scene could not be written to {target}: {error}.") from error
    return target


def load_scene(path: str | Path, scene: Any = None) -> Any:
    """Read a scene with its data.

    Args:
        path: An .mrb file.
        scene: The scene to read into, emptied first; a fresh headless one where None.

    Returns:
        The scene.

    Raises:
        UnreadableFileError: Missing, damaged, or no scene inside.
    """
    source = Path(path).expanduser().resolve()
    if not source.is_file():
        raise UnreadableFileError(f"{source} is not there; give the path of an .mrb file.")
    target = headless_scene() if scene is None else scene
    with tempfile.TemporaryDirectory(prefix="bonedensity-scene-") as folder:
        _unpack(source, folder)
        found = sorted(Path(folder).rglob("*.mrml"), key=lambda file: len(file.parts))
        if not found:
            raise UnreadableFileError(f"{source} holds no scene (.mrml); it was not saved by 3D Slicer.")
        if scene is not None:
            target.Clear(False)
        target.SetURL(str(found[0]))
        target.SetRootDirectory(str(found[0].parent))
        with quiet_vtk():
            read = target.Import()
        missing = _unread(target)
    target.SetURL(str(source))
    target.SetRootDirectory(str(source.parent))
    if not read or missing:
        what = f" ({', '.join(missing)} cannot be read)" if missing else ""
        raise UnreadableFileError(f"{source} is a damaged scene{what}; save it again from where it came.")
    return target


def _unpack(source: Path, folder: str) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)  # refuses to leave the folder
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFileError(
            f"{source} is not a readable .mrb file ({error}); save the scene again from where it came."
        ) from error


def _create_storage(scene: Any) -> None:
    """Give everything that holds data the storage node it is written by; its absence would drop the data silently."""
    for node in _storable(scene):
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode()


def _unread(scene: Any) -> list[str]:
    """Names of nodes whose file is not there, or is but gave no image."""
    missing = []
    for node in _storable(scene):
        file = node.GetStorageNode().GetFullNameFromFileName() if node.GetStorageNode() is not None else ""
        no_image = node.IsA("vtkMRMLVolumeNode") and node.GetImageData() is None
        if file and (no_image or not Path(file).is_file()):
            missing.append(f"“{node.GetName()}”")
    return missing


def _storable(scene: Any) -> list[Any]:
    nodes = [scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())]
    return [node for node in nodes if node.IsA("vtkMRMLStorableNode") and node.GetSaveWithScene()]
