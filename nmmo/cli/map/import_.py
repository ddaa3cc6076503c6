"""`nmmo map import`: make a map of painted images."""

from __future__ import annotations

import nmmo
from nmmo.cli.errors import UserError
from nmmo.cli.map.shared import SEED, add_densities, described, target
from nmmo.cli.options import Count, Options, Parser

DESCRIPTION = (
    "Make a map of painted images, one pixel per tile, in the exact colours of the palette (docs/maps.md). "
    "`nmmo map export` writes such images."
)
EXAMPLES = (
    "nmmo map import ground.png --danger-image danger.png --nodes-image nodes.png -o my.npz",
    "nmmo map import ground.png --danger 2 --seed 4 -o my.npz",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("image", metavar="IMAGE", help="ground and biomes; PNG, BMP or GIF")
    danger = parser.add_mutually_exclusive_group()
    danger.add_argument("--danger-image", metavar="IMAGE", help="danger, painted (default: from the seed)")
    danger.add_argument(
        "--danger", type=Count(1, 5), metavar="N", help="one danger everywhere (default: from the seed)"
    )
    parser.add_argument("--nodes-image", metavar="IMAGE", help="nodes, painted (default: from the seed)")
    add_densities(parser)
    parser.add_argument("--seed", type=SEED, default=0, metavar="N", help="seed of what is not painted")
    parser.add_argument(
        "-o", "--output", type=target(".npz"), required=True, metavar="FILE.npz", help="the file to write"
    )


def run(options: Options) -> int:
    """Run the command."""
    if options.nodes_image and options.density:
        raise UserError("--density is for nodes placed at random, not for painted ones")
    made = nmmo.Map.from_image(
        options.image,
        danger=options.danger_image or options.danger,
        nodes=options.nodes_image,
        seed=options.seed,
        **dict(options.density),
    )
    made.save(options.output)
    print(f"{options.output}: {described(made)}")
    report = made.check()
    for problem in report.problems:
        print(f"note: {problem}")
    return 0
