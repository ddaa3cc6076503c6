"""What a run writes down: a line of JSON for every update, and the same for TensorBoard."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nmmo.train.recipe import Recipe

__all__ = ["Metrics", "read_metrics"]

FILE = "metrics.jsonl"


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The lines of a run's metrics; a last line that was cut off is left out.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If a line before the last is no JSON.
    """
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(json.loads(line))
        except ValueError:
            if number < len(lines):
                raise ValueError(f"{folder / FILE}: line {number} is no JSON") from None
    return found


class Metrics:
    """The writers of a run.

    Parameters
    ----------
    folder
        The run's.
    recipe
        Says which writers.
    update
        The update that the run goes on from: later lines, which are about to be written anew, are removed.
    """

    def __init__(self, folder: Path, recipe: Recipe, update: int) -> None:
        path = folder / FILE
        if path.exists():
            kept = [line for line in read_metrics(folder) if line["update"] <= update]
            scratch = path.with_suffix(".rewritten")
            scratch.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
            os.replace(scratch, path)
        self._file = path.open("a", encoding="utf-8")
        self._tensorboard: Any = None
        if recipe.run.tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._tensorboard = SummaryWriter(
                folder / "tensorboard", purge_step=update + 1 if update else None
            )
        self._wandb: Any = None
        if recipe.run.wandb:
            self._wandb = importlib.import_module("wandb").init(
                project=recipe.run.wandb, id=folder.name, resume="allow", dir=folder, name=folder.name
            )

    def write(self, update: int, figures: Mapping[str, float]) -> None:
        """Write the figures of one update."""
        self._file.write(json.dumps({"update": update, **figures}) + "\n")
        self._file.flush()
        if self._tensorboard is not None:
            for name, value in figures.items():
                self._tensorboard.add_scalar(name, value, update)
        if self._wandb is not None:
            self._wandb.log(dict(figures), step=update)

    def close(self) -> None:
        self._file.close()
        if self._tensorboard is not None:
            self._tensorboard.close()
        if self._wandb is not None:
            self._wandb.finish()
