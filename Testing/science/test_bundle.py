"""MONAI bundles: plain values are read, code never runs, and the network's word reaches the CT's grid unchanged."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from bonedensity.anatomy.labels import BY_NAME
from bonedensity.errors import (
    AnatomyError,
    CalibrationError,
    CancelledError,
    DeviceError,
    GeometryError,
    ModelError,
    UnreadableFileError,
)
from bonedensity.imaging import Volume
from bonedensity.segmentation import SegmentationOptions, segment
from bonedensity.segmentation.bundle.engine import BundleOptions, segment_by_bundle
from bonedensity.segmentation.bundle.intensity import preprocessing_of
from bonedensity.segmentation.bundle.literals import plain_value
from bonedensity.segmentation.bundle.network import network_of
from bonedensity.segmentation.checks import check_ct
from bonedensity.segmentation.crop import crop_to_bone
from bonedensity.segmentation.network_grid import on_network_grid
from bonedensity.segmentation.windows import Windows, run_windows, slabs_of

CHANNELS = {"0": "background", "1": "spleen", "2": "left femur", "3": "sacrum"}

NETWORK = {
    "_target_": "SegResNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 4,
    "init_filters": 8,
    "blocks_down": [1, 1],
    "blocks_up": [1],
}


def configuration(**changes):
    return {
        "displayable_configs": {"highres": True, "overlap": 0.25},
        "pixdim": "$[3.0, 3.0, 3.0] if @displayable_configs#highres else [6.0, 6.0, 6.0]",
        "network_def": NETWORK,
        "network": "$@network_def.to(@device)",
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {"_target_": "LoadImaged", "keys": "image"},
                {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
                {"_target_": "Spacingd", "keys": "image", "pixdim": "@pixdim", "mode": "bilinear"},
                {"_target_": "ScaleIntensityRanged", "keys": "image", "a_min": -1000, "a_max": 1000, "clip": True},
            ],
        },
        "inferer": {"roi_size": [24, 24, 24], "overlap": "@displayable_configs#overlap"},
    } | changes


def tiny_network():
    import monai.networks.nets as nets

    torch.manual_seed(0)
    network = nets.SegResNet(**{k: v for k, v in NETWORK.items() if k != "_target_"})
    with torch.no_grad():  # a head that prefers its channels in turn, so that random weights find every one of them
        network.conv_final[2].conv.weight.mul_(20)
    return network.eval()


def write_bundle(root, config=None, channels=CHANNELS, weights=True):
    (root / "configs").mkdir(parents=True)
    (root / "models").mkdir()
    outputs = {"pred": {"num_channels": len(channels), "channel_def": channels}}
    metadata = {"name": "tiny", "version": "1", "network_data_format": {"outputs": outputs}}
    (root / "configs/metadata.json").write_text(json.dumps(metadata))
    (root / "configs/inference.json").write_text(json.dumps(config or configuration()))
    if weights:
        torch.save({"model": tiny_network().state_dict()}, root / "models/model.pt")
    return root


def noisy_ct(shape=(40, 40, 40), spacing=2.0, seed=0):
    array = np.random.default_rng(seed).normal(0, 400, shape).astype(np.float32)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    return Volume(array, affine, "HU", "noise")


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "bundle")


def test_references_conditions_and_numbers_are_followed():
    config = configuration()
    assert plain_value(config, config["pixdim"]) == [3.0, 3.0, 3.0]
    assert plain_value(config, "@inferer#overlap") == 0.25
    assert plain_value(config, "$-1.5") == -1.5
    assert network_of({"network_def": "$monai.networks.nets.vista3d132(in_channels=@n)", "n": 1}) == (
        "vista3d132",
        {"in_channels": 1},
    )


@pytest.mark.parametrize(
    "text",
    [
        "$__import__('os').system('touch {proof}')",
        "$open('{proof}', 'w').close()",
        "$[x for x in ().__class__.__base__.__subclasses__()]",
        "$(lambda: 1)()",
        "$@network_def.__init__.__globals__",
        "$import os",
        "$" + "(" * 500,
    ],
)
def test_code_in_a_configuration_is_refused_and_never_run(tmp_path, text):
    proof = tmp_path / "proof"
    code = text.replace("{proof}", str(proof))
    with pytest.raises(ModelError, match="holds code"):
        plain_value(configuration(), code)
    root = write_bundle(tmp_path / "bundle", configuration(network_def=NETWORK | {"init_filters": code}))
    with pytest.raises(ModelError, match="holds code"):
        segment_by_bundle(noisy_ct(), root)
    assert not proof.exists()


def test_a_network_that_is_not_on_the_list_is_refused():
    for target in ("scripts.net.Evil", "os.system", "monai.bundle.run", "torch.hub.load"):
        with pytest.raises(ModelError, match="none of those built here"):
            network_of({"network_def": {"_target_": target}})


def test_a_circle_of_references_ends_in_a_sentence():
    with pytest.raises(ModelError, match="in a circle"):
        plain_value({"a": "@b", "b": "@a"}, "@a")


def test_weights_that_hold_a_program_are_refused_unrun(bundle, tmp_path):
    proof = tmp_path / "proof"

    class Evil:
        def __reduce__(self):
            return (open, (str(proof), "w"))

    (bundle / "models/model.pt").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(UnreadableFileError, match="cannot be read as weights"):
        segment_by_bundle(noisy_ct(), bundle)
    assert not proof.exists()


def test_the_votes_are_those_of_the_network_asked_directly(bundle):
    """One window, no resampling but a flip: every voxel gets what the network itself says of it."""
    ct = noisy_ct((24, 24, 24), 3.0)
    ct = Volume(np.where(ct.array > 0, 500, -500).astype(np.float32), ct.index_to_patient, "HU", "blocks")
    found = segment(ct, "monai-bundle", SegmentationOptions(bundle=bundle))
    flipped = torch.from_numpy(np.ascontiguousarray(ct.array.T[::-1, ::-1]))[None, None]
    with torch.inference_mode():
        direct = tiny_network()((flipped + 1000) / 2000).argmax(dim=1)[0].numpy()[::-1, ::-1].T
    for channel, name in ((2, "femur_left"), (3, "sacrum")):
        assert (direct == channel).any()
        assert np.array_equal(found.labels.volume.array == BY_NAME[name].value, direct == channel)
    assert 0.25 <= found.confidence <= 1
    assert "tiny" in found.engine


def test_slabs_give_the_same_votes_as_the_whole():
    volume = np.random.default_rng(0).random((20, 24, 90)).astype(np.float32)

    def threshold(patch):
        return torch.cat([1 - patch, patch], dim=1)

    small = Windows((16, 16, 16), 0.25, budget_bytes=20 * 24 * 4 * 4 * 40)
    assert len(slabs_of(volume.shape, 2, small)) > 1
    quiet = {"on_progress": lambda f, m: None, "should_stop": lambda: False}
    parts = run_windows(volume, threshold, 2, small, **quiet)
    assert np.array_equal(parts.channels, volume > 0.5)
    assert np.allclose(parts.probability, np.maximum(volume, 1 - volume), atol=2e-3)


def test_too_little_memory_is_said_and_a_stop_is_heard():
    volume = np.zeros((20, 24, 90), np.float32)
    with pytest.raises(DeviceError, match="too small"):
        slabs_of(volume.shape, 2, Windows((16, 16, 16), 0.25, budget_bytes=1000))
    with pytest.raises(CancelledError):
        run_windows(
            volume, lambda p: p, 1, Windows((16, 16, 16)), on_progress=lambda f, m: None, should_stop=lambda: True
        )


def test_progress_never_falls_and_ends_at_one(bundle):
    heard = []
    segment_by_bundle(noisy_ct(), bundle, on_progress=lambda fraction, message: heard.append(fraction))
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1.0)


def test_the_preprocessing_does_what_monai_does():
    from monai.transforms import NormalizeIntensity, ScaleIntensity, ScaleIntensityRange

    hu = np.random.default_rng(0).normal(0, 500, (8, 9, 10)).astype(np.float32)
    hu[:2] = 0
    steps = [
        ({"_target_": "NormalizeIntensityd", "nonzero": True}, NormalizeIntensity(nonzero=True)),
        ({"_target_": "ScaleIntensityd", "minv": -1.0, "maxv": 1.0}, ScaleIntensity(minv=-1.0, maxv=1.0)),
        (
            {
                "_target_": "ScaleIntensityRanged",
                "a_min": -963.8,
                "a_max": 1053.7,
                "b_min": 0,
                "b_max": 1,
                "clip": True,
            },
            ScaleIntensityRange(a_min=-963.8, a_max=1053.7, b_min=0, b_max=1, clip=True),
        ),
    ]
    spacing = {"_target_": "Spacingd", "pixdim": [1.5, 1.5, 1.5]}
    for step, theirs in steps:
        ours = preprocessing_of({"preprocessing": {"transforms": [spacing, step]}}).prepared(hu)
        assert np.allclose(ours, np.asarray(theirs(hu[None]))[0], atol=1e-5)


def test_an_unknown_preparation_is_refused():
    config = {"preprocessing": {"transforms": [{"_target_": "scripts.MyTransformd"}]}}
    with pytest.raises(ModelError, match="not known here"):
        preprocessing_of(config)


def test_the_networks_grid_keeps_places_in_the_patient():
    """A linear ramp along each patient axis reads the same at the same point, for a rotated and flipped CT."""
    turn = np.radians(20)
    axes = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, -1.0]])
    affine = np.eye(4)
    affine[:3, :3] = axes * [1.0, 1.2, 2.0]
    affine[:3, 3] = [10, -20, 30]
    shape = (20, 30, 40)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)[..., ::-1]
    points = index @ affine[:3, :3].T + affine[:3, 3]
    ramp = np.array([2.0, -3.0, 1.0])
    ct = Volume((points @ ramp).astype(np.float32), affine, "HU", "ramp")
    grid = on_network_grid(ct, (1.5, 1.5, 1.5))
    inside = np.asarray(grid.array) > -1000
    where = grid.to_patient(np.argwhere(inside)[:, ::-1])
    assert inside.sum() > 5000
    assert np.abs(np.asarray(grid.array)[inside] - where @ ramp).max() < 0.05 * 1024
    middle = np.median(np.abs(np.asarray(grid.array)[inside] - where @ ramp))
    assert middle < 1e-2


def test_only_the_part_around_bone_is_looked_at():
    array = np.full((60, 60, 60), -1000, np.int16)
    array[28:34, 20:26, 40:46] = 900
    ct = Volume(array, np.diag([2.0, 2.0, 2.0, 1.0]), "HU", "one bone")
    part = crop_to_bone(ct, margin_mm=10)
    assert part.array.size < 0.1 * ct.array.size
    assert (np.asarray(part.array) == 900).sum() == 216
    low, high = part.to_index(ct.to_patient([40, 20, 28])), part.to_index(ct.to_patient([45, 25, 33]))
    assert (low * 2 >= 10).all()
    assert ((np.array(part.array.shape[::-1]) - 1 - high) * 2 >= 10).all()


@pytest.mark.parametrize(
    ("ct", "error", "words"),
    [
        (Volume(np.zeros((1, 40, 40)), np.eye(4), "HU", "slice"), GeometryError, "at least 8"),
        (Volume(np.full((9, 9, 9), 300.0), np.eye(4), "HU", "MR"), CalibrationError, "no CT in HU"),
        (Volume(np.full((9, 9, 9), np.nan), np.eye(4), "HU", "holes"), GeometryError, "not finite"),
        (Volume(np.full((9, 9, 9), -1000.0), np.eye(4), "HU", "air"), AnatomyError, "nothing as dense as bone"),
        (Volume(np.full((9, 9, 9), 300.0), np.eye(4), "mg/cm³", "density"), CalibrationError, "not HU"),
    ],
    ids=lambda value: value.name if isinstance(value, Volume) else None,
)
def test_what_is_no_ct_of_bones_is_refused_in_a_sentence(ct, error, words):
    with pytest.raises(error, match=words):
        check_ct(ct)


@pytest.mark.parametrize(
    ("harm", "error", "words"),
    [
        (lambda root: (root / "configs/metadata.json").unlink(), UnreadableFileError, "no MONAI bundle"),
        (lambda root: (root / "configs/inference.json").write_text("{"), UnreadableFileError, "cannot be read as JSON"),
        (lambda root: (root / "models/model.pt").unlink(), UnreadableFileError, "no weights"),
        (lambda root: (root / "models/model.pt").write_bytes(b"x"), UnreadableFileError, "cannot be read as weights"),
        (lambda root: torch.save({"a": torch.zeros(1)}, root / "models/model.pt"), ModelError, "not those of"),
    ],
    ids=["no metadata", "broken config", "no weights", "broken weights", "other weights"],
)
def test_a_damaged_bundle_is_refused_in_a_sentence(bundle, harm, error, words):
    harm(bundle)
    with pytest.raises(error, match=words):
        segment_by_bundle(noisy_ct(), bundle)


def test_a_bundle_without_bones_is_refused(tmp_path):
    root = write_bundle(tmp_path / "organs", channels={"0": "background", "1": "liver"}, weights=False)
    with pytest.raises(ModelError, match="names no bone"):
        segment_by_bundle(noisy_ct(), root)


def test_safetensors_serve_as_weights(bundle):
    from safetensors.torch import save_file

    (bundle / "models/model.pt").unlink()
    save_file(tiny_network().state_dict(), bundle / "models/mine.safetensors")
    found = segment_by_bundle(noisy_ct(), bundle, options=BundleOptions(weights=Path("mine.safetensors")))
    assert found.labels.present()
