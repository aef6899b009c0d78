"""Rigid transform and linear transform node; what is known of a registration goes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import vtk
from numpy.typing import ArrayLike, NDArray

from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.scene.attributes import fact, put_fact
from bonedensity.scene.frames import flipped_points, flipped_transform, from_vtk_matrix, to_vtk_matrix


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What is known of a registration besides its matrix.

    Attributes:
        centre: (3,) LPS mm, the point of the CT about which the pose was parametrised; None where unknown.
        accepted: Whether its quality was judged good; None where nobody judged.
        reasons: Why it is doubted, one sentence each.
    """

    centre: NDArray[np.float64] | None = None
    accepted: bool | None = None
    reasons: tuple[str, ...] = ()


def transform_to_node(
    scene: Any,
    transform: RigidTransform,
    name: str,
    *,
    centre: ArrayLike | None = None,
    accepted: bool | None = None,
    reasons: tuple[str, ...] | list[str] = (),
) -> Any:
    """A new vtkMRMLLinearTransformNode; what is put under it moves by `transform`.

    Args:
        scene: The scene.
        transform: Such as `world_from_ct`, LPS mm.
        name: Node name.
        centre: (3,) LPS mm; also the point about which the Transforms module's sliders turn.
        accepted: The verdict on the registration; None where nobody judged.
        reasons: Why it is doubted.
    """
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    set_transform(node, transform)
    if centre is not None:
        point = np.asarray(centre, dtype=np.float64)
        node.SetCenterOfTransformation(*flipped_points(point).tolist())
        put_fact(node, "Centre", point.tolist())
    put_fact(node, "Accepted", accepted)
    put_fact(node, "Reasons", list(reasons))
    if accepted is not None:
        node.SetDescription("Registration accepted." if accepted else " ".join(["Registration doubtful.", *reasons]))
    return node


def set_transform(node: Any, transform: RigidTransform) -> None:
    """Let what stands under a linear transform node move by `transform` (LPS mm)."""
    node.SetMatrixTransformToParent(to_vtk_matrix(flipped_transform(transform.matrix)))


def node_to_transform(node: Any) -> RigidTransform:
    """How a transform node moves what stands directly under it, to the world (its own parents included), LPS mm.

    Raises:
        GeometryError: It is not linear, or scales, shears or mirrors.
    """
    if not node.IsTransformToWorldLinear():
        raise GeometryError(f"The transform “{node.GetName()}” is not linear; a bone's pose needs a rigid one.")
    matrix = vtk.vtkMatrix4x4()
    node.GetMatrixTransformToWorld(matrix)
    return RigidTransform(flipped_transform(from_vtk_matrix(matrix)))


def verdict_of(node: Any) -> Verdict:
    """What `transform_to_node` noted besides the matrix."""
    centre = fact(node, "Centre")
    return Verdict(
        centre=None if centre is None else np.array(centre, dtype=np.float64),
        accepted=fact(node, "Accepted"),
        reasons=tuple(fact(node, "Reasons", ())),
    )


def put_under(node: Any, transform_node: Any | None) -> None:
    """Let a node stand under a transform node; None takes it out."""
    node.SetAndObserveTransformNodeID(None if transform_node is None else transform_node.GetID())
