"""A run's processes on this machine: started by the leader, watched by it, and ended with it.

The leader starts ``python -m nmmo.train.launcher`` for each other process, a worker. A worker plays and learns as the
leader does and writes its own part of every checkpoint. It shows nothing, ignores signals that ask for an end (the
leader decides for all), and ends at once when the leader is gone.
"""

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
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:  # a worker must watch its leader before it imports PyTorch, which takes seconds
    import torch

    from nmmo.train.distributed import ProcessGroup

__all__ = ["Launcher"]

PATIENCE = 20.0
"""Seconds that workers have to end after the leader, or the leader after one of them."""
GRACE = 5.0
"""Seconds between a broken connection and the end of the process that broke it."""
LAST_OUTPUT = 2000
"""Bytes at the end of a worker's error output that are read to find out why it ended."""


class Launcher:
    """The workers of a run whose leader is this process; a context manager.

    Each gets the recipe through a pipe, and ends when that pipe breaks: nothing is left behind, however this process
    ends.

    Parameters
    ----------
    size
        Processes in all, this one included. 1: no others.
    recipe
        As TOML.
    folder
        The run's.
    checkpoint
        What the run continues from, if anything.
    threads
        Of each process.
    """

    def __init__(self, size: int, recipe: str, folder: Path, checkpoint: Path | None, threads: int) -> None:
        self.size = size
        self._recipe = recipe
        self._folder, self._checkpoint, self._threads = folder, checkpoint, threads
        self._ending = threading.Event()
        self._workers: list[subprocess.Popen[bytes]] = []
        self._errors: list[IO[bytes]] = []
        self._lost = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def process_group(self, device: torch.device) -> ProcessGroup:
        """Connect to the workers; without any, this process is alone or one of ``torchrun``."""
        from nmmo.train.distributed import Place, ProcessGroup

        if self._scratch is None:
            return ProcessGroup(device)
        return ProcessGroup(device, Place(0, self.size, Path(self._scratch.name) / "rendezvous"))

    @property
    def lost(self) -> str:
        """Why a worker has ended before its time; empty while none has."""
        for rank, process in enumerate(self._workers, 1):
            if not self._lost and process.poll():
                self._lost = f"process {rank} of {self.size} {_end_of(process.returncode, self._errors[rank - 1])}"
        return self._lost

    def why_lost(self) -> str:
        """Do the same after a message to another process has just failed: it may still be ending."""
        deadline = time.monotonic() + GRACE
        while self._workers and not self.lost and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.lost

    def _start(self) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="nmmo-train-")
        for rank in range(1, self.size):
            errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the process has ended)
            command = [
                sys.executable, "-m", "nmmo.train.launcher", str(rank), str(self.size),
                str(Path(self._scratch.name) / "rendezvous"), str(self._folder.absolute()),
            ]  # fmt: skip
            if self._checkpoint is not None:
                command.append(str(self._checkpoint.absolute()))
            environment = os.environ | {"LOCAL_RANK": str(rank), "OMP_NUM_THREADS": str(self._threads)}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors, env=environment
            )
            self._workers.append(process)
            self._errors.append(errors)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it has ended: `lost` will say so
                process.stdin.write(self._recipe.encode() + b"\0")
                process.stdin.flush()
        threading.Thread(target=self._watch, name="processes", daemon=True).start()

    def _watch(self) -> None:
        """End this process too if a worker is lost and that goes unnoticed: it would wait for it for minutes."""
        while not self._ending.wait(0.5):
            if self.lost:
                if not self._ending.wait(PATIENCE):
                    print(f"nmmo train: {self.lost}; the checkpoints are whole", file=sys.stderr, flush=True)
                    self._kill()
                    os._exit(1)
                return

    def _kill(self) -> None:
        for process in self._workers:
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
        for process in self._workers:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()  # a worker that is still running ends now
        for process in self._workers:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for errors in self._errors:
            errors.close()
        if self._scratch is not None:
            self._scratch.cleanup()


def _end_of(status: int, errors: IO[bytes]) -> str:
    """Return how a process ended, in words."""
    if status < 0:
        name = signal.Signals(-status).name if -status in list(signal.Signals) else f"signal {-status}"
        return f"was ended by {name}" + (": is the memory full?" if name == "SIGKILL" else "")
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - LAST_OUTPUT))
    said = errors.read().decode(errors="replace").strip().splitlines()
    return f"failed: {said[-1]}" if said else f"ended with status {status}"


# ---- a worker ----------------------------------------------------------------------------------------


def _end_with_the_leader() -> None:
    """Never return: the pipe breaks when the leader has ended, or wants all workers to."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _read_recipe() -> str:
    """Read what the leader writes first, up to a zero byte."""
    text = bytearray()
    while byte := os.read(0, 1):
        if byte == b"\0":
            return text.decode()
        text += byte
    os._exit(0)


def worker() -> int:
    """Take part in a run to its end."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"):  # the leader decides for all
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    rank, size, rendezvous, folder, *checkpoint = sys.argv[1:]
    text = _read_recipe()
    threading.Thread(target=_end_with_the_leader, name="leader", daemon=True).start()

    from nmmo.train.device import device_for
    from nmmo.train.distributed import Place, ProcessGroup
    from nmmo.train.failures import RunFailedError
    from nmmo.train.ppo import NotFiniteError
    from nmmo.train.recipe import Recipe
    from nmmo.train.trainer import Trainer

    recipe = Recipe.from_toml(text)
    try:
        with ProcessGroup(device_for(recipe.run), Place(int(rank), int(size), Path(rendezvous))) as processes:
            trainer = Trainer(recipe, Path(folder), Path(checkpoint[0]) if checkpoint else None, processes)
            try:
                trainer.run(lambda step: None, lambda path: None)
            except NotFiniteError:
                pass  # all processes know; the leader reports it
            except RunFailedError as error:
                print(error, file=sys.stderr)
                return 1
            finally:
                trainer.close()
    except OSError as error:
        print(f"could not write: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(worker())
