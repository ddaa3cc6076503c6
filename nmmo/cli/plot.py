"""`nmmo plot`: draw learning curves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmmo.cli.errors import CommandFailed, UserError
from nmmo.cli.options import Choice, Options, Parser

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
    ("living/beyond_danger_1", "share beyond danger 1"),
    ("losses/entropy", "entropy, nats"),
    ("losses/explained_variance", "variance explained by the values"),
)
AXES = ("agent_steps", "seconds", "update")
SMOOTHING = 50  # points of a curve at which a mean over neighbours begins to be drawn


def smoothed(values: Any) -> Any:
    """Return the mean over a window of a hundredth of the curve, shorter at its ends."""
    width = min(max(1, len(values) // SMOOTHING), (len(values) - 1) // 2)
    kernel = np.ones(2 * width + 1)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones(len(values)), kernel, "same")


def names_of(runs: Sequence[Path]) -> list[str]:
    """Return the shortest ends of the runs' paths that tell them apart, such as "a/run" and "b/run"."""
    whole = [run.resolve().parts for run in runs]
    names = []
    for parts in whole:
        others = [other for other in whole if other != parts]
        length = next(n for n in range(1, len(parts) + 1) if all(other[-n:] != parts[-n:] for other in others))
        names.append(str(Path(*parts[-length:])))
    return names


def draw(runs: Sequence[Path], path: Path, against: str, say: Callable[[str], None] = lambda text: None) -> None:
    """Draw the curves of some runs into one image.

    Parameters
    ----------
    runs
        Their folders.
    path
        The image.
    against
        The horizontal axis.
    say
        Called with a sentence about each run of whose metrics a part is damaged.

    Raises
    ------
    OSError
        If a run has no metrics, or the image can't be written.
    ValueError
        If a run has no metrics yet.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from nmmo.train.metrics import read_metrics

    columns = 3
    figure = Figure(figsize=(13, 12), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(CURVES) // columns, columns)
    curves = []
    for run in dict.fromkeys(runs):
        lines = read_metrics(run, say)
        if not lines:
            raise ValueError(f"{run} has no metrics yet")
        for axis, (name, _) in zip(axes.flat, CURVES, strict=True):
            points = [(line[against], line[name]) for line in lines if name in line and against in line]
            if points:
                x, y = np.array(points, float).T
                (curve,) = axis.plot(x, y, linewidth=0.6, alpha=0.35)
                (smooth,) = axis.plot(x, smoothed(y), linewidth=1.6, color=curve.get_color())
                if axis is axes.flat[0]:
                    curves.append((smooth, run))
    for axis, (_, title) in zip(axes.flat, CURVES, strict=True):
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
        axis.tick_params(labelsize=8)
    for axis in axes[-1]:
        axis.set_xlabel(against.replace("_", " "), fontsize=9)
    if len(curves) > 1:
        lines_shown, shown = zip(*curves, strict=True)
        legend = axes.flat[0].legend(lines_shown, ["."] * len(shown), fontsize=8)
        for text, name in zip(legend.get_texts(), names_of(shown), strict=True):
            text.set_text(name)  # not as a label: one that begins with _ would be left out
            text.set_parse_math(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


DESCRIPTION = "Draw the learning curves of one or several runs as a PNG image."
EXAMPLES = ("nmmo plot runs/small-1", "nmmo plot runs/small-1 runs/small-2 --output both.png --against seconds")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run's folder")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="the image, a PNG (default: RUN/curves.png of the first run)"
    )
    parser.add_argument(
        "--against",
        type=Choice(AXES),
        default="agent_steps",
        metavar="AXIS",
        help=f"the horizontal axis: {', '.join(AXES)}",
    )


def run(options: Options) -> int:
    """Run the command."""
    path = options.output or options.runs[0] / "curves.png"
    if path.suffix != ".png":
        raise UserError(f"--output: {path}: the image is a PNG; give a name that ends in .png")
    try:
        draw(options.runs, path, options.against, lambda text: print(f"nmmo plot: {text}", file=sys.stderr))
    except ValueError as error:
        raise UserError(str(error)) from None
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: there is no such file; give the folder of a run") from None
    except OSError as error:
        raise CommandFailed(str(error)) from None
    print(path)
    return 0
