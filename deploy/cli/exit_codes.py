"""The exit codes of the command, which scripts may rely on."""

import enum


class Code(enum.IntEnum):
    """Their values never change."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_RUNNING = 3
    ALREADY_RUNNING = 4
    PORT_TAKEN = 5
    FINDINGS = 6
    REFUSED = 7


def of(returned: int) -> Code:
    """The code of a `marquee` process that ended; any other end, as by a signal, is a failure."""
    return Code(returned) if returned in set(Code) else Code.FAILED


HELP = """\b
Exit codes:
  0  done
  1  failed; the message says why
  2  wrong usage
  3  the platform is not running
  4  a platform is already running in this home
  5  a port is taken
  6  done, with findings: an unhealthy process, a failed check, rows with errors
  7  refused: a setting or a secret the platform must not run with

\b
Environment:
  MARQUEE_HOME   where all state lives (default .marquee in the project)
  MARQUEE_PORT   the public port (default 8080); internals listen 10000 above it
  MARQUEE_ENV    demo, test or production (default demo)
  MARQUEE_EDGE_ADDRESS   where the public port is opened (default 127.0.0.1)
  MARQUEE_TLS_CERT, MARQUEE_TLS_KEY   files that make the public port speak TLS
  MARQUEE_EMBEDDING_BACKEND   what runs the language model: onnxruntime (default) or sentence-transformers
  MARQUEE_EMBEDDING_MODEL     its folder, or for sentence-transformers its name (default all-MiniLM-L6-v2)
  MARQUEE_DATABASE_URL_ADMIN, MARQUEE_REDIS_URL   engines to use instead of the own ones
"""
