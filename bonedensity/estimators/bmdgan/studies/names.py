"""Names of studies and scales; nothing heavy is imported for them."""

from __future__ import annotations

from typing import Literal, get_args

StudyName = Literal["bmdgan-main", "bmdgan-ablation", "bmdgan-pose", "bmdgan-compression", "bmdgan-errors"]

ScaleName = Literal["tiny", "small", "paper"]
"""tiny: minutes on a processor, shows only that everything runs. small: hours on a processor. paper: needs a card."""

STUDIES: tuple[StudyName, ...] = get_args(StudyName)
SCALES: tuple[ScaleName, ...] = get_args(ScaleName)
