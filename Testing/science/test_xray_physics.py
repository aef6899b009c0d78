"""Each effect of the forward model does what it says, alone; docs/physics.md states the equations."""

import dataclasses

import numpy as np
import pytest

from bonedensity.drr.attenuation import linear_attenuation
from bonedensity.drr.physics import (
    XraySettings,
    exposure_of,
    material_paths,
    primary_transmission,
    random_settings,
    simulate_radiograph,
    tissue_shares,
)
from bonedensity.drr.physics.beam import heel_profile
from bonedensity.drr.physics.collimation import open_field
from bonedensity.drr.physics.display import response
from bonedensity.drr.physics.materials import MATERIALS
from bonedensity.drr.render import rays_in_patient
from bonedensity.errors import GeometryError
from bonedensity.geometry import RigidTransform, c_arm_camera
from bonedensity.imaging import Volume
from bonedensity.imaging.grid import index_to_patient

ONE_MM = (1.0, 1.0)
IDEAL = XraySettings(photons_per_mm2=np.inf, scatter_fraction=0.0, detector_blur_mm=0.0)
"""The primary beam alone."""


def ideal(**changes) -> XraySettings:
    return dataclasses.replace(IDEAL, **changes)


def layers(shape=(40, 60), **mm) -> dict[str, np.ndarray]:
    return {material: np.full(shape, length, np.float32) for material, length in mm.items()}


def exposed(paths, settings, seed=0) -> np.ndarray:
    return exposure_of(paths, ONE_MM, settings, np.random.default_rng(seed))


# --- Primary beam -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kev", [30.0, 60.0, 100.0])
@pytest.mark.parametrize("mm", [{"soft_tissue": 37.0}, {"adipose": 200.0, "soft_tissue": 80.0, "cortical_bone": 12.0}])
def test_one_energy_obeys_beer_and_lambert(kev, mm):
    expected = np.exp(-sum(linear_attenuation(material, kev) * length for material, length in mm.items()))
    assert exposed(layers(**mm), ideal(energy_kev=kev)) == pytest.approx(expected, rel=1e-6)


def test_a_spectrum_lies_between_its_softest_and_its_hardest_energy():
    paths = layers(soft_tissue=100.0, cortical_bone=10.0)
    through = exposed(paths, IDEAL)[0, 0]
    soft, hard = (exposed(paths, ideal(energy_kev=kev))[0, 0] for kev in (25.0, 76.0))
    assert soft < through < hard


@pytest.mark.parametrize("settings", [XraySettings(), XraySettings(scatter_fraction=0.6), IDEAL])
def test_without_tissue_the_open_beam_arrives_and_nothing_else(settings):
    noiseless = dataclasses.replace(settings, photons_per_mm2=np.inf)
    assert exposed(layers(soft_tissue=0.0), noiseless) == pytest.approx(1, abs=1e-9)


def test_scatter_only_adds_and_at_most_its_share_of_the_open_beam():
    paths = layers(soft_tissue=0.0)
    paths["soft_tissue"][:, 20:] = np.linspace(0, 300, 40)
    image = exposed(paths, ideal(scatter_fraction=0.5))
    assert image.max() <= 1 / (1 - 0.5)
    assert (image[:, 20:] >= exposed(paths, IDEAL)[:, 20:]).all()


@pytest.mark.parametrize("kvp", [60.0, 76.0, 110.0])
def test_fat_lets_more_through_than_muscle_and_muscle_than_bone(kvp):
    fat, muscle, bone = (
        exposed(layers(**{material: 50.0}), ideal(kvp=kvp))[0, 0]
        for material in ("adipose", "soft_tissue", "cortical_bone")
    )
    assert fat > 1.05 * muscle
    assert muscle > 5 * bone


def test_fat_stands_out_more_at_a_lower_voltage():
    def contrast(kvp):
        fat, muscle = (
            exposed(layers(**{material: 50.0}), ideal(kvp=kvp))[0, 0] for material in ("adipose", "soft_tissue")
        )
        return np.log(fat / muscle)

    assert contrast(60.0) > contrast(80.0) > contrast(110.0) > 0


# --- Tissues from HU --------------------------------------------------------------------------------------------

