"""The simulated radiograph obeys the physics that it claims: spectrum, hardening, scatter, noise, display."""

import numpy as np
import pytest

from bonedensity.drr.attenuation import linear_attenuation, mass_attenuation
from bonedensity.drr.render import rays_in_patient
from bonedensity.drr.spectrum import tube_spectrum
from bonedensity.drr.xray import XraySettings, detected_exposure, material_lengths, simulate_radiograph
from bonedensity.errors import BoneDensityError, CalibrationError, GeometryError
from bonedensity.geometry import PinholeCamera, RigidTransform, c_arm_camera, camera_from_projection_matrix
from bonedensity.imaging import Radiograph, Volume
from bonedensity.imaging.grid import index_to_patient

ONE_MM = (1.0, 1.0)
CLEAN = XraySettings(photons_per_mm2=1e12, scatter_fraction=0.0, detector_blur_mm=0.0)
"""No scatter, no blur, and next to no noise."""

MATERIALS = ("soft_tissue", "cortical_bone")


def exposure(soft_mm: float = 0.0, bone_mm: float = 0.0, settings: XraySettings = CLEAN, size: int = 8) -> np.ndarray:
    """Behind the same layers everywhere."""
    lengths = [np.full((size, size), mm, np.float32) for mm in (soft_mm, bone_mm)]
    return detected_exposure(*lengths, ONE_MM, settings, np.random.default_rng(0))


def behind(material: str, mm: float, settings: XraySettings = CLEAN) -> float:
    layers = {"soft_mm": mm} if material == "soft_tissue" else {"bone_mm": mm}
    return float(exposure(**layers, settings=settings).mean())


def energy_mean(material: str, kvp: float) -> float:
    """Linear attenuation (1/mm) averaged over the energy that the open beam carries."""
    energies, share = tube_spectrum(kvp)
    mu = [linear_attenuation(material, energy) for energy in energies]
    return float(np.average(mu, weights=share * energies))


# --- Attenuation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("material", "kev", "cm2_per_g"),
    [("water", 60, 0.2059), ("cortical_bone", 30, 1.331), ("aluminium", 80, 0.2018), ("soft_tissue", 100, 0.1693)],
)
def test_attenuation_at_a_tabulated_energy_is_the_tables(material, kev, cm2_per_g):
    assert mass_attenuation(material, kev) == pytest.approx(cm2_per_g, rel=1e-6)


def test_between_tabulated_energies_attenuation_falls_as_a_power_of_energy():
    at_35 = mass_attenuation("cortical_bone", 35)
    power = np.log(mass_attenuation("cortical_bone", 30) / at_35) / np.log(35 / 30)
    assert 2 < power < 3.5  # photoelectric, towards Compton
    assert mass_attenuation("cortical_bone", 38) < at_35 < mass_attenuation("cortical_bone", 30)


def test_water_attenuates_a_fifth_per_centimetre_at_60_kev():
    assert linear_attenuation("water", 60) == pytest.approx(0.02059, rel=1e-6)  # 1/mm


# --- Spectrum ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kvp", "mean_kev"), [(70, 40.3), (76, 42.4), (90, 47.1), (120, 55.4)])
@pytest.mark.parametrize("bins", [5, 40])
def test_the_mean_energy_is_that_of_published_spectra(kvp, mean_kev, bins):
    energies, share = tube_spectrum(kvp, bins=bins)
    assert np.sum(energies * share) == pytest.approx(mean_kev, rel=0.08)


@pytest.mark.parametrize("kvp", [50, 70, 90, 120])
def test_photons_lie_between_the_lowest_energy_and_the_tube_voltage_and_add_up_to_one(kvp):
    energies, share = tube_spectrum(kvp)
    assert share.sum() == pytest.approx(1)
    assert (share > 0).all()
    assert (np.diff(energies) > 0).all()
    assert energies.min() > 20
    assert energies.max() < kvp


