"""A model judged anew on virtual people that nobody has seen: the figures of its card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bonedensity.imaging import LabelMap, Volume
from bonedensity.learning.card import put_metrics
from bonedensity.learning.weights import model_folder
from bonedensity.progress import OnProgress, ShouldStop, never, silent, stop_if_asked
from bonedensity.segmentation.unet.engine import MODEL_NAME, found_labels
from bonedensity.segmentation.unet.figures import Doubt, dice_of, summary
from bonedensity.segmentation.unet.load import load_unet
from bonedensity.segmentation.unet.predict import predict
from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.population import DEFAULT_COHORT, Region, cohort_named, people

UNSEEN_SEED = 77001
"""Of the people that a model is judged on; no training uses it."""

CT_MM = 2.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out.

    Attributes:
        cases: How many virtual people.
        figures: Name to mean value.
        error_by_entropy: Share of wrong voxels in each tenth of the range of the entropy.
    """

    cases: int
    figures: dict[str, float]
    error_by_entropy: list[float]


def evaluate_unet(
    folder: Path | None = None,
    *,
    each: int = 2,
    seed: int = UNSEEN_SEED,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Evaluation:
    """Dice of each bone and the worth of the doubt, on freshly simulated hips and spines.

    Args:
        folder: With weights and card; None for those that are shipped.
        each: People of each region.
        seed: Same seed, same people.
        on_progress: Fraction and message.
        should_stop: True ends the work.

    Raises:
        UnreadableFileError, ModelError: Weights or card are missing or do not fit.
        CancelledError: `should_stop` said so.
    """
    unet = load_unet(model_folder(MODEL_NAME, folder))
    dice, doubt = [], Doubt()
    for number, (ct, truth) in enumerate(_unseen(each, seed)):
        stop_if_asked(should_stop)
        said = predict(ct, unet.network, should_stop=should_stop)
        dice.append(dice_of(found_labels(ct, said, unet, should_stop=should_stop), truth))
        doubt.add(said, truth, unet.network.config.bones)
        on_progress((number + 1) / (2 * each), f"person {number + 1} of {2 * each}")
    return Evaluation(len(dice), summary(dice, doubt), doubt.error_by_entropy())


def write_figures(found: Evaluation, folder: Path | None = None) -> None:
    """Put figures into a model's card, in place of those that it held.

    Raises:
        UnreadableFileError: There is no card.
    """
    place = model_folder(MODEL_NAME, folder)
    put_metrics({"virtual_people": found.cases, **found.figures}, place)


def _unseen(each: int, seed: int) -> Iterator[tuple[Volume, LabelMap]]:
    options = CohortOptions(radiographs=(), dxa=(), ct_mm=CT_MM, bone_mm=CT_MM)
    regions: tuple[Region, ...] = ("hip", "spine")
    for region in regions:
        for person in people(cohort_named(DEFAULT_COHORT[region]), each, seed, region=region):
            scan = image_person(region, person, options).ct
            assert scan is not None
            yield scan.ct, scan.labels
