"""Terminates the processes of a supervisor that ended without stopping them.

Runs beside the supervisor as `python -m deploy.local.orphan_reaper RUN_PREFIX`, with a pipe as standard input.
The pipe closes when the supervisor ends, however it ends, SIGKILL included.
"""

import signal
import sys

from deploy.local import orphan_cleanup


def main() -> None:
    """Waits until standard input closes, then terminates every process whose tag begins with the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    run_prefix = sys.argv[1]
    sys.stdin.buffer.read()
    orphan_cleanup.terminate_all(run_prefix)


if __name__ == "__main__":
    main()
