"""A run's processes on this machine: started by the one that leads, watched by it, and ended with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import torch

from nmmo.train.distributed import Place, Team

__all__ = ["LocalTeam"]

PATIENCE = 20.0
"""Seconds that the others have to end after the leader, or the leader after one of them."""
GRACE = 5.0
"""Seconds between a broken connection and the end of the process that broke it."""
LAST_WORDS = 2000
"""Bytes of what a process said last that are read to find out why it ended."""


class LocalTeam:
    """The other processes of a run whose leader is this one; a context.

    Each runs ``nmmo.train.worker``, gets the recipe through a pipe, and ends when that pipe breaks: nothing is
    left behind, however this process ends.

    Parameters
    ----------
    size
        Processes in all, this one included. 1: no others.
    recipe
        As TOML.
    folder
        The run's.
    checkpoint
        What the run goes on from, if anything.
    threads
        Of each process.
    """

    def __init__(self, size: int, recipe: str, folder: Path, checkpoint: Path | None, threads: int) -> None:
        self.size = size
        self._told = recipe
        self._folder, self._checkpoint, self._threads = folder, checkpoint, threads
        self._ending = threading.Event()
        self._others: list[subprocess.Popen[bytes]] = []
        self._words: list[IO[bytes]] = []
        self._lost = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def team(self, device: torch.device) -> Team:
        """Meet the others, which must have been started; 1 process is alone, or of ``torchrun``."""
        if self._scratch is None:
            return Team(device)
        return Team(device, Place(0, self.size, Path(self._scratch.name) / "meeting"))

    @property
    def lost(self) -> str:
        """Why one of the others has ended before its time; empty while none has."""
        for rank, process in enumerate(self._others, 1):
            if not self._lost and process.poll():
                self._lost = f"process {rank} of {self.size} {_end_of(process.returncode, self._words[rank - 1])}"
        return self._lost

    def why_lost(self) -> str:
        """Likewise, for somebody whose message to another process has just failed: it may still be ending."""
        deadline = time.monotonic() + GRACE
        while self._others and not self.lost and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.lost

    def _start(self) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="nmmo-train-")
        for rank in range(1, self.size):
            words = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the process has ended)
            command = [
                sys.executable, "-m", "nmmo.train.worker", str(rank), str(self.size),
                str(Path(self._scratch.name) / "meeting"), str(self._folder.absolute()),
            ]  # fmt: skip
            if self._checkpoint is not None:
                command.append(str(self._checkpoint.absolute()))
            environment = os.environ | {"LOCAL_RANK": str(rank), "OMP_NUM_THREADS": str(self._threads)}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words, env=environment
            )
            self._others.append(process)
            self._words.append(words)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it has ended: `lost` will say so
                process.stdin.write(self._told.encode() + b"\0")
                process.stdin.flush()
        threading.Thread(target=self._watch, name="processes", daemon=True).start()

    def _watch(self) -> None:
        """End this process too if another one is lost and that goes unnoticed: it would wait for it for minutes."""
        while not self._ending.wait(0.5):
            if self.lost:
                if not self._ending.wait(PATIENCE):
                    print(f"nmmo train: {self.lost}; the checkpoints are whole", file=sys.stderr, flush=True)
                    self._kill()
                    os._exit(1)
                return

    def _kill(self) -> None:
        for process in self._others:
            process.kill()

    def __enter__(self) -> Self:
        if self.size > 1:
            try:
                self._start()
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        for process in self._others:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()  # whoever still works, ends now
        for process in self._others:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for words in self._words:
            words.close()
        if self._scratch is not None:
            self._scratch.cleanup()


def _end_of(status: int, words: IO[bytes]) -> str:
    """How a process ended, in words."""
    if status < 0:
        name = signal.Signals(-status).name if -status in list(signal.Signals) else f"signal {-status}"
        return f"was ended by {name}" + (": is the memory full?" if name == "SIGKILL" else "")
    words.seek(0, os.SEEK_END)
    words.seek(max(0, words.tell() - LAST_WORDS))
    said = words.read().decode(errors="replace").strip().splitlines()
    return f"failed: {said[-1]}" if said else f"ended with status {status}"
