"""The network that settles where bone ends: what it may change, how far it looks, and that it learns surfaces."""

from __future__ import annotations

import csv
from dataclasses import asdict, replace

import numpy as np
import pytest
import SimpleITK
import torch

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.errors import CancelledError, ModelError
from bonedensity.imaging import Volume
from bonedensity.imaging.read_ct import read_ct
from bonedensity.learning.card import ModelCard, write_card
from bonedensity.learning.weights import save_weights
from bonedensity.segmentation.network_grid import interpolated
from bonedensity.segmentation.unet.config import SIZES
from bonedensity.segmentation.unet.load import load_unet
from bonedensity.segmentation.unet.network import BayesianUnet
from bonedensity.segmentation.unet.outline.fine import DOUBTFUL_LOGIT, fine_grid, fine_logit
from bonedensity.segmentation.unet.outline.network import REACH, OutlineNetwork
from bonedensity.segmentation.unet.outline.settle import FOLDER, GENEROSITY, METAL_ABOVE_HU, settled
from bonedensity.segmentation.unet.outline.train import OutlineTraining, train_outline
from bonedensity.segmentation.unet.predict import Prediction, predict

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = replace(SIZES["tiny"], bones=("sacrum",), window=(32, 32, 64))
MM = TINY.spacing_mm
COUNTS = (64, 40, 40)
RADIUS = 42.0
MIDDLE = np.array([-80.0, -80.0, 128.0])


def grid_of(counts=COUNTS, mm=MM):
    """Voxels along R, A, S; the first one's corner in the origin."""
    affine = np.diag([-mm, -mm, mm, 1.0])
    affine[:3, 3] = np.array([-0.5, -0.5, 0.5]) * mm
    return Volume(np.zeros(counts, np.uint8), affine, "1")


def distance_of(grid, radius=RADIUS):
    """From the surface of a ball, mm, outward positive."""
    at = np.moveaxis(np.indices(grid.array.shape), 0, -1)[..., ::-1]
    return np.linalg.norm(grid.to_patient(at) - MIDDLE, axis=-1) - radius


