"""The configuration of identity."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.kit import config


@dataclass(frozen=True)
class Config:
    """The values of identity beside those that every service has."""

    common: config.Common
    #: The directory of the signing keys, shared by all replicas.
    keys: Path
    #: The country of accounts that state none, by ISO 3166-1 alpha-2.
    home_country_code: str


def read(environ: Mapping[str, str] = os.environ) -> Config:
    """Reads the environment. Raises ConfigError."""
    common = config.common(environ)
    return Config(
        common=common,
        keys=Path(config.text(environ, "MARQUEE_IDENTITY_KEYS", str(common.home / "keys" / "identity"))),
        home_country_code=config.text(environ, "MARQUEE_HOME_COUNTRY", "US"),
    )
