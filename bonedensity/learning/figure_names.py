"""A card's figures as people read them: the field's names, units, and what belongs together on one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class _Kind(NamedTuple):
    """A kind of figure.

    Attributes:
        pattern: The whole of its name in a card; its group `of` is what it is about, or what it was measured against.
        about: The line that it stands on, with {of}.
        label: With {of}; "" where `about` says all.
        unit: "%" for shares, "of" for the unit of what it is about.
    """

    pattern: str
    about: str
    label: str
    unit: str = ""


SIZE = r"(?:l1_l4_)?(?P<of>age|width|height|area)"
TARGET = r"(?P<of>(?:dxa|qct)_(?:decomposition|regression))"

WORDS = {
    "dxa_decomposition": "DXA, read off the decomposed image",
    "qct_decomposition": "QCT, read off the decomposed image",
    "dxa_regression": "DXA, by regression",
    "qct_regression": "QCT, by regression",
}
UNITS = {
    "dxa_decomposition": "g/cm²",
    "dxa_regression": "g/cm²",
    "qct_decomposition": "mg/cm³",
    "qct_regression": "mg/cm³",
    "age": "years",
    "width": "cm",
    "height": "cm",
    "area": "cm²",
}

KINDS = (
    _Kind("virtual_people|people", "Virtual people judged on", ""),
    _Kind("abstained", "Of them refused", "", "%"),
    _Kind("psnr(?:_db)?", "Image", "PSNR", "dB"),
    _Kind("ssim", "Image", "SSIM"),
    _Kind("mae", "Image", "MAE", "% of the grey range"),
    _Kind("rmse", "Image", "RMSE", "% of the grey range"),
    _Kind("dice", "Image", "Dice of the bone"),
    _Kind("dice_(?P<of>.+)", "Dice", "{of}"),
    _Kind("auroc_of_errors", "Doubt", "AUROC of wrong voxels"),
    _Kind("calibration_error", "Doubt", "calibration error", "%"),
    _Kind("auroc_(?P<of>(?!of_errors).+)", "Wrong inputs found, AUROC", "{of}"),
    _Kind(f"{TARGET}_pcc", "{of}", "PCC"),
    _Kind(f"{TARGET}_icc", "{of}", "ICC(A,1)"),
    _Kind(f"{TARGET}_mae", "{of}", "MAE", "of"),
    _Kind(f"{TARGET}_rms_cv", "{of}", "RMS-CV over poses", "%"),
    _Kind(f"{TARGET}_coverage", "{of}", "truth within the interval", "%"),
    _Kind("composition", "Axioms", "composition", "% of the grey range"),
    _Kind("reversibility", "Axioms", "reversibility", "% of the grey range"),
    _Kind("identity", "Axioms", "identity score"),
    _Kind(f"effectiveness_slope_{SIZE}", "Asked for and read off the image, {of}", "slope"),
    _Kind(f"effectiveness_mae_{SIZE}", "Asked for and read off the image, {of}", "MAE", "of"),
    _Kind(f"effectiveness_sign_{SIZE}", "Asked for and read off the image, {of}", "sign right", "%"),
    _Kind(f"effectiveness_slope_{SIZE}_by_age", "20 years asked for, {of} read off the image", "slope"),
    _Kind(f"effectiveness_mae_{SIZE}_by_age", "20 years asked for, {of} read off the image", "MAE", "of"),
    _Kind(f"effectiveness_sign_{SIZE}_by_age", "20 years asked for, {of} read off the image", "sign right", "%"),
    _Kind("true_mae", "Against true counterfactuals", "MAE", "% of the grey range"),
    _Kind("true_mae_persistence", "Against true counterfactuals", "no change at all", "% of the grey range"),
    _Kind("true_gain", "Against true counterfactuals", "nearer than no change by", "%"),
    _Kind("true_correlation", "Against true counterfactuals", "correlation of the change"),
    _Kind("true_brightness", "Against true counterfactuals", "change of brightness over the true one"),
    _Kind("true_brightness_sign", "Against true counterfactuals", "brightness to the true side", "%"),
    _Kind("true_brightness_sign_clear", "Against true counterfactuals", "where it changes by over 1 %", "%"),
    _Kind("true_brightness_sign_at_best", "Against true counterfactuals", "one side for each sex at best", "%"),
    _Kind(f"true_slope_{SIZE}", "Read off true counterfactuals", "slope of {of}"),
    _Kind(f"r2_{SIZE}", "Second visit, {of}", "R²"),
    _Kind(f"r2_{SIZE}_persistence", "Second visit, {of}", "no change at all: R²"),
    _Kind(f"icc_{SIZE}", "Second visit, {of}", "ICC(A,1)"),
    _Kind(f"icc_{SIZE}_persistence", "Second visit, {of}", "no change at all: ICC(A,1)"),
    _Kind(f"mae_over_persistence_{SIZE}", "Second visit, {of}", "MAE over that of no change"),
    _Kind(f"sign_agreement_{SIZE}", "Second visit, {of}", "sign right", "%"),
    _Kind("mae_over_persistence", "Second visit, all sizes", "MAE over that of no change"),
    _Kind("sign_agreement", "Second visit, all sizes", "sign right", "%"),
)
"""Of all models. A figure of none of these kinds stands under its own name, by itself."""


def figure_lines(metrics: Mapping[str, Any]) -> dict[str, str]:
    """Figures by what they are about, in the card's order.

    Args:
        metrics: Name to value; what is no number is left out.

    Returns:
        "DXA, by regression" to "PCC 0.92 · MAE 0.064 g/cm²"; "" to figures of unknown kinds.
    """
    lines: dict[str, list[str]] = {}
    for name, value in metrics.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            about, text = figure_text(name, value)
            lines.setdefault(about, []).append(text)
    return {about: " · ".join(own) for about, own in lines.items()}


def figure_text(name: str, value: float) -> tuple[str, str]:
    """What a figure is about, and the figure with its name and unit."""
    for kind in KINDS:
        if (match := re.fullmatch(kind.pattern, name)) is not None:
            of = match.groupdict().get("of", "")
            word = WORDS.get(of, of.replace("_", " "))
            unit = UNITS.get(of, "") if kind.unit == "of" else kind.unit
            return kind.about.format(of=word), f"{kind.label.format(of=word)} {_with_unit(value, unit)}".lstrip()
    return "", f"{name.replace('_', ' ')} {value:.3g}"


def _with_unit(value: float, unit: str) -> str:
    if unit.startswith("%"):
        return f"{100 * value:.1f} {unit}"
    return f"{value:.3g} {unit}".rstrip()
