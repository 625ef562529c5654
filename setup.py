"""Lets `pip install -e .` map the generated packages before anything has been generated."""

from pathlib import Path

from setuptools import setup

for generated in ("marquee", "buf"):
    Path("proto/gen", generated).mkdir(parents=True, exist_ok=True)

setup()
