"""Metrics: the game's statistics made readable, and the files that a run writes them to.

A run writes a line of JSON for every update, and the same for TensorBoard and Weights & Biases.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nmmo
from nmmo.train.recipe import Recipe
from nmmo.train.reporters import Reporters

__all__ = [
    "MAXIMA",
    "METRICS_FILE",
    "MetricsWriter",
    "add_statistics",
    "difference",
    "game_metrics",
    "read_metrics",
    "total_statistics",
]

METRICS_FILE = "metrics.jsonl"
"""The file of a run's folder that holds them."""


def read_metrics(folder: Path, say: Callable[[str], None] = lambda text: None) -> list[dict[str, float]]:
    """Return the lines of a run's metrics.

    A crash may leave a line that was cut off, or a hole of zero bytes: such lines are left out.

    Parameters
    ----------
    folder
        The run's.
    say
        Called with a sentence if lines before the last are left out. The last is cut off whenever a run is killed.

    Raises
    ------
    OSError
        If there is no such file.
    """
    *lines, rest = (folder / METRICS_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    found, left_out = [], []
    for number, line in enumerate([*lines, rest], 1):
        if not line:
            continue
        try:
            metrics = json.loads(line.strip("\0"))  # behind a hole, a line may be whole
        except ValueError:
            metrics = None
        if isinstance(metrics, dict) and isinstance(metrics.get("update"), int):
            found.append(metrics)
        elif number <= len(lines):
            left_out.append(number)
    if left_out:
        which = ", ".join(map(str, left_out[:5])) + (", ..." if len(left_out) > 5 else "")
        say(f"{folder / METRICS_FILE}: damaged lines are left out: {which}")
    return found


class MetricsWriter:
    """Writes the metrics of a run: a line of JSON for every update, and the same to its reporters.

    Parameters
    ----------
    folder
        The run's.
    recipe
        Its ``[run]`` says what is reported to besides the lines of JSON.
    update, steps
        The update and the agent-steps that the run continues from: later lines, which are about to be written again,
        are removed.
    say
        Called with a sentence about a reporter that fails, or lines that are damaged.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, update: int, steps: int = 0, say: Callable[[str], None] = lambda text: None
    ) -> None:
        path = folder / METRICS_FILE
        if path.exists():
            kept = [line for line in read_metrics(folder, say) if line["update"] <= update]
            scratch = path.with_suffix(".rewritten")
            scratch.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
            os.replace(scratch, path)
        self._file = path.open("a", encoding="utf-8")
        self._reporters = Reporters(folder, recipe, steps, say)

    def write(self, update: int, metrics: Mapping[str, float]) -> None:
        """Write the metrics of one update. Reporters count in its ``agent_steps``.

        Raises
        ------
        OSError
            If the line of JSON could not be written. Reporters raise nothing.
        """
        self._file.write(json.dumps({"update": update, **metrics}) + "\n")
        self._file.flush()
        self._reporters.report(int(metrics.get("agent_steps", update)), metrics)

    def close(self) -> None:
        """Close everything."""
        self._reporters.close()
        self._file.close()


MAXIMA = ("best_score",)
"""Statistics of which the largest over worlds is meant, not the sum."""


def total_statistics(worlds: Sequence[nmmo.Worlds]) -> dict[str, Any]:
    """Return the statistics of all worlds together."""
    found: dict[str, Any] = {}
    for batch in worlds:
        for index in range(len(batch)):
            add_statistics(found, batch.world(index).statistics())
    return found


def add_statistics(total: dict[str, Any], more: dict[str, Any]) -> None:
    """Add the statistics of other worlds to a total."""
    for name, value in more.items():
        if isinstance(value, dict):
            add_statistics(total.setdefault(name, {}), value)
        elif name in MAXIMA:
            total[name] = max(total.get(name, 0), value)
        else:
            total[name] = total.get(name, 0) + value


def difference(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Return what was counted between two calls of ``total_statistics``, and the present state of the living."""
    found: dict[str, Any] = {}
    for name, value in now.items():
        if name in MAXIMA or name == "living":
            found[name] = value
        elif isinstance(value, dict):
            found[name] = difference(value, before.get(name, {}))
        else:
            found[name] = value - before.get(name, 0)
    return found


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 0.0


def game_metrics(now: dict[str, Any], before: dict[str, Any]) -> dict[str, float]:
    """Return what happened between two calls of ``total_statistics``, and the state of the living.

    Their ``living`` and ``finished`` may be of some of the players only.

    Returns
    -------
    dict
        Names with slashes: ``living/score`` the mean score of those who live, ``finished/score`` and
        ``finished/age`` of lives that ended meanwhile (missing where none did), ``deaths/...`` their
        share by cause, and per 1,000 agent-steps: harvests, kills, sales, things put on.
    """
    here = difference(now, before)
    living, finished = now["living"], here["finished"]
    lives, ended = living["lives"], finished["lives"]
    steps = max(float(np.sum(here["actions"]) + np.sum(here["refused"])), 1.0)
    worn = np.asarray(living["worn"], np.float64)
    found = {
        "living/score": _share(living["score"], lives),
        "living/best_score": float(living["best_score"]),
        "living/combat_level": _share(living["combat_level"], lives),
        "living/harvest_level": _share(living["harvest_level"], lives),
        "living/age": _share(living["age"], lives),
        "living/gold": _share(living["gold"], lives),
        "living/worn_tiers": _share(float((worn * np.arange(worn.shape[1])).sum()), lives),
        "living/listings": float(living["listings"]),
        "lives_ended": float(ended),
    }
    if ended:
        found |= {
            "finished/score": _share(finished["score"], ended),
            "finished/age": _share(finished["age"], ended),
            "finished/return": _share(finished["returns"], ended),
        }
    causes = finished["causes"]
    for cause, count in enumerate(causes):
        if count:
            found[f"deaths/{nmmo.Cause(cause).name.lower()}"] = _share(count, np.sum(causes))
    for name, count in (
        ("harvests", here["harvests"]),
        ("monster_kills", here["monster_kills"]),
        ("player_kills", here["player_kills"]),
        ("sales", here["sales"]),
        ("equipped", here["equipped"]),
        ("consumed", here["consumed"]),
        ("refused", here["refused"]),
    ):
        found[f"per_1000/{name}"] = 1000 * float(np.sum(count)) / steps
    sales, turnover = float(np.sum(here["sales"])), float(np.sum(here["turnover"]))
    if sales:
        found["market/mean_price"] = turnover / sales
    return found
