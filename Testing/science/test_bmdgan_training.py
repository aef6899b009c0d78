"""BMD-GAN trained, resumed, judged and run on radiographs, on pictures that are learnt in seconds."""

from __future__ import annotations

import json
import runpy
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bonedensity.errors import CancelledError, ModelError, StatisticsError, UnreadableFileError
from bonedensity.estimators.bmdgan.config import SIZES
from bonedensity.estimators.bmdgan.data.crop import Crop
from bonedensity.estimators.bmdgan.data.dataset import ExposureData
from bonedensity.estimators.bmdgan.data.exposures import read_exposures
from bonedensity.estimators.bmdgan.data.folds import split_people
from bonedensity.estimators.bmdgan.evaluation.evaluate import evaluate_bmdgan, keep_unseen, write_figures
from bonedensity.estimators.bmdgan.evaluation.rows import card_metrics
from bonedensity.estimators.bmdgan.evaluation.unseen import UNSEEN_FILE, read_unseen, write_unseen
from bonedensity.estimators.bmdgan.evaluation.wrong_inputs import WRONG, auroc
from bonedensity.estimators.bmdgan.inference.estimate import BmdganOptions, estimate_bmd, proposed_crops
from bonedensity.estimators.bmdgan.loading import load_bmdgan
from bonedensity.estimators.bmdgan.losses.steadiness import hip_numbers, unsteadiness
from bonedensity.estimators.bmdgan.train import train_bmdgan
from bonedensity.estimators.bmdgan.training.calibrate import usual_limit
from bonedensity.estimators.bmdgan.training.decomposition import DecompositionModule
from bonedensity.estimators.bmdgan.training.options import BmdganTraining, Epochs
from bonedensity.estimators.bmdgan.training.regression import RegressionModule, Scaling
from bonedensity.estimators.bmdgan.training.schedule import adamw_with_restarts, epochs_of_cycles
from bonedensity.estimators.bmdgan.training.stages import STAGES, Run, learn_projection, scaling_of, watched
from bonedensity.imaging import Radiograph
from bonedensity.imaging.read_radiograph import read_radiograph
from bonedensity.learning.card import read_card
from bonedensity.learning.fit import LAST
from bonedensity.learning.weights import WEIGHTS_FILE

pytestmark = pytest.mark.usefixtures("one_thread")

LITTLE = replace(
    SIZES["tiny"], rows=64, columns=32, stem=8, channels=(4, 8, 16, 32), heads=(1, 1, 2, 4), hidden=32, decoder=8,
    critics=1, critic_filters=8, head=((1, 16), (1, 32)),
)  # fmt: skip
written_people = runpy.run_path(str(Path(__file__).with_name("bmdgan_people.py")))["written_people"]
PEOPLE = 16
SHORT = BmdganTraining(
    "tiny", LITTLE, Epochs(2, 6, 5, 2), batch=8, rates=(4e-3, 5e-4), augmentation="none", data="drawn pictures"
)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return written_people(tmp_path_factory.mktemp("people"), PEOPLE, "p")


