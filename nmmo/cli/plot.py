"""`nmmo plot`: draw learning curves."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmmo.cli.options import Parser

CURVES = (
    ("living/score", "score of the living"),
    ("finished/score", "score of lives that ended"),
    ("living/age", "age of the living, ticks"),
    ("living/combat_level", "combat level of the living"),
    ("living/harvest_level", "harvest level of the living"),
    ("reward", "reward of a step"),
    ("per_1000/monster_kills", "monsters killed, per 1,000 steps"),
    ("per_1000/harvests", "harvests, per 1,000 steps"),
    ("living/worn_tiers", "tiers worn"),
    ("living/beyond", "share beyond danger 1"),
    ("learning/entropy", "entropy, nats"),
    ("learning/explained_variance", "variance explained by the values"),
)
SMOOTHING = 50  # points of a curve at which a mean over neighbours begins to be drawn


def smoothed(values: Any) -> Any:
    """The mean over a window of a hundredth of the curve, shorter at its ends."""
    width = min(max(1, len(values) // SMOOTHING), (len(values) - 1) // 2)
    kernel = np.ones(2 * width + 1)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")


def draw(runs: Sequence[Path], path: Path, against: str) -> None:
    """Draw the curves of some runs into one image.

    Raises
    ------
    OSError
        If a run has no metrics, or the image can't be written.
    ValueError
        If a run's metrics are damaged or empty.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from nmmo.train.metrics import read_metrics

    columns = 3
    figure = Figure(figsize=(13, 12), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(CURVES) // columns, columns)
    for run in runs:
        lines = read_metrics(run)
        if not lines:
            raise ValueError(f"{run} has no metrics yet")
        for axis, (name, _) in zip(axes.flat, CURVES, strict=True):
            points = [(line[against], line[name]) for line in lines if name in line]
            if points:
                x, y = np.array(points, float).T
                (curve,) = axis.plot(x, y, linewidth=0.6, alpha=0.35)
                axis.plot(x, smoothed(y), linewidth=1.6, color=curve.get_color(), label=run.name)
    for axis, (_, title) in zip(axes.flat, CURVES, strict=True):
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
        axis.tick_params(labelsize=8)
    for axis in axes[-1]:
        axis.set_xlabel(against.replace("_", " "), fontsize=9)
    if len(runs) > 1:
        axes.flat[0].legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser("plot", "Draw the learning curves of one or several runs as a PNG image.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run's folder")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the image (default: RUN/curves.png of the first)"
    )
    parser.add_argument(
        "--against",
        choices=("agent_steps", "seconds", "update"),
        default="agent_steps",
        help="the horizontal axis",
    )
    options = parser.parse_args(arguments)
    path = options.output or options.runs[0] / "curves.png"
    if path.suffix != ".png":
        print(f"nmmo plot: {path}: the image is a PNG; give a name that ends in .png", file=sys.stderr)
        return 2
    try:
        draw(options.runs, path, options.against)
    except ModuleNotFoundError as error:
        print(f"nmmo plot: drawing needs {error.name}: pip install 'nmmo[train]'", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"nmmo plot: {error}", file=sys.stderr)
        return 2
    except FileNotFoundError as error:
        print(
            f"nmmo plot: {error.filename}: there is no such file; give the folder of a run", file=sys.stderr
        )
        return 2
    except OSError as error:
        print(f"nmmo plot: {error}", file=sys.stderr)
        return 1
    print(path)
    return 0
