"""The `nmmo` command.

Each command is a module of this package with ``main(arguments) -> int`` and is imported only when it
is called, so that `nmmo --help` is instant and no command pays for another's libraries.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence

COMMANDS = {  # name: what it does; the module has the same name
    "demo": "train a small policy, measure it, draw its curves, record a game: the whole of it in minutes",
    "tour": "play some ticks at random and tell what happened in the world",
    "bench": "measure how fast this machine runs the world",
    "doctor": "check the installation and describe it",
    "map": "generate, draw, check and paint maps",
    "watch": "watch a live world, played by agents, in a window",
    "play": "play a slot yourself, among agents",
    "view": "look at a replay in a window, or write it as a picture or video",
    "replay": "look at replays, prove them, save them, turn them into tables",
    "agent": "make the folder of a new agent, check one, list those that come with nmmo",
    "eval": "measure how well agents play",
    "score": "competitions: check a submission, run an event, report it, verify it",
    "train": "train a policy",
    "plot": "draw the learning curves of runs",
    "export": "make an agent of a trained policy",
}


def usage() -> str:
    """The text of `nmmo --help`."""
    width = max(len(name) for name in COMMANDS)  # `map` is a command here, once it was imported
    commands = "\n".join(f"  {name:<{width}}  {text}" for name, text in COMMANDS.items())
    return (
        "usage: nmmo COMMAND [options]\n\n"
        "A massively multi-agent online world for reinforcement learning.\n\n"
        f"commands:\n{commands}\n\n"
        "options:\n"
        "  -h, --help     this text; `nmmo COMMAND --help` explains a command\n"
        "  --version      the versions of the package and of the rules\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        What follows `nmmo` on the command line; None takes it from there.

    Returns
    -------
    int
        The exit status: 0 done, 1 it found something broken, 2 the user erred (one line on standard error
        says how), 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        print(usage(), end="")
        return 0 if given else 2
    if given[0] in ("-V", "--version"):
        import nmmo

        print(f"nmmo {nmmo.__version__}, rules version {nmmo.RULES_VERSION}")
        return 0
    name, rest = given[0], given[1:]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean `nmmo {near[0]}`?" if near else f"there are {', '.join(COMMANDS)}"
        print(f"nmmo: there is no command {name!r}; {hint}", file=sys.stderr)
        return 2
    try:
        status: int = importlib.import_module(f"nmmo.cli.{name}").main(rest)
        sys.stdout.flush()
        return status
    except SystemExit as exit_:  # argparse's way to end --help and errors
        return exit_.code if isinstance(exit_.code, int) else 1
    except KeyboardInterrupt:
        print(f"nmmo {name}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `nmmo ... | head`: nobody reads on, and nothing may complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1  # as rich does in the same case
