"""`bonedensity app`: the windows in a browser."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from bonedensity.cli.console import errors
from bonedensity.errors import BoneDensityError

NEEDED = ("trame", "trame_vuetify", "trame_vtk")

NOT_INSTALLED = "The browser app is not installed: run `pip install 'bonedensity[app]'`, then start it again."


def app(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.", min=0, max=65535)] = 8765,
    host: Annotated[str, typer.Option(help="Address to listen on; by default this computer alone.")] = "127.0.0.1",
) -> None:
    """Serve the windows to a browser, until Ctrl-C; all is computed on this computer."""
    if any(find_spec(name) is None for name in NEEDED):
        raise BoneDensityError(NOT_INSTALLED)
    from bonedensity.web.serve import is_loopback, serve

    if not is_loopback(host):
        errors.print(f"Listening on {host}: whoever knows the address below can use this computer's files by it.")
    serve(host, port, on_ready=lambda address: typer.echo(f"Open {address}\nCtrl-C ends it."))
