"""Segmentation by a MONAI bundle in a local folder: `wholeBody_ct_segmentation`, VISTA3D, or one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import ModelError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.place_on_grid import place_on_grid
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.segmentation.bundle.folder import BundleFolder, read_bundle
from bonedensity.segmentation.bundle.intensity import preprocessing_of
from bonedensity.segmentation.bundle.literals import plain_value
from bonedensity.segmentation.bundle.network import PROMPTED, build_network, network_of
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.crop import crop_to_bone
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.result import Segmentation
from bonedensity.segmentation.windows import Votes, Windows, run_windows

if TYPE_CHECKING:
    import torch

WEIGHTS = Path("models/model.pt")
"""Where a bundle keeps its weights."""


@dataclass(frozen=True, slots=True)
class BundleOptions:
    """How a bundle is run.

    Attributes:
        weights: File below models/, or any path; None for models/model.pt.
        device: Where.
        budget_bytes: Memory for stitched probabilities; None for a share of what is free.
    """

    weights: Path | None = None
    device: DeviceName = "auto"
    budget_bytes: int | None = None


def segment_by_bundle(
    ct: Volume,
    root: Path,
    *,
    options: BundleOptions | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Segmentation:
    """The bones that a bundle's network finds.

    Nothing of the bundle is run: its network is built from a list of MONAI classes, its preprocessing is ours.

    Args:
        ct: In HU.
        root: The bundle's folder.
        options: Weights, device, memory.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError: The folder, its configuration or weights cannot be read.
        ModelError: The bundle holds code, or a network or step that is not known here.
        AnatomyError, CalibrationError, GeometryError: As `check_ct`.
        DeviceError: Too little memory.
        CancelledError: `should_stop` said so.
    """
    chosen = options or BundleOptions()
    check_ct(ct)
    bundle = read_bundle(root)
    preprocessing, windows = preprocessing_of(bundle.config), _windows(bundle, chosen.budget_bytes)
    network = build_network(bundle.config, _weights(root, chosen.weights))
    device = choose_device(chosen.device)
    grid = on_network_grid(crop_to_bone(ct), preprocessing.spacing_mm)
    prepared = preprocessing.prepared(np.ascontiguousarray(grid.array.T, dtype=np.float32))
    predict = _predictor(bundle, network.to(device.name), device.name)
    votes = run_windows(
        prepared,
        predict,
        len(bundle.bones) + 1,
        windows,
        device=device.name,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return _segmentation(ct, grid, bundle, votes, device.reason)


def _weights(root: Path, given: Path | None) -> Path:
    if given is None:
        return root / WEIGHTS
    return given if given.is_absolute() or given.is_file() else root / "models" / given


def _windows(bundle: BundleFolder, budget_bytes: int | None) -> Windows:
    inferer = bundle.config.get("inferer", {})
    size = plain_value(bundle.config, inferer.get("roi_size", [96, 96, 96]))
    overlap = plain_value(bundle.config, inferer.get("overlap", 0.25))
    if not (isinstance(size, list) and len(size) == 3 and all(isinstance(n, int) and 8 <= n <= 512 for n in size)):
        raise ModelError(f"The bundle's window size (inferer, roi_size) is {size}; it must be three whole numbers.")
    return Windows((size[0], size[1], size[2]), min(max(float(overlap), 0.0), 0.9), budget_bytes)


def _predictor(bundle: BundleFolder, network: torch.nn.Module, device: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """Windows to probabilities: first of everything else, then of the bones in `bundle.bones`' order."""
    import torch

    order = list(bundle.bones)
    if network_of(bundle.config)[0] in PROMPTED:
        classes = torch.tensor(order, device=device)[:, None]

        def prompted(patch: torch.Tensor) -> torch.Tensor:
            bones = torch.sigmoid(network(patch, class_vector=classes)).transpose(0, 1)
            return torch.cat([1 - bones.amax(dim=1, keepdim=True), bones], dim=1)

        return prompted
    others = [channel for channel in range(max(bundle.channels, max(order) + 1)) if channel not in bundle.bones]

    def at_once(patch: torch.Tensor) -> torch.Tensor:
        probabilities = torch.softmax(network(patch).float(), dim=1)
        return torch.cat([probabilities[:, others].amax(dim=1, keepdim=True), probabilities[:, order]], dim=1)

    return at_once


def _segmentation(ct: Volume, grid: Volume, bundle: BundleFolder, votes: Votes, reason: str) -> Segmentation:
    values = np.array([0, *(BY_NAME[bone].value for bone in bundle.bones.values())], np.uint8)
    labels = values[votes.channels].T
    found = labels > 0
    if not found.any():
        raise ModelError(f"The bundle “{bundle.name}” finds no bone in “{ct.name}”; try another engine.")
    probability = votes.probability.T
    names = {BY_NAME[bone].value: bone for bone in bundle.bones.values()}
    placed = place_on_grid(LabelMap(grid.with_array(np.ascontiguousarray(labels), unit="1", name=ct.name), names), ct)
    return Segmentation(
        placed,
        engine=f"monai-bundle: {bundle.name} {bundle.version}",
        uncertainty=grid.with_array(np.ascontiguousarray(1 - probability).astype(np.float32), unit="1"),
        confidence=float(probability[found].mean(dtype=np.float64)),
        notes=(reason, f"Segmented at {' x '.join(f'{mm:g}' for mm in grid.spacing)} mm."),
    )
