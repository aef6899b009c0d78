"""The calibrated decision: which signs speak for a pose, which against, in words; and what it says of true failures."""

import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from bonedensity.drr.xray import simulate_radiograph
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.registration import Level, RegistrationConfig, View, register
from bonedensity.registration.calibrated import Calibrated, SignModel, calibrated
from bonedensity.registration.config import Acceptance, Spread
from bonedensity.registration.decision import chance_of_success, doubts
from bonedensity.registration.evidence import Evidence
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.quality import as_good, judged
from bonedensity.registration.region import body_region
from bonedensity.registration.search import SearchResult
from bonedensity.registration.signs import Signs

GOOD = Signs(edge_correlation=0.6, edges_found=0.6, similarity=0.5, rival=0.5, expected_mm=0.3)
BAD = Signs(edge_correlation=0.2, edges_found=0.15, similarity=0.15, rival=0.95, expected_mm=3.0)
WORSE = [(name, getattr(BAD, name)) for name in BAD.to_json() if name != "edges_found"]
MODEL = Calibrated(
    intercept=0.0,
    signs={
        "edge_correlation": SignModel(0.4, 0.2, 1.0, 0.4),
        "similarity": SignModel(0.4, 0.2, 1.0, 0.3),
        "rival": SignModel(0.7, 0.2, -1.0, 0.8),
        "expected_mm": SignModel(0.0, 0.5, -1.0, 1.0),
    },
    least_chance=0.5,
    uncertainty_factors=(1.0,) * 6,
)

# --- The score --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [MODEL, calibrated()], ids=["simple", "committed"])
@pytest.mark.parametrize(("name", "value"), WORSE)
def test_each_worse_sign_lowers_the_score(model, name, value):
    assert chance_of_success(replace(GOOD, **{name: value}), model) < chance_of_success(GOOD, model)


def test_the_committed_score_tells_good_signs_from_bad_ones():
    assert chance_of_success(GOOD, calibrated()) > calibrated().least_chance > chance_of_success(BAD, calibrated())


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_pose_without_signs_has_no_chance(value):
    assert chance_of_success(replace(GOOD, rival=value), calibrated()) == pytest.approx(0, abs=1e-9)


def test_scores_stay_between_none_and_one_however_extreme_the_signs():
    extreme = replace(GOOD, rival=1e9), replace(GOOD, rival=-1e9)
    assert [chance_of_success(signs, MODEL) for signs in extreme] == pytest.approx([0, 1])


# --- In words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("edge_correlation", "correlate at 0.20 only; 0.40 or more is usual."),
        ("similarity", "radiograph and projection correlate at 0.15 only; 0.30 or more is usual."),
        ("rival", "fits 95% as well; at most 80% is usual."),
        ("expected_mm", "3.0 mm of error in plane are likely; at most 1.0 mm is usual."),
    ],
)
def test_a_sign_that_is_not_usual_is_named_with_what_is(name, words):
    (sentence,) = doubts(replace(GOOD, **{name: getattr(BAD, name)}), MODEL)
    assert sentence.endswith(words)


def test_all_unusual_signs_are_named():
    assert len(doubts(BAD, MODEL)) == 4


def test_where_every_sign_is_usual_the_worst_is_named():
    (sentence,) = doubts(replace(GOOD, rival=0.79), MODEL)
    assert "79%" in sentence


# --- The decision -----------------------------------------------------------------------------------------------


def decided(signs: Signs | None, **changes):
    arguments = {
        "similarity": 0.1, "start_similarity": 0.0, "agreement_mm": 0.1, "agreement_depth_mm": 1.0, "visible": 1.0,
        "turned_deg": 5.0, "landmark_mm": None, "acceptance": Acceptance(),
    }  # fmt: skip
    evidence = None if signs is None else Evidence(signs, None)
    return judged(**{**arguments, "evidence": evidence, **changes})


def test_good_signs_are_accepted_whatever_the_similarity():
    """A vertebra fits well at a similarity that a pelvis would not be believed at."""
    assert decided(GOOD).accepted
    assert decided(GOOD).chance == chance_of_success(GOOD, calibrated())


