"""Radiographs with their truth: sides, crops, changes that keep both together, and people that are never divided."""

from __future__ import annotations

import json
import math
import runpy
from collections import Counter
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import torch

from bonedensity.errors import ModelError, StatisticsError, UnreadableFileError
from bonedensity.estimators.bmdgan.config import SIZES
from bonedensity.estimators.bmdgan.data.augment import AUGMENTATIONS, Augmentation, augmented, random_affine
from bonedensity.estimators.bmdgan.data.case_sheets import caption, write_case_sheets
from bonedensity.estimators.bmdgan.data.crop import Crop, published_crop, shows_whole_pelvis
from bonedensity.estimators.bmdgan.data.dataset import ExposureData, prepared
from bonedensity.estimators.bmdgan.data.exposures import read_exposures, with_truth
from bonedensity.estimators.bmdgan.data.folds import patient_folds, split_people
from bonedensity.estimators.bmdgan.data.hips_together import HipsTogether
from bonedensity.estimators.bmdgan.data.network_images import (
    areal_of_network,
    network_of_areal,
    normalised,
    on_network_grid,
    on_radiograph_grid,
)
from bonedensity.imaging.write import write_array_image

write_manifest = runpy.run_path(str(Path(__file__).with_name("bmdgan_people.py")))["write_manifest"]

CONFIG = replace(SIZES["tiny"], rows=64, columns=32)
RNG = np.random.default_rng


def write_exposure(folder, name, side="R", shape=(128, 64)):
    """A bright square on the shaft's side, whose areal density is 1 g/cm²."""
    square = np.zeros(shape)
    columns = slice(8, 24) if side == "R" else slice(shape[1] - 24, shape[1] - 8)
    square[60:90, columns] = 1
    write_array_image(np.round(300 + 2000 * square + RNG(0).uniform(0, 50, shape)), folder / f"{name}.png")
    for kind in ("mineral", "proximal_femur"):
        write_array_image(1e4 * square, folder / f"{name}_{kind}.png")


def people(tmp_path, count=8, visits=2):
    write_exposure(tmp_path, "x")
    rows = [
        {"identifier": f"p{p}", "visit": v, "xray_standing_R": "x.png", "xray_supine_R": "x.png"}
        for p in range(count)
        for v in range(visits)
    ]
    return read_exposures(write_manifest(tmp_path, rows))


def test_a_manifest_gives_every_radiograph_with_the_density_of_its_side(tmp_path):
    for side in "LR":
        write_exposure(tmp_path, f"x{side}", side)
    row = {
        **{"identifier": "p", "visit": 1, "xray_standing_R": "xR.png", "xray_supine_L": "xL.png"},
        **{"dxa_hip_right_lunar_total_hip_bmd": 0.9, "dxa_hip_right_hologic_total_hip_bmd": 0.8},
        **{"dxa_hip_left_lunar_total_hip_bmd": 0.7, "qct_hip_right_bmd": 280, "xray_standing_R_dicom": "x.dcm"},
    }
    right, left = read_exposures(write_manifest(tmp_path, [row]))
    assert (right.side, right.posture, right.visit, right.system, right.dxa, right.qct) == (
        *("R", "standing", 1, "hologic"),
        *(0.8, 280),
    )
    assert (left.side, left.system, left.dxa) == ("L", "lunar", 0.7)
    assert math.isnan(left.qct)
    assert right.bones.name == "xR_mineral.png"


def test_images_of_one_side_at_one_visit_are_of_one_hip(tmp_path):
    """The other side and the other year have densities of their own: they are no repeats."""
    write_exposure(tmp_path, "x")
    columns = dict.fromkeys(("xray_standing_R", "xray_supine_R", "xray_standing_L"), "x.png")
    rows = [{"identifier": "p", "visit": visit, **columns} for visit in (0, 1)]
    exposures = read_exposures(write_manifest(tmp_path, rows))
    assert sorted(Counter(each.hip for each in exposures).values()) == [1, 1, 2, 2]


def test_hips_come_in_another_order_in_every_epoch_each_with_all_its_images():
    hips = ["a", "b", "a", "c", "b", "a", "d", "d"]
    order, again = HipsTogether(hips, 5), HipsTogether(hips, 5)
    passes = [list(order) for _ in range(8)]
    assert passes == [list(again) for _ in range(8)]
    assert len({tuple(each) for each in passes}) > 1
    for places in passes:
        assert sorted(places) == list(range(len(order)))
        assert len(list(groupby(places, key=lambda place: hips[place]))) == 4


def test_the_true_density_of_a_virtual_person_stands_in_for_qct(tmp_path):
    write_exposure(tmp_path, "x")
    truth = {"radiographs": {"xray_standing_R": {"proximal_femur_mg_cm3": 254.5}}}
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    row = {"identifier": "p", "visit": 0, "xray_standing_R": "x.png", "truth": "truth.json"}
    assert read_exposures(write_manifest(tmp_path, [row]))[0].qct == 254.5


