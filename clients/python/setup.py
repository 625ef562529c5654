"""Generates the stubs of the public contracts into the distribution of the SDK."""

import sys
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_ROOT = Path(__file__).resolve().parents[2]


class BuildWithStubs(build_py):
    """Copies the modules of the SDK, then generates the stubs beside them."""

    def run(self) -> None:
        """Builds. Raises FileNotFoundError outside of a checkout of Marquee."""
        super().run()
        if not (_ROOT / "proto" / "marquee").is_dir():
            raise FileNotFoundError(f"{_ROOT / 'proto'} is missing: install the SDK from a checkout of Marquee")
        sys.path.insert(0, str(_ROOT))
        from clients.generate import __main__ as generate
        from clients.generate import descriptors

        with tempfile.TemporaryDirectory() as folder:
            rules = Path(folder, "validate.binpb")
            descriptors.write_validate_rules(rules)
            generate.write_python_stubs(rules, Path(self.build_lib), descriptors.public_sources(generate.PROTO))


# pip builds in this folder; nothing of it should stay here.
with tempfile.TemporaryDirectory() as scratch:
    setup(
        cmdclass={"build_py": BuildWithStubs},
        options={"build": {"build_base": scratch}, "egg_info": {"egg_base": scratch}},
    )
