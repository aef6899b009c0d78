"""Names of studies; nothing heavy is imported for them."""

from __future__ import annotations

from typing import Literal, get_args

StudyName = Literal["chvae-main", "chvae-followup", "chvae-ablation"]

STUDIES: tuple[StudyName, ...] = get_args(StudyName)