def test_doubtful_registrations_are_left_out_unless_asked_for(tmp_path):
    write_exposure(tmp_path, "x")
    rows = [
        {"identifier": name, "visit": 0, "xray_standing_R": "x.png", "registration": decision}
        for name, decision in (("a", "accepted"), ("b", "doubtful"))
    ]
    manifest = write_manifest(tmp_path, rows)
    assert [each.identifier for each in read_exposures(manifest)] == ["a"]
    assert len(read_exposures(manifest, doubtful=True)) == 2


def test_manifests_that_cannot_be_used_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        read_exposures(tmp_path / "none.csv")
    with pytest.raises(UnreadableFileError, match="xray_standing_R"):
        read_exposures(write_manifest(tmp_path, [{"identifier": "p", "ct": "ct.nii.gz"}]))
    write_exposure(tmp_path, "x")
    (tmp_path / "x_mineral.png").unlink()
    with pytest.raises(UnreadableFileError, match="mineral"):
        with_truth(read_exposures(write_manifest(tmp_path, [{"identifier": "p", "xray_standing_R": "x.png"}])))


def test_a_truth_of_another_size_is_refused(tmp_path):
    write_exposure(tmp_path, "x")
    write_array_image(RNG(0).integers(0, 9, (100, 64)), tmp_path / "x_mineral.png")
    exposure = read_exposures(write_manifest(tmp_path, [{"identifier": "p", "xray_standing_R": "x.png"}]))[0]
    with pytest.raises(UnreadableFileError, match="100 x 64"):
        prepared(exposure, CONFIG)


def test_a_left_hip_is_seen_as_the_mirror_image_of_a_right_one(tmp_path):
    for side in "LR":
        write_exposure(tmp_path, f"x{side}", side)
    row = {"identifier": "p", "xray_standing_R": "xR.png", "xray_standing_L": "xL.png"}
    right, left = (prepared(each, CONFIG) for each in read_exposures(write_manifest(tmp_path, [row])))
    assert torch.equal(right[1:], left[1:])
    assert right[2, 37, 8] > right[2, 37, 24] == -1


def test_the_published_crop_takes_the_half_of_its_side_twice_as_tall_as_wide():
    assert published_crop((1000, 800), "R", whole_pelvis=True) == Crop(100, 0, 800, 400, mirrored=False)
    assert published_crop((1000, 800), "L", whole_pelvis=True) == Crop(100, 400, 800, 400, mirrored=True)
    assert published_crop((512, 256), "R", whole_pelvis=False) == Crop(0, 0, 512, 256, mirrored=False)
    assert published_crop((400, 300), "R", whole_pelvis=False) == Crop(0, 50, 400, 200, mirrored=False)
    assert not shows_whole_pelvis((512, 256))
    assert shows_whole_pelvis((430, 350))


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(ModelError, match="20 x 40 pixels is too small"):
        published_crop((20, 40), "R", whole_pelvis=False)


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_the_network_sees_comes_back_onto_the_same_pixels(mirrored):
    image = np.zeros((300, 200), np.float32)
    image[120:160, 60:100] = 1
    crop = Crop(40, 20, 240, 120, mirrored)
    back = on_radiograph_grid(on_network_grid(image, crop, (120, 60))[0], crop, image.shape)
    assert back.shape == image.shape
    assert np.abs(back - image).mean() < 0.01
    assert np.abs(back[:40]).max() == 0
    assert back.sum() == pytest.approx(image.sum(), rel=0.02)


def test_coarser_pixels_keep_the_mean_density():
    image = RNG(0).uniform(0, 2, (256, 128)).astype(np.float32)
    found = on_network_grid(image, Crop(0, 0, 256, 128, False), (64, 32))
    assert found.mean().item() == pytest.approx(image.mean(), rel=0.005)


def test_areal_density_goes_to_the_network_and_back():
    density = torch.linspace(0, 2.5, 11)
    assert torch.allclose(areal_of_network(network_of_areal(density, 2.5), 2.5), density, atol=1e-6)


def test_brightness_is_taken_between_percentiles_so_that_a_lead_letter_does_not_matter():
    image = torch.from_numpy(RNG(0).uniform(100, 200, (1, 64, 32)).astype(np.float32))
    marked = image.clone()
    marked[0, 0, :3] = 60000
    assert torch.allclose(normalised(3 * image + 50), normalised(image), atol=1e-4)
    assert (normalised(marked) - normalised(image)).abs()[0, 1:].max() < 0.05
    with pytest.raises(ModelError, match="one grey"):
        normalised(torch.ones(1, 8, 8))


