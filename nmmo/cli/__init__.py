"""The `nmmo` command.

Each command is a module of this package, and each group of commands is a package in it that lists its own, as this
one does. A command's module has

``DESCRIPTION``
    What the command does: the first lines of its help.
``EXAMPLES``
    Command lines, shown at the end of its help.
``add_arguments(parser)``
    Declares its options.
``run(options) -> int``
    Does it, and returns the exit status.
``USER_ERRORS``, ``FAILURES``
    Exceptions of which the user reads one line: errors of theirs (status 2), and broken things (status 1). Those of
    a group hold for all of its commands.

A module is imported only when its command is called, so that `nmmo --help` is instant and no command pays for
another's libraries.
"""

from __future__ import annotations

import importlib
import keyword
import os
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Final

from nmmo.cli.errors import CommandFailed, UserError
from nmmo.file_errors import explain
from nmmo.streams import prepare_streams

if TYPE_CHECKING:
    from nmmo.cli.options import Parser

__all__ = ["main"]

INTERRUPTED: Final = 130

ABOUT = "A massively multi-agent online world for reinforcement learning."
COMMANDS = {
    "demo": "train a small policy, measure it, draw its curves and record a game, in minutes",
    "tour": "play some ticks at random and report what happened in the world",
    "bench": "measure how fast this machine runs the world",
    "doctor": "check the installation and describe it",
    "map": "generate, draw, check and paint maps",
    "watch": "watch a live world, played by agents, in a window",
    "play": "play a slot yourself, among agents",
    "view": "show a replay in a window, or write it as a picture or video",
    "replay": "inspect, verify, repair and compare replays, and turn them into tables",
    "agent": "make, check and list agents",
    "eval": "measure how well agents play",
    "score": "competitions: check a submission, run a competition, report it, verify it",
    "train": "train a policy",
    "plot": "draw the learning curves of runs",
    "export": "make an agent of a trained policy",
    "completion": "print a script that completes commands and options in a shell",
    "help": "explain a command",
}
NOTES = ""

EXTRAS = {  # a module that may be missing, and the extra that brings it
    "torch": "train", "safetensors": "train", "tensorboard": "train", "matplotlib": "train", "onnx": "train",
    "pygame": "render", "imageio": "render", "openskill": "score", "pyarrow": "tables",
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        What follows `nmmo` on the command line; None takes it from there.

    Returns
    -------
    int
        The exit status: 0 done, 1 something is broken, 2 user error (one line on standard error says what to do),
        130 interrupted.
    """
    prepare_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in ("-V", "--version"):
        import nmmo

        print(f"nmmo {nmmo.__version__}, rules version {nmmo.RULES_VERSION}")
        return 0
    path: list[str] = []
    module = sys.modules[__name__]
    try:
        module, rest = find(given, path)
        if hasattr(module, "COMMANDS"):
            print(usage(path, module), end="")
            return 0 if rest else 2
        status: int = module.run(parser_of(path, module).parse_args(rest))
        sys.stdout.flush()
        return status
    except SystemExit as exit_:  # argparse's way to end --help and errors
        return exit_.code if isinstance(exit_.code, int) else 1
    except KeyboardInterrupt:
        return said(path, "interrupted", INTERRUPTED)
    except BrokenPipeError:  # `nmmo ... | head`: nobody reads on, and nothing may complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1  # as rich does in the same case
    except UserError as error:
        return said(path, error, 2)
    except CommandFailed as error:
        return said(path, error, 1)
    except OSError as error:
        return said(path, explain(error), 2)
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in EXTRAS:
            return said(path, f"this needs {missing}: pip install 'nmmo[{EXTRAS[missing]}]'", 2)
        if "pip install" not in str(error):  # of a module that says itself what to install
            raise
        return said(path, error, 2)
    except Exception as error:
        for kind, status in (("FAILURES", 1), ("USER_ERRORS", 2)):
            if any(
                isinstance(error, getattr(one, kind, ())) for one in (module, sys.modules[module.__package__ or ""])
            ):
                return said(path, error, status)
        raise


def said(path: Sequence[str], problem: object, status: int) -> int:
    """Print one line on standard error; the status is returned."""
    print(f"{' '.join(['nmmo', *path])}: {problem}", file=sys.stderr)
    return status


def find(words: Sequence[str], path: list[str]) -> tuple[ModuleType, list[str]]:
    """Return the command that a command line begins with.

    Parameters
    ----------
    words
        What follows `nmmo`.
    path
        Gets the names of group and command.

    Returns
    -------
    tuple
        The module of the command, and the words that follow its name.

    Raises
    ------
    UserError
        If there is no such command.
    """
    module, rest = sys.modules[__name__], list(words)
    while hasattr(module, "COMMANDS") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in module.COMMANDS:
            from nmmo.schema import nearest

            raise UserError(f"there is no command {name!r}; {nearest(name, module.COMMANDS)}")
        path.append(name)
        module = module_of(module, name)
    return module, rest


def module_of(group: ModuleType, name: str) -> ModuleType:
    """Return the module of a command or group."""
    return importlib.import_module(f"{group.__name__}.{name}{'_' if keyword.iskeyword(name) else ''}")


def parser_of(path: Sequence[str], module: ModuleType) -> Parser:
    """Return the parser of a command's options."""
    from nmmo.cli.options import Parser

    parser = Parser(" ".join(path), module.DESCRIPTION, module.EXAMPLES)
    module.add_arguments(parser)
    return parser


def usage(path: Sequence[str], group: ModuleType) -> str:
    """Return the help text of `nmmo` or of a group of commands."""
    commands: Mapping[str, str] = group.COMMANDS
    width = max(len(command) for command in commands)  # `map` is a command here, once it was imported
    name = " ".join(["nmmo", *path])
    lines = "\n".join(f"  {command:<{width}}  {text}" for command, text in commands.items())
    more = "" if path else "  --version   print the versions of the package and of the rules\n"
    notes = f"\n{group.NOTES}\n" if group.NOTES else ""
    return (
        f"usage: {name} COMMAND [options]\n\n{group.ABOUT}\n\ncommands:\n{lines}\n\noptions:\n"
        f"  -h, --help  print this text; `{name} COMMAND --help` explains a command\n{more}{notes}"
    )
