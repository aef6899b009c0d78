"""The paper's experiments, run whole at the smallest scale; what they measure, on numbers with a known answer."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from bonedensity.cli.study import study
from bonedensity.errors import ModelError, StatisticsError
from bonedensity.estimators.bmdgan.config import SIZES
from bonedensity.estimators.bmdgan.data.exposures import Exposure, read_exposures
from bonedensity.estimators.bmdgan.evaluation.rows import Row, figures_of
from bonedensity.estimators.bmdgan.loading import load_bmdgan
from bonedensity.estimators.bmdgan.losses.decomposition import LossWeights
from bonedensity.estimators.bmdgan.studies import scales
from bonedensity.estimators.bmdgan.studies.ablation import run_ablation
from bonedensity.estimators.bmdgan.studies.compare import paired_errors, paired_psnr
from bonedensity.estimators.bmdgan.studies.compression import fewer_bits, jpeg
from bonedensity.estimators.bmdgan.studies.errors_study import outlier_rates
from bonedensity.estimators.bmdgan.studies.pose import run_pose
from bonedensity.estimators.bmdgan.studies.run import run_study
from bonedensity.estimators.bmdgan.studies.scales import scale_named
from bonedensity.estimators.bmdgan.studies.trials import Setting, splits_of, trained
from bonedensity.estimators.bmdgan.training.options import Epochs
from bonedensity.estimators.bmdgan.training.stages import STAGES
from bonedensity.imaging.write import write_array_image
from bonedensity.learning.fit import LAST

pytestmark = pytest.mark.usefixtures("one_thread")

MINUTE = replace(
    SIZES["tiny"], rows=64, columns=32, backbone="hrnet", stem=4, channels=(2, 4, 8, 16), heads=(1, 1, 1, 1), hidden=8,
    decoder=4, critics=1, critic_filters=4, head=((1, 8),), head_dim=8,
)  # fmt: skip
SCALE = scale_named("tiny", config=MINUTE, epochs=Epochs(1, 1, 1, 0))
SCALE = replace(SCALE, training=replace(SCALE.training, losses=LossWeights(game=0, features=0)))
"""Without tuning, without critics."""

write_manifest = runpy.run_path(str(Path(__file__).with_name("bmdgan_people.py")))["write_manifest"]

POSTURES = ("standing", "supine", "abduction")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Ten people whose femur is a bright bar; the CT of each has a slope of its own."""
    folder, rows = tmp_path_factory.mktemp("people"), []
    for number in range(10):
        density, truth = 0.5 + 0.05 * number, {"ct": {"hu_slope": 0.7 + 0.01 * number}}
        row = {"identifier": f"p{number}", "visit": 0, "truth": f"p{number}.json"}
        for posture in POSTURES:
            bar, name = np.zeros((64, 32)), f"p{number}_{posture}"
            bar[25:50, 5:15] = density
            write_array_image(np.round(300 + 900 * bar), folder / f"{name}.png")
            for kind in ("mineral", "proximal_femur"):
                write_array_image(np.round(1e4 * bar), folder / f"{name}_{kind}.png")
            row[f"xray_{posture}_R"] = f"{name}.png"
        row |= {"dxa_hip_right_hologic_total_hip_bmd": density, "qct_hip_right_bmd": 300 * density}
        truth["body"] = {"variant": {"femur_right": {"grade": number % 4, "implant": None}}}
        (folder / f"p{number}.json").write_text(json.dumps(truth))
        rows.append(row)
    return write_manifest(folder, rows)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Of the results; studies share its models."""
    return tmp_path_factory.mktemp("studies")


def test_the_main_study_has_every_line_of_the_papers_table(manifest, place):
    heard = []
    result = run_study("bmdgan-main", manifest, place, SCALE, lambda fraction, _: heard.append(fraction))
    titles = "".join(result["lines"])
    for line in ("direct", "decomposition, calibrated", "frozen, calibrated", "tuned, calibrated", "uncalibrated"):
        assert line in titles
    assert result["lines"]["true projection, calibrated CT"]["dxa"]["pcc"]["value"] > 0.99
    assert json.loads((place / "bmdgan-main.json").read_text()) == json.loads(json.dumps(result))
    assert "| direct regression |" in (place / "bmdgan-main.md").read_text()
    assert (place / "bmdgan-main.png").stat().st_size > 1000
    assert heard == sorted(heard)


def test_compression_and_errors_use_the_model_that_is_there(manifest, place):
    heard = []
    result = run_study("bmdgan-compression", manifest, place, SCALE, lambda _, message: heard.append(message))
    assert not any("epoch" in message for message in heard)
    sizes = [result["lines"][f"JPEG {quality}"]["size_share"] for quality in (100, 75, 50, 25, 10)]
    assert sizes == sorted(sizes, reverse=True)
    assert result["lines"]["bits 8"]["size_share"] == 0.5
    errors = run_study("bmdgan-errors", manifest, place, SCALE)
    grades = errors["lines"]["dxa"]["osteoarthritis"]
    tested = splits_of(read_exposures(manifest), SCALE)[0].test
    assert grades["normal"]["radiographs"] + grades["abnormal"]["radiographs"] == len(tested)


def test_the_study_of_postures_tests_those_that_were_not_seen(manifest, place):
    result = run_pose(read_exposures(manifest), Setting(place, SCALE))
    assert result["postures"] == ["standing", "supine", "abduction"]
    assert {"trained on two postures, tested on those seen by one", "trained on all postures, tested on all"} <= set(
        result["lines"]
    )
    standing = [each for each in read_exposures(manifest) if each.posture == "standing"]
    with pytest.raises(StatisticsError, match="other postures"):
        run_pose(standing, Setting(place, SCALE))


def test_the_ablation_trains_with_and_without_learning_all_bones_first(manifest, place):
    result = run_ablation(read_exposures(manifest), Setting(place, SCALE), ["hrnet"])
    assert list(result["lines"]) == ["hrnet", "hrnet + hierarchical"]
    assert all(line["projection"]["psnr_db"] > 0 for line in result["lines"].values())
    assert list(result["without against with hierarchical learning"]) == ["hrnet"]
    for title in result["lines"]:  # as long, with the rates begun anew at the same place
        own = place / "models" / f"{title} 0"
        lasts = [torch.load(own / STAGES[stage] / LAST, weights_only=True) for stage in ("bones", "proximal")]
        assert [each["epoch"] + 1 for each in lasts] == [SCALE.training.length.bones, SCALE.training.length.proximal]
    assert load_bmdgan(place / "models" / "hrnet 0").bones is None
    assert load_bmdgan(place / "models" / "hrnet + hierarchical 0").bones is not None


def test_a_folder_with_another_studys_models_is_refused(manifest, place):
    other = scale_named("tiny", config=replace(MINUTE, decoder=8), epochs=Epochs(1, 1, 1, 0))
    split = splits_of(read_exposures(manifest), other)[0]
    with pytest.raises(ModelError, match="another size or seed"):
        trained(Setting(place, other), "direct 0", split, other.training)


def test_in_folds_everybody_is_tested_once_by_a_model_that_did_not_see_them(manifest):
    splits = splits_of(read_exposures(manifest), replace(SCALE, folds=5))
    tested = [each.identifier for split in splits for each in split.test]
    assert sorted(tested) == sorted(each.identifier for each in read_exposures(manifest))
    for split in splits:
        own = {each.identifier for each in split.test}
        assert not own & {each.identifier for part in split[:2] for each in part}


def test_unknown_studies_and_scales_are_refused_with_those_there_are(manifest, place):
    with pytest.raises(ModelError, match="bmdgan-main, bmdgan-ablation"):
        run_study("bmdgan", manifest, place, SCALE)
    with pytest.raises(ModelError, match="tiny, small, paper"):
        scale_named("huge")


def rows_with_errors(errors, repeats=2):
    rows = []
    for number, error in enumerate(errors):
        exposure = Exposure(f"p{number}", 0, "standing", "R", None, None, None, 0.5 + 0.02 * number, 200.0, "")
        found = {("dxa", "regression"): exposure.dxa + error}
        rows += [Row(exposure, found, {("dxa", "regression"): 0.06}, 30.0, 0.9, 0.5)] * repeats
    return rows


def test_the_paired_test_counts_people_and_finds_a_difference_that_is_there():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.02, 20)
    worse, better = rows_with_errors(noise + np.sign(noise) * 0.05), rows_with_errors(noise)
    found = paired_errors(worse, better, "dxa", "regression")
    assert found["people"] == 20
    assert found["first_mae"] - found["second_mae"] == pytest.approx(0.05)
    assert found["p"] < 1e-4
    assert paired_errors(better, better, "dxa", "regression")["p"] == 1
    assert paired_errors(worse[:8], better[:8], "dxa", "regression") is None


def test_projections_are_compared_person_by_person():
    plain = rows_with_errors(np.zeros(12))
    better = [replace(row, psnr_db=row.psnr_db + 0.1 + 0.01 * place) for place, row in enumerate(plain)]
    found = paired_psnr(plain, better)
    assert found["people"] == 12
    assert found["second_psnr_db"] - found["first_psnr_db"] == pytest.approx(0.215)
    assert found["p"] < 0.05
    unknown = [replace(row, psnr_db=np.nan) for row in plain]
    assert paired_psnr(plain, unknown) is None


def test_figures_of_rows_tell_coverage_abstention_and_repeatability():
    figures = figures_of(rows_with_errors([0.01] * 9 + [0.1]))
    own = figures["dxa"]["regression"]
    assert own["coverage"] == pytest.approx(0.9)
    assert own["mae"] == pytest.approx(0.019)
    assert own["rms_cv"] == 0
    assert figures["dxa"]["decomposition"] is None
    assert figures["abstained"] == 0


def test_outliers_are_counted_among_normal_and_abnormal_hips():
    errors = np.concatenate([np.zeros(90), np.full(5, 10.0), np.zeros(5)])
    abnormal = np.arange(100) >= 90
    found = outlier_rates(errors, abnormal)
    assert found["normal"] == {"radiographs": 90, "outliers": 0.0}
    assert found["abnormal"] == {"radiographs": 10, "outliers": 0.5}


def test_jpeg_and_fewer_bits_disturb_more_the_less_they_keep():
    y, x = np.mgrid[:64, :64]
    image = 100 + 50 * np.sin(x / 5) * np.cos(y / 7) + np.random.default_rng(0).normal(0, 5, (64, 64))
    grey = fewer_bits(image, 8).astype(np.uint8)
    errors = [np.abs(jpeg(grey, quality)[0].astype(float) - grey).mean() for quality in (100, 50, 10)]
    assert errors == sorted(errors)
    assert errors[0] < 1 < errors[2]
    assert [len(np.unique(fewer_bits(image, bits))) <= 2**bits for bits in (8, 4, 2)] == [True] * 3


def test_the_command_prints_a_table_or_one_json_object(manifest, place, monkeypatch):
    app = typer.Typer()
    app.command()(study)
    asked = []
    monkeypatch.setattr(scales, "scale_named", lambda _, *, seed, epochs: asked.append((seed, epochs)) or SCALE)
    command = ["bmdgan-errors", "--manifest", str(manifest), "-o", str(place), "--epochs", "1,1,1,0"]
    table = CliRunner().invoke(app, command)
    assert "| osteoarthritis |" in table.stdout
    found = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert found["study"] == "bmdgan-errors"
    assert found["output"] == str(place)
    assert asked == [(0, Epochs(1, 1, 1, 0))] * 2
    refused = CliRunner().invoke(app, ["chvae-main", *command[1:]])
    assert "no stages of BMD-GAN: leave out --epochs" in str(refused.exception)


def test_nothing_heavy_is_imported_before_it_is_needed():
    modules = "bonedensity.cli.study, bonedensity.estimators.bmdgan.inference.estimate"
    code = f"import sys, {modules}; print(sorted({{'torch', 'monai', 'lightning'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
