"""`nmmo demo`: the main job from end to end. It trains, evaluates, draws and records by the commands themselves."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path

from nmmo.cli import INTERRUPTED, main
from nmmo.cli.errors import UserError
from nmmo.cli.options import Count, Number, Options, Parser

OPPONENTS = ("random", "forager")
WORLD = "medium"  # of the recipe `small`
NEEDED = ("torch", "safetensors", "matplotlib")  # before minutes of training are spent


def new_folder() -> Path:
    """Return demo-runs/1, or the next that is free; it is not made."""
    number = 1
    while (Path("demo-runs") / str(number)).exists():
        number += 1
    return Path("demo-runs") / str(number)


DESCRIPTION = (
    "Train a small policy on this machine, with a live dashboard; save its checkpoint; evaluate it "
    "against random and forager on maps that it has not seen; draw its learning curves; record "
    "the evaluation. Ctrl-C while it trains saves what was learned and continues with the rest."
)
EXAMPLES = ("nmmo demo", "nmmo demo --minutes 30 --folder first-try")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--minutes", type=Number(0.001, 10**6), default=5.0, metavar="N", help="how long to train, in minutes"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="FOLDER",
        help="where everything goes (default: demo-runs/N with the next free N)",
    )
    parser.add_argument(
        "--ticks", type=Count(1, 2**32 - 1), default=2000, metavar="N", help="ticks of each world of the evaluation"
    )
    parser.add_argument("--maps", type=Count(1, 1000), default=5, metavar="N", help="maps of the evaluation")


def run(options: Options) -> int:
    """Run the command."""
    folder = options.folder or new_folder()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UserError(f"this needs {', '.join(missing)}: pip install 'nmmo[train]'")

    def step(what: str, *words: str) -> int:
        print(f"\n== {what}\n$ nmmo {shlex.join(words)}\n", flush=True)
        return main(words)

    trained = step("training", "train", "small", "--minutes", str(options.minutes), "--folder", str(folder))
    if trained not in (0, INTERRUPTED):
        return trained
    curves, replays = folder / "curves.png", folder / "replays"
    status = step("learning curves", "plot", str(folder), "--output", str(curves))
    status = (
        step(
            "evaluation on maps that were not trained on", "eval", str(folder), *OPPONENTS,
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
            f"  continue      nmmo train --resume {shlex.quote(str(folder))} --minutes 60\n"
            f"  look at one   nmmo view {shlex.quote(str(replays / 'world-001.nmr'))}"
        )
    return status
