"""From the scene to the session: the chosen nodes' content, taken again when a node was changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from bonedensity.densitometry import Calibration
from bonedensity.errors import BoneDensityError, GeometryError
from bonedensity.geometry import RigidTransform
from bonedensity.imaging import LabelMap, Radiograph
from bonedensity.scene.attributes import fact
from bonedensity.scene.dicom_source import file_of_node
from bonedensity.scene.labelmaps import node_to_labelmap
from bonedensity.scene.radiographs import node_to_radiograph
from bonedensity.scene.volumes import node_to_volume, stored_array
from bonedensity.workflows.session import Session

SLOTS = ("ct", "segmentation", "xray")
"""Parameters of the parameter node that hold inputs; the CT comes first, since the bones lie on its grid."""


class SceneInputs:
    """Follows the chosen nodes.

    Args:
        session: Takes their content.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: dict[str, Any] = {}
        self._ct: Any = None

    def follow(self, parameters: Any) -> bool:
        """Let the session take what was chosen anew or changed; True where it took a CT or bones."""
        took = False
        self._ct = parameters.ct
        for slot in SLOTS:
            node = getattr(parameters, slot)
            key = key_of(node)
            if self._seen.get(slot) == key:
                continue
            self.note(slot, node)
            if slot == "ct":
                self._seen.pop("segmentation", None)
            took = took or slot != "xray"
            try:
                getattr(self, f"_take_{slot}")(node)
            except BoneDensityError as error:
                getattr(self, f"_take_{slot}")(None)
                self._session.desk.fail(error)
        return took

    def differing(self, parameters: Any) -> list[str]:
        """The slots from which `follow` would take something."""
        return [slot for slot in SLOTS if self._seen.get(slot) != key_of(getattr(parameters, slot))]

    def note(self, slot: str, node: Any) -> None:
        """The session has this node's content as it is now."""
        self._seen[slot] = key_of(node)

    def forget(self) -> None:
        """The scene is closed: whatever is chosen next is new, even nothing."""
        self._session.forget()
        self._seen = dict.fromkeys(SLOTS, "closed")

    def _take_ct(self, node: Any) -> None:
        if node is None and self._session.state.ct is None:
            return
        volume = None if node is None else node_to_volume(node, in_world=False)
        synthetic = node is not None and bool(fact(node, "Synthetic", False))
        self._session.use_ct(volume, synthetic=synthetic, origin=id_of(node))
        known = None if node is None else fact(node, "Calibration")
        if known is not None:
            self._session.set_calibration(Calibration.from_json(known))

    def _take_segmentation(self, node: Any) -> None:
        if self._session.state.ct is None or (node is None and self._session.state.labels is None):
            return
        labels = None if node is None else read_labels(node, self._ct)
        self._session.use_labels(labels, origin=id_of(node))

    def _take_xray(self, node: Any) -> None:
        if node is None and self._session.state.radiograph is None:
            return
        if node is None:
            self._session.use_radiograph(None)
            return
        if path := dicom_file(node):
            self._session.load_radiograph(path)  # with its tags; it becomes a node of its own
            return
        radiograph, camera, truth = read_xray(node)
        self._session.use_radiograph(radiograph, camera=camera, truth=truth, origin=id_of(node))


def read_labels(node: Any, ct: Any) -> LabelMap:
    """A segmentation in the CT's own coordinates.

    Raises:
        GeometryError: It does not move along with the CT.
    """
    if ct is not None and node.GetParentTransformNode() is not ct.GetParentTransformNode():
        raise GeometryError(
            f"“{node.GetName()}” and “{ct.GetName()}” stand under different transforms, so the bones do not lie on "
            "their CT: put both under the same transform, or neither."
        )
    return node_to_labelmap(node, in_world=False)


def dicom_file(node: Any) -> str:
    """The file of an X-ray that Slicer's DICOM module loaded; "" for any other node, and for our own."""
    if fact(node, "Camera") is not None:
        return ""
    return file_of_node(node, getattr(slicer, "dicomDatabase", None))


def read_xray(node: Any) -> tuple[Radiograph, Any, RigidTransform | None]:
    """A volume node as radiograph, with its camera and, where it was simulated, the hidden pose.

    Slicer's own readers give an X-ray a spacing whose source nobody knows: it is not taken over.

    Raises:
        GeometryError: The node holds more than one slice.
    """
    truth = fact(node, "Truth")
    if path := dicom_file(node):
        from bonedensity.imaging.read_radiograph import read_radiograph

        return read_radiograph(path), None, None
    if fact(node, "Camera") is not None:
        radiograph, camera = node_to_radiograph(node)
        known = camera if radiograph.spacing is not None or camera.pixel_spacing_mm is None else None
        return radiograph, known, None if truth is None else RigidTransform(np.array(truth))
    array = stored_array(node)
    if array.shape[0] != 1:
        raise GeometryError(
            f"“{node.GetName()}” has {array.shape[0]} slices, so it is no plain X-ray: choose a single image."
        )
    note = "Loaded by Slicer: check that bone is bright and the image is as seen from the X-ray source."
    return Radiograph(array[0].astype(np.float32), name=node.GetName(), notes=(note,)), None, None


def key_of(node: Any) -> Any:
    """What changes when another node is chosen or its voxels, grid or segments change."""
    if node is None:
        return None
    if node.IsA("vtkMRMLSegmentationNode"):
        return id_of(node), node.GetSegmentation().GetMTime()
    image = node.GetImageData()
    grid = tuple(node.GetOrigin()), tuple(node.GetSpacing())
    return id_of(node), 0 if image is None else image.GetMTime(), grid


def id_of(node: Any) -> str:
    """The node's id in the scene; "" for none."""
    return "" if node is None else str(node.GetID())