TISSUE_CASES = [
    # HU, adipose, soft tissue, cortical bone
    (-3000, 0, 0, 0),
    (-1000, 0, 0, 0),
    (-550, 0.5, 0, 0),
    (-100, 1, 0, 0),
    (-25, 0.5, 0.5, 0),
    (50, 0, 1, 0),
    (195, 0, 0.9, 0.1),
    (775, 0, 0.5, 0.5),
    (1500, 0, 0, 1),
    (9000, 0, 0, 1),
]


@pytest.mark.parametrize(("hu", "adipose", "soft_tissue", "cortical_bone"), TISSUE_CASES)
def test_a_voxel_is_a_mixture_of_two_neighbours_on_the_hu_scale(hu, adipose, soft_tissue, cortical_bone):
    shares = tissue_shares(np.array([hu], np.float32))
    assert [float(shares[material][0]) for material in MATERIALS] == pytest.approx(
        [adipose, soft_tissue, cortical_bone], abs=1e-6
    )


def test_the_mixture_attenuates_as_the_hu_say():
    """Within 3 % at a CT's mean energy, from lung to cortical bone."""
    hu = np.array([-500, -100, -50, 0, 50, 150, 300, 800, 1500], np.float32)
    shares = tissue_shares(hu)
    mixed = sum(shares[material] * linear_attenuation(material, 70) for material in MATERIALS)
    assert mixed == pytest.approx(linear_attenuation("water", 70) * (1 + hu / 1000), rel=0.03)


def a_limb() -> Volume:
    array = np.full((30, 30, 30), -1000, np.float32)
    array[:, 6:24, 6:24] = -100
    array[:, 9:21, 9:21] = 50
    array[:, 13:17, 13:17] = 1500
    return Volume(array, index_to_patient(spacing=(4, 4, 4), origin=[-58] * 3))


def a_camera(**changes):
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 800.0,
        "rows": 60,
        "columns": 80,
        "pixel_spacing_mm": (2.0, 2.0),
    }
    return c_arm_camera(**{**values, **changes})


def test_paths_through_a_ct_are_the_lengths_of_its_parts():
    paths = material_paths(a_limb(), rays_in_patient(a_camera(), RigidTransform.identity()))
    middle = {material: float(path[29:31, 39:41].mean()) for material, path in paths.items()}
    assert middle == pytest.approx({"adipose": 24, "soft_tissue": 32, "cortical_bone": 16}, abs=0.1)


def test_materials_that_a_ct_lacks_are_left_out():
    limb = a_limb()
    soft = limb.with_array(np.minimum(limb.array, 50))
    assert set(material_paths(soft, rays_in_patient(a_camera(), RigidTransform.identity()))) == {
        "adipose",
        "soft_tissue",
    }


# --- Tube and collimator ----------------------------------------------------------------------------------------

DIRECTIONS = {0.0: (0, 1), 90.0: (1, 0), 180.0: (0, -1), 270.0: (-1, 0), 45.0: (1, 1)}


@pytest.mark.parametrize(("anode_deg", "step"), DIRECTIONS.items())
def test_the_beam_falls_steadily_towards_the_anode(anode_deg, step):
    profile = heel_profile((40, 60), XraySettings(heel=0.3, anode_direction_deg=anode_deg))
    down, right = np.diff(profile, axis=0), np.diff(profile, axis=1)
    for change, sign in ((down, step[0]), (right, step[1])):
        assert (change * sign < 0).all() if sign else np.abs(change).max() < 1e-12


def test_the_heel_effect_is_as_large_as_stated_and_leaves_the_centre_alone():
    profile = heel_profile((41, 41), XraySettings(heel=0.28, anode_direction_deg=0.0))
    assert profile[20, 20] == pytest.approx(1)
    assert profile[20, -1] / profile[20, 0] == pytest.approx(0.72)
    assert profile[20, 0] == pytest.approx(1.075, abs=0.01)  # of the centre
    assert profile[20, -1] == pytest.approx(0.77, abs=0.01)


def test_the_heel_effect_multiplies_the_beam_behind_the_patient_too():
    paths = layers(soft_tissue=100.0)
    flat, sloped = exposed(paths, IDEAL), exposed(paths, ideal(heel=0.3))
    assert sloped / flat == pytest.approx(heel_profile((40, 60), XraySettings(heel=0.3)))