def landmark_stack():
    """Radiograph and truth that show the same blob."""
    y, x = np.mgrid[:64, :32]
    blob = np.exp(-((y - 36) ** 2 + (x - 12) ** 2) / 18).astype(np.float32)
    return torch.from_numpy(np.stack([blob, blob, blob])) * 2 - 1


@pytest.mark.parametrize("seed", range(8))
def test_changes_move_radiograph_and_truth_together_and_only_light_the_radiograph(seed):
    found = augmented(landmark_stack(), AUGMENTATIONS["published"], RNG(seed))
    assert torch.equal(found[1], found[2])
    assert found.min() >= -1 - 1e-5
    assert found.max() <= 1 + 1e-5
    if found[1].max() > 0:
        assert torch.corrcoef(torch.stack([found[0].flatten(), found[1].flatten()]))[0, 1] > 0.8


def test_no_change_leaves_the_images_as_they_are():
    stack = landmark_stack()
    assert torch.allclose(augmented(stack, AUGMENTATIONS["none"], RNG(0)), stack, atol=1e-5)


def test_a_turned_image_keeps_its_mass_although_it_is_not_square():
    stack = landmark_stack()
    turned = augmented(stack, Augmentation(25, 0, 0, 0, 0, 0, flips=False), RNG(1))
    assert (turned[1] + 1).sum().item() == pytest.approx((stack[1] + 1).sum().item(), rel=0.01)


def test_changes_stay_within_the_published_amounts():
    matrices = np.array([random_affine(AUGMENTATIONS["published"], RNG(seed)) for seed in range(300)])
    scales = 1 / np.sqrt(np.abs(np.linalg.det(matrices[:, :, :2])))
    assert np.abs(matrices[:, :, 2]).max() <= 0.3
    assert 0.69 < scales.min() < 0.8
    assert 1.2 < scales.max() < 1.33
    flipped = np.linalg.det(matrices[:, :, :2]) < 0
    assert 0.4 < flipped.mean() < 0.6


def test_every_epoch_and_seed_changes_images_anew_and_the_same_gives_the_same(tmp_path):
    exposures = people(tmp_path, 1, 1)

    def drawn(epoch, seed):
        data = ExposureData(exposures, CONFIG, tmp_path / "cache", augmentation=AUGMENTATIONS["published"], seed=seed)
        data.epoch = epoch
        return data[0].radiograph

    assert torch.equal(drawn(1, 0), drawn(1, 0))
    assert not torch.equal(drawn(1, 0), drawn(2, 0))
    assert not torch.equal(drawn(1, 0), drawn(1, 1))


def test_no_person_is_in_two_folds_or_in_two_parts(tmp_path):
    exposures = people(tmp_path)
    names = [each.identifier for each in exposures]
    folds = patient_folds(names, 4, seed=1)
    assert len({(name, fold) for name, fold in zip(names, folds, strict=True)}) == 8
    assert np.bincount(folds).tolist() == [8, 8, 8, 8]
    parts = [{each.identifier for each in part} for part in split_people(exposures, seed=3)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 8
    assert all(parts)


def test_test_people_stay_test_people_when_the_cohort_grows(tmp_path):
    few, many = split_people(people(tmp_path, 40, 1), seed=3), split_people(people(tmp_path, 400, 1), seed=3)
    for before, after in zip(few, many, strict=True):
        assert {each.identifier for each in before} <= {each.identifier for each in after}
    assert [len(part) / 800 for part in many] == pytest.approx([0.65, 0.15, 0.2], abs=0.06)
    assert split_people(people(tmp_path, 40, 1), seed=4).test != few.test


def test_folds_depend_on_the_seed_and_not_on_the_order_of_the_rows(tmp_path):
    names = [f"p{n}" for n in range(20)]
    folds = dict(zip(names, patient_folds(names, 5, seed=1), strict=True))
    turned = dict(zip(names[::-1], patient_folds(names[::-1], 5, seed=1), strict=True))
    assert folds == turned
    assert list(folds.values()) != list(patient_folds(names, 5, seed=2))


def test_too_few_people_are_refused(tmp_path):
    with pytest.raises(StatisticsError, match="2 people"):
        split_people(people(tmp_path, 2), seed=0)
    with pytest.raises(StatisticsError, match="3 people"):
        patient_folds(["a", "b", "c"], 5, seed=0)


def test_every_person_has_a_sheet_that_shows_all_radiographs_and_says_what_is_doubtful(tmp_path):
    exposures = people(tmp_path, count=2)
    paths = write_case_sheets(exposures, tmp_path / "cases")
    assert [path.name for path in paths] == ["p0_0.png", "p0_1.png", "p1_0.png", "p1_1.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    assert "doubtful" in caption(replace(exposures[0], doubtful=True))
    assert "no DXA" in caption(replace(exposures[0], dxa=float("nan")))
