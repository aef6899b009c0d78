"""The optimiser that follows the renderer's slope: its parts equal the ones it replaces, and it finds the pose."""

# ruff: noqa: E402 - what needs torch is imported after the test for it
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bonedensity[models]'")

from bonedensity.drr import device
from bonedensity.drr.xray import simulate_radiograph
from bonedensity.errors import MissingDependencyError, RegistrationError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient
from bonedensity.registration import Level, RegistrationConfig, View, register
from bonedensity.registration.config import Descent, Spread
from bonedensity.registration.error import pose_error, surface_points
from bonedensity.registration.gradient_descent import DifferentiableLevel, poses_of
from bonedensity.registration.level import LevelProblem
from bonedensity.registration.pose import ViewFrame
from bonedensity.registration.region import body_region
from bonedensity.registration.similarity import GradientCorrelation
from bonedensity.registration.torch_similarity import TorchGradientCorrelation

VOXEL_MM, SIZE = 4.0, 48

LEVELS = (
    Level(64, 4.0, 1.0, Spread(4.0, 4.0, 12.0), population=8, generations=20),
    Level(128, 4.0, 1.0, Spread(0.8, 0.8, 6.0), population=8, generations=20, starts=2),
)

BY_GRADIENT = RegistrationConfig(levels=LEVELS, optimiser="gradient", descent=Descent(steps=50), seed=2)

OFF = (5.0, -4.0, 6.0, 6.0, -5.0, 15.0)
"""How far the start is from the truth: degrees about right, down and depth, mm along them."""


def a_camera(**changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 750.0,
        "rows": 128,
        "columns": 128,
        "pixel_spacing_mm": (1.9, 1.9),
    }
    return c_arm_camera(**{**values, **changes})


CAMERA, LATERAL = a_camera(), a_camera(primary_deg=80)
TRUTH = ViewFrame(CAMERA, RigidTransform.identity(), np.zeros(3)).pose([3, -6, 4, 5, -7, 8])


@pytest.fixture(scope="module")
def phantom() -> tuple[Volume, LabelMap]:
    """Soft tissue that holds a bone of three ellipsoids without symmetry, and one more bone."""
    at = (np.arange(SIZE) - (SIZE - 1) / 2) * VOXEL_MM
    points = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1)[..., ::-1]

    def within(centre, radii) -> np.ndarray:
        return (((points - np.array(centre)) / np.array(radii)) ** 2).sum(axis=-1) <= 1

    hu = np.where(within((0, 0, 0), (88, 70, 92)), 40.0, -1000.0)
    label = np.zeros(hu.shape, np.uint8)
    shell = within((-25, 5, 30), (30, 22, 26)) & ~within((-22, 5, 28), (22, 15, 19))
    for part in (shell, within((30, -15, 25), (12, 20, 25)), within((5, 20, -20), (35, 12, 10))):
        hu[part], label[part] = 800, 25
    other = within((62, 0, -45), (10, 10, 25))
    hu[other], label[other] = 600, 75
    grid = index_to_patient(spacing=[VOXEL_MM] * 3, origin=[at[0]] * 3)
    labels = LabelMap(Volume(label, grid, unit="1", name="bones"), {25: "sacrum", 75: "femur_left"})
    return Volume(hu.astype(np.float32), grid, name="phantom"), labels


def seen(phantom, camera: PinholeCamera) -> View:
    image = simulate_radiograph(phantom[0], camera, TRUTH, seed=1).array
    return View(image, camera, body_region(image))


@pytest.fixture(scope="module")
def view(phantom) -> View:
    return seen(phantom, CAMERA)


def off_by(parameters) -> RigidTransform:
    return ViewFrame(CAMERA, TRUTH, np.zeros(3)).pose(parameters)


def found(phantom, views, **changes):
    arguments = {"initial": off_by(OFF), "labels": phantom[1], "bones": ["sacrum"], "config": BY_GRADIENT, **changes}
    return register(phantom[0], views, **arguments)


def error_of(phantom, pose: RigidTransform):
    return pose_error(pose, TRUTH, surface_points(phantom[1], ["sacrum"]), CAMERA)


# --- Parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing_px", [0.0, 1.0, 2.3])
@pytest.mark.parametrize("with_region", [False, True])
def test_the_similarity_of_tensors_is_that_of_arrays(smoothing_px, with_region):
    rng = np.random.default_rng(7)
    fixed, *moving = rng.normal(size=(4, 40, 31)).cumsum(axis=1).cumsum(axis=2).astype(np.float32)
    moving = [m + fixed for m in moving]
    region = rng.uniform(size=fixed.shape) > 0.3 if with_region else None
    by_array = GradientCorrelation(fixed, region, smoothing_px=smoothing_px)
    by_tensor = TorchGradientCorrelation(fixed, region, smoothing_px=smoothing_px)
    values = by_tensor.of_tensor(torch.from_numpy(np.array(moving))).numpy()
    np.testing.assert_allclose(values, [by_array(m) for m in moving], atol=2e-5)


