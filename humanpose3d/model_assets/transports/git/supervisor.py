"""Becomes the command it is given, and leaves somebody behind who ends it when the caller is gone.

Run as a script, with a pipe from the caller as standard input. A caller that is killed outright can't stop its
children; but its end of the pipe closes, and that is the sign.
"""

import os
import signal
import sys


def _become(command: list[str]) -> None:
    """POSIX: a forked watcher waits for the end of the pipe, this process turns into the command."""
    if os.fork() == 0:
        for stream in (1, 2):
            os.close(stream)  # the caller reads these to their end
        while os.read(0, 1):
            continue
        os.killpg(0, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.execvp(command[0], command)


def _run(command: list[str]) -> int:
    """Windows, which has no exec: run the command as a child, and end its tree when the pipe ends."""
    import subprocess
    import threading

    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def watch() -> None:
        while sys.stdin.buffer.read(1):
            continue
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True, check=False)

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    if os.name == "posix":
        _become(sys.argv[1:])
    else:
        os._exit(_run(sys.argv[1:]))