def doubting(radius=RADIUS, width=3.0):
    """What a U-Net may say of a ball: its surface blurred."""
    grid = grid_of()
    chance = 1 / (1 + np.exp(distance_of(grid, radius) / width))
    bone = torch.from_numpy(np.ascontiguousarray(chance.T, dtype=np.float32))[None]
    wide = grid_of([n // 2 for n in COUNTS], 2 * MM)
    return Prediction(grid, wide, bone, torch.ones(1, *wide.array.shape[::-1]))


def ball_ct(radius=RADIUS, mm=2.0):
    """600 HU inside, 40 outside, in voxels as wide as the outline network's."""
    grid = grid_of([2 * n for n in COUNTS], mm)
    return grid.with_array(np.where(distance_of(grid, radius) < 0, 600.0, 40.0), unit="HU")


def random_outline(seed=0):
    torch.manual_seed(seed)
    network = OutlineNetwork(4)
    torch.nn.init.normal_(network.layers[-1].weight)
    return network.eval()


def test_eight_fine_voxels_lie_in_each_wide_one():
    grid = grid_of()
    fine = fine_grid(grid)
    inside = fine.to_patient(np.moveaxis(np.indices((2, 2, 2)), 0, -1).reshape(-1, 3) + 2 * np.array([5, 6, 7]))
    assert np.allclose(inside.mean(axis=0), grid.to_patient([5, 6, 7]))
    assert np.allclose(fine.spacing * 2, grid.spacing)


def test_an_untrained_network_says_what_the_unet_says():
    said = doubting()
    found = settled(ball_ct(), said, BayesianUnet(TINY), OutlineNetwork(4))
    logit = fine_logit(said.bone[None])[0, 0]
    expected = torch.sigmoid(torch.where(logit.abs() < DOUBTFUL_LOGIT, logit + GENEROSITY, logit))
    assert np.allclose(found.array.T, expected.numpy(), atol=1e-6)


def test_it_looks_as_far_as_it_says_and_no_farther():
    network, size = random_outline(), 2 * REACH + 5
    image, logit = torch.rand(2, 1, 1, size, size, size)
    middle = size // 2
    with torch.no_grad():
        before = network(image, logit)[0, 0, middle, middle, middle]
        for offset, seen in ((REACH, True), (REACH + 1, False)):
            other = image.clone()
            other[..., middle + offset, middle, middle] += 5.0
            assert (network(other, logit)[0, 0, middle, middle, middle] != before) == seen


def test_blocks_join_without_a_seam():
    """Wherever there is doubt the answer is that of the network run over the whole at once."""
    said, ct, unet, network = doubting(), ball_ct(), BayesianUnet(TINY), random_outline()
    found = settled(ct, said, unet, network).array.T
    logit = fine_logit(said.bone[None])
    hu = np.ascontiguousarray(interpolated(ct, fine_grid(said.grid), outside=-1024.0).T)
    with torch.no_grad():
        answer = network(unet.prepared(torch.from_numpy(hu))[None, None], logit)[0, 0]
    whole = torch.sigmoid(answer + GENEROSITY).numpy()
    doubtful = logit[0, 0].abs().numpy() < DOUBTFUL_LOGIT
    inner = np.zeros_like(doubtful)
    inner[REACH:-REACH, REACH:-REACH, REACH:-REACH] = True  # at the edge of the image blocks repeat the last voxel
    assert doubtful.sum() > 10_000
    assert np.allclose(found[doubtful & inner], whole[doubtful & inner], atol=1e-4)
    assert np.allclose(found[~doubtful], torch.sigmoid(logit)[0, 0].numpy()[~doubtful])


def test_metal_is_left_as_the_unet_says():
    said, network = doubting(), random_outline()
    ct = ball_ct()
    metal = ct.with_array(np.full(ct.array.shape, METAL_ABOVE_HU + 100))
    found = settled(metal, said, BayesianUnet(TINY), network)
    assert np.allclose(found.array.T, torch.sigmoid(fine_logit(said.bone[None]))[0, 0].numpy())


def test_a_run_can_be_stopped():
    with pytest.raises(CancelledError):
        settled(ball_ct(), doubting(), BayesianUnet(TINY), OutlineNetwork(4), should_stop=lambda: True)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A U-Net that knows nothing, and an outline network that has learnt from balls of several sizes."""
    folder = tmp_path_factory.mktemp("outline")
    torch.manual_seed(0)
    card = ModelCard("x", "tiny", asdict(TINY), "none", cohort="", seed=0, command="", revision="")
    save_weights(BayesianUnet(TINY), card, folder)
    rows = []
    for number, radius in enumerate((30.0, 38.0, 46.0)):
        ct = ball_ct(radius)
        noise = np.random.default_rng(number).normal(0, 20, ct.array.shape)
        bone = (np.asarray(ct.array) > 300).astype(np.uint8) * BY_NAME["sacrum"].value
        for array, name in ((np.asarray(ct.array) + noise, "ct"), (bone, "labels")):
            image = SimpleITK.GetImageFromArray(array.astype(np.int16 if name == "ct" else np.uint8))
            image.SetSpacing(ct.spacing.tolist())
            image.SetDirection(np.diag([-1.0, -1.0, 1.0]).ravel().tolist())
            image.SetOrigin(ct.to_patient([0, 0, 0]).tolist())
            SimpleITK.WriteImage(image, folder / f"{number}-{name}.nii.gz")
        rows.append([f"{number}-ct.nii.gz", f"{number}-labels.nii.gz"])
    with (folder / "m.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["ct", "labels"], *rows])
    training = OutlineTraining(channels=4, steps=40, epoch_steps=20, rate=1e-2)
    return folder, train_outline([folder / "m.csv"], folder, training)


def test_what_it_learns_lowers_the_loss_on_people_it_did_not_see(taught):
    _, card = taught
    assert card.metrics["validation_loss"] < 0.6 * card.metrics["loss_before"]


def test_a_learnt_outline_is_nearer_to_the_ball_than_the_unets(taught):
    folder, _ = taught
    unet = load_unet(folder)
    ct = read_ct(folder / "1-ct.nii.gz")
    assert unet.outline is not None
    said = predict(ct, unet.network, samples=1)
    fine = settled(ct, said, unet.network, unet.outline)
    true = distance_of(fine, 38.0) < 0
    before = torch.sigmoid(fine_logit(said.bone[None]))[0, 0].numpy().T
    wrong = [np.mean((chance > 0.5) != true) for chance in (before, fine.array)]
    assert wrong[1] < 0.5 * wrong[0]


def test_a_unet_without_an_outline_network_is_used_without(taught, tmp_path):
    folder, _ = taught
    for name in ("weights.safetensors", "card.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert load_unet(tmp_path).outline is None


def test_a_card_that_describes_no_outline_network_is_refused(taught, tmp_path):
    folder, card = taught
    (tmp_path / FOLDER).mkdir()
    for name in ("weights.safetensors", "card.json", f"{FOLDER}/weights.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_card(replace(card, config={"channels": "many"}), tmp_path / FOLDER)
    with pytest.raises(ModelError, match="outline"):
        load_unet(tmp_path)
