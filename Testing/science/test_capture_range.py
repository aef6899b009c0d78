"""The map of starts that come home: the middle does, the far end does not, and the ranges say where it changes."""

import numpy as np
import pytest

from bonedensity.errors import RegistrationError
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.registration import Level, RegistrationConfig
from bonedensity.registration.capture_range import CaptureMap, Offsets, Trial, capture_range
from bonedensity.registration.config import Spread
from bonedensity.registration.pose import ViewFrame

CAMERA = c_arm_camera(sdd_mm=1000, source_to_isocentre_mm=750, rows=192, columns=192, pixel_spacing_mm=(1.2, 1.2))
TRUTH = ViewFrame(CAMERA, RigidTransform.identity(), np.zeros(3)).pose([3, -6, 4, 5, -7, 8])
QUICK = RegistrationConfig(
    levels=(
        Level(48, 4.5, 1.0, Spread(4.0, 4.0, 12.0), population=12, generations=14),
        Level(96, 3.0, 1.0, Spread(1.0, 1.0, 6.0), population=12, generations=14),
    )
)
FEW = Offsets(turns_deg=(4.0, 60.0), shifts_mm=(6.0, 90.0), depths_mm=(15.0,), directions=4)


def mapped(small_phantom, small_view, **changes) -> CaptureMap:
    return capture_range(
        small_phantom[0], [small_view(CAMERA, TRUTH)], TRUTH, labels=small_phantom[1], bones=["sacrum"],
        **{"offsets": FEW, "config": QUICK, **changes},
    )  # fmt: skip


@pytest.fixture(scope="module")
def progress() -> list[float]:
    return []


@pytest.fixture(scope="module")
def found(small_phantom, small_view, progress) -> CaptureMap:
    return mapped(small_phantom, small_view, on_progress=lambda fraction, _: progress.append(fraction))


def test_a_start_at_the_true_pose_stays_there(found):
    (middle,) = found.of("truth")
    assert middle.success
    assert middle.in_plane_mm < 1


def test_near_starts_come_home_and_far_ones_do_not(found):
    near, far = [], []
    for trial in found.trials:
        distance = np.linalg.norm(trial.offset)
        (near if distance <= 15 else far).append(trial.success)
    assert np.mean(near) > 0.9
    assert np.mean(far) < 0.5 < np.mean(near)


def test_all_starts_that_were_asked_for_are_tried(found, progress):
    assert [trial.offset for trial in found.trials] == [tuple(offset) for _, offset in FEW.starts()]
    assert len(found.trials) == 1 + 3 * 4 + 2 * 4 + 2 + 2 * 4
    assert (np.diff(progress) >= 0).all()
    assert progress[-1] == 1


def test_the_map_ends_where_it_is_stopped(small_phantom, small_view):
    asked = []
    stopped = mapped(small_phantom, small_view, should_stop=lambda: len(asked) >= 2 or asked.append(1))
    assert len(stopped.trials) == 2


def test_a_pose_at_which_the_bone_is_not_seen_is_refused(small_phantom, small_view):
    aside = RigidTransform.from_translation([900, 0, 0]) @ TRUTH
    with pytest.raises(RegistrationError, match="outside"):
        capture_range(
            small_phantom[0], [small_view(CAMERA, TRUTH)], aside, labels=small_phantom[1], bones=["sacrum"],
            offsets=FEW, config=QUICK,
        )  # fmt: skip


def a_trial(axis: str, value: float, error: float) -> Trial:
    return Trial(axis, (0, 0, 0, value, 0, 0), error, error < 2)


@pytest.mark.parametrize(
    ("errors", "reach"),
    [
        ({10: 1, -10: 1, 20: 1, -20: 1}, 20),
        ({10: 1, -10: 1, 20: 1, -20: 9}, 10),  # one side is not enough
        ({10: 9, -10: 1, 20: 1, -20: 1}, 0),  # beyond a failure nothing counts
        ({10: 1, -10: 1, 20: float("nan"), -20: 1}, 10),
    ],
)
def test_the_range_ends_before_the_first_failure_on_either_side(errors, reach):
    found = CaptureMap(tuple(a_trial("right", value, error) for value, error in errors.items()))
    assert found.range_of("right") == reach


def test_the_map_is_written_as_numbers(found):
    values = found.to_json()
    assert set(values["ranges"]) == {axis for axis, _ in FEW.starts()[1:]}
    assert len(values["trials"]) == len(found.trials)
    assert values["trials"][0]["success"] is True


def test_both_pictures_are_drawn(found):
    from bonedensity.workflows.quality_pictures import capture_png

    assert capture_png(found, title="phantom").startswith(b"\x89PNG")