AIR_KEV = [20, 30, 40, 50, 60, 80, 100, 150]
AIR_ENERGY_ABSORPTION = [0.5389, 0.1537, 0.06833, 0.04098, 0.03041, 0.02407, 0.02325, 0.02496]
"""Dry air, cm²/g (NIST, Hubbell and Seltzer)."""


def half_value_layer(kvp: float) -> float:
    """mm of aluminium that halve the air kerma."""
    energies, share = tube_spectrum(kvp, bins=40)
    absorbed = np.exp(np.interp(np.log(energies), np.log(AIR_KEV), np.log(AIR_ENERGY_ABSORPTION)))
    kerma = share * energies * absorbed
    aluminium = np.array([linear_attenuation("aluminium", energy) for energy in energies])
    thickness = np.linspace(0, 15, 3001)
    left = (kerma * np.exp(-thickness[:, None] * aluminium)).sum(axis=1) / kerma.sum()
    return float(np.interp(-0.5, -left, thickness))


@pytest.mark.parametrize(("kvp", "least_mm"), [(80, 2.3), (90, 2.5), (100, 2.7), (110, 3.0), (120, 3.2)])
def test_the_half_value_layer_is_that_of_a_diagnostic_tube(kvp, least_mm):
    """At least what 21 CFR 1020.30 demanded until 2006, and no more than half above it."""
    assert least_mm <= half_value_layer(kvp) < 1.5 * least_mm


@pytest.mark.parametrize("kvp", [30, 49.9, 121, 150])
def test_a_tube_voltage_without_tables_is_refused(kvp):
    with pytest.raises(GeometryError, match="tube voltage") as caught:
        tube_spectrum(kvp)
    assert said_in_one_sentence(caught.value)


# --- Beer and Lambert -------------------------------------------------------------------------------------------


def test_the_open_beam_arrives_whole():
    assert exposure() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("material", MATERIALS)
@pytest.mark.parametrize("kvp", [60, 76, 120])
def test_a_thin_layer_takes_away_the_mean_attenuation_of_the_beam(material, kvp):
    settings = XraySettings(kvp=kvp, photons_per_mm2=1e14, scatter_fraction=0.0, detector_blur_mm=0.0)
    thin_mm = 0.02
    apparent = -np.log(behind(material, thin_mm, settings)) / thin_mm
    assert apparent == pytest.approx(energy_mean(material, kvp), rel=0.005)


@pytest.mark.parametrize("material", MATERIALS)
def test_any_layer_lets_through_more_than_the_mean_energy_and_less_than_the_highest(material):
    energies, _ = tube_spectrum(CLEAN.kvp)
    for mm in (5, 20, 60):
        hardest = np.exp(-linear_attenuation(material, energies[-1]) * mm)
        assert np.exp(-energy_mean(material, CLEAN.kvp) * mm) < behind(material, mm) < hardest


@pytest.mark.parametrize("material", MATERIALS)
def test_the_beam_hardens_so_that_the_apparent_attenuation_falls_with_thickness(material):
    thickness = np.array([1.0, 5, 20, 50])
    apparent = [-np.log(behind(material, mm)) / mm for mm in thickness]
    assert (np.diff(apparent) < 0).all()
    assert apparent[-1] < 0.97 * apparent[0]


def test_a_higher_voltage_gets_more_through_and_shows_bone_with_less_contrast():
    def contrast(kvp):
        settings = XraySettings(kvp=kvp, photons_per_mm2=1e12, scatter_fraction=0.0, detector_blur_mm=0.0)
        beside, through = exposure(200, 0, settings).mean(), exposure(190, 10, settings).mean()
        return beside, np.log(beside / through)

    (low_kv, low_contrast), (high_kv, high_contrast) = contrast(60), contrast(110)
    assert high_kv > low_kv
    assert high_contrast < low_contrast


# --- Noise and scatter ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("photons_per_mm2", [1e3, 1e4, 1e6])
def test_the_noise_is_that_of_counting_photons(photons_per_mm2):
    """Variance of the relative exposure = exposure / photons of the open beam in a pixel."""
    settings = XraySettings(photons_per_mm2=photons_per_mm2, scatter_fraction=0.0, detector_blur_mm=0.0)
    image = exposure(30, 0, settings, size=150)
    assert image.var() == pytest.approx(image.mean() / photons_per_mm2, rel=0.05)


