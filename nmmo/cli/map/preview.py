"""`nmmo map preview`: draw a map as a picture."""

from __future__ import annotations

from pathlib import Path

import nmmo
from nmmo.cli.errors import UserError
from nmmo.cli.map.shared import MAP_HELP, SEED, add_size, described, generated, target
from nmmo.cli.options import Count, Options, Parser

DESCRIPTION = "Draw a map as a picture with a legend."
EXAMPLES = (
    "nmmo map preview small -o small.png",
    "nmmo map preview --seed 7 --size 256 --scale 4 -o seven.png",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("map", nargs="?", metavar="MAP", help=f"{MAP_HELP} (default: the map of --seed)")
    parser.add_argument(
        "--seed", type=SEED, metavar="N", help="draw the generated map of this seed instead (default: MAP)"
    )
    add_size(parser, "with --seed; default: 512x512")
    parser.add_argument(
        "--scale", type=Count(1, 32), metavar="N", help="pixels per tile (default: about 1,000 pixels in all)"
    )
    parser.add_argument(
        "-o", "--output", type=target(".png"), required=True, metavar="FILE.png", help="the picture to write"
    )


def run(options: Options) -> int:
    """Run the command."""
    if (options.map is None) == (options.seed is None):
        raise UserError("give either a map or --seed")
    if options.map is not None and (options.size or options.preset):
        raise UserError("--size and --preset go with --seed; a map has its own size")
    drawn = nmmo.Map.open(options.map) if options.map is not None else generated(options)
    title = f"seed {options.seed}" if options.map is None else Path(options.map).stem
    try:
        picture = drawn.preview(options.scale, title=title)
    except ValueError as error:
        raise UserError(f"--scale: {error}") from None
    picture.save(options.output)
    print(f"{options.output}: {picture.width} x {picture.height} pixels; {described(drawn)}")
    return 0
