"""`bonedensity …`: the list of commands, and how they end."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Annotated

import typer

from bonedensity import __version__
from bonedensity.cli import (
    bmdgan,
    calibrate,
    chvae,
    counterfactual,
    demo,
    doctor,
    drr,
    evaluate,
    inspect,
    landmarks,
    measure,
    prepare,
    register,
    segment,
    simulate,
    study,
    train,
)
from bonedensity.cli.app import app as browser_app
from bonedensity.cli.console import errors
from bonedensity.errors import BoneDensityError

BAD_INPUT = 2
BUG = 1

app = typer.Typer(
    name="bonedensity",
    help="Bone density from X-ray, CT and DXA. Research use only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("inspect")(inspect.inspect)
app.command("calibrate")(calibrate.calibrate)
app.command("segment")(segment.segment)
app.command("landmarks")(landmarks.landmarks)
app.command("measure")(measure.measure)
app.command("drr")(drr.drr)
app.command("register")(register.register)
app.command("counterfactual")(counterfactual.counterfactual)
app.command("prepare")(prepare.prepare)
app.command("study")(study.study)
train.app.command("bmdgan")(bmdgan.train_bmdgan)
train.app.command("chvae")(chvae.train_chvae)
evaluate.app.command("bmdgan")(bmdgan.evaluate_bmdgan)
evaluate.app.command("chvae")(chvae.evaluate_chvae)
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.command("app")(browser_app)
app.command("doctor")(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(__version__ + "\n")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command: exit 0 done, 2 bad input (one sentence on standard error), 1 a bug."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        app()
    except BoneDensityError as error:
        errors.print(str(error), markup=False)
        sys.exit(BAD_INPUT)
    except Exception:  # the last border: whatever comes here is our own mistake, and says so
        traceback.print_exc()
        errors.print("This is a bug in bonedensity, not in your data: please report the lines above.", markup=False)
        sys.exit(BUG)
