"""`bonedensity train bmdgan --devices 2`: Lightning starts the command once more, and both learn one model."""

import runpy
from pathlib import Path

import pytest

pytest.importorskip("torch")
PEOPLE = runpy.run_path(str(Path(__file__).parents[1] / "science" / "bmdgan_people.py"))


def test_two_processes_learn_every_stage_and_one_of_them_answers(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    manifest = PEOPLE["written_people"](tmp_path, 9, "p")
    done = cli(
        *("train", "bmdgan", "--manifest", manifest, "-o", tmp_path / "model", "--size", "tiny", "--devices", 2),
        *("--epochs", "1,1,1,1", "--steadiness", 1, "--json"),
    )
    assert done.code == 0, done.err
    assert done.json["metrics"]["psnr_db"] > 0
    assert "stage_tuned" not in done.out
    assert "sync_dist" not in done.err
    assert (tmp_path / "model" / "stage_tuned" / "last.ckpt").is_file()
