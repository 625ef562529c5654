"""Rotation by the command line."""

import json
import subprocess
import sys

import jwt

from services.kit import signing


def test_the_command_makes_the_next_key_the_one_that_signs(tmp_path):
    keys = signing.SigningKeys(tmp_path)
    ahead = json.loads(keys.jwks())["keys"][1]["kid"]
    command = [sys.executable, "-m", "services.identity.rotate"]
    environment = {"MARQUEE_IDENTITY_KEYS": str(tmp_path)}

    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    assert ahead in output
    assert jwt.get_unverified_header(keys.sign({"sub": "a"}))["kid"] == ahead
