"""Fetching the files of sources, and what must never be fetched."""

import asyncio
import io
import ipaddress

import pytest

from services.epg import config, errors
from services.epg.domain import source_hosts
from services.epg.imports import source_fetcher
from services.epg.tests import guide_server
from services.kit.config import ConfigError

Validators = source_fetcher.Validators
NOTHING = Validators()


@pytest.fixture
async def server():
    async with guide_server.running() as served:
        yield served


def a_fetcher(allowed="127.0.0.1", addresses=("127.0.0.1",), **changes):
    async def resolve(host, port):
        return addresses

    options = {"max_bytes": 1_000_000, "resolve": resolve, **changes}
    return source_fetcher.SourceFetcher(source_hosts.parse(allowed), **options)


async def fetch(fetcher, uri, known=NOTHING):
    file = io.BytesIO()
    validators = await fetcher.fetch(uri, known, file)
    return validators, file.getvalue()


async def refusal(fetcher, uri):
    with pytest.raises((errors.SourceHostForbidden, errors.SourceUnreachable)) as refused:
        await fetch(fetcher, uri)
    return refused.value


async def test_a_file_is_fetched_and_not_again_while_it_is_unchanged(server):
    server.headers = {"ETag": '"one"', "Last-Modified": "Sun, 28 Jun 2026 20:00:00 GMT"}
    known, content = await fetch(a_fetcher(), server.uri)
    server.status, server.body = 304, b""
    unchanged, nothing = await fetch(a_fetcher(), server.uri, known)

    assert (Validators('"one"', "Sun, 28 Jun 2026 20:00:00 GMT"), b"<tv/>") == (known, content)
    assert (None, b"") == (unchanged, nothing)
    assert ("GET /guide.xml HTTP/1.1", f"127.0.0.1:{server.port}", "identity") == (
        server.requests[0][0],
        server.requests[0][1]["host"],
        server.requests[0][1]["accept-encoding"],
    )
    assert ['"one"', None] == [server.requests[1][1].get(name) for name in ("if-none-match", "if-modified-since")]


async def test_a_name_is_connected_at_the_address_that_was_checked(server):
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    fetcher = a_fetcher("guides.example,127.0.0.0/8", resolve=resolve)
    _, content = await fetch(fetcher, f"http://Guides.Example:{server.port}/a b?c=d&e={{f}}")

    assert (b"<tv/>", [("guides.example", server.port)]) == (content, asked)
    assert "GET /a%20b?c=d&e={f} HTTP/1.1" == server.requests[0][0]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "::"),
    ],
)
async def test_no_address_of_a_private_network_is_called_although_the_host_is_allowed(address):
    refused = await refusal(a_fetcher("guides.example", ["93.184.215.14", address]), "http://guides.example/")

    assert "SOURCE_HOST_FORBIDDEN" == refused.reason


@pytest.mark.parametrize(
    ("allowed", "uri", "reason"),
    [
        ("", "https://guides.example/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "https://other.example/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "https://guides.example.evil/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "https://sub.guides.example/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "http://127.0.0.1/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "http://[::1]/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "http://2130706433/", "SOURCE_HOST_FORBIDDEN"),
        ("guides.example", "http://guides.example@127.0.0.1/", "SOURCE_UNREACHABLE"),
        ("guides.example", "file:///etc/passwd", "SOURCE_UNREACHABLE"),
        ("guides.example", "ftp://guides.example/", "SOURCE_UNREACHABLE"),
        ("guides.example", "http://guides.example:99999/", "SOURCE_UNREACHABLE"),
        ("guides.example", "http:///guide.xml", "SOURCE_UNREACHABLE"),
    ],
)
async def test_only_http_and_hosts_that_are_listed_are_called(allowed, uri, reason):
    assert reason == (await refusal(a_fetcher(allowed), uri)).reason


@pytest.mark.parametrize("location", ["http://127.0.0.2/", "//169.254.169.254/latest/meta-data", "file:///etc/passwd"])
async def test_a_redirect_to_another_host_is_not_followed(server, location):
    server.status, server.headers = 302, {"Location": location}
    refused = await refusal(a_fetcher("127.0.0.0/8"), server.uri)

    assert refused.reason in {"SOURCE_HOST_FORBIDDEN", "SOURCE_UNREACHABLE"}
    assert 1 == len(server.requests)


async def test_redirects_of_the_host_itself_are_followed_three_times(server):
    server.status, server.headers = 301, {"Location": "/other.xml"}
    refused = await refusal(a_fetcher(), server.uri)

    assert ("SOURCE_UNREACHABLE", True) == (refused.reason, "redirects" in str(refused))
    assert ["/guide.xml", *["/other.xml"] * 3] == [request[0].split()[1] for request in server.requests]


async def test_a_long_file_an_error_and_one_that_ends_early_are_refused(server):
    server.body = b"x" * 2_000_000
    assert "longer than 1000000 bytes" in str(await refusal(a_fetcher(), server.uri))

    server.status, server.body = 503, b""
    assert "status 503" in str(await refusal(a_fetcher(), server.uri))

    server.status, server.body, server.stated_length = 200, b"<tv>", 100
    assert "SOURCE_UNREACHABLE" == (await refusal(a_fetcher(), server.uri)).reason

    assert "status 304" in str(await status_refusal(server, 304))


async def status_refusal(server, status):
    """Returns why a status is refused that nobody asked for."""
    server.status, server.body, server.stated_length = status, b"", None
    return await refusal(a_fetcher(), server.uri)


async def test_a_server_that_does_not_respond_is_given_up(server):
    server.open.clear()
    refused = await asyncio.wait_for(refusal(a_fetcher(max_seconds=0.2), server.uri), 10)

    assert ("SOURCE_UNREACHABLE", True) == (refused.reason, "longer than 0.2 seconds" in str(refused))


async def test_a_port_without_a_server_and_a_name_without_an_address_are_unreachable(server):
    async def resolve(host, port):
        raise OSError("unknown")

    async with guide_server.running() as closed:
        uri = closed.uri

    assert "SOURCE_UNREACHABLE" == (await refusal(a_fetcher(), uri)).reason
    assert "SOURCE_UNREACHABLE" == (await refusal(a_fetcher("a.example", resolve=resolve), "http://a.example/")).reason


def test_the_list_of_hosts_takes_names_and_networks_only():
    allowed = config.read(
        {"MARQUEE_GUIDE_HOSTS": "Guides.example., 10.1.2.0/24,[::1]", "MARQUEE_ENV": "test"}
    ).guide_hosts

    assert allowed.allows_host("guides.EXAMPLE")
    assert allowed.allows_host("10.1.2.3")
    assert allowed.allows_host("::1")
    assert allowed.allows_host("::ffff:10.1.2.3")
    assert not allowed.allows_host("10.1.3.1")
    assert not allowed.allows_host("")
    assert allowed.allows_address(ipaddress.ip_address("8.8.8.8"))
    for wrong in (
        "https://guides.example",
        "guides.example:80",
        "*.example",
        "10.1.2.1/24",
        "a b",
        "1.2.3",
        "ä.example",
    ):
        with pytest.raises(ConfigError, match="MARQUEE_GUIDE_HOSTS"):
            config.read({"MARQUEE_GUIDE_HOSTS": wrong, "MARQUEE_ENV": "test"})
