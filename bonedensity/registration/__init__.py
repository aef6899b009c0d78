"""2D-3D registration of a CT to one or more radiographs."""

from bonedensity.registration.config import Level, RegistrationConfig
from bonedensity.registration.register import register
from bonedensity.registration.result import Quality, RegistrationResult
from bonedensity.registration.view import View

__all__ = ["Level", "Quality", "RegistrationConfig", "RegistrationResult", "View", "register"]
