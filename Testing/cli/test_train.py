"""`bonedensity train` and `evaluate` as a user runs them."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import SimpleITK

PREPARED = 4
"""HU and bones of two people: the training begins then."""


def write_cohort(folder, people=2):
    """Cubes of bone in water, labelled sacrum."""
    rows = ["ct,labels"]
    for number in range(people):
        labels = np.zeros((24, 24, 24), np.uint8)
        labels[8:16, 6:14, 8 + number : 18] = 25
        for array, name in ((labels * 30 - 20, "ct"), (labels, "labels")):
            image = SimpleITK.GetImageFromArray(array.astype(np.int16 if name == "ct" else np.uint8))
            image.SetSpacing([8.0, 8.0, 8.0])
            SimpleITK.WriteImage(image, folder / f"{number}-{name}.nii.gz")
        rows.append(f"{number}-ct.nii.gz,{number}-labels.nii.gz")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    return folder / "manifest.csv"


def test_a_network_is_trained_and_its_card_tells_how(cli, tmp_path):
    manifest = write_cohort(tmp_path)
    done = cli(
        "train", "unet", "--manifest", manifest, "-o", tmp_path / "model", "--size", "tiny", "--steps", 2,
        "--workers", 0, "--data", "cubes", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.json["data"] == "cubes (2 CTs)"
    assert (tmp_path / "model" / "weights.safetensors").is_file()
    assert '"command": "bonedensity train unet' in (tmp_path / "model" / "card.json").read_text()


def test_a_trained_unet_gets_an_outline_network(cli, tmp_path):
    manifest, model = write_cohort(tmp_path), tmp_path / "model"
    size = ("--size", "tiny", "--steps", 2, "--workers", 0)
    assert cli("train", "unet", "--manifest", manifest, "-o", model, *size).code == 0
    done = cli("train", "outline", "--manifest", manifest, "--model", model, "--steps", 2, "--data", "cubes", "--json")
    assert done.code == 0, done.err
    assert done.json["data"] == "cubes (2 CTs)"
    assert (model / "outline" / "weights.safetensors").is_file()


def test_ctrl_c_keeps_what_was_learnt(tmp_path):
    manifest = write_cohort(tmp_path)
    command = [
        sys.executable, "-m", "bonedensity", "train", "unet", "--manifest", manifest, "-o", tmp_path / "model",
        "--size", "tiny", "--steps", "5000", "--workers", "0",
    ]  # fmt: skip
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
    end = time.monotonic() + 60
    while len(list((tmp_path / "model").glob("cache/*.npy"))) < PREPARED and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(3)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 2
    assert "Cancelled" in errors
    assert (tmp_path / "model" / "checkpoints" / "last.ckpt").is_file()
    assert not (tmp_path / "model" / "weights.safetensors").exists()


def test_an_unknown_size_and_a_missing_model_are_one_sentence(cli, tmp_path):
    for arguments in (
        ("train", "unet", "--manifest", tmp_path / "m.csv", "-o", tmp_path, "--size", "huge"),
        ("train", "unet", "--manifest", tmp_path / "m.csv", "-o", tmp_path),
        ("train", "outline", "--manifest", tmp_path / "m.csv", "--model", tmp_path),
        ("evaluate", "unet", "--model", tmp_path),
    ):
        done = cli(*arguments)
        assert done.code == 2
        assert done.err.count("\n") == 1
