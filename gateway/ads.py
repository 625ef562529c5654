"""The aggregated discovery service: sends snapshots in an order that keeps references valid."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from prometheus_client import Counter

from gateway import snapshot, xds
from services.kit import logs

_log = logs.logger()

_PUSHES = Counter("marquee_xds_pushes_total", "Responses sent to clients of the control plane.", ["type"])
_REFUSALS = Counter("marquee_xds_refusals_total", "Responses that a client did not accept.", ["type"])

#: Types of which a first request without names asks for every resource.
_WILDCARD = frozenset({xds.CLUSTER, xds.LISTENER})


@dataclasses.dataclass(slots=True)
class _Subscription:
    """The subscription of one stream to one type, and the versions it was last sent."""

    names: frozenset[str]
    wildcard: bool
    nonce: str = ""
    sent: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def select(self, view: snapshot.View, type_url: str) -> list[xds.Resource]:
        resources = view.resources(type_url)
        if self.wildcard:
            return list(resources.values())
        return [resources[name] for name in sorted(self.names & resources.keys())]


class Session:
    """The protocol state of one client's stream, without I/O: takes requests and snapshots, returns responses."""

    def __init__(self, node: str, cluster: str = "") -> None:
        self.node = node
        self.cluster = cluster
        self._subscriptions: dict[str, _Subscription] = {}
        self._nonces = itertools.count(1)

    def on_request(self, request: Any, view: snapshot.View) -> Iterator[Any]:
        """Returns responses to a request for resources that the client does not have."""
        type_url = request.type_url
        if type_url not in xds.ORDER:
            return
        names = frozenset(request.resource_names) - {"*"}
        known = self._subscriptions.get(type_url)
        if known is None:
            wildcard = type_url in _WILDCARD and (not names or "*" in request.resource_names)
            fresh = self._subscriptions[type_url] = _Subscription(names, wildcard)
            selected = fresh.select(view, type_url)
            if request.version_info == _version(selected):
                # The client has this version from an earlier stream; sending it again would only disturb it.
                fresh.sent = _versions(selected)
                _log.info("xds.resumed", node=self.node, type=_short_name(type_url), version=request.version_info)
                return
            yield self._respond(type_url, fresh, selected)
            return
        if request.response_nonce != known.nonce:
            # Outdated: the client acknowledges the later response next, with its current names.
            return
        self._log_acknowledgement(request)
        added = names - known.names
        known.names = names
        if not known.wildcard:
            known.sent = {name: version for name, version in known.sent.items() if name in names}
        if added:
            yield self._respond(type_url, known, known.select(view, type_url))

    def on_snapshot(self, view: snapshot.View) -> Iterator[Any]:
        """Returns responses with the resources that have changed since they were last sent."""
        clusters_changed = False
        for type_url in xds.ORDER:
            subscription = self._subscriptions.get(type_url)
            if subscription is None:
                continue
            selected = subscription.select(view, type_url)
            changed = subscription.sent != _versions(selected)
            if type_url == xds.CLUSTER:
                clusters_changed = changed
            # A changed cluster waits for its endpoints even if those are unchanged.
            if changed or (type_url == xds.ENDPOINTS and clusters_changed):
                yield self._respond(type_url, subscription, selected)

    def _respond(self, type_url: str, subscription: _Subscription, selected: list[xds.Resource]) -> Any:
        subscription.nonce = str(next(self._nonces))
        subscription.sent = _versions(selected)
        version = _version(selected)
        _PUSHES.labels(_short_name(type_url)).inc()
        _log.info("xds.push", node=self.node, type=_short_name(type_url), version=version, resources=len(selected))
        return discovery_pb2.DiscoveryResponse(
            version_info=version,
            nonce=subscription.nonce,
            type_url=type_url,
            resources=[resource.body for resource in selected],
        )

    def _log_acknowledgement(self, request: Any) -> None:
        kind = _short_name(request.type_url)
        if request.HasField("error_detail"):
            _REFUSALS.labels(kind).inc()
            _log.error("xds.nack", node=self.node, type=kind, error=request.error_detail.message)
        else:
            _log.debug("xds.ack", node=self.node, type=kind, version=request.version_info)


class AdsServicer(ads_pb2_grpc.AggregatedDiscoveryServiceServicer):  # type: ignore[misc]  # The wheel is untyped.
    """Sends the latest snapshot to every stream, and each later one when it is published."""

    def __init__(self) -> None:
        self._snapshot: snapshot.Snapshot | None = None
        self._streams: set[asyncio.Queue[Any]] = set()
        self._ready = asyncio.Event()

    def publish(self, latest: snapshot.Snapshot) -> None:
        """Makes a snapshot the current one."""
        self._snapshot = latest
        self._ready.set()
        for stream in self._streams:
            stream.put_nowait(_PUBLISHED)

    async def StreamAggregatedResources(  # noqa: N802 - the name is the contract's
        self, request_iterator: AsyncIterator[Any], _context: Any
    ) -> AsyncIterator[Any]:
        """Serves one client until it disconnects."""
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        self._streams.add(inbox)
        reader = asyncio.create_task(_read_requests(request_iterator, inbox))
        session: Session | None = None
        try:
            while (item := await inbox.get()) is not _END:
                if session is None:
                    if item is _PUBLISHED:
                        continue
                    session = Session(item.node.id, item.node.cluster)
                view = (await self._current()).view(session.cluster)
                published = item is _PUBLISHED
                for answer in session.on_snapshot(view) if published else session.on_request(item, view):
                    yield answer
        finally:
            self._streams.discard(inbox)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _current(self) -> snapshot.Snapshot:
        while self._snapshot is None:
            await self._ready.wait()
        return self._snapshot


_PUBLISHED = object()
_END = object()


async def _read_requests(requests: AsyncIterator[Any], inbox: asyncio.Queue[Any]) -> None:
    try:
        async for request in requests:
            inbox.put_nowait(request)
    finally:
        inbox.put_nowait(_END)


def _versions(selected: list[xds.Resource]) -> dict[str, str]:
    return {resource.name: resource.version for resource in selected}


def _version(selected: list[xds.Resource]) -> str:
    """Returns the version of a response, which depends on its content alone and so survives restarts."""
    return xds.digest(f"{resource.name}={resource.version}" for resource in selected)


def _short_name(type_url: str) -> str:
    return type_url.rpartition(".")[2]
