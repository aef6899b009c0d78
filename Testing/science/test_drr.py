"""Projections against integrals that can be written down, in any grid and pose, by every renderer."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from bonedensity.drr import render
from bonedensity.drr.projector import Projector, measuring_backend, resolve_backend
from bonedensity.errors import AnatomyError, BoneDensityError, CalibrationError, GeometryError
from bonedensity.geometry import (
    PinholeCamera,
    RayGrid,
    RigidTransform,
    c_arm_camera,
    camera_from_projection_matrix,
    parallel_rays,
    pinhole_rays,
)
from bonedensity.imaging import LabelMap, Volume
from bonedensity.imaging.grid import index_to_patient

BACKENDS = ("exact", "fast", "numpy")
OBLIQUE = Rotation.from_euler("xyz", [25, -40, 70], degrees=True).as_matrix()
FLIPPED = np.diag([-1.0, 1.0, -1.0])
MIRRORED = np.diag([1.0, -1.0, 1.0])
"""An array stored head first is mirrored: its grid has a determinant of -1."""

GRIDS = {
    "straight": index_to_patient(spacing=(2, 2, 2), origin=(0, 0, 0)),
    "anisotropic": index_to_patient(spacing=(0.8, 1.3, 5), origin=(-30, 12, 7)),
    "oblique": index_to_patient(spacing=(2, 2, 2), origin=(10, -50, 3), directions=OBLIQUE),
    "flipped": index_to_patient(spacing=(1, 2, 3), origin=(40, 0, 40), directions=FLIPPED),
    "mirrored": index_to_patient(spacing=(1, 2, 3), origin=(0, 0, 0), directions=MIRRORED),
    "oblique, flipped and anisotropic": index_to_patient(
        spacing=(1, 2.5, 4), origin=(0, 100, 0), directions=OBLIQUE @ FLIPPED @ MIRRORED
    ),
}

every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())


def a_camera(size: int = 61, pixel_mm: float = 1.5, **changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 700.0,
        "rows": size,
        "columns": size,
        "pixel_spacing_mm": (pixel_mm, pixel_mm),
    }
    return c_arm_camera(**{**values, **changes})


def beam_across(volume: Volume, *, pixel_mm: float, turn: np.ndarray) -> RayGrid:
    """A parallel beam that covers the whole volume, its axes the first two columns of `turn`."""
    corners = np.array(np.meshgrid(*[(-1, n) for n in volume.array.shape[::-1]])).reshape(3, -1).T
    reach = np.linalg.norm(volume.to_patient(corners) - volume.centre, axis=1).max()
    size = int(np.ceil(2 * reach / pixel_mm)) + 2
    return parallel_rays(
        centre=volume.centre,
        right=turn[:, 0],
        down=turn[:, 1],
        rows=size,
        columns=size,
        pixel_spacing_mm=(pixel_mm, pixel_mm),
        reach_mm=reach,
    )


def projected_mass(volume: Volume, backend: str, *, seed: int, pixels_per_voxel: int = 4) -> float:
    """The image of a parallel beam from anywhere, integrated over the detector (value x mm³)."""
    pixel_mm = float(volume.spacing.min()) / pixels_per_voxel
    beam = beam_across(volume, pixel_mm=pixel_mm, turn=Rotation.random(random_state=seed).as_matrix())
    image = Projector(volume.array, volume.index_to_patient, backend=backend)(beam)
    return float(image.sum(dtype=np.float64)) * pixel_mm**2


def single_voxel(grid: np.ndarray, at=(3, 2, 4), shape=(6, 5, 8), value: float = 1.0) -> Volume:
    """One voxel (i, j, k) that is not zero."""
    array = np.zeros(shape, np.float32)
    array[at[::-1]] = value
    return Volume(array, grid)


def said_in_one_sentence(error: BoneDensityError) -> bool:
    text = str(error)
    return text.endswith(".") and ". " not in text and "\n" not in text


# --- Mass -------------------------------------------------------------------------------------------------------


@every_backend
@every_grid
def test_a_unit_impulse_integrates_to_one_over_a_parallel_detector(grid, backend):
    """One voxel of density 1 / its volume holds a mass of 1, wherever the beam comes from."""
    impulse = single_voxel(grid, at=(1, 2, 1), shape=(3, 4, 3), value=1 / abs(np.linalg.det(grid[:3, :3])))
    assert projected_mass(impulse, backend, seed=1, pixels_per_voxel=16) == pytest.approx(1, rel=0.005)


@every_backend
@every_grid
@pytest.mark.parametrize("seed", [2, 3])
def test_the_projected_mass_is_the_mass_in_the_volume(grid, backend, seed):
    """Density up to the volume's very border counts: bones are cut by the field of view."""
    array = np.random.default_rng(seed).uniform(0, 1000, (7, 9, 8)).astype(np.float32)
    volume = Volume(array, grid)
    mass = float(array.sum(dtype=np.float64)) * volume.voxel_volume_mm3
    assert projected_mass(volume, backend, seed=seed) == pytest.approx(mass, rel=0.005)


