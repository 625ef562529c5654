"""The state file of a supervisor, which other commands read."""

import enum
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


class Phase(enum.StrEnum):
    """The state of the whole platform."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Status(enum.StrEnum):
    """The state of one process or step."""

    WAITING = "waiting"
    STARTING = "starting"
    HEALTHY = "healthy"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass
class Node:
    """A process, or a step, which has neither pid nor ports."""

    name: str
    status: Status = Status.WAITING
    pid: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    restarts: int = 0
    status_time: float = field(default_factory=time.time)
    """When the node entered its status, in seconds since the epoch."""
    start_seconds: float | None = None
    """Seconds from its last start until it was healthy."""
    detail: str = ""


@dataclass
class Platform:
    """The state of the platform and of each of its nodes."""

    nodes: dict[str, Node]
    phase: Phase = Phase.STARTING
    pid: int = field(default_factory=os.getpid)
    port: int = 0
    replicas: Mapping[str, int] = field(default_factory=dict)
    start_time: float = field(default_factory=time.time)
    error: str = ""

    def write(self, file: Path) -> None:
        """Replaces the file atomically, so that no reader sees a part of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        new_file = file.with_suffix(".new")
        new_file.write_text(json.dumps(asdict(self)))
        new_file.replace(file)


def path(home: Path) -> Path:
    """Returns the path of the state file of the platform in `home`."""
    return home / "run" / "state.json"


def read(home: Path) -> Platform | None:
    """Returns the last state written in `home`, or `None` when there is none that can be read."""
    try:
        raw: dict[str, Any] = json.loads(path(home).read_text())
        nodes = {name: Node(**{**node, "status": Status(node["status"])}) for name, node in raw.pop("nodes").items()}
        return Platform(nodes=nodes, phase=Phase(raw.pop("phase")), **raw)
    except (OSError, ValueError, TypeError):
        return None
