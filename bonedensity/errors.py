"""The one family of errors: each message says what is wrong, where, and how to mend it."""

from __future__ import annotations


class BoneDensityError(Exception):
    """Base of every error that a user can cause and mend; shown to the user as it stands."""


class UnreadableFileError(BoneDensityError):
    """A file or folder is missing, damaged, or not of a kind this package reads."""


class UnwritableFileError(BoneDensityError):
    """A file that cannot be written: no such folder, no permission, or a suffix that the data do not fit."""


class GeometryError(BoneDensityError):
    """A camera, pose or grid that no real set-up can have."""


class SpacingError(BoneDensityError):
    """A measurement in millimetres was asked of an image whose pixel spacing is not known."""


class CalibrationError(BoneDensityError):
    """A calibration from HU to density that is missing or not plausible."""


class AnatomyError(BoneDensityError):
    """A bone, landmark or region that the image does not hold, or not whole."""


class RegistrationError(BoneDensityError):
    """A registration that cannot start, such as a bone that projects outside the detector."""


class PopulationError(BoneDensityError):
    """A cohort, person, visit or manifest of virtual patients that cannot be."""


class MissingDependencyError(BoneDensityError):
    """An optional library is needed for what was asked; the message says how to install it."""


class DeviceError(BoneDensityError):
    """A computing device that was asked for but is not there, or that has too little memory."""


class StatisticsError(BoneDensityError):
    """Values from which a statistic cannot be told: too few, unpaired, or not finite."""


class ModelError(BoneDensityError):
    """A model, bundle or weights file that cannot be used, or that holds more than numbers."""


class CancelledError(BoneDensityError):
    """The caller's `should_stop` asked a long job to end; nothing was changed."""