@every_backend
@pytest.mark.parametrize("shape", [(1, 7, 6), (7, 1, 6), (7, 6, 1), (1, 1, 1)])
def test_a_volume_one_voxel_thick_loses_no_mass(shape, backend):
    volume = Volume(np.full(shape, 5, np.float32), GRIDS["oblique, flipped and anisotropic"])
    mass = 5 * np.prod(shape) * volume.voxel_volume_mm3
    assert projected_mass(volume, backend, seed=4) == pytest.approx(mass, rel=0.005)


# --- Rays along the grid ----------------------------------------------------------------------------------------


@every_backend
@every_grid
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_ray_along_an_axis_through_a_voxels_centre_crosses_its_spacing(grid, axis, backend):
    volume = single_voxel(grid)
    axes = volume.index_to_patient[:3, :3] / volume.spacing
    beam = parallel_rays(
        centre=volume.to_patient((3, 2, 4)),
        right=axes[:, (axis + 1) % 3],
        down=axes[:, (axis + 2) % 3],
        rows=1,
        columns=1,
        pixel_spacing_mm=(1, 1),
        reach_mm=200,
    )
    integral = Projector(volume.array, volume.index_to_patient, backend=backend)(beam)
    assert integral[0, 0] == pytest.approx(volume.spacing[axis], rel=1e-5)


@every_backend
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_sheet_one_voxel_thick_is_seen_from_its_face_and_from_its_edges(axis, backend):
    shape_ijk = [6, 6, 6]
    shape_ijk[2] = 1
    volume = Volume(np.full(shape_ijk[::-1], 2, np.float32), GRIDS["anisotropic"])
    beam = parallel_rays(
        centre=volume.to_patient((2, 2, 0)),
        right=np.eye(3)[(axis + 1) % 3],
        down=np.eye(3)[(axis + 2) % 3],
        rows=1,
        columns=1,
        pixel_spacing_mm=(1, 1),
        reach_mm=100,
    )
    expected = 2 * shape_ijk[axis] * volume.spacing[axis]
    integral = Projector(volume.array, volume.index_to_patient, backend=backend)(beam)
    assert integral[0, 0] == pytest.approx(expected, rel=1e-5)


def test_siddon_gives_a_ray_that_skims_a_voxel_face_to_one_voxel_and_not_to_both():
    volume = Volume(np.ones((4, 4, 4), np.float32), np.eye(4))
    beam = parallel_rays(
        centre=volume.to_patient((1.5, 1.5, 1.5)),
        right=(1, 0, 0),
        down=(0, 1, 0),
        rows=3,
        columns=3,
        pixel_spacing_mm=(1, 1),
        reach_mm=50,
    )
    np.testing.assert_allclose(Projector(volume.array, volume.index_to_patient, backend="exact")(beam), 4, rtol=1e-5)


@every_backend
def test_rays_that_miss_the_volume_see_nothing(backend):
    volume = single_voxel(GRIDS["straight"])
    aside = volume.centre + np.array([500, 0, 0])
    beam = parallel_rays(
        centre=aside, right=(1, 0, 0), down=(0, 1, 0), rows=5, columns=5, pixel_spacing_mm=(1, 1), reach_mm=100
    )
    assert not Projector(volume.array, volume.index_to_patient, backend=backend)(beam).any()


# --- Rays that start or end inside ------------------------------------------------------------------------------