def test_bad_signs_are_doubtful_whatever_the_similarity():
    quality = decided(BAD, similarity=0.9)
    assert not quality.accepted
    assert quality.reasons == tuple(doubts(BAD, calibrated()))


def test_a_limit_of_ones_own_takes_the_place_of_the_score():
    own = Acceptance(similarity=0.5)
    assert not decided(GOOD, acceptance=own).accepted
    assert decided(BAD, similarity=0.9, acceptance=own).accepted


def test_without_signs_a_plain_limit_decides():
    """Another similarity, or a search that was stopped."""
    assert not decided(None).accepted
    assert decided(None, similarity=0.3).accepted
    assert decided(None).chance is None


def ends(*similarities: float) -> list[SearchResult]:
    return [SearchResult(np.zeros(6), value) for value in similarities]


def test_a_search_that_got_lost_says_nothing_against_the_best():
    kept = as_good(ends(0.5, 0.49, 0.2), 0.1)
    assert [end.similarity for end in kept] == [0.5, 0.49]
    assert len(as_good(ends(0.12, 0.119), 0.02)) == 2


def test_the_calibration_says_how_it_was_made_and_how_well_it_did():
    provenance = json.loads(resources.files("bonedensity.registration").joinpath("decision.json").read_text("utf-8"))
    about = provenance["provenance"]
    assert "registration_decision.py" in about["command"]
    assert min(about["fit"]["failures"], about["test"]["failures"]) >= 50
    assert about["test"]["area_under_roc"] > 0.95


# --- True failures ----------------------------------------------------------------------------------------------

CONFIG = RegistrationConfig(
    levels=(
        Level(64, 3.0, 1.0, Spread(5.0, 6.0, 15.0), population=16, generations=25),
        Level(128, 3.0, 1.0, Spread(1.0, 1.0, 6.0), population=14, generations=30, starts=2),
    )
)
CAMERA = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=750, rows=256, columns=256, pixel_spacing_mm=(0.9, 0.9))
TRUTH = ViewFrame(CAMERA, RigidTransform.identity(), np.zeros(3)).pose([3, -6, 4, 5, -7, 8])
START = ViewFrame(CAMERA, TRUTH, np.zeros(3)).pose([3, -2, 3, 4, -3, 10])


def registered(body: tuple[Volume, LabelMap], view: View):
    return register(body[0], [view], initial=START, config=CONFIG, labels=body[1], bones=["sacrum"]).quality


def of_another_body(body: tuple[Volume, LabelMap], seed: int) -> View:
    """The X-ray of a body of the same size with its bones in other places: mirrored, but not along the beam alone."""
    volume = body[0]
    axes = [(0,), (2,), (0, 2), (0, 1)][seed]
    turned = volume.with_array(np.flip(np.asarray(volume.array), axes).copy())
    image = simulate_radiograph(turned, CAMERA, TRUTH, seed=seed).array
    return View(image, CAMERA, body_region(image))


def test_the_right_radiograph_is_accepted(small_phantom, small_view):
    quality = registered(small_phantom, small_view(CAMERA, TRUTH))
    assert quality.accepted, quality.reasons


@pytest.mark.parametrize("seed", range(4))
def test_another_patients_radiograph_is_doubtful(small_phantom, seed):
    quality = registered(small_phantom, of_another_body(small_phantom, seed))
    assert not quality.accepted
    assert quality.chance < calibrated().least_chance


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_doubtful(small_phantom, seed):
    noise = np.random.default_rng(seed).normal(2000, 300, (256, 256)).astype(np.float32)
    quality = registered(small_phantom, View(noise, CAMERA))
    assert quality.chance < calibrated().least_chance
    assert not quality.accepted


def test_another_similarity_gets_no_score(small_phantom, small_view):
    config = replace(CONFIG, similarity="normalised-correlation", levels=CONFIG.levels[:1])
    quality = register(
        small_phantom[0], [small_view(CAMERA, TRUTH)], initial=START, config=config, labels=small_phantom[1],
        bones=["sacrum"],
    ).quality  # fmt: skip
    assert (quality.chance, quality.signs, quality.uncertainty) == (None, None, None)
