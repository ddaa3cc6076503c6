"""`nmmo map generate`: write the map of a seed."""

from __future__ import annotations

from nmmo.cli.map.shared import SEED, add_densities, add_size, described, generated, target
from nmmo.cli.options import Options, Parser

DESCRIPTION = "Write the map that a world generates from a seed."
EXAMPLES = (
    "nmmo map generate --seed 7 -o my.npz",
    "nmmo map generate --seed 7 --size 256x512 --density ore=16 -o rich.npz",
    "nmmo map generate --seed 7 --preset small -o small.npz",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("--seed", type=SEED, required=True, metavar="N", help="seed of the map")
    add_size(parser, "default: 512x512")
    add_densities(parser)
    parser.add_argument(
        "-o", "--output", type=target(".npz"), required=True, metavar="FILE.npz", help="the file to write"
    )


def run(options: Options) -> int:
    """Run the command."""
    made = generated(options)
    made.save(options.output)
    print(f"{options.output}: {described(made)}")
    return 0