def cube_of_ones(size: int = 50) -> Volume:
    """`size` voxels of 2 mm a side, centred on the origin."""
    grid = index_to_patient(spacing=(2, 2, 2), origin=[-(size - 1)] * 3)
    return Volume(np.ones((size,) * 3, np.float32), grid)


@every_backend
def test_a_source_within_the_volume_sees_only_what_lies_before_it(backend):
    cube = cube_of_ones()  # 100 mm a side
    camera = a_camera(source_to_isocentre_mm=1e-3, sdd_mm=1000)
    rays = pinhole_rays(camera)
    start, end = rays.ends()
    towards = (end - start) / np.linalg.norm(end - start, axis=-1, keepdims=True)
    expected = 50 / np.abs(towards).max(axis=-1)  # from the middle to the first face that is met
    image = Projector(cube.array, cube.index_to_patient, backend=backend)(rays)
    np.testing.assert_allclose(image, expected, atol=0.01 if backend == "exact" else 1.01)  # Joseph: half a voxel


@every_backend
def test_a_detector_within_the_volume_sees_only_what_lies_before_it(backend):
    cube = cube_of_ones()
    beam = parallel_rays(
        centre=(0, 0, 0), right=(1, 0, 0), down=(0, 1, 0), rows=9, columns=9, pixel_spacing_mm=(3, 3), reach_mm=30
    )
    image = Projector(cube.array, cube.index_to_patient, backend=backend)(beam)
    np.testing.assert_allclose(image, 60, atol=0.01 if backend == "exact" else 2.01)


# --- Shapes with known integrals --------------------------------------------------------------------------------

SHAPE_VOXEL_MM = 0.7
EDGE_MM = 3.0
"""Rays that pass a surface's silhouette nearer than this are at an edge."""


class Ellipsoid:
    """Semi-axes (mm) along the columns of `axes`."""

    def __init__(self, centre, radii, axes=None):
        self.centre, self.radii = np.asarray(centre, float), np.asarray(radii, float)
        self.axes = np.eye(3) if axes is None else axes

    def grown(self, mm: float) -> "Ellipsoid":
        return Ellipsoid(self.centre, self.radii + mm, self.axes)

    def holds(self, points):
        return ((((points - self.centre) @ self.axes) / self.radii) ** 2).sum(axis=-1) <= 1

    def chord(self, start, towards):
        """Length (mm) inside, for unit directions."""
        p, d = (start - self.centre) @ self.axes / self.radii, towards @ self.axes / self.radii
        a, b, c = (d * d).sum(-1), (p * d).sum(-1), (p * p).sum(-1) - 1
        return 2 * np.sqrt(np.maximum(b * b - a * c, 0)) / a


class Cylinder:
    """A finite cylinder along the last column of `axes`."""

    def __init__(self, centre, radius, half_length, axes):
        self.centre, self.radius, self.half_length, self.axes = np.asarray(centre, float), radius, half_length, axes

    def grown(self, mm: float) -> "Cylinder":
        return Cylinder(self.centre, self.radius + mm, self.half_length + mm, self.axes)

    def holds(self, points):
        p = (points - self.centre) @ self.axes
        return (np.hypot(p[..., 0], p[..., 1]) <= self.radius) & (np.abs(p[..., 2]) <= self.half_length)

    def chord(self, start, towards):
        p, d = (start - self.centre) @ self.axes, towards @ self.axes
        a = (d[..., :2] ** 2).sum(-1)
        b = (p[..., :2] * d[..., :2]).sum(-1)
        root = np.sqrt(np.maximum(b * b - a * ((p[..., :2] ** 2).sum(-1) - self.radius**2), 0))
        ends = np.sort(np.stack([-self.half_length - p[..., 2], self.half_length - p[..., 2]]) / d[..., 2], axis=0)
        length = np.minimum((-b + root) / a, ends[1]) - np.maximum((-b - root) / a, ends[0])
        return np.where(root > 0, np.maximum(length, 0), 0)


