"""Peak memory of this process, from its own start."""

import sys
from pathlib import Path


def peak_memory() -> int:
    """Return bytes; 0 where the standard library can't tell (Windows).

    On Linux ``ru_maxrss`` begins with the memory of the process that started this one, so the kernel's own high-water
    mark is read instead.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
