"""Silence of the image libraries while a file is read: what matters becomes a note or an error of our own."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """ITK and pydicom say nothing on stderr inside; their settings are as before afterwards.

    A few lines that C libraries inside ITK print by themselves (libpng, OpenJPEG, on damaged files) cannot be stopped
    without turning off stderr for the whole process, all threads included, and are let through.
    """
    itk_warns = SimpleITK.ProcessObject.GetGlobalWarningDisplay()
    logger = logging.getLogger("pydicom")
    was_disabled = logger.disabled
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
        logger.disabled = True
        try:
            yield
        finally:
            SimpleITK.ProcessObject.SetGlobalWarningDisplay(itk_warns)
            logger.disabled = was_disabled
