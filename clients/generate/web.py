"""Builds the viewer app: its packages, its stubs and its files. Run `python -m clients.generate.web [script…]`.

With names of npm scripts it runs those instead of the build.
"""

import subprocess
import sys

from clients.generate import __main__ as generate
from clients.generate import node

#: npm writes this file at the end of an installation.
_INSTALLED = generate.WEB / "node_modules" / ".package-lock.json"


def main(scripts: list[str]) -> int:
    """Builds, or runs `scripts`; returns the exit code."""
    try:
        lock = generate.WEB / "package-lock.json"
        if not _INSTALLED.exists() or _INSTALLED.stat().st_mtime < lock.stat().st_mtime:
            node.npm(generate.WEB, "ci", "--no-audit", "--no-fund", "--loglevel=error")
        generate.typescript_stubs(generate.GENERATED / "validate.binpb")
        for script in scripts or ["build"]:
            node.npm(generate.WEB, "run", "--silent", script)
    except node.NodeMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as failed:
        return failed.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
