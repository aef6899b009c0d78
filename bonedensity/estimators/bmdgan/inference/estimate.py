"""BMD-GAN on one radiograph of any size, of either side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bonedensity.anatomy.labels import Side
from bonedensity.drr.device import DeviceName, choose_device
from bonedensity.errors import ModelError
from bonedensity.estimators.bmdgan.data.crop import Crop, published_crop, shows_whole_pelvis
from bonedensity.estimators.bmdgan.inference.judgement import Judgement
from bonedensity.estimators.bmdgan.inference.measuring import measurements_of
from bonedensity.estimators.bmdgan.inference.result import BmdganResult
from bonedensity.estimators.bmdgan.loading import Model, load_bmdgan
from bonedensity.imaging import Radiograph
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked

if TYPE_CHECKING:
    import torch

    from bonedensity.estimators.bmdgan.inference.look import Look

HEIGHTS = (0.5, 0.2, 0.8)
"""Where a crop that is less tall than the image may lie, in order of trial; the middle is the paper's."""


@dataclass(frozen=True, slots=True)
class BmdganOptions:
    """How the model is run.

    Attributes:
        folder: With weights and card; None for those that are shipped.
        side: Which hip; None as the radiograph says, or both are tried where it shows one hip.
        whole_pelvis: Both hips are in the image; None to tell by its shape.
        crop: What to look at; None to propose it.
        device: Where.
    """

    folder: Path | None = None
    side: Side | None = None
    whole_pelvis: bool | None = None
    crop: Crop | None = None
    device: DeviceName = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """What the networks make of one crop."""

    crop: Crop
    side: Side
    image: torch.Tensor
    look: Look


def estimate_bmd(
    radiograph: Radiograph,
    options: BmdganOptions | None = None,
    *,
    model: Model | None = None,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> BmdganResult:
    """Decompose a hip radiograph and read densities from it.

    Args:
        radiograph: From the front, bone bright, as seen from the source.
        options: Weights, side, crop, device.
        model: Already loaded; None to load it.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        ModelError: A lateral view, both hips without a side, an image that is too small, or weights that do not fit.
        UnreadableFileError: Weights or card are missing or damaged.
        CancelledError: `should_stop` said so.
    """
    chosen = options or BmdganOptions()
    crops = proposed_crops(radiograph, chosen)
    own = model or load_bmdgan(chosen.folder)
    device = choose_device(chosen.device)
    own.network.to(device.name)
    trials: list[_Trial] = []
    sides = len({side for side, _ in crops})
    for number, (side, crop) in enumerate(crops):
        stop_if_asked(should_stop)
        on_progress(number / (len(crops) + 1), "decomposing the radiograph")
        trials.append(_tried(own, radiograph, side, crop))
        accepted = any(not trial.look.judgement.reasons for trial in trials)
        if accepted and len(trials) % sides == 0:  # both sides of a height are compared before one is taken
            break
    best = min(trials, key=lambda trial: trial.look.judgement.score)
    result = _result(own, radiograph, best, (device.reason,))
    on_progress(1.0, "done")
    return result


def proposed_crops(radiograph: Radiograph, options: BmdganOptions) -> list[tuple[Side, Crop]]:
    """Sides and crops in order of trial.

    Raises:
        ModelError: A lateral view, both hips without a side, or an image that is too small.
    """
    if radiograph.view == "LATERAL":
        raise ModelError(f"“{radiograph.name}” is a lateral view: BMD-GAN reads hips from the front.")
    shape = (radiograph.rows, radiograph.columns)
    both = shows_whole_pelvis(shape) if options.whole_pelvis is None else options.whole_pelvis
    side = options.side or cast(Side | None, radiograph.laterality or None)
    if options.crop is not None:
        return [("L" if options.crop.mirrored else "R", options.crop)]
    if side is None and both:
        raise ModelError(f"“{radiograph.name}” is wide enough for both hips: say which one to measure, L or R.")
    sides: tuple[Side, ...] = (side,) if side else ("R", "L")
    crops: list[tuple[Side, Crop]] = []
    for lower in HEIGHTS:
        new = [(each, published_crop(shape, each, whole_pelvis=both, lower=lower)) for each in sides]
        crops += [pair for pair in new if pair not in crops]
    return crops


def _tried(model: Model, radiograph: Radiograph, side: Side, crop: Crop) -> _Trial:
    from bonedensity.estimators.bmdgan.data.network_images import normalised, on_network_grid
    from bonedensity.estimators.bmdgan.inference.look import look_at

    config, place = model.network.config, next(model.network.parameters()).device
    image = normalised(on_network_grid(radiograph.array, crop, (config.rows, config.columns)))[None].to(place)
    return _Trial(crop, side, image, look_at(model, image))


def _result(model: Model, radiograph: Radiograph, trial: _Trial, notes: tuple[str, ...]) -> BmdganResult:
    import torch

    from bonedensity.estimators.bmdgan.data.network_images import areal_of_network, on_radiograph_grid
    from bonedensity.estimators.bmdgan.inference.attention import attention_map

    shape = (radiograph.rows, radiograph.columns)
    bones = None
    if model.bones is not None:
        with torch.inference_mode():
            found = areal_of_network(model.bones.to(trial.image.device)(trial.image), model.network.config.top_g_cm2)
        bones = on_radiograph_grid(found[0, 0].cpu(), trial.crop, shape)
    projection, readings, judgement = trial.look
    measurements, more = measurements_of(readings, model.calibration, model.card)
    attention = attention_map(model.network.regressor, trial.image).cpu()
    return BmdganResult(
        on_radiograph_grid(torch.from_numpy(projection), trial.crop, shape),
        bones,
        on_radiograph_grid(attention, trial.crop, shape),
        trial.side,
        trial.crop,
        readings,
        () if judgement.reasons else measurements,
        judgement,
        (*notes, f"Estimated by a model trained on {model.card.data}.", _likeness_note(judgement), *more),
    )


def _likeness_note(judgement: Judgement) -> str:
    return f"Its distance from the training images is {judgement.likeness:.2f} of the largest that is usual."
