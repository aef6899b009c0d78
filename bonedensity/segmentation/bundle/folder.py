"""A bundle's folder: what it is made of, read as text only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonedensity.anatomy.names import bone_of_name
from bonedensity.errors import ModelError, UnreadableFileError
from bonedensity.segmentation.bundle.literals import Config


@dataclass(frozen=True, slots=True, eq=False)
class BundleFolder:
    """A folder in MONAI's bundle layout.

    Attributes:
        root: The folder.
        name: As its metadata call it.
        version: Likewise.
        config: configs/inference.json as it stands; see `literals.plain_value`.
        bones: Output channel (or class) to TotalSegmentator's bone name, from the metadata's `channel_def`.
        channels: Number of output channels; 1 where classes are asked for one by one.
    """

    root: Path
    name: str
    version: str
    config: Config
    bones: dict[int, str]
    channels: int


def read_bundle(root: Path) -> BundleFolder:
    """What a bundle's folder says.

    Args:
        root: With configs/metadata.json and configs/inference.json.

    Raises:
        UnreadableFileError: One of the files is missing or no JSON.
        ModelError: The metadata name no output that is a bone.
    """
    metadata, config = (_json_in(root, f"configs/{name}.json") for name in ("metadata", "inference"))
    outputs = metadata.get("network_data_format", {}).get("outputs", {}).get("pred", {})
    definition = outputs.get("channel_def", {})
    meant = {int(key): bone_of_name(str(name)) for key, name in definition.items() if str(key).isdecimal()}
    bones = {channel: bone for channel, bone in meant.items() if bone is not None}
    if not bones:
        raise ModelError(
            f"The bundle “{root.name}” names no bone among its outputs (channel_def in its metadata.json)."
        )
    name, version = str(metadata.get("name", root.name)), str(metadata.get("version", "?"))
    return BundleFolder(root, name, version, config, bones, int(outputs.get("num_channels", 0)))


def _json_in(root: Path, relative: str) -> dict[str, Any]:
    path = root / relative
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableFileError(
            f"“{root}” is no MONAI bundle: it has no {relative}. Give the folder that holds configs/ and models/."
        ) from None
    except (OSError, ValueError):
        raise UnreadableFileError(f"“{path}” cannot be read as JSON; get the bundle again.") from None
    if not isinstance(values, dict):
        raise UnreadableFileError(f"“{path}” holds no configuration; get the bundle again.")
    return values
