"""A Slurm of one node from Debian's packages, in a folder of its own, started and stopped by a test."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel", "sinfo")
_SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
_START_SECONDS = 40


def missing_programs() -> list[str]:
    return [program for program in PROGRAMS if not shutil.which(program, path=_SEARCHED)]


@contextmanager
def one_node(folder: Path, cores: int = 2, max_array_size: int = 4) -> Iterator[dict[str, str]]:
    """Run a cluster; yield what the environment of its users needs."""
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    configuration = folder / "slurm.conf"
    configuration.write_text(_configuration(folder, cores, max_array_size), encoding="utf-8", newline="\n")
    environment = {"SLURM_CONF": str(configuration), "PATH": _SEARCHED}
    with ExitStack() as services:
        log = services.enter_context((folder / "services.log").open("wb"))
        files = {"key-file": key.name, "socket": "munge.socket", "pid-file": "munged.pid", "seed-file": "munge.seed"}
        places = [f"--{option}={folder / name}" for option, name in files.items()]
        services.enter_context(_running(["munged", "--foreground", "--force", *places], log, environment))
        _wait_until(lambda: (folder / "munge.socket").exists(), folder)
        services.enter_context(_running(["slurmctld", "-D", "-f", str(configuration)], log, environment))
        services.enter_context(_running(["slurmd", "-D", "-f", str(configuration)], log, environment))
        _wait_until(lambda: "idle" in _states(environment), folder)
        yield environment


def _configuration(folder: Path, cores: int, max_array_size: int) -> str:
    host, user = socket.gethostname().partition(".")[0], getpass.getuser()
    return f"""\
ClusterName=humanpose3d
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={_free_port()}
SlurmdPort={_free_port()}
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder / "munge.socket"}
StateSaveLocation={folder / "state"}
SlurmdSpoolDir={folder / "spool"}
SlurmctldPidFile={folder / "slurmctld.pid"}
SlurmdPidFile={folder / "slurmd.pid"}
SlurmctldLogFile={folder / "slurmctld.log"}
SlurmdLogFile={folder / "slurmd.log"}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
KillWait=2
MaxArraySize={max_array_size}
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=1000 State=UNKNOWN
PartitionName=short Nodes=ALL Default=YES State=UP
"""


@contextmanager
def _running(command: list[str], log: object, environment: dict[str, str]) -> Iterator[None]:
    program = shutil.which(command[0], path=_SEARCHED)
    process = subprocess.Popen(
        [str(program), *command[1:]],
        stdout=log,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _states(environment: dict[str, str]) -> str:
    asked = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout


def _wait_until(true: object, folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not true():  # type: ignore[operator]
        if time.monotonic() > deadline:
            logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in sorted(folder.glob("*.log")))
            raise TimeoutError(f"Slurm did not start within {_START_SECONDS} s:\n{logs}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
