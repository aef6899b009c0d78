"""The torch renderer against the numba one and against integrals that can be written down; on every device there is."""

# ruff: noqa: E402 - what needs torch is imported after the test for it
import logging

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bonedensity[models]'")

from bonedensity.drr import render, torch_renderer
from bonedensity.drr.device import triton_available
from bonedensity.drr.projector import Projector
from bonedensity.drr.torch_renderer import AGREEMENT, AGREEMENT_HALF, TorchProjector
from bonedensity.drr.torch_storage import RAYS_AT_A_TIME_ON_CPU, is_out_of_memory
from bonedensity.errors import DeviceError, GeometryError
from bonedensity.geometry import PinholeCamera, RayGrid, RigidTransform, c_arm_camera, parallel_rays, pinhole_rays
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient

OBLIQUE = Rotation.from_euler("xyz", [25, -40, 70], degrees=True).as_matrix()

GRIDS = {
    "straight": index_to_patient(spacing=(2, 2, 2), origin=(-28, -24, -31)),
    "anisotropic and flipped": index_to_patient(
        spacing=(1.6, 2.2, 3), origin=(20, -25, 40), directions=np.diag([-1.0, 1.0, -1.0])
    ),
    "oblique and mirrored": index_to_patient(
        spacing=(1.5, 2.5, 3), origin=(10, -20, 8), directions=OBLIQUE @ np.diag([1.0, -1.0, 1.0])
    ),
}

every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())

ENGINES = [("cpu", "torch"), ("cuda", "torch"), ("cuda", "triton"), ("mps", "torch")]


@pytest.fixture(params=ENGINES, ids=lambda pair: " ".join(pair))
def on(request) -> dict[str, str]:
    """Device and engine, as arguments of TorchProjector."""
    device, engine = request.param
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    if engine == "triton" and not triton_available():
        pytest.skip("Triton is not installed")
    if device == "mps" and not torch.backends.mps.is_available():
        pytest.skip("no Apple graphics processor here")
    return {"device": device, "engine": engine}


def some_volume(grid: np.ndarray) -> Volume:
    """Smooth, cut by every face of the grid, with no symmetry and a margin of zeros on one side."""
    array = np.random.default_rng(5).uniform(0, 1000, (32, 25, 29))
    array = gaussian_filter(array, 1.5).astype(np.float32)
    array[:, :, :3] = 0
    return Volume(array, grid, unit="mg/cm³")


def a_camera(**changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 700.0,
        "rows": 45,
        "columns": 61,
        "pixel_spacing_mm": (3.1, 2.5),
    }
    return c_arm_camera(**{**values, **changes})


def some_poses(count: int) -> np.ndarray:
    """(count, 4, 4), up to 60 degrees and 20 mm away, so that all three axes are the steepest of some rays."""
    rng = np.random.default_rng(8)
    return np.array(
        [
            RigidTransform.from_parameters(
                [*rng.uniform(-60, 60, 3), *rng.uniform(-20, 20, 3)], centre=(0, 0, 0)
            ).matrix
            for _ in range(count)
        ]
    )


def by_numba(volume: Volume, rays: RayGrid, poses: np.ndarray) -> np.ndarray:
    project = Projector(volume.array, volume.index_to_patient, backend="fast")
    return np.array([project(rays.moved(np.linalg.inv(pose))) for pose in poses])


def assert_alike(images: np.ndarray, expected: np.ndarray, share: float = AGREEMENT) -> None:
    assert images.shape == expected.shape
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected, rtol=0, atol=share * np.abs(expected).max())


# --- Agreement with the compiled renderer -----------------------------------------------------------------------


@every_grid
def test_many_poses_at_once_agree_with_the_compiled_renderer_one_by_one(grid, on):
    volume, rays, poses = some_volume(grid), pinhole_rays(a_camera(primary_deg=25)), some_poses(7)
    images = TorchProjector(volume.array, grid, **on).batch(rays, poses)
    assert_alike(images, by_numba(volume, rays, poses))


