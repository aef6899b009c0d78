"""Which of a DICOM header's spacings is the detector's (DICOM PS3.3, section 10.7.1).

ImagerPixelSpacing lies at the detector's front and is kept whenever it is there: projection geometry needs it, and a
spacing corrected to some depth in the patient can be derived from it but not the other way round. PixelSpacing beside
it that differs was calibrated and is only mentioned. PixelSpacing alone is calibrated where
PixelSpacingCalibrationType says so; without that word the standard leaves open what it is, and it is taken as the
detector's with a note, since that is what computed radiography wrote before ImagerPixelSpacing was in use.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from bonedensity.imaging.dicom_tags import number, numbers, text
from bonedensity.imaging.spacing import PixelSpacing, SpacingSource

SAME_SPACING = 0.005
"""Relative difference below which two spacings are one, written with fewer digits."""

PLAUSIBLE_MM = (0.01, 5.0)
"""Pixel sizes outside are nonsense: detectors have 0.05-0.4 mm, screen copies up to a few mm."""

CALIBRATED: dict[str, SpacingSource] = {"GEOMETRY": "magnification-corrected", "FIDUCIAL": "calibrated"}
"""PixelSpacingCalibrationType and what it means."""

ON_DETECTOR = (("ImagerPixelSpacing", "the detector's"), ("NominalScannedPixelSpacing", "the film scanner's"))
"""Spacings in the plane of the detector, the better one first."""


def dicom_spacing(dataset: Dataset) -> tuple[PixelSpacing | None, tuple[str, ...]]:
    """The pixel spacing with its source, None where there is none, and notes on what was doubted."""
    pixel = _plausible(dataset, "PixelSpacing")
    for keyword, whose in ON_DETECTOR:
        detector = _plausible(dataset, keyword)
        if detector:
            said = () if keyword == "ImagerPixelSpacing" else (f"The pixel spacing is {whose} ({keyword}).",)
            notes = (*said, *_beside(dataset, detector, pixel), *_magnification(dataset))
            return PixelSpacing(*detector, source="imager"), notes
    if pixel is None:
        return None, (_why_none(dataset),)
    calibration = text(dataset, "PixelSpacingCalibrationType").upper()
    if calibration in CALIBRATED:
        return PixelSpacing(*pixel, source=CALIBRATED[calibration]), _calibrated_notes(dataset, pixel, calibration)
    note = (
        f"PixelSpacing {pixel[0]:.4g} mm stands without ImagerPixelSpacing and without a calibration: it was taken as "
        "the detector's own; confirm it."
    )
    return PixelSpacing(*pixel, source="imager"), (note, *_magnification(dataset))


def _plausible(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """(row, column) in mm, or None when it is absent, zero, negative or beyond any detector."""
    values = numbers(dataset, keyword)
    if len(values) != 2 or not all(PLAUSIBLE_MM[0] <= value <= PLAUSIBLE_MM[1] for value in values):
        return None
    return values[0], values[1]


def _beside(dataset: Dataset, detector: tuple[float, float], pixel: tuple[float, float] | None) -> tuple[str, ...]:
    """A note when PixelSpacing differs from the spacing on the detector."""
    if pixel is None or all(abs(p / d - 1) <= SAME_SPACING for p, d in zip(pixel, detector, strict=True)):
        return ()
    kind = text(dataset, "PixelSpacingCalibrationType").upper() or "of unstated kind"
    return (
        f"The file also gives a calibrated PixelSpacing of {pixel[0]:.4g} mm ({kind}); the detector's "
        f"{detector[0]:.4g} mm was kept.",
    )


def _magnification(dataset: Dataset) -> tuple[str, ...]:
    factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
    if factor is None or factor <= 1:
        return ()
    return (f"The file estimates that the patient is magnified {factor:.3g} times on the detector.",)


def _calibrated_notes(dataset: Dataset, pixel: tuple[float, float], calibration: str) -> tuple[str, ...]:
    note = f"The only pixel spacing ({pixel[0]:.4g} mm, {calibration}) lies in the patient, not on the detector."
    factor = number(dataset, "EstimatedRadiographicMagnificationFactor")
    if factor is not None and factor >= 1:
        note += f" With the stated magnification of {factor:.3g} the detector's would be {pixel[0] * factor:.4g} mm."
    return (note,)


def _why_none(dataset: Dataset) -> str:
    """That no spacing is known, and the nonsense that stood in its place."""
    for keyword in ("ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelSpacing"):
        if keyword in dataset and dataset.get(keyword) not in (None, ""):
            shown = " x ".join(f"{value:g}" for value in numbers(dataset, keyword)) or "no numbers"
            return (
                f"{keyword} says {shown} (mm), which no detector has: give the detector's pixel size to measure in mm."
            )
    return "The file gives no pixel spacing: give the detector's pixel size to measure in mm."
