"""The engines by name, behind one function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from bonedensity.anatomy.labels import TOTALSEGMENTATOR_NAMES
from bonedensity.errors import ModelError
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.read_labels import read_label_map
from bonedensity.progress import OnProgress, ShouldStop, never, silent
from bonedensity.segmentation.bundle.engine import BundleOptions, segment_by_bundle
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.others import adopt_labels
from bonedensity.segmentation.result import Segmentation
from bonedensity.segmentation.threshold import segment_by_threshold
from bonedensity.segmentation.unet.engine import UnetOptions, segment_by_unet

EngineName = Literal["bayesian-unet", "monai-bundle", "labels", "threshold"]
"""bayesian-unet: the built-in network. monai-bundle: a network in a folder. labels: made by others. threshold: all
bone, undivided, without a network."""

ENGINES: tuple[EngineName, ...] = get_args(EngineName)


@dataclass(frozen=True, slots=True)
class SegmentationOptions:
    """What an engine needs beside the CT.

    Attributes:
        unet: How the built-in network is run, for "bayesian-unet".
        bundle: Folder, for "monai-bundle".
        run: How that bundle is run.
        labels: File or label map, for "labels".
    """

    unet: UnetOptions | None = None
    bundle: Path | None = None
    run: BundleOptions | None = None
    labels: Path | LabelMap | None = None


def segment(
    ct: Volume,
    engine: EngineName,
    options: SegmentationOptions | None = None,
    *,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Segmentation:
    """The bones of a CT by an engine's name.

    Args:
        ct: In HU.
        engine: Which.
        options: What it needs.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        ModelError: An unknown engine, or one that lacks its option.
        BoneDensityError: What the engine itself refuses.
    """
    chosen = options or SegmentationOptions()
    if engine == "bayesian-unet":
        return segment_by_unet(ct, chosen.unet, on_progress=on_progress, should_stop=should_stop)
    if engine == "monai-bundle":
        if chosen.bundle is None:
            raise ModelError(
                "The engine monai-bundle needs a bundle: give its folder, which holds configs/ and models/."
            )
        return segment_by_bundle(
            ct, chosen.bundle, options=chosen.run, on_progress=on_progress, should_stop=should_stop
        )
    if engine == "labels":
        if chosen.labels is None:
            raise ModelError("The engine labels needs a label map: give a file such as segmentation.nii.gz.")
        given = chosen.labels
        return adopt_labels(ct, given if isinstance(given, LabelMap) else read_label_map(given, TOTALSEGMENTATOR_NAMES))
    if engine == "threshold":
        check_ct(ct)
        return segment_by_threshold(ct)
    raise ModelError(f"There is no segmentation engine “{engine}”; there are {', '.join(ENGINES)}.")
