"""The routes of JSON calls before the transcoder: one per path template, with the verbs of the path."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from gateway import contract, json_bodies, xds
from gateway.edge import auth, filters, local_replies

#: The key under which a route passes the template of its path to the check of JSON bodies.
TEMPLATE = "template"

#: The longest time of a body that belongs to no method with a timeout, in seconds.
_BODY = 30.0

#: A variable of a path template, with its pattern if it has one.
_VARIABLE = re.compile(r"\{[^}=]+(?:=(?P<pattern>[^}]+))?\}")


def routes(whole: contract.Contract, nowhere: str) -> Iterator[xds.Json]:
    """Returns a route for each path, the more literal before the others.

    The transcoder moves a call to the route of its method. A call that it refuses keeps one of these: its verb is
    wrong, or, where the route lists no verbs, its path.
    """
    documents = {
        rule.path: method for method in whole.visible_methods if method.is_document for rule in method.http_rules
    }
    transcoder = filters.document_transcoder(whole) if documents else {}
    limit = filters.limit_body(filters.MAX_REQUEST)
    allowed = verbs(whole)
    limits = _limits(whole)
    checked = json_bodies.JsonBodies(whole).templates
    for template in sorted(allowed, key=lambda path: (path.count("{"), path)):
        document = documents.get(template)
        yield {
            "match": {"safe_regex": {"regex": pattern(template)}},
            "route": _to(nowhere, time=limits[template]),
            "metadata": {"filter_metadata": {local_replies.VERBS: {"allow": ", ".join(allowed[template])}}},
            "typed_per_filter_config": {
                **limit,
                **(filters.check_body(**{TEMPLATE: template}) if template in checked else {}),
                **(filters.empty_head() if "HEAD" in allowed[template] else {}),
                **(transcoder if document else {}),
                **(auth.read_playback_token() if document and document.own_credential else {}),
            },
        }
    yield {"match": {"prefix": "/api/"}, "route": _to(nowhere, time=_BODY), "typed_per_filter_config": limit}


def verbs(whole: contract.Contract) -> Mapping[str, list[str]]:
    """Returns the verbs of each path template, in alphabetical order."""
    stated: defaultdict[str, set[str]] = defaultdict(set)
    for method in whole.visible_methods:
        for rule in method.http_rules:
            stated[rule.path] |= {rule.verb, "OPTIONS"} | ({"HEAD"} if rule.verb == "GET" else set())
    return {
        template: sorted(set().union(*(stated[other] for other in _covering(template, stated)))) for template in stated
    }


def pattern(template: str) -> str:
    """Returns the regular expression of the paths of a template."""
    found, end = "", 0
    for variable in _VARIABLE.finditer(template):
        found += re.escape(template[end : variable.start()])
        found += "[^/:]+" if variable["pattern"] in (None, "*") else ".+"
        end = variable.end()
    return found + re.escape(template[end:])


def _sample(template: str) -> str:
    return _VARIABLE.sub("x", template)


def _limits(whole: contract.Contract) -> Mapping[str, float]:
    """Returns the longest time that a body for each path template may take, in seconds: that of its methods."""
    stated: defaultdict[str, float] = defaultdict(float)
    for method in whole.visible_methods:
        for rule in method.http_rules:
            stated[rule.path] = max(stated[rule.path], method.timeout or _BODY)
    return {template: max(stated[other] for other in _covering(template, stated)) for template in stated}


def _covering(template: str, templates: Iterable[str]) -> Iterator[str]:
    """Returns the templates that match the paths of a template: a path of a literal one also matches wider ones."""
    return (other for other in templates if re.fullmatch(pattern(other), _sample(template)))


def _to(cluster: str, *, time: float) -> xds.Json:
    return {
        "cluster": cluster,
        "cluster_not_found_response_code": "NOT_FOUND",
        "max_stream_duration": {"max_stream_duration": xds.seconds(time)},
    }
