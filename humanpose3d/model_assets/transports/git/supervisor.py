"""Run a command, and end it when the process that asked for it is gone.

It also bounds the memory of the command, which keeps in it whatever a server lists.

Run as a script, with a pipe from the caller as standard input. A caller that is killed outright can't stop its
children; but its end of the pipe closes, and that is the sign.
"""

import os
import signal
import sys

LARGEST_MEMORY = 1 << 30  # several times what git needs for the largest model


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
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and a command would inherit that
    bound_memory()
    os.execvp(command[0], command)


def bound_memory() -> None:
    """Bound what the command and its children may allocate; mapped files and mere reservations don't count on Linux.

    Where the system does not enforce this limit, only the time that the command has bounds it.
    """
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (soft, hard, LARGEST_MEMORY) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


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
