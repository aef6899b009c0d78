"""Subject hierarchy: one folder a case, results next to what they came from."""

from __future__ import annotations

from typing import Any

import slicer

STUDY = "Bone density"
"""Name of the study in which a case's data stand."""


def case_folder(scene: Any, name: str) -> int:
    """The study item of a case, made under a subject item of that name where it is missing.

    Args:
        scene: The scene.
        name: The case; never a patient's name.
    """
    tree = _tree(scene)
    root = tree.GetSceneItemID()
    subject = tree.GetItemChildWithName(root, name) or tree.CreateSubjectItem(root, name)
    return int(tree.GetItemChildWithName(subject, STUDY) or tree.CreateStudyItem(subject, STUDY))


def put_in_folder(scene: Any, folder: int, *nodes: Any) -> None:
    """Move nodes into a folder item, in this order."""
    tree = _tree(scene)
    for node in nodes:
        item = tree.GetItemByDataNode(node)
        if item:
            tree.SetItemParent(item, folder)
        else:
            tree.CreateItem(folder, node)


def put_next_to(scene: Any, reference: Any, *nodes: Any) -> None:
    """Move nodes into the folder in which a reference node stands; the top where it stands in none."""
    tree = _tree(scene)
    item = tree.GetItemByDataNode(reference)
    put_in_folder(scene, tree.GetItemParent(item) if item else tree.GetSceneItemID(), *nodes)


def path_of(scene: Any, node: Any) -> list[str]:
    """Names of the folders a node stands in, from the top; empty where it stands in none."""
    tree = _tree(scene)
    names: list[str] = []
    item = tree.GetItemByDataNode(node)
    while item and tree.GetItemParent(item) not in (0, tree.GetSceneItemID()):
        item = tree.GetItemParent(item)
        names.insert(0, tree.GetItemName(item))
    return names


def _tree(scene: Any) -> Any:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