@pytest.fixture(scope="module")
def trained(manifest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    heard = []
    train_bmdgan(manifest, folder, SHORT, lambda fraction, message: heard.append((fraction, message)))
    return folder, heard


def test_training_tells_its_progress_and_draws_a_picture_an_epoch(trained):
    folder, heard = trained
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert any("stage_proximal: epoch 6 of 6" in message for _, message in heard)
    pictures = sorted((folder / STAGES["proximal"] / "pictures").iterdir())
    assert len(pictures) == 6
    assert read_radiograph(pictures[-1]).array.shape[1] == 3 * (32 + 2)


def test_the_card_and_the_weights_make_the_same_model_again(trained):
    folder, _ = trained
    card = read_card(folder)
    assert (card.name, card.size) == ("bmdgan", "tiny")
    assert card.data.startswith("drawn pictures")
    model = load_bmdgan(folder)
    assert model.network.config == LITTLE
    assert model.bones is not None
    assert model.calibration.system == "hologic"
    assert set(model.calibration.readouts) == {"dxa", "qct"}


def test_the_decomposition_is_learnt_and_read_on_test_people_alone(manifest, trained):
    figures = evaluate_bmdgan(manifest, trained[0])
    people = {each.identifier for each in split_people(read_exposures(manifest), SHORT.seed).test}
    assert 0 < figures["people"] == len(people) < PEOPLE / 2
    assert figures["radiographs"] == 2 * len(people)
    assert figures["projection"]["psnr_db"] > 18
    assert figures["dxa"]["true projection"]["pcc"]["value"] > 0.99
    assert figures["dxa"]["regression"]["rms_cv"] is not None
    assert set(figures["failure_detection"]) == set(WRONG)
    own = {name: value for name, value in card_metrics(figures).items() if not name.startswith("auroc")}
    assert own == pytest.approx(dict(read_card(trained[0]).metrics))
    json.dumps(figures, allow_nan=False)


def test_virtual_test_people_kept_beside_the_weights_give_the_same_figures(manifest, trained, tmp_path):
    folder = shutil.copytree(trained[0], tmp_path / "model")
    with pytest.raises(ModelError, match="Only virtual people"):
        keep_unseen(manifest, folder)
    people = [replace(each, virtual=True) for each in split_people(read_exposures(manifest), SHORT.seed).test]
    write_unseen(ExposureData(people, LITTLE, tmp_path / "cache"), folder)
    kept, listed = evaluate_bmdgan(None, folder), evaluate_bmdgan(manifest, folder)
    assert kept["radiographs"] == listed["radiographs"]
    assert kept["dxa"]["decomposition"]["mae"] == pytest.approx(listed["dxa"]["decomposition"]["mae"], abs=0.01)
    assert kept["projection"]["psnr_db"] == pytest.approx(listed["projection"]["psnr_db"], abs=0.5)
    write_figures(kept, folder)
    assert "auroc_chest" in read_card(folder).metrics


def test_kept_people_that_are_damaged_or_of_another_size_are_refused(manifest, tmp_path):
    (tmp_path / UNSEEN_FILE).write_bytes(b"PK but no archive")
    with pytest.raises(UnreadableFileError, match="give a manifest"):
        read_unseen(tmp_path, LITTLE)
    people = [replace(each, virtual=True) for each in read_exposures(manifest)]
    write_unseen(ExposureData(people[:1], LITTLE, tmp_path / "cache"), tmp_path)
    with pytest.raises(ModelError, match="64 x 32"):
        read_unseen(tmp_path, SIZES["tiny"])


def test_stages_start_from_one_another(trained):
    folder, _ = trained
    frozen, tuned = (load_stage(folder / STAGES[stage]) for stage in ("frozen", "tuned"))
    proximal = load_stage(folder / STAGES["proximal"])
    encoder = [name for name in proximal if name.startswith("encoder.")]
    assert all(torch.equal(proximal[name], frozen[name]) for name in encoder)
    assert any(not torch.equal(frozen[name], tuned[name]) for name in encoder)
    assert any(not torch.equal(frozen[name], tuned[name]) for name in frozen if name.startswith("head."))


def test_a_model_that_is_learnt_further_begins_with_its_weights(trained, manifest, tmp_path):
    folder, _ = trained
    still = replace(SHORT, start=folder, rates=(0.0, 0.0), epochs=Epochs(1, 1, 1, 1))
    card = train_bmdgan(manifest, tmp_path, still)
    before, after = (load_bmdgan(place) for place in (folder, tmp_path))
    learnt = [name for name in before.network.state_dict() if not name.startswith("likeness.")]
    assert all(torch.equal(before.network.state_dict()[name], after.network.state_dict()[name]) for name in learnt)
    bones = before.bones.state_dict()
    assert all(torch.equal(value, after.bones.state_dict()[name]) for name, value in bones.items())
    assert not any((tmp_path / STAGES[stage]).exists() for stage in ("bones", "frozen"))
    assert f"begun with weights learnt from {before.card.data}" in card.data


def test_further_calibration_people_make_intervals_finite_and_must_be_others(trained, manifest, tmp_path):
    folder, _ = trained
    quick = replace(SHORT, start=folder, epochs=Epochs(1, 1, 1, 1), calibration=manifest)
    with pytest.raises(StatisticsError, match="calibration people of their own"):
        train_bmdgan(manifest, tmp_path / "model", quick)
    others = written_people(tmp_path, 9, "q")
    train_bmdgan(manifest, tmp_path / "model", replace(quick, calibration=others))
    assert np.isinf(load_bmdgan(folder).calibration.readouts["dxa"].regression_radius)
    assert np.isfinite(load_bmdgan(tmp_path / "model").calibration.readouts["dxa"].regression_radius)


def test_further_training_people_are_learnt_from_alone_and_must_be_others(trained, manifest, tmp_path):
    quick = replace(SHORT, start=trained[0], epochs=Epochs(1, 1, 1, 1), training=manifest)
    with pytest.raises(StatisticsError, match="give training people of their own"):
        train_bmdgan(manifest, tmp_path / "model", quick)
    alone, both = split_people(read_exposures(manifest), SHORT.seed), written_people(tmp_path, 3, "q")
    card = train_bmdgan(manifest, tmp_path / "model", replace(quick, training=both))
    people = len({each.identifier for each in alone.training})
    assert f"of {people + 3} people" in card.data
    test = evaluate_bmdgan(manifest, tmp_path / "model")
    assert test["people"] == len({each.identifier for each in alone.test})


def test_each_epoch_is_judged_on_some_images_of_many_people_or_on_all_of_few(manifest, tmp_path):
    data = ExposureData(read_exposures(manifest), LITTLE, tmp_path)
    assert list(watched(data, len(data) + 5).indices) == list(range(len(data)))
    few = list(watched(data, 5).indices)
    assert (len(set(few)), few[0], few[-1]) == (5, 0, len(data) - 1)


def test_a_weight_on_steadiness_brings_the_answers_to_images_of_one_hip_together(trained, manifest, tmp_path):
    deviations = []
    for weight in (0.0, 4.0):
        folder = tmp_path / str(weight)
        train_bmdgan(manifest, folder, replace(SHORT, start=trained[0], epochs=Epochs(1, 1, 1, 6), steadiness=weight))
        model = load_bmdgan(folder)
        data = ExposureData(split_people(read_exposures(manifest), SHORT.seed).training, LITTLE, folder / "cache")
        with torch.inference_mode():
            answers = torch.stack([model.network.regressor(data[n].radiograph[None])[0] for n in range(len(data))])
        deviations.append(unsteadiness(answers, hip_numbers([each.hip for each in data.exposures])).item())
    assert deviations[1] < 0.8 * deviations[0]


def test_a_fresh_head_is_not_steadied_it_would_answer_alike_to_everybody(manifest, tmp_path):
    heads = []
    for weight in (0.0, 4.0):
        folder = tmp_path / str(weight)
        train_bmdgan(manifest, folder, replace(SHORT, epochs=Epochs(1, 1, 2, 0), steadiness=weight))
        heads.append(load_stage(folder / STAGES["frozen"]))
    assert all(torch.equal(heads[0][name], heads[1][name]) for name in heads[0])


def test_weights_of_another_size_are_not_learnt_further(trained, manifest, tmp_path):
    folder, _ = trained
    with pytest.raises(ModelError, match="another size"):
        train_bmdgan(manifest, tmp_path, replace(SHORT, config=None, start=folder))
    with pytest.raises(UnreadableFileError):
        train_bmdgan(manifest, tmp_path, replace(SHORT, start=tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="leave out the start"):
        train_bmdgan(manifest, tmp_path, replace(SHORT, start=folder, decomposition=False))


def load_stage(folder):
    from safetensors.torch import load_file

    return load_file(folder / WEIGHTS_FILE)


def test_a_run_in_half_precision_that_was_stopped_goes_on_and_stages_that_are_done_are_kept(manifest, tmp_path):
    short = replace(SHORT, epochs=Epochs(1, 3, 1, 0), precision="bf16-mixed")
    stopping = False

    def heard(fraction, message):
        nonlocal stopping
        stopping = stopping or "stage_proximal: epoch 1" in message

    with pytest.raises(CancelledError):
        train_bmdgan(manifest, tmp_path, short, heard, lambda: stopping)
    assert (tmp_path / STAGES["proximal"] / LAST).is_file()
    assert not (tmp_path / WEIGHTS_FILE).exists()
    before = (tmp_path / STAGES["bones"] / WEIGHTS_FILE).stat().st_mtime_ns
    again = []
    train_bmdgan(manifest, tmp_path, short, lambda _, message: again.append(message))
    assert (tmp_path / STAGES["bones"] / WEIGHTS_FILE).stat().st_mtime_ns == before
    assert "stage_bones is done already" in again
    assert not any("stage_proximal: epoch 1 " in message for message in again)
    assert any("stage_proximal: epoch 3 of 3" in message for message in again)
    assert not (tmp_path / STAGES["tuned"]).exists()


def test_direct_regression_learns_from_nothing_as_long_as_the_longer_step_of_stage_three(manifest, tmp_path):
    """A baseline that was cut short would prove nothing."""
    heard = []
    options = replace(SHORT, decomposition=False, epochs=Epochs(1, 1, 1, 3))
    train_bmdgan(manifest, tmp_path, options, lambda _, message: heard.append(message))
    assert any("stage_tuned: epoch 3 of 3" in message for message in heard)
    assert not (tmp_path / STAGES["frozen"]).exists()
    assert not (tmp_path / STAGES["proximal"]).exists()


def test_published_lengths_are_whole_cycles_and_each_cycle_starts_at_the_full_rate():
    assert [epochs_of_cycles(n) for n in (3, 4, 5, 6)] == [70, 150, 310, 630]
    optimiser, schedule = adamw_with_restarts([torch.nn.Parameter(torch.ones(1))], 6e-5, 1e-2)
    rates = []
    for _ in range(70):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    assert [n for n, rate in enumerate(rates) if rate == pytest.approx(6e-5, rel=1e-9)] == [0, 10, 30]
    assert rates[9] < 0.03 * 6e-5


def test_every_size_trains_for_whole_cycles_so_that_it_ends_at_the_lowest_rate():
    for size in SIZES:
        options = BmdganTraining(size)
        whole = {options.first_cycle * epochs_of_cycles(n) // 10 for n in range(1, 8)}
        assert set(options.length) <= whole, size
        assert options.quiet_epochs <= options.length.bones


def test_critics_are_left_alone_until_they_join(manifest, tmp_path):
    options = replace(SHORT, quiet=1, epochs=Epochs(1, 2, 1, 0))
    split = split_people(read_exposures(manifest), 0)
    data = [ExposureData(part, LITTLE, tmp_path / "cache") for part in (split.training, split.calibration)]
    run = Run(options, tmp_path, *data, lambda: False)
    learn_projection(run, "bones", None, lambda *_: None)
    learn_projection(run, "proximal", None, lambda *_: None)
    kept = [
        torch.load(tmp_path / STAGES[name] / LAST, weights_only=True)["state_dict"] for name in ("bones", "proximal")
    ]
    torch.manual_seed(options.seed)
    fresh = DecompositionModule(LITTLE, "bones").critics.state_dict()
    moved = [[not torch.equal(fresh[name], each[f"critics.{name}"]) for name in fresh] for each in kept]
    assert not any(moved[0])
    assert all(moved[1])


def test_the_critics_step_leaves_the_generator_and_the_generators_step_the_critics_alone():
    module = DecompositionModule(LITTLE, "proximal")
    (generator, critics), _ = module.configure_optimizers()
    owned = [{id(p) for group in o.param_groups for p in group["params"]} for o in (generator, critics)]
    assert owned[0] == {id(p) for p in module.generator.parameters()}
    assert owned[1] == {id(p) for p in module.critics.parameters()}


def test_a_frozen_encoder_is_not_trained():
    scaling = Scaling((0.8, 280.0), (0.1, 40.0))
    frozen = RegressionModule(LITTLE, scaling, frozen=True)
    (optimiser,), _ = frozen.configure_optimizers()
    trained = {id(p) for group in optimiser.param_groups for p in group["params"]}
    assert trained == {id(p) for p in frozen.regressor.head.parameters()}
    assert not any(p.requires_grad for p in frozen.regressor.encoder.parameters())


def test_a_density_that_was_not_measured_has_no_loss_and_no_slope(manifest, tmp_path):
    data = ExposureData(read_exposures(manifest)[:2], LITTLE, tmp_path)
    batch = torch.utils.data.default_collate([data[0], data[1]])
    module = RegressionModule(LITTLE, scaling_of(data), frozen=False)
    found = module.regressor(batch.radiograph)
    whole = module._loss(found, batch.values, None)
    none = module._loss(found, torch.full_like(batch.values, float("nan")), None)
    assert whole.item() > 0
    assert none.item() == 0
    none.backward()
    assert all(torch.isfinite(p.grad).all() for p in module.regressor.parameters() if p.grad is not None)


def test_limits_lie_above_nearly_all_usual_values():
    assert usual_limit(np.linspace(0, 10, 101)) == pytest.approx(1.1 * 9.9)
    assert usual_limit([float("inf"), 0.2]) == 1


# Inference


def first_radiograph(manifest):
    return read_radiograph(manifest.parent / "p8_standing.png")


def test_a_result_lies_on_the_radiographs_own_pixels(manifest, trained):
    small = first_radiograph(manifest)
    large = Radiograph(np.kron(np.pad(small.array, ((10, 10), (0, 0))), np.ones((3, 3))), laterality="R")
    result = estimate_bmd(large, BmdganOptions(folder=trained[0]))
    assert result.proximal_femur.shape == result.bones.shape == result.attention.shape == large.array.shape
    assert result.attention.max() == pytest.approx(1, abs=0.3)
    assert set(result.readings) == {"dxa", "qct"}
    assert any("distance from the training images" in note for note in result.notes)
    json.dumps(result.to_json(), allow_nan=False)


def test_a_left_hip_is_measured_as_its_mirror_image(manifest, trained):
    model, right = load_bmdgan(trained[0]), first_radiograph(manifest)
    results = {
        side: estimate_bmd(image, BmdganOptions(side=side), model=model)
        for side, image in (("R", right), ("L", right.mirrored()))
    }
    assert results["L"].readings == results["R"].readings
    assert np.array_equal(results["L"].proximal_femur[:, ::-1], results["R"].proximal_femur)


def test_the_side_is_found_where_one_hip_is_shown_and_nobody_says_which(manifest, trained):
    model = load_bmdgan(trained[0])
    right = first_radiograph(manifest)
    sides = [estimate_bmd(image, model=model).side for image in (right, right.mirrored())]
    assert sides == ["R", "L"]


def test_measurements_come_with_interval_and_t_score_or_not_at_all(manifest, trained):
    model, radiograph = load_bmdgan(trained[0]), first_radiograph(manifest)
    lenient = {
        name: replace(readout, disagreement=9e9, regression_radius=0.05)
        for name, readout in model.calibration.readouts.items()
    }
    outline = replace(model.calibration.outline, limit=1e9)
    calibration = replace(model.calibration, readouts=lenient, likeness_limit=1e9, outline=outline)
    result = estimate_bmd(radiograph, BmdganOptions(side="R"), model=model._replace(calibration=calibration))
    areal, volumetric, score = result.measurements
    assert not result.abstains
    assert areal.unit == "g/cm²"
    assert volumetric.unit == "mg/cm³"
    low, high = areal.provenance["interval"]
    assert (high - low) / 2 == pytest.approx(0.05)
    assert areal.uncertainty == pytest.approx(0.05 / 1.645, rel=1e-3)
    assert score.value == pytest.approx((areal.value - 0.942) / 0.122)
    assert score.provenance["manufacturer"] == "Hologic"
    strict = replace(calibration, likeness_limit=1e-9)
    refused = estimate_bmd(radiograph, BmdganOptions(side="R"), model=model._replace(calibration=strict))
    assert refused.abstains
    assert refused.measurements == ()
    assert "unlike" in refused.judgement.reasons[0]


def test_a_lunar_model_gives_no_t_score_of_the_total_hip(manifest, trained):
    model = load_bmdgan(trained[0])
    lunar = model._replace(calibration=replace(model.calibration, system="lunar"))
    result = estimate_bmd(first_radiograph(manifest), BmdganOptions(side="R"), model=lunar)
    assert any("No T-score" in note for note in result.notes)


def test_crops_are_tried_in_the_middle_first_and_then_above_and_below():
    tall = Radiograph(np.arange(1000 * 200.0).reshape(1000, 200), laterality="R")
    tops = [crop.top for _, crop in proposed_crops(tall, BmdganOptions())]
    assert tops == [300, 120, 480]
    own = Crop(5, 6, 64, 32, mirrored=True)
    assert proposed_crops(tall, BmdganOptions(crop=own)) == [("L", own)]


@pytest.mark.parametrize(
    ("radiograph", "words"),
    [
        (Radiograph(np.eye(300), laterality=""), "say which one to measure"),
        (Radiograph(np.eye(300, 100), view="LATERAL"), "lateral"),
        (Radiograph(np.eye(40, 20), laterality="R"), "too small"),
    ],
    ids=["two hips", "lateral", "too small"],
)
def test_radiographs_that_cannot_be_read_are_refused_with_a_sentence(radiograph, words, trained):
    with pytest.raises(ModelError, match=words):
        estimate_bmd(radiograph, BmdganOptions(folder=trained[0]))


def test_models_that_are_none_are_refused_with_a_sentence(trained, tmp_path):
    with pytest.raises(UnreadableFileError, match="card"):
        load_bmdgan(tmp_path)
    with pytest.raises(ModelError, match="not a calibrated BMD-GAN"):
        load_bmdgan(trained[0] / STAGES["proximal"])
    copy = tmp_path / "copy"
    copy.mkdir()
    card = json.loads((trained[0] / "card.json").read_text())
    (copy / "card.json").write_text(json.dumps(card))
    (copy / WEIGHTS_FILE).write_bytes(b"not weights")
    with pytest.raises(UnreadableFileError, match="no safetensors file"):
        load_bmdgan(copy)
    card["config"]["network"]["stem"] = 32
    (copy / "card.json").write_text(json.dumps(card))
    (copy / WEIGHTS_FILE).write_bytes((trained[0] / WEIGHTS_FILE).read_bytes())
    with pytest.raises(ModelError, match="another network"):
        load_bmdgan(copy)


def test_the_area_under_the_curve_counts_pairs_in_the_right_order():
    assert auroc([0.1, 0.2], [0.5, float("inf")]) == 1
    assert auroc([0.5, 0.5], [0.5, 0.5]) == 0.5
    assert auroc([1, 2, 3], [0, 2.5]) == pytest.approx(2 / 6)
