"""The configuration of epg."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from services.epg.domain import source_hosts
from services.kit import config


@dataclass(frozen=True)
class Config:
    """The values of epg."""

    common: config.Common
    #: The hosts from which guides may be fetched; none if empty.
    guide_hosts: source_hosts.AllowedHosts


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Returns the configuration in the environment. Raises ConfigError."""
    stated = config.text(environ, "MARQUEE_GUIDE_HOSTS", "")
    try:
        guide_hosts = source_hosts.parse(stated)
    except ValueError as wrong:
        raise config.ConfigError(f"MARQUEE_GUIDE_HOSTS: {wrong}") from None
    return Config(common=config.common(environ), guide_hosts=guide_hosts)