@every_grid
@pytest.mark.parametrize("steepest", [0, 1, 2])
def test_parallel_rays_agree_along_every_axis(grid, steepest, on):
    volume = some_volume(grid)
    turn = Rotation.from_rotvec([0.2, -0.1, 0.15]).as_matrix() @ (grid[:3, :3] / volume.spacing)
    rays = parallel_rays(
        centre=volume.centre,
        right=turn[:, (steepest + 1) % 3],
        down=turn[:, (steepest + 2) % 3],
        rows=40,
        columns=50,
        pixel_spacing_mm=(2.1, 1.7),
        reach_mm=200,
    )
    assert_alike(TorchProjector(volume.array, grid, **on)(rays), by_numba(volume, rays, np.eye(4)[None])[0])


def test_rays_that_start_and_end_inside_the_volume_agree(on):
    """Nothing before the source or behind the detector counts."""
    grid = GRIDS["oblique and mirrored"]
    volume = some_volume(grid)
    turn = Rotation.from_euler("xyz", [10, 20, 30], degrees=True).as_matrix()
    rays = parallel_rays(
        centre=volume.centre,
        right=turn[:, 0],
        down=turn[:, 1],
        rows=30,
        columns=30,
        pixel_spacing_mm=(2, 2),
        reach_mm=12,
    )
    expected = by_numba(volume, rays, np.eye(4)[None])[0]
    long_rays = RayGrid(rays.start * 2 - rays.end, rays.end * 2 - rays.start, 30, 30)
    assert expected.max() < 0.8 * by_numba(volume, long_rays, np.eye(4)[None])[0].max()
    assert_alike(TorchProjector(volume.array, grid, **on)(rays), expected)


def test_rays_that_miss_the_volume_are_zero(on):
    volume = some_volume(GRIDS["straight"])
    away = RigidTransform.from_translation([900, 0, 0]).matrix[None]
    assert not TorchProjector(volume.array, GRIDS["straight"], **on).batch(pinhole_rays(a_camera()), away).any()


def test_half_precision_keeps_three_digits_whatever_the_values_are(on):
    """5e6 is far beyond what half precision could hold as it is."""
    grid = GRIDS["oblique and mirrored"]
    volume, rays, poses = some_volume(grid), pinhole_rays(a_camera()), some_poses(2)
    bright = volume.with_array(volume.array * np.float32(5000))
    images = TorchProjector(bright.array, grid, dtype="half", **on).batch(rays, poses)
    assert_alike(images, by_numba(bright, rays, poses), AGREEMENT_HALF)


# --- What can be written down -----------------------------------------------------------------------------------


@every_grid
def test_a_unit_impulse_integrates_to_one_over_a_parallel_detector(grid, on):
    """One voxel of density 1 / its volume holds a mass of 1, wherever the beam comes from."""
    array = np.zeros((3, 4, 3), np.float32)
    array[1, 2, 1] = 1 / abs(np.linalg.det(grid[:3, :3]))
    pixel_mm = 0.1
    turn = Rotation.random(random_state=1).as_matrix()
    rays = parallel_rays(
        centre=Volume(array, grid).to_patient((1, 2, 1)),
        right=turn[:, 0],
        down=turn[:, 1],
        rows=120,
        columns=120,
        pixel_spacing_mm=(pixel_mm, pixel_mm),
        reach_mm=50,
    )
    image = TorchProjector(array, grid, **on)(rays)
    assert float(image.sum(dtype=np.float64)) * pixel_mm**2 == pytest.approx(1, rel=0.005)


@pytest.mark.parametrize("shape", [(1, 7, 6), (7, 1, 6), (7, 6, 1), (1, 1, 1)])
def test_a_volume_one_voxel_thick_agrees(shape, on):
    grid = GRIDS["oblique and mirrored"]
    volume, poses = Volume(np.full(shape, 5, np.float32), grid), some_poses(3)
    rays = pinhole_rays(a_camera(pixel_spacing_mm=(0.7, 0.7)))
    assert_alike(TorchProjector(volume.array, grid, **on).batch(rays, poses), by_numba(volume, rays, poses))


def test_the_factor_multiplies(on):
    volume, rays = some_volume(GRIDS["straight"]), pinhole_rays(a_camera())
    one, three = (TorchProjector(volume.array, GRIDS["straight"], factor=f, **on)(rays) for f in (1, -3))
    np.testing.assert_allclose(three, -3 * one, rtol=1e-6)


# --- Batches and portions ---------------------------------------------------------------------------------------


