"""Silence of the image libraries while a file is read: what matters becomes a note or an error of our own."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK

STDERR = 2
"""File descriptor of standard error."""


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """ITK and pydicom say nothing on stderr inside; their settings are as before afterwards.

    C libraries inside ITK print lines of their own on damaged files; `no_stray_lines` holds those back.
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


@contextmanager
def no_stray_lines() -> Iterator[None]:
    """Nothing reaches stderr inside, not even from libpng or OpenJPEG, which write to its file descriptor.

    This holds for the whole process, so it is kept to the single call that decodes a file.
    """
    try:
        kept = os.dup(STDERR)
    except OSError:  # a window without console has no stderr at all
        yield
        return
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
