"""What a supervisor tells the world about itself: a file other commands read."""

import enum
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


class Phase(enum.StrEnum):
    """Where the whole platform stands."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Status(enum.StrEnum):
    """Where one process or step stands."""

    WAITING = "waiting"
    STARTING = "starting"
    HEALTHY = "healthy"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass
class Node:
    """A process, or a step with neither pid nor ports; times are seconds since the epoch."""

    name: str
    status: Status = Status.WAITING
    pid: int | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    restarts: int = 0
    since: float = field(default_factory=time.time)
    took: float | None = None
    """Seconds from its start until it was healthy."""
    detail: str = ""


@dataclass
class Platform:
    """Everything a supervisor knows."""

    nodes: dict[str, Node]
    phase: Phase = Phase.STARTING
    pid: int = field(default_factory=os.getpid)
    port: int = 0
    replicas: Mapping[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    error: str = ""

    def write(self, file: Path) -> None:
        """Replaces the file in one step, so that no reader sees half of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(file)


def path(home: Path) -> Path:
    """Where the platform in `home` keeps its state."""
    return home / "run" / "state.json"


def read(home: Path) -> Platform | None:
    """The last state written in `home`, or `None` when there is none."""
    try:
        raw: dict[str, Any] = json.loads(path(home).read_text())
    except (OSError, ValueError):
        return None
    nodes = {name: Node(**{**node, "status": Status(node["status"])}) for name, node in raw.pop("nodes").items()}
    return Platform(nodes=nodes, phase=Phase(raw.pop("phase")), **raw)
