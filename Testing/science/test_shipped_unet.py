"""The weights that come with the package, on a virtual hip that no training saw."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bonedensity.imaging import LabelMap
from bonedensity.learning.card import read_card
from bonedensity.learning.weights import WEIGHTS_FILE, model_folder
from bonedensity.segmentation import segment
from bonedensity.segmentation.engines import SegmentationOptions
from bonedensity.segmentation.unet.engine import MODEL_NAME, UnetOptions
from bonedensity.segmentation.unet.figures import dice_of
from bonedensity.virtual.cohort import CohortOptions, image_person
from bonedensity.virtual.population import cohort_named, people

UNSEEN_SEED = 77123


@pytest.fixture(scope="module")
def right_hip():
    """CT and true labels around one hip, 3 mm."""
    person = people(cohort_named("adult"), 1, UNSEEN_SEED, region="hip")[0]
    scan = image_person("hip", person, CohortOptions(radiographs=(), dxa=(), ct_mm=3.0, bone_mm=3.0)).ct
    right = np.argwhere(np.asarray(scan.labels.volume.array) == 76)[:, ::-1]
    start, stop = right.min(axis=0) - 25, right.max(axis=0) + 25
    return scan.ct.cropped(start, stop), LabelMap(scan.labels.volume.cropped(start, stop), scan.labels.names)


@pytest.fixture(scope="module")
def found(right_hip):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield segment(right_hip[0], "bayesian-unet", SegmentationOptions(unet=UnetOptions(samples=2)))
    torch.set_num_threads(before)


def test_the_shipped_weights_find_the_bones_of_an_unseen_hip(right_hip, found):
    dice = dice_of(found.labels, right_hip[1])
    assert dice["femur_right"] > 0.93
    assert dice["hip_right"] > 0.92


def test_they_doubt_little_inside_bone_and_more_at_its_surface(found):
    assert 0.7 < found.confidence < 1
    doubt = np.asarray(found.uncertainty.array)
    assert np.quantile(doubt, 0.5) < 0.02 < 0.1 < np.quantile(doubt, 0.995)


def test_the_card_tells_what_they_are(found):
    card = read_card(model_folder(MODEL_NAME))
    assert "virtual" in card.data
    assert {"dice_femur_right", "dice_hip_right", "dice_vertebrae_L3", "auroc_of_errors"} <= set(card.metrics)
    assert card.limits
    assert (model_folder(MODEL_NAME) / WEIGHTS_FILE).stat().st_size < 16 * 1024**2