@pytest.mark.parametrize(
    ("side", "covered"),
    [(0, np.s_[:, :6]), (1, np.s_[:, -6:]), (2, np.s_[:4, :]), (3, np.s_[-4:, :])],
    ids=["left", "right", "upper", "lower"],
)
def test_a_blade_covers_its_side_alone(side, covered):
    sides = [0.0] * 4
    sides[side] = 0.1
    field = open_field((40, 60), XraySettings(collimation=tuple(sides)))
    assert not field[covered].any()
    assert (~field).sum() == (~field[covered]).sum()


def test_tilted_blades_turn_right_towards_down():
    settings = XraySettings(collimation=(0, 0, 0.2, 0), collimation_tilt_deg=5.0)
    field = open_field((100, 200), settings)
    edge = field.argmax(axis=0)  # first open row of each column
    slope = np.polyfit(np.arange(200), edge, 1)[0]
    assert slope == pytest.approx(np.tan(np.deg2rad(5)), abs=0.01)


def test_no_primary_beam_passes_the_blades_and_the_image_is_black_there():
    settings = ideal(collimation=(0.2, 0.1, 0.1, 0.0), collimation_tilt_deg=1.5)
    field = open_field((40, 60), settings)
    image = exposed(layers(soft_tissue=50.0), settings)
    assert (image[~field] == 0).all()
    assert (image[field] > 0.1).all()
    camera = a_camera()
    shadow = ~open_field((60, 80), settings)
    radiograph = simulate_radiograph(a_limb(), camera, RigidTransform.identity(), settings=settings)
    assert (radiograph.array[shadow] == 0).all()
    assert radiograph.array[~shadow].max() == 4095


def test_collimation_takes_scatter_away():
    paths = layers((200, 200), soft_tissue=150.0)
    wide, narrow = (
        exposed(paths, ideal(scatter_fraction=0.5, collimation=(share,) * 4))[100, 100] for share in (0.0, 0.4)
    )
    primary = exposed(paths, IDEAL)[100, 100]
    assert primary < narrow < 0.8 * wide


# --- Scatter ----------------------------------------------------------------------------------------------------


def test_scatter_behind_the_body_is_the_stated_share_at_any_thickness():
    for mm in (60.0, 120.0, 250.0):
        primary, total = (exposed(layers(soft_tissue=mm), ideal(scatter_fraction=f))[0, 0] for f in (0.0, 0.4))
        assert 1 - primary / total == pytest.approx(0.4, abs=0.005)


def test_scatter_is_smooth_where_the_body_is_not():
    paths = layers((120, 120), soft_tissue=150.0, cortical_bone=0.0)
    paths["cortical_bone"][:, 60:] = 15
    scatter = exposed(paths, ideal(scatter_fraction=0.5)) - exposed(paths, IDEAL)
    assert np.abs(np.diff(np.log(scatter), axis=1)).max() < 0.03
    assert scatter.min() > 0


def test_a_wider_kernel_spreads_further():
    paths = layers((200, 200), soft_tissue=50.0)
    paths["soft_tissue"][:, 100:] = 200
    slopes = []
    for wide_share in (0.0, 0.5, 1.0):
        settings = ideal(scatter_fraction=0.5, scatter_widths_mm=(10.0, 60.0), scatter_wide_share=wide_share)
        scatter = exposed(paths, settings) - exposed(paths, IDEAL)
        slopes.append(np.abs(np.diff(np.log(scatter[100]))).max())
    assert slopes[0] > slopes[1] > slopes[2]


# --- Detector and display ---------------------------------------------------------------------------------------


def test_electronic_noise_adds_its_variance_whatever_the_exposure():
    photons = 1e4
    for mm in (0.0, 100.0):
        quiet, noisy = (
            exposed(layers((300, 300), soft_tissue=mm), ideal(photons_per_mm2=photons, electronic_noise_photons=e))
            for e in (0.0, 80.0)
        )
        assert noisy.var() - quiet.var() == pytest.approx((80 / photons) ** 2, rel=0.1)


def test_electronic_noise_is_a_floor_where_no_photon_arrives():
    settings = ideal(photons_per_mm2=1e4, electronic_noise_photons=3.0)
    image = exposed(layers((200, 200), cortical_bone=1000.0), settings)
    assert image.std() == pytest.approx(3e-4, rel=0.05)
    assert image.mean() == pytest.approx(0, abs=1e-5)


