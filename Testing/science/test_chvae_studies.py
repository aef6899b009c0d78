"""The studies run once through on drawn spines: too few steps to learn from, enough to see every line written."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("lightning")

from bonedensity.cli.study import study
from bonedensity.errors import ModelError, StatisticsError
from bonedensity.generators.chvae.config import SIZES
from bonedensity.generators.chvae.studies.ablation import WITHOUT_RESIDUAL, run_ablation
from bonedensity.generators.chvae.studies.follow_up_study import run_follow_up
from bonedensity.generators.chvae.studies.main_study import run_main
from bonedensity.generators.chvae.studies.run import run_study
from bonedensity.generators.chvae.studies.trials import Setting, scale_named, trained, unseen_people
from bonedensity.generators.chvae.training.options import training_of

pytestmark = pytest.mark.usefixtures("one_thread")

DRAWN = runpy.run_path(str(Path(__file__).with_name("chvae_drawings.py")))
SHORT = training_of("tiny", epochs=1, predictor_epochs=1, fine_tune_epochs=1, batch=13)


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    DRAWN["write_cohort"](folder, 33)
    return Setting(folder / "manifest.csv", tmp_path_factory.mktemp("studies"), SHORT)


def test_every_ablation_differs_from_the_full_model_in_one_thing_and_all_are_judged_on_the_same_people(setting):
    result = run_ablation(setting)
    assert list(result["lines"]) == [
        "full", "no residual", "shallow", "no region losses", "no spine frame",
        "shallow, no spine frame", "shallow, no spine frame, no residual",
    ]  # fmt: skip
    for name, without in WITHOUT_RESIDUAL.items():
        assert result["lines"][name]["composition"] == 0
        assert result["lines"][without]["composition"] > 0
    configs = [json.loads(path.read_text())["config"]["image"] for path in _cards(setting)]
    assert sorted((config["z2"], config["frame"]) for config in configs) == [
        (0, "image"), (0, "spine"), (16, "image"), (16, "spine"), (16, "spine"),
    ]  # fmt: skip
    for suffix in ("json", "md", "png"):
        assert (setting.folder / f"chvae-ablation.{suffix}").is_file()


def test_the_follow_up_has_the_baseline_under_every_line(setting):
    result = run_follow_up(setting)
    text = (setting.folder / "chvae-followup.md").read_text()
    assert text.count("nothing changes") == len(result["follow_up"]) == 3
    once = setting.manifest.with_name("once.csv")
    lines = setting.manifest.read_text().splitlines()
    place = lines[0].split(",").index("visit")
    once.write_text("\n".join([lines[0], *(line for line in lines[1:] if line.split(",")[place] == "0")]))
    with pytest.raises(StatisticsError, match="came twice"):
        run_follow_up(replace(setting, manifest=once))


def test_a_finished_training_is_not_done_again(setting):
    before = (trained(setting, "full") / "card.json").stat().st_mtime_ns
    result = run_main(setting)
    assert (setting.folder / "models" / "full" / "card.json").stat().st_mtime_ns == before
    assert set(result["figures"]) == {"reconstruction", "axioms", "effectiveness", "true counterfactual"}
    assert result["figures"]["true counterfactual"] == {}  # drawn people have none
    assert result["people"] == len(unseen_people(setting))
    assert set(result["figures"]["reconstruction"]) == {"mae", "rmse", "psnr", "ssim"}


def test_other_people_can_be_judged_on_and_every_error_stands_beside_the_full_model_s(setting, tmp_path):
    others = DRAWN["write_cohort"](tmp_path, 4, seed=5)
    DRAWN["write_counterfactuals"](tmp_path, others)
    aside = replace(setting, unseen=tmp_path / "manifest.csv")
    assert unseen_people(aside) is None
    assert run_main(aside)["people"] == 4
    lines = run_ablation(aside, ["shallow"])["lines"]
    assert list(lines) == ["full", "no residual", "shallow", "nothing changes"]
    full = lines["full"]["true_mae"]
    assert lines["nothing changes"]["true_mae"] == lines["full"]["true_mae_persistence"]
    for name, own in lines.items():
        if name != "full":
            assert full == pytest.approx((1 - own["full_below"]) * own["true_mae"])


def test_unknown_names_are_refused(setting):
    with pytest.raises(ModelError, match="no scale “huge”"):
        scale_named("huge")
    with pytest.raises(ModelError, match="no study “chvae-other”"):
        run_study("chvae-other", setting.manifest, setting.folder, "tiny", 0)
    assert scale_named("paper").published
    with pytest.raises(ModelError, match="leave out --unseen"):
        study("bmdgan-main", setting.manifest, setting.folder, unseen=setting.manifest)
    assert SIZES[scale_named("small").size].pixels == 192


def _cards(setting):
    return list((setting.folder / "models").glob("*/card.json"))