def test_a_batch_gives_what_its_poses_give_one_by_one(on):
    grid = GRIDS["oblique and mirrored"]
    project, rays, poses = TorchProjector(some_volume(grid).array, grid, **on), pinhole_rays(a_camera()), some_poses(5)
    one_by_one = np.concatenate([project.batch(rays, pose[None]) for pose in poses])
    assert_alike(project.batch(rays, poses), one_by_one, 1e-6)


@pytest.mark.parametrize("rays_at_a_time", [1, 200, 61 * 45, 6000, 10**6])
def test_images_do_not_depend_on_how_rays_are_portioned(rays_at_a_time, on, monkeypatch):
    grid = GRIDS["oblique and mirrored"]
    volume, rays, poses = some_volume(grid), pinhole_rays(a_camera()), some_poses(3)
    whole = TorchProjector(volume.array, grid, **on).batch(rays, poses)
    monkeypatch.setattr(torch_renderer, "rays_that_fit", lambda device, memory: rays_at_a_time)
    assert_alike(TorchProjector(volume.array, grid, **on).batch(rays, poses), whole, 2e-6)


def test_slopes_do_not_depend_on_how_rays_are_portioned(on, monkeypatch):
    grid = GRIDS["straight"]
    volume, rays = some_volume(grid), pinhole_rays(a_camera())

    def slope() -> np.ndarray:
        poses = torch.tensor(some_poses(2), requires_grad=True)
        TorchProjector(volume.array, grid, **on).images(rays, poses).square().sum().backward()
        return poses.grad.numpy()

    whole = slope()
    monkeypatch.setattr(torch_renderer, "rays_that_fit", lambda device, memory: 300)
    np.testing.assert_allclose(slope(), whole, rtol=1e-4, atol=1e-5 * np.abs(whole).max())


# --- Slopes -----------------------------------------------------------------------------------------------------


def shifted_in_pose(parameters: torch.Tensor, base: torch.Tensor) -> torch.Tensor:
    """(B, 4, 4): `base` turned by a rotation vector (rad) and shifted (mm)."""
    x, y, z, *shift = parameters.unbind(1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)
    top = torch.cat([torch.linalg.matrix_exp(cross), torch.stack(shift, dim=1).unsqueeze(2)], dim=2)
    bottom = torch.tensor([[[0.0, 0, 0, 1]]], dtype=torch.float64).expand(len(parameters), 1, 4)
    return torch.cat([top, bottom], dim=1) @ base


@pytest.mark.parametrize("kind", ["pinhole", "parallel"])
def test_slopes_by_the_six_parameters_are_those_of_finite_differences(kind, on):
    """Of a weighted sum of pixels; within a hundredth."""
    grid = GRIDS["oblique and mirrored"]
    array = np.zeros((32, 25, 29), np.float32)
    array[12:20, 9:16, 10:19] = 800
    array = gaussian_filter(array, 3).astype(np.float32)
    project = TorchProjector(array, grid, **on)
    middle = Volume(array, grid).centre
    rays = pinhole_rays(a_camera().posed(a_camera().camera_from_world @ RigidTransform.from_translation(-middle)))
    if kind == "parallel":
        rays = parallel_rays(
            centre=middle, right=(1, 0, 0), down=(0, 0, -1), rows=50, columns=50, pixel_spacing_mm=(2, 2), reach_mm=300
        )
    weights = torch.from_numpy(np.random.default_rng(3).normal(size=(rays.rows, rays.columns)))
    weights = torch.from_numpy(gaussian_filter(weights.numpy(), 4))
    base = torch.tensor(RigidTransform.from_parameters([9, -7, 5, 0, 0, 0], centre=middle).matrix)[None]

    def score(parameters: torch.Tensor) -> torch.Tensor:
        images = project.images(rays, shifted_in_pose(parameters, base))
        return (images.cpu().double() * weights).sum(dim=(1, 2))

    zero = torch.zeros(1, 6, dtype=torch.float64, requires_grad=True)
    score(zero).sum().backward()
    steps = torch.diag(torch.tensor([0.002] * 3 + [0.1] * 3, dtype=torch.float64))
    with torch.no_grad():
        differences = (score(steps) - score(-steps)) / (2 * torch.diag(steps))
    np.testing.assert_allclose(
        zero.grad[0].numpy(), differences.numpy(), rtol=0.01, atol=0.002 * differences.abs().max()
    )


