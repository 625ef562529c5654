"""One immutable, checked state of the mesh: the resources of the edge and those of gRPC clients."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Self

from gateway import xds

#: The node cluster of edge Envoys, from their bootstrap file; every other node is a gRPC client.
EDGE = "edge"


class Inconsistent(ValueError):
    """A snapshot names resources that it does not hold."""


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """The resources of one kind of client, by type and name."""

    by_type: Mapping[str, Mapping[str, xds.Resource]]

    @classmethod
    def of(cls, resources: Mapping[str, Iterable[xds.Resource]], fixed_clusters: Iterable[str] = ()) -> Self:
        """Returns the view, checked for undefined references; the client knows `fixed_clusters` already.

        Raises Inconsistent with each dangling name.
        """
        by_type = {
            type_url: MappingProxyType({resource.name: resource for resource in resources.get(type_url, ())})
            for type_url in xds.ORDER
        }
        view = cls(MappingProxyType(by_type))
        dangling = sorted(set(view._undefined_references(frozenset(fixed_clusters))))
        if dangling:
            raise Inconsistent(f"names lead nowhere: {', '.join(dangling)}")
        return view

    def resources(self, type_url: str) -> Mapping[str, xds.Resource]:
        """Returns every resource of a type, by name."""
        return self.by_type.get(type_url, {})

    def _undefined_references(self, fixed: frozenset[str]) -> Iterator[str]:
        clusters = self.by_type[xds.CLUSTER].keys() | fixed
        for name, cluster in self.by_type[xds.CLUSTER].items():
            if cluster.source.get("type") == "EDS" and name not in self.by_type[xds.ENDPOINTS]:
                yield f"cluster {name} → endpoints"
        for type_url in (xds.LISTENER, xds.ROUTES):
            for name, resource in self.by_type[type_url].items():
                yield from (
                    f"{name} → cluster {c}" for c in _strings_under(resource.source, "cluster") if c not in clusters
                )
                yield from (
                    f"{name} → routes {r}"
                    for r in _strings_under(resource.source, "route_config_name")
                    if r not in self.by_type[xds.ROUTES]
                )


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """Both views of one state of the mesh."""

    edge: View
    mesh: View

    def view(self, cluster: str) -> View:
        """Returns the view of clients whose node is in `cluster`."""
        return self.edge if cluster == EDGE else self.mesh


def _strings_under(value: object, key: str) -> Iterator[str]:
    """Yields every string under a key, at any depth."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in (key, f"{key}_name") and isinstance(inner, str):
                yield inner
            else:
                yield from _strings_under(inner, key)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings_under(inner, key)