def test_a_flat_drr_is_as_unlike_as_can_be_and_has_no_slope():
    fixed = np.random.default_rng(1).normal(size=(12, 14)).astype(np.float32)
    flat = torch.ones(1, 12, 14, requires_grad=True)
    value = TorchGradientCorrelation(fixed).of_tensor(flat)
    value.sum().backward()
    assert value.item() == -1
    assert not flat.grad.any()


def test_poses_of_tensors_are_those_of_the_view_frame():
    frame = ViewFrame(CAMERA, off_by(OFF), np.array([5.0, -3.0, 20.0]))
    many = np.vstack([np.zeros(6), np.random.default_rng(2).normal(size=(5, 6)) * 20])
    poses = poses_of(frame, torch.from_numpy(many)).numpy()
    np.testing.assert_allclose(poses, [frame.matrix(p) for p in many], atol=1e-9)


def test_a_level_with_slopes_values_poses_as_one_without(phantom, view):
    """The two renderers differ a little: the searching one sums slabs."""
    views, level = [view, seen(phantom, LATERAL)], LEVELS[0]
    bone = phantom[0].with_array(np.where(phantom[1].mask(["sacrum"]), phantom[0].array, 0).astype(np.float32))
    behind = [(phantom[0].with_array(phantom[1].mask(["femur_left"]) * np.float32(500)), TRUTH)]
    poses = np.array([off_by(np.array(OFF) * share).matrix for share in (0, 0.5, 1)])
    problem = DifferentiableLevel(bone, views, level, fixed=behind)
    values = problem.differentiable(torch.from_numpy(poses)).numpy()
    np.testing.assert_allclose(values, LevelProblem(bone, views, level, fixed=behind).similarities(poses), atol=0.02)
    assert (np.diff(values) < -0.02).all()
    assert problem.evaluations == 3


# --- The search -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def similarity_of_truth(phantom, view) -> float:
    one_step = RegistrationConfig(levels=LEVELS, optimiser="gradient", descent=Descent(steps=1))
    return found(phantom, [view], initial=TRUTH, config=one_step).quality.start_similarity


@pytest.mark.parametrize("start", [OFF, (-5, 5, -4, -6, 4, -15), (0, 6, 0, 0, 6, 20)])
def test_it_finds_the_pose_in_plane(phantom, view, similarity_of_truth, start):
    """In 4 mm voxels and one view the best similarity lies 1-2 degrees and about 10 mm in depth beside the truth, where
    CMA-ES ends too (3,000 evaluations: 1.9 degrees, 12 mm): the optimiser answers for the similarity and the plane."""
    assert error_of(phantom, off_by(start)).in_plane_mm > 5
    result = found(phantom, [view], initial=off_by(start))
    assert result.quality.similarity > similarity_of_truth
    assert error_of(phantom, result.world_from_ct).in_plane_mm < 0.7
    assert result.quality.accepted, result.quality.reasons
    assert result.quality.agreement_mm is not None


def test_two_views_find_the_pose_in_space(phantom, view):
    result = found(phantom, [view, seen(phantom, LATERAL)])
    assert error_of(phantom, result.world_from_ct).total_mm < 0.7


def test_progress_never_goes_back_and_the_best_never_falls_within_a_level(phantom, view):
    told = []
    result = found(phantom, [view], on_progress=lambda fraction, message: told.append(fraction))
    assert (np.diff(told) >= 0).all()
    assert told[-1] == 1
    assert sum(np.diff(result.trace) < 0) <= len(LEVELS) - 1
    assert result.evaluations <= 50 + 2 * 50 + 1


def test_the_same_seed_gives_the_same_pose(phantom, view):
    first, second = (found(phantom, [view], config=BY_GRADIENT) for _ in range(2))
    np.testing.assert_allclose(first.world_from_ct.matrix, second.world_from_ct.matrix, atol=1e-6)


@pytest.mark.parametrize("after", [1, 7])
def test_a_stopped_search_ends_at_once_with_the_best_so_far(phantom, view, after):
    asked = []
    result = found(phantom, [view], should_stop=lambda: len(asked) >= after or asked.append(1))
    assert result.stopped_early
    assert len(result.trace) == after + 1
    assert not result.quality.accepted
    assert error_of(phantom, result.world_from_ct).in_plane_mm <= error_of(phantom, off_by(OFF)).in_plane_mm + 1e-9


def test_a_similarity_without_a_slope_is_refused(phantom, view):
    config = RegistrationConfig(levels=LEVELS, optimiser="gradient", similarity="mutual-information")
    with pytest.raises(RegistrationError, match="gradient correlation alone"):
        found(phantom, [view], config=config)


def test_without_torch_it_is_refused_before_anything_is_computed(phantom, view, monkeypatch):
    monkeypatch.setattr(device, "torch_available", lambda: False)
    with pytest.raises(MissingDependencyError, match="needs PyTorch"):
        found(phantom, [view])