def test_larger_pixels_count_more_photons():
    layers = np.zeros((2, 150, 150), np.float32)
    settings = XraySettings(photons_per_mm2=1e4, scatter_fraction=0.0, detector_blur_mm=0.0)
    small, large = (
        detected_exposure(*layers, spacing, settings, np.random.default_rng(1)).var()
        for spacing in ((0.5, 0.5), (1.0, 2.0))
    )
    assert small / large == pytest.approx(8, rel=0.1)


def a_bone_in_soft_tissue(scatter_fraction: float) -> np.ndarray:
    soft, bone = np.full((120, 120), 150, np.float32), np.zeros((120, 120), np.float32)
    bone[50:70, 50:70] = 20
    settings = XraySettings(photons_per_mm2=1e12, scatter_fraction=scatter_fraction, detector_blur_mm=0.0)
    return detected_exposure(soft, bone, ONE_MM, settings, np.random.default_rng(0))


def test_scatter_lowers_the_contrast_of_bone():
    def contrast(image):
        return np.log(image[60, 20] / image[60, 60])

    contrasts = [contrast(a_bone_in_soft_tissue(fraction)) for fraction in (0.0, 0.2, 0.5, 0.8)]
    assert (np.diff(contrasts) < 0).all()
    assert contrasts[-1] < 0.5 * contrasts[0]


@pytest.mark.parametrize("fraction", [0.2, 0.5])
def test_scatter_is_its_stated_share_of_the_signal(fraction):
    settings = XraySettings(photons_per_mm2=1e12, scatter_fraction=fraction, detector_blur_mm=0.0)
    primary, total = exposure(100).mean(), exposure(100, settings=settings).mean()
    assert 1 - primary / total == pytest.approx(fraction, abs=0.001)


def test_the_detectors_blur_softens_an_edge_and_keeps_the_signal():
    layers = np.zeros((2, 40, 40), np.float32)
    layers[1, :, 20:] = 5
    sharp, soft = (
        detected_exposure(
            *layers,
            ONE_MM,
            XraySettings(photons_per_mm2=1e12, scatter_fraction=0, detector_blur_mm=blur),
            np.random.default_rng(0),
        )
        for blur in (0.0, 1.5)
    )
    assert np.abs(np.diff(soft, axis=1)).max() < 0.5 * np.abs(np.diff(sharp, axis=1)).max()
    assert soft.mean() == pytest.approx(sharp.mean(), rel=1e-3)


# --- From a CT --------------------------------------------------------------------------------------------------


def a_limb(bone_hu: float = 1500.0) -> Volume:
    """A 96 mm cube of soft tissue in air with a rod of bone, 24 mm square, along the patient's long axis."""
    array = np.full((40, 40, 40), -1000, np.float32)
    array[:, 8:32, 8:32] = 40
    array[:, 17:23, 17:23] = bone_hu
    return Volume(array, index_to_patient(spacing=(4, 4, 4), origin=[-78] * 3))


def a_camera(**changes) -> PinholeCamera:
    values = {
        "sdd_mm": 1000.0,
        "source_to_isocentre_mm": 800.0,
        "rows": 80,
        "columns": 80,
        "pixel_spacing_mm": (2.0, 2.0),
    }
    return c_arm_camera(**{**values, **changes})


def simulated(volume: Volume | None = None, **changes) -> Radiograph:
    return simulate_radiograph(volume or a_limb(), a_camera(), RigidTransform.identity(), **changes)


HU_CASES = [
    # HU, share of soft tissue, share of cortical bone
    (-1000, 0, 0),
    (-2000, 0, 0),
    (-500, 0.5, 0),
    (0, 1, 0),
    (60, 1, 0),
    (150, 1, 0),
    (825, 0.5, 0.5),
    (1500, 0, 1),
    (3000, 0, 1),  # metal counts as cortical bone
]


