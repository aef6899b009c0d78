"""Similarities by name, and a user's own cost function in a registration."""

import sys
import types

import numpy as np
import pytest

from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.registration import Level, RegistrationConfig, View, register
from bonedensity.registration.config import Spread
from bonedensity.registration.similarity import (
    GradientCorrelation,
    copied,
    from_function,
    known_similarities,
    register_similarity,
    registry,
    similarity_by_name,
)


@pytest.fixture(autouse=True)
def _only_for_this_test(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})


def a_picture(shape=(24, 30)) -> np.ndarray:
    return np.random.default_rng(0).random(shape).astype(np.float32)


def less_difference(radiograph, drr, region) -> float:
    return -float(np.abs(radiograph / radiograph.max() - drr / max(drr.max(), 1e-6))[region].mean())


BUILT_IN = {
    "gradient-correlation",
    "normalised-correlation",
    "local-correlation",
    "mutual-information",
    "gradient-orientation",
}


def test_the_built_in_similarities_are_known():
    assert set(known_similarities()) == BUILT_IN


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_built_in_similarity_is_had_by_name(name):
    picture = a_picture()
    measure = similarity_by_name(name, picture, np.ones(picture.shape, bool), smoothing_px=1.0)
    assert measure(picture) > measure(picture[::-1])


def test_an_unknown_name_lists_the_known_ones():
    register_similarity("mine", from_function(less_difference))
    with pytest.raises(RegistrationError, match="no similarity “gradcor”") as caught:
        similarity_by_name("gradcor", a_picture())
    assert all(name in str(caught.value) for name in (*BUILT_IN, "mine"))


@pytest.mark.parametrize("name", ["gradient-correlation", "", "package.module:function"])
def test_a_name_that_means_something_else_is_not_given_away(name):
    with pytest.raises(RegistrationError, match="name"):
        register_similarity(name, from_function(less_difference))


def test_a_name_registered_again_means_the_new_one():
    register_similarity("mine", from_function(lambda *_: 1.0))
    register_similarity("mine", from_function(lambda *_: 2.0))
    assert similarity_by_name("mine", a_picture())(a_picture()) == 2


def test_a_plain_function_gets_both_images_smoothed_and_the_region():
    seen = {}

    def cost(radiograph, drr, region):
        seen.update(radiograph=radiograph, drr=drr, region=region)
        return 0.0

    region = a_picture() > 0.5
    from_function(cost)(a_picture(), region, smoothing_px=1.0)(a_picture())
    assert seen["radiograph"].std() < 0.5 * a_picture().std()
    assert (seen["radiograph"] == seen["drr"]).all()
    assert (seen["region"] == region).all()


@pytest.fixture
def a_module(monkeypatch):
    module = types.ModuleType("my_cost_functions")
    module.edges = GradientCorrelation
    module.number = 3
    monkeypatch.setitem(sys.modules, "my_cost_functions", module)


@pytest.mark.usefixtures("a_module")
def test_a_similarity_is_imported_from_a_users_module():
    measure = similarity_by_name("my_cost_functions:edges", a_picture())
    assert measure(a_picture()) == GradientCorrelation(a_picture())(a_picture())


@pytest.mark.usefixtures("a_module")
@pytest.mark.parametrize("name", ["my_cost_functions:absent", "no_such_module:cost", ":cost", "my_cost_functions:"])
def test_what_cannot_be_imported_is_said(name):
    with pytest.raises(RegistrationError, match="cannot be imported"):
        similarity_by_name(name, a_picture())


def test_a_factory_that_returns_no_function_is_refused():
    register_similarity("mine", lambda fixed, region=None, *, smoothing_px=0.0: 3.0)
    with pytest.raises(RegistrationError, match="returned float, which cannot be called"):
        similarity_by_name("mine", a_picture())


@pytest.mark.parametrize("value", [np.nan, np.inf, None, "much", np.zeros(2)])
def test_a_value_that_is_no_finite_number_is_refused(value):
    register_similarity("mine", from_function(lambda *_: value))
    with pytest.raises(RegistrationError, match="return one finite number"):
        similarity_by_name("mine", a_picture())(a_picture())


def test_copies_of_a_users_similarity_are_made_by_its_own_copy():
    class Mine:
        copies = 0

        def __call__(self, moving):
            return 0.0

        def copy(self):
            Mine.copies += 1
            return Mine()

    register_similarity("mine", lambda *_, **__: Mine())
    assert copied(similarity_by_name("mine", a_picture()))(a_picture()) == 0
    assert Mine.copies == 1
    shared = from_function(less_difference)(a_picture())
    assert copied(shared) is shared


# --- In a registration ------------------------------------------------------------------------------------------

CAMERA = c_arm_camera(sdd_mm=1000.0, source_to_isocentre_mm=750.0, rows=48, columns=48, pixel_spacing_mm=(3.0, 3.0))
CONFIG = RegistrationConfig(
    levels=(Level(48, 3.0, 1.0, Spread(1.0, 4.0, 4.0), population=10, generations=25),), seed=1, similarity="mine"
)


@pytest.fixture(scope="module")
def a_bone() -> Volume:
    array = np.full((20, 20, 20), -1000, np.float32)
    array[5:12, 4:16, 6:9] = 900
    array[10:16, 10:14, 6:15] = 700
    return Volume(array, index_to_patient(spacing=[4.0] * 3, origin=[-38.0] * 3), name="bone")


@pytest.fixture(scope="module")
def a_view(a_bone) -> View:
    from bonedensity.drr import render

    return View(render(a_bone, CAMERA, RigidTransform.identity()), CAMERA)


def test_a_users_cost_function_steers_the_registration(a_bone, a_view):
    calls = []

    def cost(radiograph, drr, region):
        calls.append(drr.shape)
        return less_difference(radiograph, drr, region)

    register_similarity("mine", from_function(cost))
    start = RigidTransform.from_parameters([0, 0, 0, 6.0, 0, -5.0], centre=np.zeros(3))
    result = register(a_bone, [a_view], initial=start, config=CONFIG)
    assert len(calls) >= result.evaluations > 100
    assert set(calls) == {(48, 48)}
    assert result.quality.similarity == pytest.approx(0, abs=0.1)
    assert result.quality.similarity > result.quality.start_similarity
    assert np.linalg.norm(result.world_from_ct.matrix[[0, 2], 3]) < 1.5


def test_an_error_in_a_users_cost_function_reaches_the_caller(a_bone, a_view):
    def cost(radiograph, drr, region):
        raise ZeroDivisionError("mine")

    register_similarity("mine", from_function(cost))
    with pytest.raises(ZeroDivisionError, match="mine"):
        register(a_bone, [a_view], initial=RigidTransform.identity(), config=CONFIG)


def test_a_registration_by_an_unknown_similarity_is_refused(a_bone, a_view):
    with pytest.raises(RegistrationError, match="no similarity “mine”"):
        register(a_bone, [a_view], initial=RigidTransform.identity(), config=CONFIG)
