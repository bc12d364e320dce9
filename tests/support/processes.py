"""Processes that a process has started."""

from __future__ import annotations

import subprocess

COMPUTING = "spawn_main"
"""What the command line of a process that computes trials has, and that of Python's resource tracker has not."""


def children_of(pid: int, having: str = "") -> list[int]:
    """Return the processes that a process has started, and theirs, that have some text in their command lines.

    A parent comes before its children. Nothing else is said by the order: numbers of processes start again.
    A program that a process is about to start has the command line of that process for a moment.
    """
    command = ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    processes = [(int(child), int(parent), what) for child, parent, what in rows]
    found, new = [], [pid]
    while new:
        begun = [(child, what) for child, parent, what in processes if parent in new]
        new = [child for child, _ in begun]
        found += [child for child, what in begun if having in what]
    return found


def is_there(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(listed.strip()) and not listed.startswith("Z")
