"""Writes what a process must know before the control plane can tell it the rest.

`python -m deploy.local.bootstrap_files DIRECTORY` does so in a container, from the environment.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import settings

PLACEHOLDER = re.compile(r"\{\{\s*([A-Z_]+)\s*\}\}")
EDGE_TEMPLATE = settings.PROJECT / "envoy" / "edge.yaml"
EDGE_NAMES = (
    "ADMIN_PORT",
    "MEDIA_ORIGIN_PORT",
    "WEB_ORIGIN_PORT",
    "GATEWAY_HOST",
    "GATEWAY_PORT",
    "EDGE_PORT",
    "MEDIA_DIR",
    "WEB_DIR",
    "ADMIN_DIR",
    "NODE_ID",
    "LISTEN_ADDRESS",
    "ORIGIN_ADDRESS",
)


class UnknownPlaceholder(Exception):
    """The template asks for a name nobody gives a value to."""


def render(template: str, values: Mapping[str, str]) -> str:
    """Puts the values into `{{ NAME }}` placeholders; fails with `UnknownPlaceholder`."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise UnknownPlaceholder(f"no value for {{{{ {name} }}}}")
        return values[name]

    return PLACEHOLDER.sub(value, template)


def mesh(gateway: str) -> str:
    """The gRPC library's xDS bootstrap, naming the control plane at `gateway` (host:port)."""
    return json.dumps(
        {
            "xds_servers": [
                {
                    "server_uri": gateway,
                    "channel_creds": [{"type": "insecure"}],
                    "server_features": ["xds_v3"],
                }
            ],
            "node": {"id": "marquee-mesh", "cluster": "marquee"},
        },
        indent=2,
    )


def write(directory: Path, edge: Mapping[str, str]) -> None:
    """Writes `edge.yaml` for Envoy and `mesh.json` for the services into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "edge.yaml").write_text(render(EDGE_TEMPLATE.read_text(), edge))
    gateway = f"{edge['GATEWAY_HOST']}:{edge['GATEWAY_PORT']}"
    (directory / "mesh.json").write_text(mesh(gateway))


def main() -> None:
    """Renders from environment variables named like the placeholders."""
    write(Path(sys.argv[1]), {name: os.environ[name] for name in EDGE_NAMES})


if __name__ == "__main__":
    main()
