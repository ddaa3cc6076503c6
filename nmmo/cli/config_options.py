"""The fields of a world's configuration as options: `--world.FIELD VALUE`, beside `--preset`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Collection
from typing import Any

import nmmo
from nmmo.cli.options import Parser, preset

PREFIX = "world."


def yes_or_no(text: str) -> bool:
    """An argument type: true or false."""
    found = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return found


def whole(text: str) -> int:
    """An argument type: a whole number; the configuration knows the range."""
    try:
        return int(text.replace("_", "").replace(",", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def number(text: str) -> float:
    """An argument type: a number; the configuration knows the range."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def add_config(parser: Parser, leave_out: Collection[str] = ()) -> None:
    """Add --preset, and an option for each field of the configuration that is not left out."""
    parser.add_argument(
        "--preset",
        type=preset,
        default="large",
        metavar="NAME",
        help=f"the worlds' configuration: {', '.join(nmmo.Config.PRESETS)} (default: large)",
    )
    group = parser.add_argument_group("fields of the configuration that shall differ from the preset")
    for field in dataclasses.fields(nmmo.Config):
        if field.name in leave_out:
            continue
        kinds: dict[type, tuple[Callable[[str], Any], str]] = {
            bool: (yes_or_no, "true|false"),
            str: (str, "WORD"),
            float: (number, "X"),
        }
        kind, shown = kinds.get(type(field.default), (whole, "N"))
        group.add_argument(
            f"--{PREFIX}{field.name}",
            dest=PREFIX + field.name,
            type=kind,
            default=None,
            metavar=shown,
            help=str(field.metadata["doc"]).replace("%", "%%"),
        )
        if "_" in field.name:  # with hyphens as well, as `nmmo train` shows them; one of the two is enough to list
            group.add_argument(
                f"--{PREFIX}{field.name.replace('_', '-')}",
                dest=PREFIX + field.name,
                type=kind,
                default=argparse.SUPPRESS,
                help=argparse.SUPPRESS,
            )


def chosen_config(parser: Parser, options: argparse.Namespace) -> nmmo.Config:
    """The configuration that the options of `add_config` choose; an error of the user ends the command."""
    changes = {
        name.removeprefix(PREFIX): value
        for name, value in vars(options).items()
        if name.startswith(PREFIX) and value is not None
    }
    try:
        return nmmo.Config.preset(options.preset, **changes)
    except nmmo.ConfigError as error:
        parser.error(f"argument --world.*: {error}")
