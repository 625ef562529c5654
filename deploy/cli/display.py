"""Shows a platform coming up: a live list on a terminal, one plain line a change elsewhere."""

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.local import state

_MARKS = {
    state.Status.WAITING: ("·", "dim"),
    state.Status.HEALTHY: ("✓", "green"),
    state.Status.RESTARTING: ("!", "yellow"),
    state.Status.STOPPED: ("-", "dim"),
}


class Display:
    """Given each new state; draws the start as a list, and what happens later as lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._told: dict[str, tuple[state.Status, int]] = {}
        self._spinner = Spinner("dots")

    def changed(self, platform: state.Platform) -> None:
        """Shows what is new."""
        if platform.phase is state.Phase.STARTING and self._console.is_terminal:
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

    def _draw(self, platform: state.Platform) -> None:
        if self._live is None:
            self._live = Live(console=self._console, refresh_per_second=12)
            self._live.start()
        self._live.update(self._list(platform))

    def _list(self, platform: state.Platform) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for node in platform.nodes.values():
            mark = self._spinner if node.status is state.Status.STARTING else Text(*_MARKS[node.status])
            table.add_row(mark, node.name, Text(_words(node), style="dim"))
        return Group(Text("Starting Marquee", style="bold"), table)

    def _lines(self, platform: state.Platform) -> None:
        for name, node in platform.nodes.items():
            now = (node.status, node.restarts)
            if now == self._told.get(name):
                continue
            self._told[name] = now
            if node.status in (state.Status.HEALTHY, state.Status.RESTARTING, state.Status.STOPPED):
                self._console.print(f"{name:<14} {_words(node)}", markup=False)


def _words(node: state.Node) -> str:
    if node.status is state.Status.HEALTHY and node.took is not None:
        return f"{node.status} after {node.took:.1f} s"
    return f"{node.status} {node.detail}".rstrip()
