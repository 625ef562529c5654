"""The configuration of the gateway."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway import endpoints, rate_limit_config
from gateway.edge import file_origins, listeners, static_files
from gateway.edge import snapshot as edge_snapshot
from services.kit import config

#: The descriptor set that `make proto` writes.
_DESCRIPTORS = Path(__file__).parents[1] / "proto" / "gen" / "marquee.binpb"

#: A scheme or an origin; a semicolon or a space would end the directive of the policy.
_IMAGE_SOURCE = re.compile(r"https?:(//[A-Za-z0-9.*-]+(:\d+)?)?")


@dataclass(frozen=True)
class Config:
    """The configuration of the gateway."""

    common: config.Common
    descriptors: Path
    source: endpoints.Source
    edge: edge_snapshot.Settings


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    common = config.common(environ)
    certificate = _file(environ, "MARQUEE_TLS_CERT")
    private_key = _file(environ, "MARQUEE_TLS_KEY")
    if bool(certificate) != bool(private_key):
        raise config.ConfigError("MARQUEE_TLS_CERT and MARQUEE_TLS_KEY are set together or not at all")
    try:
        source = endpoints.parse(config.text(environ, "MARQUEE_ENDPOINTS", "static:"))
        budgets = rate_limit_config.parse(
            config.text(environ, "MARQUEE_RATE_LIMITS", ""),
            rate_limit_config.PRODUCTION if common.production else rate_limit_config.DEMO,
        )
    except ValueError as error:
        raise config.ConfigError(str(error)) from None
    return Config(
        common=common,
        descriptors=Path(config.text(environ, "MARQUEE_DESCRIPTORS", str(_DESCRIPTORS))),
        source=source,
        edge=edge_snapshot.Settings(
            listener=listeners.Settings(
                address=config.text(environ, "MARQUEE_EDGE_ADDRESS", "127.0.0.1"),
                port=config.integer(environ, "MARQUEE_PORT", 8080),
                trusted_hops=config.integer(environ, "MARQUEE_TRUSTED_HOPS", 0),
                certificate=certificate,
                private_key=private_key,
            ),
            web=static_files.Settings(
                cors_origins=tuple(config.text(environ, "MARQUEE_CORS_ORIGINS", "*").split(",")),
                tls=bool(certificate),
                origins=file_origins.Settings(
                    media=_origin(environ, "MARQUEE_MEDIA_ORIGIN"), web=_origin(environ, "MARQUEE_WEB_ORIGIN")
                ),
                image_sources=_image_sources(environ, tls=bool(certificate)),
            ),
            budgets=budgets,
        ),
    )


def _file(environ: Mapping[str, str], name: str) -> str:
    """Returns the absolute path of a file, since Envoy has another working directory; empty if none is stated."""
    path = config.text(environ, name, "")
    return path and str(Path(path).absolute())


def _origin(environ: Mapping[str, str], name: str) -> file_origins.Origin | None:
    url = config.text(environ, name, "")
    try:
        return file_origins.Origin.parse(url) if url else None
    except ValueError as error:
        raise config.ConfigError(f"{name} is {error}") from None


def _image_sources(environ: Mapping[str, str], *, tls: bool) -> tuple[str, ...]:
    """Returns the sources of images that pages may load; by default any, since imported titles name URLs anywhere."""
    sources = config.text(environ, "MARQUEE_IMAGE_SOURCES", "https:" if tls else "https:,http:")
    if sources == "none":
        return ()
    found = tuple(map(str.strip, sources.split(",")))
    if any(not _IMAGE_SOURCE.fullmatch(source) for source in found):
        raise config.ConfigError(
            f"MARQUEE_IMAGE_SOURCES is {sources!r}; it is `none`, or `https:` or origins such as "
            "`https://images.example.com`, separated by commas"
        )
    return found
