"""A run's folder: what is in it, who may write to it, and which checkpoint it continues from.

``checkpoints/`` holds one line of checkpoints, each of which continues the one before. The file ``latest`` names the
newest. Whatever leaves the line is moved, never deleted: to ``abandoned/N`` what came after a
checkpoint to which the run was rewound, to ``damaged/N`` checkpoints that are not what was written.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nmmo.agents.folder import RUN_AGENT
from nmmo.train.checkpoint import (
    Checkpoint,
    CheckpointError,
    DamagedCheckpointError,
    checkpoints_of,
    copy_checkpoint,
    remove_unfinished,
    write_durably,
)
from nmmo.train.metrics import METRICS_FILE
from nmmo.train.recipe import Recipe, RecipeError
from nmmo.train.reporters import WANDB_ID

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["RunFolder", "RunFolderError", "newest_checkpoint"]

LATEST = "latest"
LOCK = "lock"
MADE_BY_A_RUN = (
    "checkpoints", "replays", "tensorboard", "wandb", METRICS_FILE, "metrics.rewritten", "recipe.toml",
    WANDB_ID, LATEST,
)  # fmt: skip
"""What a run that never saved a checkpoint may have left; it is made again."""
KEPT_FROM_A_RUN = ("sessions.jsonl", LOCK, "curves.png", "slurm.log")
"""What may lie in the folder of a run that begins."""


class RunFolderError(ValueError):
    """A folder that cannot be used as asked; the message names it and the way out."""


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path
        The folder, which need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def recipe_file(self) -> Path:
        """The recipe as TOML, with everything that the command line changed."""
        return self.path / "recipe.toml"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints, each named by its number of updates."""
        return self.path / "checkpoints"

    @property
    def metrics_file(self) -> Path:
        """The metrics, a line of JSON per update."""
        return self.path / METRICS_FILE

    @property
    def replays(self) -> Path:
        """The folder of the replays that the run records of itself."""
        return self.path / "replays"

    @property
    def agent(self) -> Path:
        """The folder of the exported agent."""
        return self.path / RUN_AGENT

    @property
    def sessions_file(self) -> Path:
        """What every session of the run was: ``nmmo.train.provenance``."""
        return self.path / "sessions.jsonl"

    @property
    def exists(self) -> bool:
        """Whether there is a run in the folder, if only one that never saved a checkpoint."""
        return self.recipe_file.is_file() or bool(self.line())

    @classmethod
    def of(cls, path: Path) -> tuple[RunFolder | None, Path | None]:
        """Return the run that a path is of, and the checkpoint that it names.

        Returns
        -------
        run
            None: the path is a checkpoint that lies alone, without its run.
        checkpoint
            None: the path is the folder of a run.

        Raises
        ------
        CheckpointError
            If it is neither.
        """
        run = cls(path)
        if run.recipe_file.is_file() or run.checkpoints.is_dir():
            return run, None
        if path.is_dir() and path.parent.name == run.checkpoints.name:
            return cls(path.parent.parent), path
        if Checkpoint.is_one(path):
            return None, path
        what = "is neither a run's folder nor one of its checkpoints" if path.exists() else "does not exist"
        raise CheckpointError(f"{path} {what}")

    # ---- the recipe ----------------------------------------------------------------------------------

    def recipe(self) -> Recipe:
        """Return the run's recipe; where its file is missing or damaged, that of the newest checkpoint.

        Raises
        ------
        RecipeError
            If there is none.
        """
        try:
            return Recipe.load(self.recipe_file)
        except RecipeError:
            for checkpoint in reversed(self.line()):
                with suppress(CheckpointError, RecipeError):
                    return recipe_of(checkpoint)
            raise

    def write_recipe(self, recipe: Recipe) -> None:
        """Write the run's recipe, in whole or not at all."""
        write_durably(self.recipe_file, recipe.to_toml())

    # ---- one trainer at a time -------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other trainers out of the folder, which is made if it does not exist.

        The lock ends with this process, however that ends: a file that a dead process left is no lock.

        Raises
        ------
        RunFolderError
            If another process trains here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        file = self.path / LOCK
        empty, new = not any(self.path.iterdir()), not file.exists()
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if fcntl is not None:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    owner = os.read(handle, 500).decode(errors="replace").strip() or "another process"
                    raise RunFolderError(
                        f"{self} is being trained by {owner}; wait for it, stop it, or give another --folder"
                    ) from None
                except OSError:
                    pass  # a file system without locks: as it was before there were any
            os.ftruncate(handle, 0)
            began = time.strftime("%Y-%m-%d %H:%M:%S")
            os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()} since {began}\n".encode(), 0)
            yield
        finally:
            with suppress(OSError):
                if new and not self.exists:  # nothing came of it
                    file.unlink()
                    if empty:
                        self.path.rmdir()
            os.close(handle)

    # ---- checkpoints -------------------------------------------------------------------------------------

    def line(self) -> list[Path]:
        """Return the finished checkpoints, oldest first, unread."""
        return checkpoints_of(self.checkpoints)

    def newest(self) -> Path:
        """Return the newest checkpoint that is what was written; nothing is moved.

        Raises
        ------
        CheckpointError
            If there is none.
        """
        line = self._line_to_latest()
        problem: DamagedCheckpointError | None = None
        for checkpoint in reversed(line):
            try:
                Checkpoint(checkpoint).check()
                return checkpoint
            except DamagedCheckpointError as error:
                problem = problem or error
        if problem is not None:
            raise problem
        raise CheckpointError(f"{self} has no checkpoint yet")

    def settle(self, say: Callable[[str], None]) -> Path | None:
        """Make the newest good checkpoint the newest of all, and return it; None where there is none.

        Checkpoints that are not of the line are moved to ``abandoned``, damaged ones to ``damaged``, and each
        time ``say`` is called with a sentence.

        Raises
        ------
        CheckpointError
            If the newest is of another format or of other rules.
        """
        remove_unfinished(self.checkpoints)
        line = self._line_to_latest()
        strays = [path for path in self.line() if path not in line]
        if strays:
            aside = self._aside("abandoned")
            for path in strays:
                _move(path, aside / self.checkpoints.name)
            names = ", ".join(path.name for path in strays)
            say(f"not of this run's line of checkpoints: {names}; moved to {aside}")
        while line:
            try:
                Checkpoint(line[-1]).check()
            except DamagedCheckpointError as error:
                aside = self._aside("damaged")
                _move(line.pop(), aside)
                onward = f"continuing from {line[-1].name}" if line else "there is no earlier one"
                say(f"{error}; moved to {aside}; {onward}")
                continue
            self.point_to(line[-1])
            return line[-1]
        return None

    def rewind(self, checkpoint: Path, say: Callable[[str], None]) -> None:
        """Make a checkpoint the newest: whatever came after it moves to ``abandoned/N``.

        Raises
        ------
        CheckpointError
            If the checkpoint cannot be used; nothing is moved then.
        """
        remove_unfinished(self.checkpoints)
        Checkpoint(checkpoint).check()
        self.point_to(checkpoint)
        later = [path for path in self.line() if path.name > checkpoint.name]
        if not later:
            return
        update = int(checkpoint.name)
        aside = self._aside("abandoned")
        for path in later:
            _move(path, aside / self.checkpoints.name)
        if self.replays.is_dir():
            for path in sorted(self.replays.glob("*.nmr")):
                if path.name[:9].isdigit() and int(path.name[:9]) >= update:
                    _move(path, aside / self.replays.name)
        self._cut_metrics(update, aside)
        if (self.path / WANDB_ID).is_file():  # steps there only go on: the new line is a run of its own
            _move(self.path / WANDB_ID, aside)
        say(f"rewound to update {update:,}; what came after it, up to update {int(later[-1].name):,}, is in {aside}")

    def point_to(self, checkpoint: Path) -> None:
        """Write down which checkpoint is the newest."""
        write_durably(self.path / LATEST, f"{checkpoint.name} {Checkpoint(checkpoint).identity}\n")

    def move_aside(self, checkpoint: Path) -> Path:
        """Move a checkpoint that is in the way out of the line, and return where it is."""
        return _move(checkpoint, self._aside("abandoned") / self.checkpoints.name)

    def prepare(self) -> None:
        """Make the folder ready for a run that begins: what one left that never saved a checkpoint goes.

        Raises
        ------
        RunFolderError
            If something else is in the folder.
        """
        foreign = sorted(
            path.name for path in self.path.iterdir()
            if path.name not in (*MADE_BY_A_RUN, *KEPT_FROM_A_RUN, "abandoned", "damaged") and path.suffix != ".log"
        )  # fmt: skip
        if foreign and not self.exists:
            names = ", ".join(foreign[:5]) + ", ..." * (len(foreign) > 5)
            raise RunFolderError(f"{self} is not a run and not empty (it has {names}); give another --folder")
        for name in MADE_BY_A_RUN:
            path = self.path / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def take(self, checkpoint: Path) -> Path:
        """Copy a checkpoint of another run here, as the first of this one, and return it.

        Raises
        ------
        CheckpointError
            If it cannot be used.
        """
        update = Checkpoint(checkpoint).update
        copy = copy_checkpoint(checkpoint, self.checkpoints / f"{update:09d}")
        self.point_to(copy)
        return copy

    def _line_to_latest(self) -> list[Path]:
        """Return the checkpoints up to the one that ``latest`` names, and those which continue it."""
        line = self.line()
        try:
            name, _, identity = (self.path / LATEST).read_text(encoding="utf-8").strip().partition(" ")
        except (OSError, ValueError):
            return line  # of a run from before there was one: the highest number counts
        found = [path for path in line if path.name <= name]
        if not identity or not found or found[-1].name != name:
            return line
        if Checkpoint(found[-1]).identity not in (identity, ""):  # one of the same number, but of another line
            found.pop()
            return found
        for path in line[len(found) :]:  # written, but this process ended before it was named
            if Checkpoint(path).parent != identity:
                break
            found.append(path)
            identity = Checkpoint(path).identity
        return found

    def _aside(self, kind: str) -> Path:
        """Return a new numbered folder for what leaves the line."""
        number = 1
        while (self.path / kind / str(number)).exists():
            number += 1
        folder = self.path / kind / str(number)
        folder.mkdir(parents=True)
        return folder

    def _cut_metrics(self, update: int, aside: Path) -> None:
        if not self.metrics_file.is_file():
            return
        kept: list[str] = []
        later: list[str] = []
        for line in self.metrics_file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                is_later = json.loads(line)["update"] > update
            except (ValueError, KeyError, TypeError):  # torn by a crash: what reads it next says so
                is_later = False
            (later if is_later else kept).append(line + "\n")
        if later:
            (aside / self.metrics_file.name).write_text("".join(later), encoding="utf-8")
            write_durably(self.metrics_file, "".join(kept))

    # ---- sessions ----------------------------------------------------------------------------------------

    def log_session(self, record: Mapping[str, Any]) -> None:
        """Append a line of JSON to ``sessions.jsonl``."""
        with self.sessions_file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())


def newest_checkpoint(path: Path) -> Path:
    """Return the checkpoint that a path stands for: the newest good one of a run's folder, or the path itself.

    Raises
    ------
    CheckpointError
        If there is none.
    """
    run, checkpoint = RunFolder.of(path)
    if checkpoint is not None:
        return checkpoint
    assert run is not None
    return run.newest()


def recipe_of(checkpoint: Path) -> Recipe:
    """Return the recipe that a checkpoint was trained by.

    Raises
    ------
    CheckpointError, RecipeError
        If it cannot be read.
    """
    _, facts = Checkpoint(checkpoint).read("policy")
    if not isinstance(facts.get("recipe"), str):
        raise DamagedCheckpointError(f"{checkpoint} is damaged: it has no recipe")
    return Recipe.from_toml(facts["recipe"], str(checkpoint))


def _move(path: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    os.rename(path, target)
    return target
