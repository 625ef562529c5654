"""Prints results for people or as JSON for scripts, and ends the command with an exit code."""

import contextlib
import errno
import json
from collections.abc import Iterator
from typing import Any, NoReturn

import click
from rich.console import Console

from deploy.cli import exit_codes
from deploy.local import (
    engines,
    instance_lock,
    port_availability,
    postgres_user,
    secret_files,
    settings,
    supervisor,
)

console = Console(highlight=False, soft_wrap=True)
errors = Console(highlight=False, soft_wrap=True, stderr=True)

_EXIT_CODES: dict[type[Exception], exit_codes.ExitCode] = {
    settings.BadSetting: exit_codes.ExitCode.REFUSED,
    secret_files.UnsafeProduction: exit_codes.ExitCode.REFUSED,
    instance_lock.AlreadyRunning: exit_codes.ExitCode.ALREADY_RUNNING,
    port_availability.PortsTaken: exit_codes.ExitCode.PORT_TAKEN,
    postgres_user.PostgresUserError: exit_codes.ExitCode.FAILED,
    engines.EngineMissing: exit_codes.ExitCode.FAILED,
    engines.EngineFailed: exit_codes.ExitCode.FAILED,
    supervisor.StartFailed: exit_codes.ExitCode.FAILED,
}

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object for scripts.")


def print_json(value: Any) -> None:
    """Prints one JSON value to standard output."""
    click.echo(json.dumps(value, indent=2))


def exit_with(code: exit_codes.ExitCode, message: str = "", as_json: bool = False) -> NoReturn:
    """Ends the command. The message goes to standard error or, with `as_json`, to standard output as JSON."""
    if message and as_json:
        print_json({"error": message, "code": int(code)})
    elif message:
        errors.print(message, markup=False)
    raise click.exceptions.Exit(int(code))


@contextlib.contextmanager
def handle_errors(as_json: bool = False) -> Iterator[None]:
    """Ends the command with a message and an exit code when a known error occurs in the block."""
    try:
        yield
    except tuple(_EXIT_CODES) as error:
        exit_with(_EXIT_CODES[type(error)], str(error), as_json)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        exit_with(exit_codes.ExitCode.FAILED, f"{error.strerror}; `marquee doctor` shows how much is free", as_json)


def format_size(count: float) -> str:
    """Returns a number of bytes in a readable unit."""
    for unit in ("B", "kB", "MB"):
        if abs(count) < 1000:  # noqa: PLR2004 - the step between two units
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.2f} GB"


def format_duration(seconds: float) -> str:
    """Returns a duration in readable units."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