def test_blur_correlates_quantum_noise_but_not_electronic_noise():
    def neighbours(**changes):
        image = exposed(layers((200, 200), soft_tissue=0.0), ideal(photons_per_mm2=1e4, **changes))
        return np.corrcoef(image[:, :-1].ravel(), image[:, 1:].ravel())[0, 1]

    assert neighbours() == pytest.approx(0, abs=0.02)
    assert neighbours(detector_blur_mm=1.0) > 0.7
    assert neighbours(electronic_noise_photons=1000.0, detector_blur_mm=1.0) < 0.05


@pytest.mark.parametrize("shape", ["log", "gamma", "s-curve"])
@pytest.mark.parametrize("strength", [0.5, 1.5, 6.0])
def test_every_response_rises_from_black_to_white(shape, strength):
    curve = response(np.linspace(0, 1, 200), XraySettings(response=shape, contrast=strength, steepness=strength))
    assert (curve[0], curve[-1]) == pytest.approx((0, 1))
    assert (np.diff(curve) > 0).all()


def test_the_responses_have_the_shapes_of_their_names():
    x = np.linspace(0, 1, 101)
    assert response(x, XraySettings(response="log")) == pytest.approx(x)
    assert response(x, XraySettings(response="gamma", contrast=2.0)) == pytest.approx(x**2)
    s = response(x, XraySettings(response="s-curve", steepness=6.0))
    assert s + s[::-1] == pytest.approx(1)  # symmetric about the middle
    assert np.diff(s)[50] > 1.3 * np.diff(x)[50]
    assert np.diff(s)[2] < 0.7 * np.diff(x)[2]


# --- The whole --------------------------------------------------------------------------------------------------

EVERYTHING = XraySettings(
    electronic_noise_photons=3.0,
    heel=0.2,
    collimation=(0.05, 0.0, 0.1, 0.0),
    collimation_tilt_deg=1.0,
    response="s-curve",
)


def test_the_same_seed_gives_the_same_bytes():
    first, again, other = (
        simulate_radiograph(a_limb(), a_camera(), RigidTransform.identity(), settings=EVERYTHING, seed=seed).array
        for seed in (5, 5, 6)
    )
    assert first.tobytes() == again.tobytes() != other.tobytes()


def test_a_smaller_detector_sees_the_same_image_cut_off():
    """A tenth of the width missing, as on a plate that is too small."""
    paths = [
        material_paths(a_limb(), rays_in_patient(a_camera(columns=columns), RigidTransform.identity()))
        for columns in (80, 72)
    ]
    whole, cut = (primary_transmission(path, IDEAL) for path in paths)
    assert cut == pytest.approx(whole[:, 4:-4], rel=1e-4)


def test_random_settings_follow_from_the_generator_alone():
    one, again, other = (random_settings(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again != other


def test_random_settings_vary_every_effect_and_all_can_be_shown():
    rng = np.random.default_rng(0)
    drawn = [random_settings(rng) for _ in range(60)]
    never_varied = {"energy_kev"}
    for field in dataclasses.fields(XraySettings):
        values = {getattr(settings, field.name) for settings in drawn}
        assert (len(values) > 1) != (field.name in never_varied), field.name
    for settings in drawn[:10]:
        image = simulate_radiograph(a_limb(), a_camera(), RigidTransform.identity(), settings=settings).array
        assert (image.min(), image.max()) == (0, 4095)
        assert image[28:32, 38:42].mean() > image[28:32, 26:30].mean()  # bone above muscle, whatever the settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"scatter_fraction": 1.0},
        {"heel": -0.1},
        {"energy_kev": 5.0},
        {"photons_per_mm2": 0.0},
        {"photons_per_mm2": float("nan")},
        {"collimation": (0.6, 0, 0, 0)},
        {"response": "linear"},
        {"window_percentiles": (99.0, 1.0)},
        {"electronic_noise_photons": -1.0},
    ],
    ids=str,
)
def test_settings_that_no_exposure_can_have_are_refused(wrong):
    with pytest.raises(GeometryError, match=r"X-ray (setting|response)") as caught:
        XraySettings(**wrong)
    assert next(iter(wrong)) in str(caught.value)
