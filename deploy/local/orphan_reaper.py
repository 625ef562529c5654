"""Outlives its supervisor by moments: when that is gone, ends whatever it has left running.

Run as `python -m deploy.local.orphan_reaper MARK_OF_RUN` with a pipe as standard input.
The pipe closes when the supervisor ends in any way, SIGKILL included.
"""

import signal
import sys

from deploy.local import orphan_cleanup


def main() -> None:
    """Waits for the end of standard input, then sweeps."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    mark = sys.argv[1]
    sys.stdin.buffer.read()
    orphan_cleanup.end_all(mark)


if __name__ == "__main__":
    main()
