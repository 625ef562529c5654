"""How the command speaks: to a person through rich, to a script in JSON, always with a code."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any, NoReturn

import click
from rich.console import Console

from deploy.cli import exit_codes
from deploy.local import engines, instance_lock, port_availability, postgres_user, secret_files, settings, supervisor

console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)

_CODES: dict[type[Exception], exit_codes.Code] = {
    settings.BadSetting: exit_codes.Code.REFUSED,
    secret_files.UnsafeProduction: exit_codes.Code.REFUSED,
    instance_lock.AlreadyRunning: exit_codes.Code.ALREADY_RUNNING,
    port_availability.PortsTaken: exit_codes.Code.PORT_TAKEN,
    postgres_user.Unreachable: exit_codes.Code.FAILED,
    engines.EngineMissing: exit_codes.Code.FAILED,
    engines.EngineFailed: exit_codes.Code.FAILED,
    supervisor.StartFailed: exit_codes.Code.FAILED,
}

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")


def emit(value: Any) -> None:
    """Prints one JSON value on standard output."""
    click.echo(json.dumps(value, indent=2))


def leave(code: exit_codes.Code, message: str = "", as_json: bool = False) -> NoReturn:
    """Ends the command; the message goes to standard error, or into `{"error"}` for a script."""
    if message and as_json:
        emit({"error": message, "code": int(code)})
    elif message:
        errors.print(message, markup=False)
    raise click.exceptions.Exit(int(code))


@contextlib.contextmanager
def told(as_json: bool = False) -> Iterator[None]:
    """Turns what can go wrong on this machine into a message and its exit code."""
    try:
        yield
    except tuple(_CODES) as error:
        leave(_CODES[type(error)], str(error), as_json)


def size(count: float) -> str:
    """Bytes, as a person reads them."""
    for unit in ("B", "kB", "MB"):
        if abs(count) < 1000:  # noqa: PLR2004 - the step between two units
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def span(seconds: float) -> str:
    """A length of time, as a person reads it."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
