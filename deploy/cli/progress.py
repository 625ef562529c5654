"""Shows a platform coming up: a live list on a terminal, one plain line a change elsewhere."""

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


class Display:
    """Given each new state; draws the start as a list, and what happens later as lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._told: dict[str, tuple[platform_state.Status, int]] = {}
        self._spinner = Spinner("dots")

    def changed(self, platform: platform_state.Platform) -> None:
        """Shows what is new."""
        if platform.phase is platform_state.Phase.STARTING and self._console.is_terminal:
            self._draw(platform)
        elif self._live is not None:
            self._draw(platform)
            self.close()
            self._told = {name: (node.status, node.restarts) for name, node in platform.nodes.items()}
        else:
            self._lines(platform)

    def close(self) -> None:
        """Leaves the list as it stands."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, platform: platform_state.Platform) -> None:
        if self._live is None:
            self._live = Live(console=self._console, refresh_per_second=12)
            self._live.start()
        self._live.update(self._list(platform))

    def _list(self, platform: platform_state.Platform) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for node in platform.nodes.values():
            mark = self._spinner if node.status is platform_state.Status.STARTING else Text(*_MARKS[node.status])
            table.add_row(mark, node.name, Text(_words(node), style="dim"))
        return Group(Text("Starting Marquee", style="bold"), table)

    def _lines(self, platform: platform_state.Platform) -> None:
        for name, node in platform.nodes.items():
            now = (node.status, node.restarts)
            if now == self._told.get(name):
                continue
            self._told[name] = now
            if node.status in (
                platform_state.Status.HEALTHY,
                platform_state.Status.RESTARTING,
                platform_state.Status.STOPPED,
            ):
                self._console.print(f"{name:<14} {_words(node)}", markup=False)


def _words(node: platform_state.Node) -> str:
    if node.status is platform_state.Status.HEALTHY and node.took is not None:
        return f"{node.status} after {node.took:.1f} s"
    return f"{node.status} {node.detail}".rstrip()
