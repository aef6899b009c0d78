"""The report's section on how surely the pose is known."""

from __future__ import annotations

import base64
from html import escape

from bonedensity.registration.uncertainty import AXES
from bonedensity.workflows.quality_pictures import profiles_png
from bonedensity.workflows.registered_case import RegisteredCase

HEAD = '<tr><th>Parameter</th><th class="number">Standard deviation</th><th>Unit</th></tr>'


def quality_section(case: RegisteredCase) -> str:
    """Standard deviations of the six parameters, their effect on lengths, profiles; empty where not estimated."""
    uncertainty = case.registration.quality.uncertainty
    if uncertainty is None:
        return ""
    picture = base64.b64encode(profiles_png(uncertainty)).decode("ascii")
    rows = "".join(
        f'<tr><td>{escape(name)}</td><td class="number">{deviation:.2g}</td><td>{escape(unit)}</td></tr>'
        for (name, unit), deviation in zip(AXES, uncertainty.standard_deviations, strict=True)
    )
    return (
        "<h2>How surely the pose is known</h2>"
        "<p>In the radiograph's own axes, about the bones' centre; calibrated on simulated X-rays so that about two "
        f"thirds of the errors lie within one standard deviation.{_scale(case)}</p>"
        f"<table><thead>{HEAD}</thead><tbody>{rows}</tbody></table>"
        f'<figure class="profiles"><img alt="Similarity profiles" src="data:image/png;base64,{picture}">'
        "<figcaption><strong>Similarity around the pose</strong> · the flatter a curve, the less the radiograph says "
        "about it; shaded: one standard deviation either way</figcaption></figure>"
    )


def scale_note(case: RegisteredCase) -> str:
    """How surely a length at the bone is known, for a caption; empty where not estimated."""
    return "" if case.scale is None else f" (± {case.scale.length:.2%})"


def _scale(case: RegisteredCase) -> str:
    scale = case.scale
    if scale is None:
        return ""
    return (
        f" A pixel is {scale.mm_per_pixel:.3g} mm at the bone, ± {scale.length:.2%}: lengths drawn on the radiograph "
        f"are that uncertain, areas ± {scale.area:.2%}. Areal densities in this report are not affected: they are "
        "mass per area along parallel rays, or along the radiograph's own."
    )
