"""A web server with one file."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field


@dataclass
class GuideServer:
    """Responds to every request alike, and keeps the requests."""

    port: int = 0
    status: int = 200
    body: bytes = b"<tv/>"
    headers: Mapping[str, str] = field(default_factory=dict)
    #: The length that it states; that of the body if None.
    stated_length: int | None = None
    #: Responses wait for this.
    open: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set when a request has come.
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    #: The first lines and the headers of all requests.
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def uri(self) -> str:
        """The address of the file."""
        return f"http://127.0.0.1:{self.port}/guide.xml"

    def __post_init__(self) -> None:
        self.responding: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begins to respond on a connection."""
        task = asyncio.ensure_future(self.respond(reader, writer))
        self.responding.add(task)
        task.add_done_callback(self.responding.discard)

    async def respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reads a request and responds."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        self.requests.append((first, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}))
        self.asked.set()
        await self.open.wait()
        length = len(self.body) if self.stated_length is None else self.stated_length
        stated = {"content-length": str(length), "connection": "close", **self.headers}
        lines = [f"HTTP/1.1 {self.status} OK", *(f"{name}: {value}" for name, value in stated.items())]
        with contextlib.suppress(ConnectionError):
            writer.write("\r\n".join([*lines, "", ""]).encode() + self.body)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[GuideServer]:
    """Runs a server."""
    served = GuideServer()
    served.open.set()
    async with await asyncio.start_server(served.accept, "127.0.0.1", 0) as server:
        served.port = server.sockets[0].getsockname()[1]
        try:
            yield served
        finally:
            served.open.set()
            await asyncio.gather(*served.responding)
