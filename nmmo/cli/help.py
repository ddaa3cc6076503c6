"""`nmmo help`: the help text of a command."""

from __future__ import annotations

from nmmo.cli.options import Options, Parser

DESCRIPTION = "Explain a command: `nmmo help map generate` prints what `nmmo map generate --help` does."
EXAMPLES = ("nmmo help", "nmmo help train", "nmmo help map generate")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument(
        "command", nargs="*", metavar="COMMAND", help="names of group and command (default: nmmo itself)"
    )


def run(options: Options) -> int:
    """Run the command."""
    from nmmo.cli import main

    return main([*options.command, "--help"])
