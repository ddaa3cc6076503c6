"""`nmmo completion`: a script that completes commands and options in a shell."""

from __future__ import annotations

import argparse
import sys
from types import ModuleType
from typing import Any

from nmmo.cli.options import Choice, Options, Parser, Value

SHELLS = ("bash", "zsh", "fish")

DESCRIPTION = "Print a script that completes commands, options and files in a shell. Load it where the shell starts."
EXAMPLES = (
    "nmmo completion bash > ~/.local/share/bash-completion/completions/nmmo",
    "nmmo completion zsh > ~/.zsh/completions/_nmmo",
    "nmmo completion fish > ~/.config/fish/completions/nmmo.fish",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("shell", type=Choice(SHELLS), metavar="SHELL", help=f"one of {', '.join(SHELLS)}")


def run(options: Options) -> int:
    """Run the command."""
    import shtab

    print(shtab.complete(whole_parser(), shell=options.shell))
    return 0


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser of all commands, each a subcommand: for the completion, which looks at nothing else."""
    from nmmo import cli

    root = argparse.ArgumentParser("nmmo", description=cli.ABOUT)
    root.add_argument("--version", action="store_true", help="print the versions of the package and of the rules")
    _add_commands(root, sys.modules[cli.__name__], [])
    return root


def _add_commands(parser: argparse.ArgumentParser, group: ModuleType, path: list[str]) -> None:
    import shtab

    from nmmo import cli

    def made(*, command: list[str], module: ModuleType, **_: Any) -> argparse.ArgumentParser:
        if hasattr(module, "COMMANDS"):
            inner = argparse.ArgumentParser(" ".join(["nmmo", *command]), description=module.ABOUT)
            _add_commands(inner, module, command)
            return inner
        found = cli.parser_of(command, module)
        for action in found._actions:
            if str(action.metavar).startswith(("FILE", "FOLDER", "PATH", "RUN", "REPLAY", "IMAGE", "AGENT", "MAP")):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
            if isinstance(action.type, Value) and action.type.setting.choices:
                action.choices = action.type.setting.choices
        return found

    parser_class: Any = made
    commands: Any = parser.add_subparsers(metavar="COMMAND", parser_class=parser_class)
    for name, text in group.COMMANDS.items():
        commands.add_parser(name, help=text, command=[*path, name], module=cli.module_of(group, name))
