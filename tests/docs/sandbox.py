"""A machine for the guide's commands: a home, a checkout, a USB stick, and a models repository on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from docs.blocks import PROJECT, Block

_FRAMES = 8


@dataclass(frozen=True)
class Sandbox:
    """Where one page's blocks are run, one after the other.

    Attributes
    ----------
    folder : Path
        Holds everything below.
    remote : str
        The models repository.
    """

    folder: Path
    remote: str

    @classmethod
    def make(cls, folder: Path, remote: str, models: Path, clip: Path) -> Sandbox:
        """Make the folders that the guide takes for granted."""
        sandbox = cls(folder, remote)
        for path in (sandbox.home / "Downloads", sandbox.checkout / "scripts", sandbox.stick, sandbox.programs):
            path.mkdir(parents=True)
        for model in models.rglob("*.*"):
            shutil.copy(model, sandbox.home / "Downloads")
        for script in ("scripts/download_models.py", "manage.py"):
            shutil.copy(PROJECT / script, sandbox.checkout / script)
        shorten(clip, sandbox.video)
        for name, arguments in {"humanpose3d": "-m humanpose3d", "python": "", "python3": ""}.items():
            program = sandbox.programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n', encoding="utf-8", newline="\n")
            program.chmod(0o755)
        return sandbox

    @property
    def home(self) -> Path:
        """The user's home folder."""
        return self.folder / "home"

    @property
    def checkout(self) -> Path:
        """The folder in which the commands are typed: a copy of the project."""
        return self.folder / "checkout"

    @property
    def stick(self) -> Path:
        """A USB stick."""
        return self.folder / "usb"

    @property
    def programs(self) -> Path:
        """A folder in the search path."""
        return self.folder / "bin"

    @property
    def video(self) -> Path:
        """A video of a person."""
        return self.checkout / "walk.mp4"

    @property
    def substitutes(self) -> dict[str, str]:
        """What the guide writes, and what is here in its place."""
        return {
            "https://github.com/JoeyKardolus/humanpose3d_backend.git": self.remote,
            "https://git.example.org/models.git": self.remote,
            "/srv/humanpose3d": str(self.folder / "srv" / "humanpose3d"),
            "/media/usb": str(self.stick),
            "VIDEO": self.video.name,
        }

    def run(self, block: Block) -> subprocess.CompletedProcess[str]:
        """Run a block of ``sh`` or ``python``; every line of it must succeed."""
        text = block.text
        for written, real in self.substitutes.items():
            text = text.replace(written, real)
        command = [sys.executable, "-c", text]
        if block.language == "sh":
            shell = shutil.which("bash")
            assert shell is not None, "the commands of the guide are written for bash"
            command = [shell, "-euo", "pipefail", "-c", text]
        return subprocess.run(
            command,
            cwd=self.checkout,
            env=self._environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUMANPOSE3D_")}
        return kept | {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "PATH": str(self.programs) + os.pathsep + os.environ["PATH"],
            "PYTHONUTF8": "1",
            "HUMANPOSE3D_MODELS_URL": self.remote,
        }


def shorten(clip: Path, target: Path) -> None:
    """Write the first frames of a clip, as they are."""
    import av

    with av.open(str(clip)) as source, av.open(str(target), "w") as short:
        picture = source.streams.video[0]
        copied = short.add_stream_from_template(picture)
        for packet, _ in zip(source.demux(picture), range(_FRAMES), strict=False):
            packet.stream = copied
            short.mux(packet)
