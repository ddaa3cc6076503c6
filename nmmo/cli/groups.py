"""Commands that consist of commands, such as `nmmo map generate`."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

__all__ = ["Commands", "run_group"]

Commands: TypeAlias = Mapping[str, tuple[Callable[[Sequence[str]], int], str]]
"""Name: what runs it, and what it does in a line."""


def usage(group: str, about: str, commands: Commands, more: str) -> str:
    """The text of `nmmo GROUP --help`."""
    width = max(map(len, commands))
    lines = "\n".join(f"  {name:<{width}}  {text}" for name, (_, text) in commands.items())
    return (
        f"usage: nmmo {group} COMMAND [options]\n\n{about}\n\ncommands:\n{lines}\n\noptions:\n"
        f"  -h, --help     this text; `nmmo {group} COMMAND --help` explains a command\n"
        + (f"\n{more}\n" if more else "")
    )


def run_group(
    group: str,
    about: str,
    commands: Commands,
    arguments: Sequence[str],
    *,
    erred: tuple[type[Exception], ...],
    broken: tuple[type[Exception], ...] = (),
    more: str = "",
) -> int:
    """Run one command of a group.

    Parameters
    ----------
    group
        Its name: what follows `nmmo`.
    about
        What the group is for, in a line.
    commands
        Name: (what runs it, what it does in a line).
    arguments
        What follows the group's name on the command line.
    erred
        Errors of the user; each is a line on standard error and status 2, as is any OSError.
    broken
        Errors that tell of something broken: a line and status 1.
    more
        Further lines for the help text.

    Returns
    -------
    int
        The exit status.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage(group, about, commands, more), end="")
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    if name not in commands:
        near = difflib.get_close_matches(name, commands, n=1)
        hint = f"did you mean `nmmo {group} {near[0]}`?" if near else f"there are {', '.join(commands)}"
        print(f"nmmo {group}: there is no command {name!r}; {hint}", file=sys.stderr)
        return 2
    try:
        return commands[name][0](rest)
    except broken as error:
        print(f"nmmo {group} {name}: {error}", file=sys.stderr)
        return 1
    except erred as error:
        print(f"nmmo {group} {name}: {error}", file=sys.stderr)
    except BrokenPipeError:  # `nmmo ... | head`: the command itself knows what to do
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"nmmo {group} {name}: {where}{error.strerror or error}", file=sys.stderr)
    return 2
