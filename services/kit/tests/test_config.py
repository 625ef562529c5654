"""The configuration: which environments a service refuses to start in."""

import pytest

from services.kit import config


@pytest.mark.parametrize("listen", ["127.0.0.1:50051", "[::1]:50051", "localhost:50051", "unix:/run/marquee.sock"])
def test_an_environment_need_not_be_named_on_loopback(listen):
    assert "demo" == config.common({"MARQUEE_LISTEN": listen}).environment


@pytest.mark.parametrize("listen", ["0.0.0.0:50051", "[::]:50051", "10.0.0.7:50051", "marquee.example:50051"])
def test_a_service_that_others_can_reach_starts_only_in_a_named_environment(listen):
    with pytest.raises(config.ConfigError, match="MARQUEE_ENV"):
        config.common({"MARQUEE_LISTEN": listen})

    assert "demo" == config.common({"MARQUEE_LISTEN": listen, "MARQUEE_ENV": "demo"}).environment