TILTED = Rotation.from_euler("xyz", [35, 20, -15], degrees=True).as_matrix()
SHAPES = {
    "ball": [(1, Ellipsoid((3, -2, 1), (20, 20, 20)))],
    "ellipsoid": [(1, Ellipsoid((0, 2, -3), (22, 13, 17), TILTED))],
    "hollow cylinder": [(1, Cylinder((1, 0, 2), 16, 20, TILTED)), (-1, Cylinder((1, 0, 2), 9, 20, TILTED))],
}
"""Each a sum of solids with signs; the cavity of the cylinder is open at both ends."""


def voxelised(solids, *, size: int = 80, samples: int = 3) -> Volume:
    """The share of each voxel inside, from `samples`³ points a voxel, on a turned grid."""
    fine = SHAPE_VOXEL_MM / samples
    axes = Rotation.from_euler("z", 12, degrees=True).as_matrix()
    at = (np.arange(size * samples) - (size * samples - 1) / 2) * fine
    inside = np.zeros((size,) * 3, np.float32)
    for k in range(size):
        z = at[k * samples : (k + 1) * samples]
        points = np.stack(np.meshgrid(z, at, at, indexing="ij"), axis=-1)[..., ::-1] @ axes.T
        filled = solids[0][1].holds(points)
        for _, cavity in solids[1:]:
            filled &= ~cavity.holds(points)
        inside[k] = filled.reshape(samples, size, samples, size, samples).mean(axis=(0, 2, 4))
    origin = -axes @ np.full(3, (size - 1) / 2 * SHAPE_VOXEL_MM)
    return Volume(inside, index_to_patient(spacing=[SHAPE_VOXEL_MM] * 3, origin=origin, directions=axes))


def analytic(solids, rays: RayGrid) -> tuple[np.ndarray, np.ndarray]:
    """The integrals (mm), and True where a ray passes no silhouette."""
    start, end = rays.ends()
    towards = (end - start) / np.linalg.norm(end - start, axis=-1, keepdims=True)
    integral, away = np.zeros(towards.shape[:2]), np.ones(towards.shape[:2], bool)
    for sign, solid in solids:
        integral += sign * solid.chord(start, towards)
        hits = [solid.grown(mm).chord(start, towards) > 0 for mm in (-EDGE_MM, EDGE_MM)]
        away &= hits[0] == hits[1]
    return integral, away


@pytest.fixture(scope="module")
def voxelised_shapes() -> dict[str, Volume]:
    return {name: voxelised(solids) for name, solids in SHAPES.items()}


@every_backend
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("angles", [(0, 0), (35, 0), (-70, 20), (90, -30)], ids=str)
def test_a_shape_casts_the_shadow_that_its_formula_says(voxelised_shapes, shape, backend, angles):
    camera = a_camera(primary_deg=angles[0], secondary_deg=angles[1])
    rays = pinhole_rays(camera)
    expected, away = analytic(SHAPES[shape], rays)
    volume = voxelised_shapes[shape]
    image = Projector(volume.array, volume.index_to_patient, backend=backend)(rays)
    assert 0.3 < away.mean() < 0.95
    rms = np.sqrt(np.mean((image - expected)[away] ** 2))
    assert rms < 0.005 * expected.max()


# --- Where things project ---------------------------------------------------------------------------------------


@every_backend
@pytest.mark.parametrize("seed", range(30))
def test_a_landmark_projects_to_the_pixel_where_its_voxel_is_seen(seed, backend):
    """Half a pixel would already show a grid that is shifted by its corner; the measure is finer than that."""
    rng = np.random.default_rng(seed)
    directions = Rotation.random(random_state=seed).as_matrix() @ (MIRRORED if seed % 2 else np.eye(3))
    grid = index_to_patient(spacing=rng.uniform(2, 5, 3), origin=rng.uniform(-20, 20, 3), directions=directions)
    at = tuple(int(n) for n in rng.integers(0, (8, 5, 6)))
    volume = single_voxel(grid, at=at)
    point = volume.to_patient(at)
    rotation = Rotation.random(random_state=seed + 100).as_matrix()
    pose = RigidTransform.from_rotation_translation(rotation, rng.uniform(-15, 15, 3) - rotation @ point)
    camera = a_camera(
        81,
        1.0,
        primary_deg=rng.uniform(-90, 90),
        secondary_deg=rng.uniform(-40, 40),
        principal_point_px=tuple(rng.uniform(30, 50, 2)),
    )
    image = Projector(volume.array, grid, backend=backend)(pinhole_rays(camera).moved(pose.inverse().matrix))
    v, u = np.mgrid[0:81, 0:81]
    centroid = np.array([(u * image).sum(), (v * image).sum()]) / image.sum()
    assert np.linalg.norm(centroid - camera.project(pose.apply(point))) < 0.15


