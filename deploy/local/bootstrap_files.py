"""Writes the bootstrap files of Envoy and of the mesh, which name the control plane.

`python -m deploy.local.bootstrap_files DIRECTORY` writes them for a container, from the environment.
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
    "GATEWAY_HOST",
    "GATEWAY_PORT",
    "MEDIA_DIR",
    "WEB_DIR",
    "ADMIN_DIR",
    "NODE_ID",
)


class UnknownPlaceholder(Exception):
    """The template has a placeholder without a value."""


def render(template: str, values: Mapping[str, str]) -> str:
    """Returns the template with its `{{ NAME }}` placeholders replaced. Raises `UnknownPlaceholder`."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise UnknownPlaceholder(f"no value for {{{{ {name} }}}}")
        return values[name]

    return PLACEHOLDER.sub(value, template)


def render_mesh(gateway: str) -> str:
    """Returns the xDS bootstrap of the gRPC library, with the control plane at `gateway` (host:port)."""
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
    (directory / "mesh.json").write_text(render_mesh(gateway))


def main() -> None:
    """Writes the files from the environment variables that are named like the placeholders."""
    write(Path(sys.argv[1]), {name: os.environ[name] for name in EDGE_NAMES})


if __name__ == "__main__":
    main()