def test_without_a_wish_for_slopes_none_are_kept(on):
    grid = GRIDS["straight"]
    project = TorchProjector(some_volume(grid).array, grid, **on)
    assert not project.images(pinhole_rays(a_camera()), torch.from_numpy(some_poses(1))).requires_grad


# --- Memory -----------------------------------------------------------------------------------------------------


def test_memory_that_runs_out_is_answered_in_steps_and_each_is_logged(monkeypatch, caplog):
    """Portions shrink until they fit, and stay so."""
    grid = GRIDS["straight"]
    volume, rays, poses = some_volume(grid), pinhole_rays(a_camera()), some_poses(3)
    whole = TorchProjector(volume.array, grid, device="cpu").batch(rays, poses)
    largest: list[int] = []

    def scarce(slices, at, ends, with_derivatives):
        largest.append(len(at))
        if len(at) > 1600:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return sample_slices(slices, at, ends, with_derivatives)

    sample_slices = torch_renderer.sample_slices
    monkeypatch.setattr(torch_renderer, "sample_slices", scarce)
    project = TorchProjector(volume.array, grid, device="cpu")
    with caplog.at_level(logging.WARNING):
        images = project.batch(rays, poses)
    assert_alike(images, whole, 2e-6)
    assert max(largest) > 1600
    assert [f"at most {RAYS_AT_A_TIME_ON_CPU // 4} rays" in message for message in caplog.messages] == [True]
    caplog.clear()
    project.batch(rays, poses)  # what was learned is kept
    assert not caplog.messages


def test_when_nothing_is_left_to_give_the_error_says_so(monkeypatch, caplog):
    def never(slices, at, ends, with_derivatives):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch_renderer, "sample_slices", never)
    grid = GRIDS["straight"]
    project = TorchProjector(some_volume(grid).array, grid, device="cpu")
    with caplog.at_level(logging.WARNING), pytest.raises(DeviceError, match="too little memory"):
        project(pinhole_rays(a_camera()))
    assert ["half precision" in message for message in caplog.messages][-1]


def test_an_error_that_is_not_about_memory_is_not_hidden(monkeypatch):
    def broken(slices, at, ends, with_derivatives):
        raise RuntimeError("shapes do not match")

    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    monkeypatch.setattr(torch_renderer, "sample_slices", broken)
    grid = GRIDS["straight"]
    with pytest.raises(RuntimeError, match="shapes do not match"):
        TorchProjector(some_volume(grid).array, grid, device="cpu")(pinhole_rays(a_camera()))


# --- By name, by bone, and refusals -----------------------------------------------------------------------------


def test_render_finds_it_by_name_and_projects_bone_by_bone():
    volume = some_volume(GRIDS["straight"])
    labels = np.where(np.indices(volume.array.shape)[2] < 15, 76, 78).astype(np.uint8)
    bones = LabelMap(Volume(labels, volume.index_to_patient, unit="1"), {76: "femur_right", 78: "hip_right"})
    for chosen in (["femur_right"], ["hip_right"], None):
        images = [
            render(
                volume, a_camera(), RigidTransform.identity(), labels=bones, bones=chosen, quantity="density", backend=b
            )
            for b in ("torch", "fast")
        ]
        assert images[1].max() > 0
        assert_alike(*images)


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "not finite"), (np.inf, "not finite"), (0, "nothing to project")]
)
def test_a_volume_that_is_not_finite_or_empty_is_refused(value, words):
    array = np.zeros((4, 5, 6), np.float32)
    array[1, 2, 3] = value
    with pytest.raises(GeometryError, match=words):
        TorchProjector(array, np.eye(4), device="cpu")


@pytest.mark.parametrize("shape", [(4, 4), (0, 4, 4), (3, 3, 4)])
def test_poses_of_another_shape_are_refused(shape):
    project = TorchProjector(np.ones((2, 2, 2), np.float32), np.eye(4), device="cpu")
    with pytest.raises(GeometryError, match="stack"):
        project.batch(pinhole_rays(a_camera()), np.zeros(shape))


def test_the_triton_kernel_on_the_processor_is_refused():
    with pytest.raises(DeviceError, match="Triton"):
        TorchProjector(np.ones((2, 2, 2), np.float32), np.eye(4), device="cpu", engine="triton")