@pytest.fixture(scope="module")
def some_bone() -> Volume:
    """Smooth lumps from 0 to 1000 HU in air, on an oblique grid of 2 x 2.5 x 3 mm."""
    noise = gaussian_filter(np.random.default_rng(5).normal(size=(22, 26, 30)), 2.5)
    lumps = np.clip(noise / noise.max() * 1500, 0, 1000)
    array = np.where(lumps > 0, lumps, -1000).astype(np.float32)
    grid = index_to_patient(spacing=(2, 2.5, 3), origin=(0, 0, 0), directions=OBLIQUE)
    middle = Volume(array, grid).centre
    return Volume(array, index_to_patient(spacing=(2, 2.5, 3), origin=-middle, directions=OBLIQUE))


@every_backend
def test_moving_the_ct_and_the_world_changes_nothing(some_bone, backend):
    camera = a_camera(primary_deg=20)
    pose = RigidTransform.from_parameters([5, -3, 8, 4, -6, 10], centre=(0, 0, 0))
    ct_moved = RigidTransform.from_parameters([50, 20, -70, 300, -100, 40], centre=(1, 2, 3))
    world_moved = RigidTransform.from_parameters([-80, 10, 30, -60, 500, 20], centre=(4, 5, 6))
    moved = Volume(some_bone.array, ct_moved.matrix @ some_bone.index_to_patient)
    same = render(
        moved,
        camera.posed(camera.camera_from_world @ world_moved.inverse()),
        world_moved @ pose @ ct_moved.inverse(),
        backend=backend,
    )
    image = render(some_bone, camera, pose, backend=backend)
    np.testing.assert_allclose(same, image, atol=1e-4 * image.max())


@every_backend
def test_turning_the_patient_is_turning_the_c_arm_the_other_way(some_bone, backend):
    turned = RigidTransform.from_rotation_translation(Rotation.from_euler("z", -30, degrees=True).as_matrix(), [0] * 3)
    patient = render(some_bone, a_camera(), turned, backend=backend)
    c_arm = render(some_bone, a_camera(primary_deg=30), RigidTransform.identity(), backend=backend)
    np.testing.assert_allclose(patient, c_arm, atol=1e-4 * patient.max())


@every_backend
def test_a_camera_from_a_bare_matrix_projects_as_the_camera_that_it_came_from(some_bone, backend):
    camera = a_camera(primary_deg=-25, secondary_deg=10)
    bare = camera_from_projection_matrix(camera.projection_matrix, rows=camera.rows, columns=camera.columns)
    image = render(some_bone, camera, RigidTransform.identity(), backend=backend)
    other = render(some_bone, bare, RigidTransform.identity(), backend=backend)
    np.testing.assert_allclose(other, image, atol=1e-4 * image.max())


@pytest.mark.parametrize(
    ("first", "second", "share_of_peak"), [("exact", "fast", 0.02), ("exact", "numpy", 0.02), ("fast", "numpy", 0.005)]
)
@pytest.mark.parametrize("primary_deg", [0, 30, 90])
def test_the_renderers_agree(some_bone, first, second, share_of_peak, primary_deg):
    """Root mean square; voxels are boxes to Siddon and tents to Joseph, and edges of bone are sharp."""
    camera = a_camera(primary_deg=primary_deg)
    one, other = (render(some_bone, camera, RigidTransform.identity(), backend=b) for b in (first, second))
    assert np.sqrt(np.mean((one - other) ** 2)) < share_of_peak * one.max()
    assert one.sum() == pytest.approx(other.sum(), rel=0.001)


def test_images_that_carry_a_number_are_made_by_the_exact_renderer():
    assert measuring_backend() == "exact"
    assert resolve_backend("auto") == "fast"


