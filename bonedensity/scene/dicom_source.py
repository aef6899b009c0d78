"""The DICOM file from which Slicer loaded a node: its tags say more than the node keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INSTANCES = "DICOM.instanceUIDs"
"""Attribute in which Slicer's DICOM module notes, separated by blanks, what a volume was loaded from."""


def file_of_node(node: Any, database: Any) -> str:
    """Path of the only file that a node was loaded from; "" for none, several, or a file that is gone.

    Args:
        node: A volume node.
        database: `slicer.dicomDatabase`; None where there is none.
    """
    instances = (node.GetAttribute(INSTANCES) or "").split()
    if database is None or len(instances) != 1:
        return ""
    path = str(database.fileForInstance(instances[0]) or "")
    return path if path and Path(path).is_file() else ""


def files_of_node(node: Any, database: Any) -> list[str]:
    """Paths of all files that a node was loaded from, in its order; empty where one is missing."""
    instances = (node.GetAttribute(INSTANCES) or "").split()
    if database is None or not instances:
        return []
    paths = [str(database.fileForInstance(uid) or "") for uid in instances]
    return paths if all(path and Path(path).is_file() for path in paths) else []
