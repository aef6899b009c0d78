"""BMD-GAN as one of the estimators that a window offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bonedensity.drr.device import DeviceName
from bonedensity.estimators.form import MetadataField
from bonedensity.estimators.registry import Estimate, Estimator, Overlay, register_estimator
from bonedensity.imaging import Radiograph
from bonedensity.learning.card import ModelCard
from bonedensity.progress import OnProgress, ShouldStop, never, silent

if TYPE_CHECKING:
    from bonedensity.estimators.bmdgan.inference.result import BmdganResult
    from bonedensity.estimators.bmdgan.loading import Model

FIELDS = (
    MetadataField(
        "side",
        "Hip",
        choices={"": "As the X-ray says", "R": "Right", "L": "Left"},
        tip="Which hip to measure; an X-ray of both needs to know.",
    ),
    MetadataField(
        "shown",
        "The X-ray shows",
        choices={"": "What its shape tells", "both": "Both hips", "one": "One hip"},
        tip="Whether the image is cut in half at the midline first.",
    ),
)

BOTH = {"": None, "both": True, "one": False}


@dataclass(frozen=True, slots=True)
class BmdganPredictor:
    """BMD-GAN with its weights in memory.

    Attributes:
        model: The networks, their calibration and card.
    """

    model: Model

    @property
    def card(self) -> ModelCard:
        """Of the weights."""
        return self.model.card

    def predict(
        self,
        radiograph: Radiograph,
        metadata: Mapping[str, Any] | None = None,
        *,
        device: DeviceName = "auto",
        on_progress: OnProgress = silent,
        should_stop: ShouldStop = never,
    ) -> Estimate:
        """Decompose a hip radiograph and read densities from it.

        Raises:
            ModelError: A lateral view, both hips without a side, an image that is too small, or wrong metadata.
            CancelledError: `should_stop` said so.
        """
        from bonedensity.estimators.bmdgan.inference.estimate import BmdganOptions, estimate_bmd

        given = BMDGAN.checked(metadata)
        options = BmdganOptions(side=cast(Any, given["side"] or None), whole_pelvis=BOTH[given["shown"]], device=device)
        result = estimate_bmd(radiograph, options, model=self.model, on_progress=on_progress, should_stop=should_stop)
        return _told(result)


def load_predictor(folder: Path | None = None) -> BmdganPredictor:
    """BMD-GAN from the folder of its weights, or from the shipped ones."""
    from bonedensity.estimators.bmdgan.loading import load_bmdgan

    return BmdganPredictor(load_bmdgan(folder))


def _told(result: BmdganResult) -> Estimate:
    overlays = {"proximal_femur": Overlay("Proximal femur", result.proximal_femur, "g/cm²")}
    if result.bones is not None:
        overlays["bones"] = Overlay("All bones", result.bones, "g/cm²")
    overlays["attention"] = Overlay("What the regression looked at", result.attention, "1")
    return Estimate(result.measurements, result.judgement.reasons, overlays, result.side, result.notes)


BMDGAN = Estimator(
    "bmdgan",
    "BMD-GAN",
    "Decomposes a plain hip radiograph into a projection of the proximal femur, and reads bone density from it.",
    load=load_predictor,
    fields=FIELDS,
)

register_estimator(BMDGAN)