@pytest.mark.parametrize("primary_deg", [0, 45, 52])
def test_neighbours_do_not_change_what_an_exact_ray_sees(some_bone, primary_deg):
    """Rays go side by side in the compiled kernel, also where they run along different axes (45 degrees)."""
    rays = pinhole_rays(a_camera(primary_deg=primary_deg))
    projector = Projector(some_bone.array, some_bone.index_to_patient, backend="exact")
    image = projector(rays)
    for column in (0, 7, 30, 33, 60):
        start, end = rays.start.copy(), rays.end.copy()
        start[:, 0] += column * start[:, 1]
        end[:, 0] += column * end[:, 1]
        alone = projector(RayGrid(start, end, rays.rows, 1))
        np.testing.assert_allclose(alone[:, 0], image[:, column], atol=2e-5 * np.abs(image).max())


@pytest.mark.parametrize("seed", range(3))
def test_an_exact_ray_adds_up_the_voxels_that_a_plain_walk_meets(some_bone, seed):
    """The textbook's way in double precision: all walls sorted, the voxel of each piece looked up."""
    camera = a_camera(21, 4.0, primary_deg=40 * seed, secondary_deg=7 * seed)
    rays = pinhole_rays(camera)
    image = Projector(some_bone.array, some_bone.index_to_patient, backend="exact")(rays)
    in_index = rays.moved(np.linalg.inv(some_bone.index_to_patient))
    start, end = in_index.ends()
    expected = [[walked(some_bone, start[v, u], end[v, u]) for u in range(21)] for v in range(21)]
    np.testing.assert_allclose(image, expected, atol=2e-5 * np.abs(expected).max())


def walked(volume: Volume, p: np.ndarray, q: np.ndarray) -> float:
    d = q - p
    walls = [(np.arange(n + 1) - 0.5 - p[axis]) / d[axis] for axis, n in enumerate(volume.array.shape[::-1])]
    cuts = np.unique(np.clip(np.concatenate(walls), 0, 1))
    i = np.rint(p + (cuts[:-1] + cuts[1:])[:, None] / 2 * d).astype(int)
    inside = ((i >= 0) & (i < volume.array.shape[::-1])).all(axis=1)
    length = np.diff(cuts)[inside] * np.linalg.norm(volume.index_to_patient[:3, :3] @ d)
    return float((volume.array[tuple(i[inside].T[::-1])] * length).sum())


# --- Bones ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_bones(some_bone) -> LabelMap:
    i = np.indices(some_bone.array.shape)[2]
    labels = np.where(some_bone.array < 0, 0, np.where(i < 15, 76, 78)).astype(np.uint8)
    return LabelMap(
        Volume(labels, some_bone.index_to_patient, unit="1", name="bones"),
        {76: "femur_right", 78: "hip_right", 25: "sacrum"},
    )


@every_backend
@pytest.mark.parametrize("quantity", ["attenuation", "hu", "density"])
def test_projections_of_the_bones_add_up_to_the_projection_of_all_bones(some_bone, two_bones, quantity, backend):
    volume = some_bone.with_array(some_bone.array, unit="mg/cm³") if quantity == "density" else some_bone
    pose = RigidTransform.identity()

    def of(bones):
        return render(volume, a_camera(), pose, labels=two_bones, bones=bones, quantity=quantity, backend=backend)

    both = of(None)
    assert both.max() > 0
    np.testing.assert_allclose(of(["femur_right"]) + of(["hip_right"]), both, atol=1e-5 * both.max())


def test_what_is_no_bone_is_not_seen(some_bone, two_bones):
    filled = some_bone.with_array(np.where(some_bone.array < 0, 40, some_bone.array).astype(np.float32))
    images = [render(v, a_camera(), RigidTransform.identity(), labels=two_bones) for v in (some_bone, filled)]
    np.testing.assert_array_equal(*images)


# --- Units ------------------------------------------------------------------------------------------------------


def slab(value: float, thickness_mm: int, unit: str, around: float) -> Volume:
    """As thick as said along the AP ray, in voxels of 2 x 1 x 2 mm."""
    array = np.full((30, thickness_mm + 10, 30), around, np.float32)
    array[:, 5:-5] = value
    size = np.array([30, thickness_mm + 10, 30])
    return Volume(array, index_to_patient(spacing=(2, 1, 2), origin=-np.array([2, 1, 2]) * (size - 1) / 2), unit=unit)


