"""The exit codes of the command, which scripts may rely on."""

import enum


class ExitCode(enum.IntEnum):
    """The exit codes. Their values never change."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    ALREADY_RUNNING = 4
    PORT_TAKEN = 5
    FINDINGS = 6
    REFUSED = 7


def from_return_code(returned: int) -> ExitCode:
    """Returns the exit code of a `marquee` process that ended; any other end, as by a signal, is a failure."""
    return ExitCode(returned) if returned in set(ExitCode) else ExitCode.FAILED


HELP = """\b
Exit codes:
  0  done
  1  failed; the message says why
  2  wrong usage
  3  the platform is not running
  4  a platform is already running in this home directory
  5  a port is taken
  6  done, with findings: an unhealthy or left process, a failed check, rows with errors
  7  refused: an invalid setting or an unsafe secret

\b
Environment:
  MARQUEE_HOME   the directory of all state (default .marquee in the project)
  MARQUEE_PORT   the public port (default 8080); internal ports are 10000 above it
  MARQUEE_ENV    demo, test or production (default demo)
  MARQUEE_EDGE_ADDRESS   the address of the public port (default 127.0.0.1)
  MARQUEE_TLS_CERT, MARQUEE_TLS_KEY   files for TLS on the public port
  MARQUEE_EMBEDDING_BACKEND   the runtime of the language model: onnxruntime (default) or sentence-transformers
  MARQUEE_EMBEDDING_MODEL     its folder, or for sentence-transformers its name (default all-MiniLM-L6-v2)
  MARQUEE_DATABASE_URL_ADMIN, MARQUEE_REDIS_URL   engines to use instead of the built-in ones
"""
