"""The options of commands that call the platform as an editor."""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from deploy.cli import demo_accounts
from deploy.local import settings

if TYPE_CHECKING:
    from deploy.cli import import_client

_Command = TypeVar("_Command", bound=Callable[..., Any])
#: The formats of guides by the words for them.
GUIDE_FORMATS = {"xmltv": "IMPORT_FORMAT_XMLTV", "m3u": "IMPORT_FORMAT_M3U"}

channel_time_zones = click.option(
    "--channel-time-zone",
    "channel_time_zones",
    multiple=True,
    metavar="ID=ZONE",
    help="The zone of all times of a channel, by its id in the file.",
)


def server_options(command: _Command) -> _Command:
    """Adds the options that say which platform is called, and by whom."""
    for option in (
        click.option("--password", envvar="MARQUEE_PASSWORD", help="The password; better given by MARQUEE_PASSWORD."),
        click.option("--email", envvar="MARQUEE_EMAIL", help="The editor; the demo administrator by default."),
        click.option("--tls", is_flag=True, help="Use TLS."),
        click.option("--server", metavar="HOST:PORT", help="The platform; the one on this machine by default."),
    ):
        command = option(command)
    return command


def get_server(address: str | None, email: str | None, password: str | None, *, tls: bool) -> "import_client.Server":
    """Returns the platform that options name. Raises what reading the settings raises."""
    from deploy.cli import import_client

    config = settings.read(os.environ)
    editor = demo_accounts.get_editor()
    return import_client.Server(
        address=address or f"127.0.0.1:{config.port}",
        email=email or editor.email,
        password=password or editor.password,
        tls=tls or config.tls,
    )


def parse_pairs(stated: Iterable[str], option: str, form: str) -> dict[str, str]:
    """Returns the pairs that an option states. Raises BadParameter."""
    pairs = {}
    for each in stated:
        # The ids of sources may contain an equals sign, what they are mapped to does not.
        key, equals, value = each.rpartition("=")
        if not equals:
            raise click.BadParameter(f"{each} is not {form}", param_hint=option)
        pairs[key] = value
    return pairs