@pytest.mark.parametrize(("hu", "soft", "bone"), HU_CASES)
def test_hu_stand_for_air_soft_tissue_bone_and_their_mixtures(hu, soft, bone):
    array = np.full((3, 3, 3), hu, np.float32)
    array[1, 1, 0] = 0  # some soft tissue, so that there is something to project
    volume = Volume(array, index_to_patient(spacing=(10, 10, 10), origin=[-10] * 3))
    camera = a_camera(rows=1, columns=1)
    soft_mm, bone_mm = material_lengths(volume, rays_in_patient(camera, RigidTransform.identity()))
    assert soft_mm[0, 0] == pytest.approx(30 * soft, abs=1e-3)
    assert bone_mm[0, 0] == pytest.approx(30 * bone, abs=1e-3)


def test_bone_is_brighter_than_soft_tissue_and_soft_tissue_than_the_open_beam():
    image = simulated().array
    bone, tissue, beam = image[40, 38:42].mean(), image[40, [18, 62]].mean(), image[40, [1, 78]].mean()
    assert bone > tissue + 0.1 * 4095
    assert tissue > beam + 0.1 * 4095


def test_denser_bone_is_brighter():
    """The same display window cannot be had twice, so exposures are compared."""
    rays = rays_in_patient(a_camera(), RigidTransform.identity())
    through = [
        detected_exposure(*material_lengths(a_limb(hu), rays), (2, 2), CLEAN, np.random.default_rng(0))[40, 40]
        for hu in (400, 800, 1200)
    ]
    assert (np.diff(through) < 0).all()


def test_the_display_has_twelve_bits_and_the_detectors_spacing():
    radiograph = simulated()
    assert radiograph.array.shape == (80, 80)
    assert radiograph.array.min() == 0
    assert radiograph.array.max() == 4095
    assert (radiograph.array == np.round(radiograph.array)).all()
    assert radiograph.detector_spacing().pair == (2.0, 2.0)
    assert radiograph.sdd_mm == pytest.approx(1000)


def test_a_simulated_image_says_that_it_is_synthetic():
    radiograph = simulated()
    assert radiograph.tags["synthetic"] is True
    assert any("synthetic" in note for note in radiograph.notes)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_noise():
    first, again, other = simulated(seed=3), simulated(seed=3), simulated(seed=4)
    generator = simulated(seed=np.random.default_rng(3))
    assert first.array.tobytes() == again.array.tobytes() == generator.array.tobytes()
    assert first.array.tobytes() != other.array.tobytes()


# --- Refusals ---------------------------------------------------------------------------------------------------


def said_in_one_sentence(error: BoneDensityError) -> bool:
    text = str(error)
    return text.endswith(".") and ". " not in text and "\n" not in text


def test_a_ct_that_is_not_in_hu_is_refused():
    limb = a_limb()
    with pytest.raises(CalibrationError, match="is simulated from HU") as caught:
        simulated(limb.with_array(limb.array, unit="mg/cm³"))
    assert said_in_one_sentence(caught.value)


def test_a_camera_without_pixel_size_is_refused():
    camera = camera_from_projection_matrix(a_camera().projection_matrix, rows=80, columns=80)
    with pytest.raises(GeometryError, match="no pixel spacing") as caught:
        simulate_radiograph(a_limb(), camera, RigidTransform.identity())
    assert said_in_one_sentence(caught.value)


def test_a_ct_with_numbers_that_are_not_finite_is_refused():
    limb = a_limb()
    array = limb.array.copy()
    array[20, 20, 20] = np.nan
    with pytest.raises(GeometryError, match="not finite") as caught:
        simulated(limb.with_array(array))
    assert said_in_one_sentence(caught.value)


def test_a_ct_of_nothing_but_air_is_refused():
    limb = a_limb()
    with pytest.raises(GeometryError, match="nothing to project") as caught:
        simulated(limb.with_array(np.full_like(limb.array, -1000)))
    assert said_in_one_sentence(caught.value)
