"""The entry point of the `marquee` command."""

import click

from deploy.cli import (
    channel_commands,
    dead_letters,
    doctor,
    exit_codes,
    guide_commands,
    import_command,
    logs,
    platform_commands,
    status,
)


@click.group(epilog=exit_codes.HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and operate a Marquee platform on this machine."""


for command in (
    platform_commands.up,
    platform_commands.down,
    status.status,
    logs.logs,
    doctor.doctor,
    platform_commands.seed,
    import_command.import_file,
    guide_commands.guide,
    channel_commands.channels,
    dead_letters.events,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="marquee")
