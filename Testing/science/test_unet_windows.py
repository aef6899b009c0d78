"""What the Bayesian U-Net is trained on: windows of a scan, seen turned and bent, and what it is punished for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bonedensity.segmentation.unet.bend import Bend, bent, draw_bend
from bonedensity.segmentation.unet.cases import Onward, Patches
from bonedensity.segmentation.unet.draw import Field, cut, draw_corner, draw_field, whole
from bonedensity.segmentation.unet.loss import segmentation_loss
from bonedensity.segmentation.unet.metal import METAL_HU, with_metal
from bonedensity.segmentation.unet.network import Answer
from bonedensity.segmentation.unet.probabilities import channels_of, entropy_of
from bonedensity.segmentation.unet.randomise import Randomiser

WINDOW = (16, 20, 24)
BONES = ("sacrum", "vertebrae_L5")
STRAIGHT = Bend(np.eye(3), np.zeros((3, 2, 2, 2)))


@pytest.fixture
def body():
    """HU that name their place, and two bones."""
    r, a, s = np.mgrid[:40, :44, :48]
    bones = np.zeros(r.shape, np.uint8)
    bones[10:20, 10:20, 4:20] = 1
    bones[22:36, 22:36, 26:44] = 2
    return (r + 50.0 * a + 3000.0 * s).astype(np.float32), bones


def test_an_unbent_window_is_the_one_that_is_cut_out(body):
    hu, bones = body
    field, corner = whole(bones), np.array([5, 7, 9])
    seen = bent(hu, bones, field, corner, WINDOW, STRAIGHT)
    assert torch.allclose(seen.hu[0], torch.from_numpy(cut(hu, field, corner, WINDOW)), rtol=1e-5)
    assert np.array_equal(seen.bones[0].numpy(), cut(bones, field, corner, WINDOW))


def test_a_window_turned_by_a_right_angle_shows_the_turned_body(body):
    hu, bones = body
    turn = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    field, corner, window = whole(bones), np.array([8, 8, 8]), (16, 16, 24)
    straight = bent(hu, bones, field, corner, window, STRAIGHT).hu[0]
    turned = bent(hu, bones, field, corner, window, Bend(turn, STRAIGHT.nodes)).hu[0]
    assert torch.allclose(turned, straight.rot90(1, (0, 1)), rtol=1e-4)


def test_nodes_shift_a_window_by_their_voxels(body):
    hu, bones = body
    shift = np.zeros((3, 2, 2, 2))
    shift[2] = 3.0
    args = hu, bones, whole(bones)
    moved = bent(*args, np.array([4, 4, 4]), WINDOW, Bend(np.eye(3), shift))
    assert torch.allclose(moved.hu, bent(*args, np.array([4, 4, 7]), WINDOW, STRAIGHT).hu, rtol=1e-4)


def test_beyond_the_end_of_a_scan_its_last_slice_is_repeated(body):
    hu, bones = body
    field = Field(np.array([0, 0, 10]), np.array([40, 44, 30]))
    corner = np.array([5, 5, 20])
    for window in (cut(hu, field, corner, WINDOW), bent(hu, bones, field, corner, WINDOW, STRAIGHT).hu[0].numpy()):
        assert np.allclose(window[:, :, 9], window[:, :, 23], rtol=1e-5)
        assert not np.allclose(window[:, :, 8], window[:, :, 9], rtol=1e-5)


def test_scans_keep_at_least_half_a_window_and_windows_stay_inside_where_they_fit(body):
    _, bones = body
    rng = np.random.default_rng(0)
    cuts = 0
    for _ in range(300):
        field = draw_field(bones, WINDOW, rng)
        assert (field.low >= 0).all()
        assert (field.high <= bones.shape).all()
        assert (field.high - field.low >= np.array(WINDOW) // 2).all()
        cuts += int((field.high - field.low < np.array(bones.shape)).any())
        corner = draw_corner(bones, field, WINDOW, rng)
        fits = field.high - field.low >= WINDOW
        assert (corner >= field.low)[fits].all()
        assert (corner + WINDOW <= field.high)[fits].all()
    assert 100 < cuts < 290


def test_drawn_bends_keep_people_people():
    """Lengths within a factor of 1.6, and no preference for larger or smaller."""
    rng = np.random.default_rng(1)
    sizes = [np.cbrt(np.linalg.det(draw_bend(WINDOW, rng).matrix)) for _ in range(300)]
    assert 1 / 1.6 < min(sizes) < 0.85 < 1.15 < max(sizes) < 1.6
    assert np.median(sizes) == pytest.approx(1.0, abs=0.03)


def test_metal_lies_in_bone_and_nowhere_without_it(body):
    hu, bones = (torch.from_numpy(array)[None] for array in body)
    seen = with_metal(torch.zeros_like(hu), bones.long(), np.random.default_rng(2))
    rods = seen == METAL_HU
    assert 10 < rods.sum() < 0.2 * rods.numel()
    assert torch.equal(with_metal(hu, torch.zeros_like(bones), np.random.default_rng(2)), hu)


def test_a_resumed_run_sees_windows_that_it_has_not_seen(body, tmp_path):
    for name, array in zip(("hu.npy", "bones.npy"), body, strict=True):
        np.save(tmp_path / name, array)
    patches = Patches([(tmp_path / "hu.npy", tmp_path / "bones.npy")], WINDOW, Randomiser(BONES), length=3, seed=0)
    sampler = Onward(3)
    numbers = list(sampler)
    sampler.set_epoch(1)
    assert not set(numbers) & set(sampler)
    first, again, other = patches[0], patches[0], patches[3]
    assert torch.equal(first.hu, again.hu)
    assert not torch.equal(first.hu, other.hu)


def said(bones, certainty):
    """An answer that gives what is true of each voxel that probability; below the middle all bone is the sacrum."""
    bone = torch.where(bones > 0, certainty, 1 - certainty).float()
    sacrum = torch.where(torch.arange(24) < 12, certainty, 1 - certainty).expand(1, 1, 20, 22, 24).float()
    return Answer(bone, torch.cat([sacrum, 1 - sacrum], dim=1))


def logits(answer):
    return Answer(torch.logit(answer.bone), torch.log(answer.which))


def test_the_loss_falls_to_nothing_as_the_answer_becomes_right(body):
    bones = torch.from_numpy(body[1])[None, None].long()
    losses = [float(segmentation_loss(logits(said(bones, p)), bones)) for p in (0.3, 0.7, 0.95, 0.9999)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.02
    assert losses[0] > 2


def test_calling_one_bone_by_the_others_name_is_punished(body):
    bones = torch.from_numpy(body[1])[None, None].long()
    right = said(bones, 0.99)
    wrong = Answer(right.bone, right.which.flip(1))
    assert float(segmentation_loss(logits(wrong), bones)) > 10 * float(segmentation_loss(logits(right), bones))


def test_channels_follow_both_answers_and_entropy_is_greatest_where_all_is_equal(body):
    bones = torch.from_numpy(body[1])[None, None].long()
    sure = said(bones, 0.999)
    assert torch.equal(channels_of(*sure), bones)
    assert float(entropy_of(*sure).max()) < 0.03
    equal = Answer(torch.full_like(sure.bone, 2 / 3), torch.full_like(sure.which, 0.5))
    assert torch.allclose(entropy_of(*equal), torch.ones(1), atol=1e-5)
