"""`nmmo demo`: the main job from end to end. It trains, evaluates, draws and records by the commands themselves."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from nmmo.cli.options import Count, Parser

OPPONENTS = ("random", "forager")
WORLD = "medium"  # of the recipe `small`
NEEDED = ("torch", "safetensors", "matplotlib")  # before minutes of training are spent


def new_folder() -> Path:
    """demo-runs/1, or the next that is free; it is not made."""
    number = 1
    while (Path("demo-runs") / str(number)).exists():
        number += 1
    return Path("demo-runs") / str(number)


def minutes(text: str) -> float:
    """An argument type: a time above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ValueError(text)
    return value


def main(arguments: Sequence[str]) -> int:
    """The command."""
    parser = Parser(
        "demo",
        "Train a small policy on this machine, with a live dashboard; save its checkpoint; evaluate it against "
        f"{' and '.join(OPPONENTS)} on maps that it has not seen; draw its learning curves; leave replays of the "
        "evaluation. Ctrl-C while it trains saves what was learned and goes on with the rest.",
    )
    parser.add_argument(
        "--minutes", type=minutes, default=5.0, metavar="N", help="how long to train (default: 5)"
    )
    parser.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where everything goes (default: demo-runs/N with the next N)"
    )
    parser.add_argument(
        "--ticks", type=Count(1, 2**32 - 1), default=2000, metavar="N", help="of the evaluation (default: 2,000)"
    )
    parser.add_argument(
        "--maps", type=Count(1, 1000), default=5, metavar="N", help="of the evaluation (default: 5)"
    )
    options = parser.parse_args(arguments)
    folder = options.folder or new_folder()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        print(f"nmmo demo: this needs {', '.join(missing)}: pip install 'nmmo[train]'", file=sys.stderr)
        return 2
    from nmmo.cli import eval as evaluate
    from nmmo.cli import plot, train


    def step(what: str, command: Callable[[Sequence[str]], int], *given: str) -> int:
        name = command.__module__.rsplit(".", 1)[1]
        print(f"\n== {what}\n$ nmmo {name} {shlex.join(given)}\n", flush=True)
        return command(given)

    trained = step(
        "training", train.main, "small", "--minutes", str(options.minutes), "--folder", str(folder)
    )
    interrupted = trained == train.INTERRUPTED
    if trained and not interrupted:
        return trained
    curves, replays = folder / "curves.png", folder / "replays"
    status = step("learning curves", plot.main, str(folder), "--output", str(curves))
    status = (
        step(
            "evaluation on maps that were not trained on", evaluate.main, str(folder), *OPPONENTS,
            "--preset", WORLD, "--ticks", str(options.ticks), "--maps", str(options.maps),
            "--replay", str(replays), "--json", str(folder / "evaluation.json"),
        )
        or status
    )  # fmt: skip
    if status == 0:
        print(
            f"\n== done\n"
            f"  the run       {folder}\n"
            f"  the agent     {folder / 'agent'}\n"
            f"  curves        {curves}\n"
            f"  evaluation    {folder / 'evaluation.json'}\n"
            f"  replays       {replays}\n"
            f"  go on         nmmo train --resume {shlex.quote(str(folder))} --minutes 60\n"
            f"  look at one   nmmo view {shlex.quote(str(replays / 'world-001.nmr'))}"
        )
    return status
