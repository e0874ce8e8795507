"""The dashboard's server ends when whoever started it is gone, however that came about.

The starter keeps the other end of this process's standard input open. When the starter goes, even
by ``kill -9``, the system closes that end and the read below returns.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE = 5.0


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        continue
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)  # for a server that waits for its clients
    os._exit(0)


def main() -> None:
    """Run the module of the first argument with the others, until standard input ends."""
    threading.Thread(target=_watch, name="guard", daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
