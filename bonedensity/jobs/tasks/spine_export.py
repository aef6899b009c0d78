"""Everything about one counterfactual as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bonedensity.jobs.tasks.context import TaskContext
from bonedensity.jobs.tasks.parameters import Parameters, text
from bonedensity.jobs.tasks.spine_answers import age_band, uncertainty_of
from bonedensity.jobs.tasks.spine_people import attributes_in, outline_in, person_of
from bonedensity.progress import stop_if_asked


def spine_export(parameters: Parameters, context: TaskContext) -> dict[str, Any]:
    """Pictures, NRRD, table, sweep (GIF, MP4) and a one-page sheet (PDF) in a folder; `outputs` lists them."""
    from bonedensity.generators.chvae.counterfactual.judgement import judge
    from bonedensity.generators.chvae.counterfactual.request import Sweep
    from bonedensity.generators.chvae.counterfactual.run import said_do, write_counterfactual
    from bonedensity.generators.chvae.counterfactual.sheet import Sheet, write_sheet

    person, do = person_of(parameters, context), attributes_in(parameters, "do")
    folder, asked = Path(text(parameters, "folder")).expanduser(), parameters.get("sweep")
    context.on_progress(0.1, "Writing pictures")
    made = person.predict(do)
    made = replace(made, uncertainty=uncertainty_of(parameters, context, made))
    sweep = None if asked is None else Sweep(str(asked["name"]), tuple(float(value) for value in asked["values"]))
    ffmpeg = text(parameters, "ffmpeg", "")
    outputs, notes = write_counterfactual(
        person, made, folder, sweep=sweep, ffmpeg=ffmpeg, should_stop=context.should_stop
    )
    stop_if_asked(context.should_stop)
    context.on_progress(0.8, "Writing the sheet")
    judged, card = judge(person, made, outline_in(parameters)), person.model.card
    sheet = Sheet(
        title=text(parameters, "name", "DXA"),
        what=said_do(do, person.model.causal.graph),
        factual=person.image.array,
        counterfactual=made.image,
        rows=judged.to_json()["rows"],
        density=judged.density,
        identity=judged.identity,
        notes=(*made.notes, *judged.warnings),
        path=age_band(person),
        model=f"Model {card.name} ({card.size}), trained on {card.data}.",
    )
    write_sheet(sheet, folder / "sheet.pdf")
    return {"outputs": [*map(str, outputs), str(folder / "sheet.pdf")], "notes": notes}
