"""What the commands share in reading their options."""

from __future__ import annotations

import argparse
import difflib
from typing import Any, NoReturn

import nmmo


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def __init__(self, command: str, description: str, **more: Any) -> None:
        super().__init__(
            prog=f"nmmo {command}",
            description=description,
            allow_abbrev=False,
            **more,
        )

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (`{self.prog} --help` explains)\n")


class Count:
    """An argument type: a whole number in a range."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def __call__(self, text: str) -> int:
        try:
            value = int(text.replace("_", "").replace(",", ""))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not self.least <= value <= self.most:
            raise argparse.ArgumentTypeError(f"{text} is out of range {self.least}..{self.most}")
        return value


class Number:
    """An argument type: a number in a range."""

    def __init__(self, least: float, most: float) -> None:
        self.least = least
        self.most = most

    def __call__(self, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not self.least <= value <= self.most:  # also catches NaN
            raise argparse.ArgumentTypeError(f"{text} is out of range {self.least:g}..{self.most:g}")
        return value


def preset(text: str) -> str:
    """An argument type: the name of a preset."""
    names = list(nmmo.Config.PRESETS)
    if text not in names:
        near = difflib.get_close_matches(text, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise argparse.ArgumentTypeError(f"there is no preset {text!r}; {hint}")
    return text


def add_world(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose a world: --preset and --seed."""
    parser.add_argument(
        "--preset",
        type=preset,
        default="large",
        metavar="NAME",
        help=f"the world's configuration: {', '.join(nmmo.Config.PRESETS)} (default: large)",
    )
    parser.add_argument(
        "--seed",
        type=Count(0, 2**64 - 1),
        default=1,
        metavar="N",
        help="of the world and of the random actions; the same seed shows the same game (default: 1)",
    )
