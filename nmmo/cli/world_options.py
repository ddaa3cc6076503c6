"""The options that choose a world: `--preset NAME`, and `--world.FIELD VALUE` for each field of its configuration."""

from __future__ import annotations

from collections.abc import Collection

import nmmo
from nmmo.cli.errors import UserError
from nmmo.cli.options import Choice, Count, Options, Parser, section_of

MOST_SEED = 2**64 - 1


def add_preset(parser: Parser, default: str | None = "large", otherwise: str = "") -> None:
    """Add --preset; without a default, ``otherwise`` says what its absence means."""
    parser.add_argument(
        "--preset",
        type=Choice(nmmo.Config.PRESETS),
        default=default,
        metavar="NAME",
        help=f"the world's configuration: {', '.join(nmmo.Config.PRESETS)}"
        + (f" (default: {otherwise})" if otherwise else ""),
    )


def add_seed(parser: Parser, what: str) -> None:
    """Add --seed."""
    parser.add_argument("--seed", type=Count(0, MOST_SEED), default=1, metavar="N", help=what)


def add_world(parser: Parser, preset: str = "large", leave_out: Collection[str] = ()) -> None:
    """Add --preset, and an option for each field of the configuration that is not left out."""
    add_preset(parser, preset)
    parser.add_section(
        "world",
        "fields of the world's configuration",
        nmmo.Config,
        lambda options: nmmo.Config.preset(options.preset),
        leave_out,
    )


def chosen_config(options: Options) -> nmmo.Config:
    """Return the configuration that the options of ``add_world`` choose.

    Raises
    ------
    UserError
        If fields contradict one another.
    """
    try:
        return nmmo.Config.preset(options.preset, **section_of(options, "world"))
    except nmmo.ConfigError as error:
        raise UserError(f"--world: {error}") from None
