"""`nmmo map export`: write a map as images to paint on."""

from __future__ import annotations

from pathlib import Path

import nmmo
from nmmo.cli.map.shared import LAYERS, MAP_HELP
from nmmo.cli.options import Options, Parser

DESCRIPTION = "Write a map as images for `nmmo map import`: ground.png, danger.png, nodes.png."
EXAMPLES = ("nmmo map export small -o layers",)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("map", metavar="MAP", help=MAP_HELP)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to write them; created if missing"
    )


def run(options: Options) -> int:
    """Run the command."""
    exported = nmmo.Map.open(options.map)
    options.output.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        exported.painted(layer).save(options.output / f"{layer}.png")
        print(options.output / f"{layer}.png")
    return 0
