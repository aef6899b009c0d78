"""A sweep as an MP4 movie: H.264 where the user has ffmpeg, else AV1, which Pillow encodes without licence to buy.

H.264 plays everywhere but cannot be shipped (patents; x264 is under the GPL). AV1 plays in browsers, VLC and on
Windows 11; older Macs and slide programs may lack it.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bonedensity.errors import MissingDependencyError, UnwritableFileError
from bonedensity.generators.chvae.counterfactual.exports import FRAME_MS
from bonedensity.generators.chvae.counterfactual.mp4 import mp4_of_avif

if TYPE_CHECKING:
    from PIL.Image import Image

PER_SECOND = 20
"""Pictures a second in H.264, each repeated: some players show nothing slower."""

AV1_QUALITY, AV1_SPEED = 85, 8
"""Of Pillow's encoder: as good as the PNG to the eye, eleven frames in a fifth of a second."""

AV1_NOTE = (
    "The movie is AV1 (browsers, VLC, Windows 11); for H.264, which slide programs want, install ffmpeg "
    "(https://ffmpeg.org) so that it is found on PATH."
)


def write_movie(frames: Sequence[Image], path: Path, ffmpeg: str = "") -> str:
    """Write pictures of one size as a movie; returns what a user should know of it, or "".

    Args:
        frames: RGB, shown for `FRAME_MS` each.
        path: Ends with .mp4.
        ffmpeg: The program; "" looks for it on PATH.

    Raises:
        UnwritableFileError: It cannot be written, or there is no frame.
        MissingDependencyError: There is neither ffmpeg nor a Pillow that encodes AV1.
    """
    if not frames:
        raise UnwritableFileError(f"“{path}” was not written: a movie needs at least one picture.")
    even = [_even(frame) for frame in frames]
    program = shutil.which(ffmpeg or "ffmpeg")
    if program is not None and _h264(even, path, program):
        return ""
    movie = av1_movie(even)
    try:
        path.write_bytes(movie)
    except OSError as error:
        raise UnwritableFileError(f"“{path}” cannot be written ({error.strerror or error}).") from None
    return AV1_NOTE


def av1_movie(frames: Sequence[Image]) -> bytes:
    """Pictures as the bytes of an MP4 file with AV1 inside.

    Raises:
        MissingDependencyError: Pillow cannot encode AV1.
    """
    from PIL import features

    if not features.check("avif"):
        raise MissingDependencyError(
            "No movie was written: it needs ffmpeg on PATH (https://ffmpeg.org), or Pillow 11.3 or newer."
        )
    buffer = io.BytesIO()
    settings = {"quality": AV1_QUALITY, "speed": AV1_SPEED, "subsampling": "4:2:0", "duration": FRAME_MS}
    frames[0].save(buffer, "AVIF", save_all=True, append_images=list(frames[1:]), **settings)
    return mp4_of_avif(buffer.getvalue())


def _even(frame: Image) -> Image:
    """Colour is stored for two by two pixels: odd sizes get a black line."""
    import PIL.Image

    whole = PIL.Image.new("RGB", (frame.width + frame.width % 2, frame.height + frame.height % 2))
    whole.paste(frame, (0, 0))
    return whole


def _h264(frames: Sequence[Image], path: Path, program: str) -> bool:
    """Whether ffmpeg has written the movie; some builds of it know no H.264."""
    command = [
        program, "-y", "-loglevel", "error",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{frames[0].width}x{frames[0].height}",
        "-framerate", f"1000/{FRAME_MS}", "-i", "-",
        "-r", str(PER_SECOND), "-c:v", "h264", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path),
    ]  # fmt: skip
    pixels = b"".join(frame.tobytes() for frame in frames)
    try:
        ended = subprocess.run(command, input=pixels, capture_output=True, check=False, env=_own_libraries())
    except OSError:
        return False
    return ended.returncode == 0 and path.is_file() and path.stat().st_size > 0


def _own_libraries() -> dict[str, str]:
    """Slicer's libraries, which its processes find first, are not those that the user's ffmpeg was built with."""
    return {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")}