UNIT_CASES = [
    # value, unit, around, thickness mm, quantity, expected
    (1000, "mg/cm³", 0, 10, "density", 1.0),  # 1 g/cm³ over 1 cm
    (250, "mg/cm³", 0, 40, "density", 1.0),
    (-50, "mg/cm³", 0, 40, "density", -0.2),  # fat in a calibrated CT: below water, and not hidden
    (0, "HU", -1000, 100, "attenuation", 2.059),  # water at 60 keV: 0.2059/cm
    (1000, "HU", -1000, 50, "attenuation", 2.059),  # twice as dense, half as thick
    (0, "HU", -1000, 100, "hu", 100_000),
    (200, "HU", -1024, 100, "hu", 120_000),  # below air counts as air
    (200, "HU", -3024, 100, "hu", 120_000),  # the padding of round fields of view too
]


@every_backend
@pytest.mark.parametrize(("value", "unit", "around", "thickness", "quantity", "expected"), UNIT_CASES)
def test_a_slab_gives_the_number_that_a_physicist_expects(value, unit, around, thickness, quantity, expected, backend):
    volume = slab(value, thickness, unit, around)
    image = render(volume, a_camera(1), RigidTransform.identity(), quantity=quantity, backend=backend)
    assert image[0, 0] == pytest.approx(expected, rel=1e-4)


def test_a_ray_that_crosses_a_slab_at_a_slant_is_longer_by_the_cosine():
    volume = slab(1000, 10, "mg/cm³", 0)
    angle = 20
    image = render(volume, a_camera(1, primary_deg=angle), RigidTransform.identity(), quantity="density")
    assert image[0, 0] == pytest.approx(1 / np.cos(np.radians(angle)), rel=0.005)


# --- Refusals ---------------------------------------------------------------------------------------------------


def test_a_volume_in_the_wrong_unit_is_refused(some_bone):
    density = some_bone.with_array(some_bone.array, unit="mg/cm³")
    for volume, quantity in ((some_bone, "density"), (density, "attenuation"), (density, "hu")):
        with pytest.raises(CalibrationError, match="needs a volume in") as caught:
            render(volume, a_camera(), RigidTransform.identity(), quantity=quantity)
        assert said_in_one_sentence(caught.value)


@pytest.mark.parametrize("bones", [["sacrum"], ["vertebrae_L3"], []], ids=["no voxel", "no such label", "none"])
def test_a_bone_that_is_not_there_is_refused(some_bone, two_bones, bones):
    with pytest.raises(AnatomyError, match="holds no voxel of") as caught:
        render(some_bone, a_camera(), RigidTransform.identity(), labels=two_bones, bones=bones)
    assert said_in_one_sentence(caught.value)


@every_backend
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_volume_with_numbers_that_are_not_finite_is_refused(some_bone, bad, backend):
    array = some_bone.array.copy()
    array[3, 4, 5] = bad
    with pytest.raises(GeometryError, match="not finite") as caught:
        render(some_bone.with_array(array), a_camera(), RigidTransform.identity(), backend=backend)
    assert said_in_one_sentence(caught.value)


@every_backend
def test_a_volume_of_nothing_but_air_is_refused(some_bone, backend):
    air = some_bone.with_array(np.full_like(some_bone.array, -1000))
    with pytest.raises(GeometryError, match="nothing to project") as caught:
        render(air, a_camera(), RigidTransform.identity(), backend=backend)
    assert said_in_one_sentence(caught.value)


def test_labels_on_another_grid_are_refused(some_bone, two_bones):
    shifted = two_bones.volume.index_to_patient.copy()
    shifted[0, 3] += 0.5
    elsewhere = LabelMap(Volume(two_bones.volume.array, shifted, unit="1"), two_bones.names)
    smaller = LabelMap(two_bones.volume.cropped((0, 0, 0), (29, 26, 22)), two_bones.names)
    for labels in (elsewhere, smaller):
        with pytest.raises(GeometryError, match="does not lie on the grid") as caught:
            render(some_bone, a_camera(), RigidTransform.identity(), labels=labels)
        assert said_in_one_sentence(caught.value)
