"""Prints the progress of a start: a live list on a terminal, and one line for each change elsewhere."""

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.local import platform_state

_MARKS = {
    platform_state.Status.WAITING: ("·", "dim"),
    platform_state.Status.HEALTHY: ("✓", "green"),
    platform_state.Status.RESTARTING: ("!", "yellow"),
    platform_state.Status.STOPPED: ("-", "dim"),
}
_PRINTED = {platform_state.Status.HEALTHY, platform_state.Status.RESTARTING, platform_state.Status.STOPPED}


class ProgressDisplay:
    """Shows the start as a list and later changes as lines. `update` takes each new state."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._printed: dict[str, tuple[platform_state.Status, int]] = {}
        self._spinner = Spinner("dots")

    def update(self, platform: platform_state.Platform) -> None:
        """Shows what has changed."""
        if platform.phase is platform_state.Phase.STARTING and self._console.is_terminal:
            self._draw(platform)
        elif self._live is not None:
            self._draw(platform)
            self.close()
            self._printed = {name: (node.status, node.restarts) for name, node in platform.nodes.items()}
        else:
            self._print_changes(platform)

    def close(self) -> None:
        """Ends the live list and leaves it on the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, platform: platform_state.Platform) -> None:
        if self._live is None:
            self._live = Live(console=self._console, refresh_per_second=12)
            self._live.start()
        self._live.update(self._build_list(platform))

    def _build_list(self, platform: platform_state.Platform) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for node in platform.nodes.values():
            mark = self._spinner if node.status is platform_state.Status.STARTING else Text(*_MARKS[node.status])
            table.add_row(mark, node.name, Text(_describe(node), style="dim"))
        return Group(Text("Starting Marquee", style="bold"), table)

    def _print_changes(self, platform: platform_state.Platform) -> None:
        for name, node in platform.nodes.items():
            current = (node.status, node.restarts)
            if current == self._printed.get(name):
                continue
            self._printed[name] = current
            if node.status in _PRINTED:
                self._console.print(f"{name:<14} {_describe(node)}", markup=False)


def _describe(node: platform_state.Node) -> str:
    if node.status is platform_state.Status.HEALTHY and node.start_seconds is not None:
        return f"{node.status} after {node.start_seconds:.1f} s"
    return f"{node.status} {node.detail}".rstrip()
