"""What a run reports to besides its own files: TensorBoard and Weights & Biases.

A reporter is a convenience. Whatever it raises, it is dropped with a word about it, and training goes on.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import nmmo
from nmmo.machine import installed
from nmmo.train.recipe import Recipe, RecipeError, RunOptions

__all__ = ["Reporter", "Reporters", "check_reporters"]

WANDB_ID = "wandb.json"
"""The file of a run's folder that holds its identity at Weights & Biases."""


class Reporter(Protocol):
    """Takes the metrics of every update."""

    def report(self, steps: int, metrics: Mapping[str, float]) -> None:
        """Report an update, after so many agent-steps."""

    def close(self) -> None:
        """Report what is left, and end."""


def check_reporters(options: RunOptions) -> None:
    """Refuse a run whose reporters are not installed, before anything is written.

    Raises
    ------
    RecipeError
        If one is missing; the message says what to install.
    """
    if options.wandb_project and not _installed("wandb"):
        raise RecipeError('run.wandb_project needs wandb: pip install wandb, or set it to ""')
    if options.tensorboard and not _installed("tensorboard"):
        raise RecipeError("run.tensorboard needs tensorboard: pip install 'nmmo[train]', or set it to false")


def _installed(name: str) -> bool:
    try:
        found = find_spec(name)
    except ValueError:  # imported, and by something that gives it no spec
        return True
    return found is not None and found.origin is not None  # a mere folder of that name has no origin


def _silence_threads_of(package: str) -> None:
    """Let threads of a package end without a traceback: it raises their errors again where it is called."""
    former = threading.excepthook

    def hook(ended: threading.ExceptHookArgs) -> None:
        if type(ended.thread).__module__.partition(".")[0] != package:
            former(ended)

    threading.excepthook = hook


class TensorBoard:
    """Writes the files that ``tensorboard --logdir`` shows.

    Parameters
    ----------
    folder
        Where to.
    steps
        Agent-steps that the run continues from: what the files say of later ones is void. 0: nothing is.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        _silence_threads_of("tensorboard")
        self._writer: Any = SummaryWriter(folder, purge_step=steps + 1 if steps else None)

    def report(self, steps: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, steps)

    def close(self) -> None:
        self._writer.close()


class WandB:
    """Reports to a run at Weights & Biases.

    The run's identity there is drawn at random once and kept in the run's folder, so that two folders of one name are
    two runs, and a run that is resumed is the same one.

    Parameters
    ----------
    folder
        The run's.
    recipe
        All of it is sent as the run's configuration.
    """

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._run = importlib.import_module("wandb").init(
            project=recipe.run.wandb_project,
            id=self._identity(folder),
            resume="allow",
            dir=folder,
            name=folder.resolve().name,
            config={
                **dataclasses.asdict(recipe),
                "versions": {"nmmo": nmmo.__version__, "rules": nmmo.RULES_VERSION, "torch": installed("torch"),
                             "numpy": installed("numpy")},
            },
        )  # fmt: skip

    @staticmethod
    def _identity(folder: Path) -> str:
        path = folder / WANDB_ID
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))["id"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            kept = None
        if isinstance(kept, str) and kept:
            return kept
        drawn = secrets.token_hex(8)
        path.write_text(json.dumps({"id": drawn}) + "\n", encoding="utf-8")
        return drawn

    def report(self, steps: int, metrics: Mapping[str, float]) -> None:
        self._run.log(dict(metrics), step=steps)

    def close(self) -> None:
        self._run.finish()


class Reporters:
    """The reporters that a recipe asks for.

    Parameters
    ----------
    folder
        The run's.
    recipe
        Its ``[run]`` says which.
    steps
        Agent-steps that the run continues from.
    say
        Called with a sentence about a reporter that fails.
    """

    def __init__(self, folder: Path, recipe: Recipe, steps: int, say: Callable[[str], None]) -> None:
        self._say = say
        self._reporters: dict[str, Reporter] = {}
        if recipe.run.tensorboard:
            self._start("TensorBoard", lambda: TensorBoard(folder / "tensorboard", steps))
        if recipe.run.wandb_project:
            self._start("Weights & Biases", lambda: WandB(folder, recipe))

    def _start(self, name: str, make: Callable[[], Reporter]) -> None:
        try:
            self._reporters[name] = make()
        except (Exception, SystemExit) as error:
            self._drop(name, error)

    def report(self, steps: int, metrics: Mapping[str, float]) -> None:
        """Report an update to all of them."""
        for name, reporter in list(self._reporters.items()):
            try:
                reporter.report(steps, metrics)
            except (Exception, SystemExit) as error:
                self._drop(name, error)

    def close(self) -> None:
        """End all of them."""
        for name, reporter in list(self._reporters.items()):
            try:
                reporter.close()
            except (Exception, SystemExit) as error:
                self._drop(name, error)

    def _drop(self, name: str, error: BaseException) -> None:
        self._reporters.pop(name, None)
        reason = " ".join(str(error).split()) or type(error).__name__
        self._say(f"{name} failed and gets nothing more ({reason[:300]}); training goes on")
