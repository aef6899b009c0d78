"""The Bayesian U-Net: its randomness, its training and its word on a CT, on shapes that are learnt in seconds."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK
import torch

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.errors import CancelledError, ModelError, UnreadableFileError
from bonedensity.imaging import Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.learning.card import read_card
from bonedensity.learning.weights import WEIGHTS_FILE, load_weights
from bonedensity.segmentation.unet.cases import Case, cached
from bonedensity.segmentation.unet.config import SIZES
from bonedensity.segmentation.unet.engine import UnetOptions, segment_by_unet
from bonedensity.segmentation.unet.loss import mean_dice
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.on_ct import labels_on_ct
from bonedensity.segmentation.unet.patch import Patch
from bonedensity.segmentation.unet.predict import Prediction
from bonedensity.segmentation.unet.randomise import Randomiser
from bonedensity.segmentation.unet.train import UnetTraining, train_unet

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = SIZES["tiny"]
THREE = replace(TINY, bones=("femur_left", "femur_right", "sacrum"), dropout=0.1)
SPACING = 6.0


def write_person(folder, number):
    """Two balls and a slab for femurs and sacrum, each of its own density, a little elsewhere in each person."""
    rng = np.random.default_rng(number)
    z, y, x = np.mgrid[:32, :32, :32] * 1.0
    labels = np.zeros((32, 32, 32), np.uint8)
    shift = rng.uniform(-2, 2, 3)
    for name, centre in (("femur_left", (10, 16, 24)), ("femur_right", (10, 16, 8))):
        at = np.array(centre) + shift
        labels[(z - at[0]) ** 2 + (y - at[1]) ** 2 + (x - at[2]) ** 2 < rng.uniform(4.5, 5.5) ** 2] = BY_NAME[
            name
        ].value
    at = np.array((24, 18, 16)) + shift
    labels[(abs(z - at[0]) < 4) & (abs(y - at[1]) < 3) & (abs(x - at[2]) < 7)] = BY_NAME["sacrum"].value
    densities = {0: -50.0, BY_NAME["femur_left"].value: 1000.0, BY_NAME["femur_right"].value: 250.0}
    hu = np.vectorize(lambda value: densities.get(value, 600.0))(labels) + rng.normal(0, 20, labels.shape)
    for array, name in ((hu.astype(np.int16), f"{number}-ct.nii.gz"), (labels, f"{number}-labels.nii.gz")):
        image = SimpleITK.GetImageFromArray(array)
        image.SetSpacing([SPACING] * 3)
        SimpleITK.WriteImage(image, folder / name)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    for number in range(6):
        write_person(folder, number)
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["identifier", "ct", "labels"])
        rows.writerows([n, f"{n}-ct.nii.gz", f"{n}-labels.nii.gz"] for n in range(5))
    return folder


def test_a_person_is_prepared_once_and_anew_for_other_bones_or_changed_labels(tmp_path):
    write_person(tmp_path, 0)
    case = Case(tmp_path / "0-ct.nii.gz", tmp_path / "0-labels.nii.gz")
    hu, bones = cached(case, THREE, tmp_path)
    assert np.load(hu).shape == np.load(bones).shape
    assert set(np.unique(np.load(bones))) == {0, 1, 2, 3}
    assert cached(case, THREE, tmp_path) == (hu, bones)
    same, one = cached(case, replace(THREE, bones=("sacrum",)), tmp_path)
    assert same == hu
    assert np.array_equal(np.load(one) == 1, np.load(bones) == 3)
    write_person(tmp_path, 0)
    assert cached(case, THREE, tmp_path)[1] != bones


QUICK = UnetTraining(
    "tiny", THREE, steps=240, epoch_steps=120, window=(32, 32, 64), rate=1.5e-2, randomise=False, data="balls"
)
SHORT = replace(QUICK, steps=6, epoch_steps=3)


@pytest.fixture(scope="module")
def trained(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    train_unet([cohort / "manifest.csv"], folder, QUICK)
    return folder


def test_balls_and_a_slab_are_learnt_and_found_in_an_unseen_person(cohort, trained):
    ct = read_ct(cohort / "5-ct.nii.gz")
    truth = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(cohort / "5-labels.nii.gz"))
    heard = []
    found = segment_by_unet(ct, UnetOptions(folder=trained), on_progress=lambda f, m: heard.append(f))
    assert found.labels.volume.array.shape == ct.array.shape
    assert mean_dice(torch.from_numpy(found.labels.volume.array), torch.from_numpy(truth)) > 0.7
    assert heard[-1] == pytest.approx(1.0)
    assert 0 < found.confidence < 1


def test_doubt_is_larger_where_the_network_errs(cohort, trained):
    ct = read_ct(cohort / "5-ct.nii.gz")
    truth = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(cohort / "5-labels.nii.gz"))
    found = segment_by_unet(ct, UnetOptions(folder=trained))
    image = SimpleITK.GetImageFromArray(np.asarray(found.uncertainty.array))
    affine = found.uncertainty.index_to_patient
    image.SetSpacing(found.uncertainty.spacing.tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetDirection((affine[:3, :3] / found.uncertainty.spacing).ravel().tolist())
    like = SimpleITK.ReadImage(cohort / "5-ct.nii.gz")
    doubt = SimpleITK.GetArrayFromImage(SimpleITK.Resample(image, like))
    wrong = found.labels.volume.array != truth
    assert wrong.any()
    assert doubt[wrong].mean() > 2 * doubt[~wrong].mean()


def test_the_card_says_what_was_done_and_the_weights_are_numbers_alone(trained):
    card = read_card(trained)
    assert (card.size, card.seed) == ("tiny", 0)
    assert card.data == "balls (5 CTs)"
    assert card.metrics["validation_dice"] > 0.5
    assert load_weights(BayesianUnet(THREE), trained) == card


def test_a_stopped_training_goes_on_where_it_was(cohort, tmp_path):
    answers = iter([False] * 6 + [True] * 100)  # five cases are prepared, then one batch is learnt
    with pytest.raises(CancelledError):
        train_unet([cohort / "manifest.csv"], tmp_path, SHORT, should_stop=lambda: next(answers))
    assert not (tmp_path / WEIGHTS_FILE).exists()
    epochs = []
    train_unet([cohort / "manifest.csv"], tmp_path, SHORT, on_progress=lambda f, m: epochs.append(m))
    assert sum("epoch" in message for message in epochs) == 1
    assert (tmp_path / WEIGHTS_FILE).exists()


def test_samples_differ_by_dropout_alone_and_their_mean_is_a_probability():
    torch.manual_seed(0)
    network = BayesianUnet(TINY).eval()
    image = torch.rand(1, 1, *TINY.window)
    with torch.inference_mode():
        once, again, many = (network.sampled(image, samples) for samples in (1, 1, 4))
    assert torch.equal(once.bone, again.bone)
    assert not torch.allclose(once.which, many.which)
    assert torch.allclose(many.which.sum(dim=1), torch.ones(1), atol=1e-5)
    assert many.bone.shape == image.shape
    assert 0 <= many.bone.min() <= many.bone.max() <= 1
    assert not any(layer.training for layer in network.modules())


def test_a_mirrored_window_swaps_left_and_right():
    bones = torch.zeros(1, 16, 16, 16, dtype=torch.long)
    left, right = TINY.bones.index("femur_left") + 1, TINY.bones.index("femur_right") + 1
    bones[0, :4], bones[0, 12:] = left, right
    randomiser = Randomiser(TINY.bones)
    hu = torch.zeros(1, 16, 16, 16)
    hu[0, :4] = 2000.0
    seen = set()
    for seed in range(12):
        changed = randomiser(Patch(hu, bones), np.random.default_rng(seed))
        assert torch.equal(changed.bones, bones)  # the mirror of a left bone on the left is a left bone on the left
        seen.add(bool(changed.hu[0, :4].mean() > changed.hu[0, 12:].mean()))
    assert seen == {True, False}


def test_randomising_keeps_shapes_and_repeats_with_its_seed():
    rng = np.random.default_rng(0)
    patch = Patch(torch.from_numpy(rng.normal(0, 300, (1, 24, 24, 24))).float(), torch.ones(1, 24, 24, 24).long())
    first, second = (Randomiser(TINY.bones)(patch, np.random.default_rng(5)) for _ in range(2))
    assert torch.equal(first.hu, second.hu)
    assert first.hu.shape == patch.hu.shape
    assert torch.isfinite(first.hu).all()
    assert first.bones.dtype == torch.long


WIDE = np.diag([-6.0, -6.0, 6.0, 1.0]) + np.outer([-1.5, -1.5, 1.5, 0], [0, 0, 0, 1])
"""Voxels of 6 mm about those of 3 mm whose first lies in the origin."""


def said_of(bone, which):
    """A prediction on voxels of 3 mm of bone (S, A, R), named in voxels of 6 mm (bones, S, A, R)."""
    wide = Volume(np.zeros(which.shape[1:], np.uint8), WIDE)
    across = torch.from_numpy(np.ascontiguousarray(which.transpose(0, 3, 2, 1)))
    return Prediction(bone, wide, torch.from_numpy(np.ascontiguousarray(bone.array.T))[None], across)


def test_probabilities_become_smooth_labels_on_a_finer_ct_without_islands():
    """A ball of bone, told in voxels of 3 mm, named in voxels of 6 mm."""
    affine = np.diag([-3.0, -3.0, 3.0, 1.0])
    index = np.stack(np.meshgrid(*[np.arange(32.0)] * 3, indexing="ij"), axis=-1)
    ball = 1 / (1 + np.exp(np.linalg.norm(index - 15.5, axis=-1) - 8.0))
    ball[:2, :2, :2] = 0.9
    bone = Volume(ball.astype(np.float32), affine, "1")
    which = np.full((1, 16, 16, 16), 0.95, np.float32)
    fine = np.diag([2.0, 2.0, 2.0, 1.0])
    fine[:2, 3] = -92
    ct = Volume(np.zeros((47, 47, 47)), fine)
    mask = labels_on_ct(ct, said_of(bone, which), bone, ["sacrum"]).mask(["sacrum"])
    assert mask.sum() * 8 == pytest.approx(4 / 3 * np.pi * 24**3, rel=0.05)
    centre = ct.to_patient(np.argwhere(mask)[:, ::-1]).mean(axis=0)
    assert np.allclose(centre, [-46.5, -46.5, 46.5], atol=0.3)


def test_each_side_of_a_body_takes_the_name_that_is_likelier_there():
    """All is bone; the lower half of the wide voxels is rather the sacrum, the upper half rather L5."""
    bone = Volume(np.full((16, 16, 16), 0.95, np.float32), np.diag([-3.0, -3.0, 3.0, 1.0]), "1")
    lower = (np.where(np.arange(8) < 4, 0.8, 0.2)[:, None, None] * np.ones((8, 8, 8))).astype(np.float32)
    said = said_of(bone, np.stack([lower, 1 - lower]))
    labels = labels_on_ct(bone.with_array(np.zeros((16, 16, 16)), unit="HU"), said, bone, ["sacrum", "vertebrae_L5"])
    assert labels.mask(["sacrum"])[:8].all()
    assert labels.mask(["vertebrae_L5"])[8:].all()


def test_weights_of_another_network_or_a_missing_model_are_refused(trained, tmp_path):
    with pytest.raises(UnreadableFileError, match="card"):
        segment_by_unet(
            Volume(np.random.default_rng(0).normal(0, 500, (9, 9, 9)), np.eye(4)), UnetOptions(folder=tmp_path)
        )
    with pytest.raises(ModelError, match="another network"):
        load_weights(BayesianUnet(replace(TINY, features=(4, 4, 8, 8, 8, 4))), trained)


def test_a_manifest_without_cases_is_refused(tmp_path):
    (tmp_path / "m.csv").write_text("identifier,ct\n1,a.nii\n")
    with pytest.raises(UnreadableFileError, match="ct and labels"):
        train_unet([tmp_path / "m.csv"], tmp_path / "out", QUICK)
