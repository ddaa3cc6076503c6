"""`nmmo map`: maps as files. Each of its commands is a function here."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nmmo
from nmmo.cli.groups import Commands, run_group
from nmmo.cli.options import Count, Parser, preset
from nmmo.core.map_check import DANGER_SHARES
from nmmo.core.map_words import BIOMES, LEAST_SIDE, MOST_SIDE, NODES

LAYERS = ("ground", "danger", "nodes")
MAP_HELP = f"a map file (.npz), or a map that comes with nmmo: {', '.join(nmmo.Map.names())}"


# ---- types of arguments -----------------------------------------------------------------------------


def size(text: str) -> tuple[int, int]:
    """An argument type: HEIGHTxWIDTH, or one number for both."""
    parts = text.lower().split("x")
    if len(parts) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give HEIGHTxWIDTH, such as 256x512")
    sides = [Count(LEAST_SIDE, MOST_SIDE)(part) for part in parts]
    return sides[0], sides[-1]


def density(text: str) -> tuple[str, int]:
    """An argument type: KIND=NUMBER."""
    kind, equals, number = text.partition("=")
    if kind not in NODES or not equals:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no density; give KIND=N with one of {', '.join(NODES)}"
        )
    return f"{kind}_density", Count(0, 1024)(number)


def target(suffix: str) -> Callable[[str], Path]:
    """An argument type: a file to write, in a folder that exists."""

    def read(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() != suffix:
            raise argparse.ArgumentTypeError(f"the name of the file must end in {suffix}; got {text}")
        if not path.parent.is_dir():
            raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
        return path

    return read


SEED = Count(0, 2**64 - 1)


def add_size(parser: Parser, default: str) -> None:
    """Add --size and --preset, of which one may be given."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--size", type=size, metavar="HxW", help=f"rows x columns of tiles; one number: a square ({default})"
    )
    group.add_argument(
        "--preset",
        type=preset,
        metavar="NAME",
        help=f"the size and densities of a configuration: {', '.join(nmmo.Config.PRESETS)}",
    )


def add_densities(parser: Parser) -> None:
    """Add --density."""
    parser.add_argument(
        "--density",
        type=density,
        action="append",
        default=[],
        metavar="KIND=N",
        help=f"nodes per 1,024 walkable tiles (default: 8); may be given for each of {', '.join(NODES)}",
    )


def generated(options: argparse.Namespace) -> nmmo.Map:
    """The map of --seed, --size or --preset, and --density."""
    densities: dict[str, Any] = dict(getattr(options, "density", []))
    config = nmmo.Config.preset(options.preset or "large")
    height, width = options.size or (config.height, config.width)
    return nmmo.Map.generate(options.seed, height, width, config=config, **densities)


def described(map_: nmmo.Map) -> str:
    """A map in half a line."""
    return f"{map_.height} x {map_.width} tiles, digest {map_.digest}"


# ---- the commands -----------------------------------------------------------------------------------


def generate(arguments: Sequence[str]) -> int:
    """`nmmo map generate`."""
    parser = Parser("map generate", "Write the map that a world generates from a seed.")
    parser.add_argument("--seed", type=SEED, required=True, metavar="N", help="of the map")
    add_size(parser, "default: 512x512")
    add_densities(parser)
    parser.add_argument(
        "-o", "--output", type=target(".npz"), required=True, metavar="FILE.npz", help="the file to write"
    )
    options = parser.parse_args(arguments)
    made = generated(options)
    made.save(options.output)
    print(f"{options.output}: {described(made)}")
    return 0


def preview(arguments: Sequence[str]) -> int:
    """`nmmo map preview`."""
    parser = Parser("map preview", "Draw a map as a picture with a legend.")
    parser.add_argument("map", nargs="?", metavar="MAP", help=MAP_HELP)
    parser.add_argument("--seed", type=SEED, metavar="N", help="draw the generated map of this seed instead")
    add_size(parser, "with --seed; default: 512x512")
    parser.add_argument(
        "--scale", type=Count(1, 32), metavar="N", help="pixels a tile (default: for about 1,000 in all)"
    )
    parser.add_argument(
        "-o", "--output", type=target(".png"), required=True, metavar="FILE.png", help="the picture to write"
    )
    options = parser.parse_args(arguments)
    if (options.map is None) == (options.seed is None):
        parser.error("give either a map or --seed")
    if options.map is not None and (options.size or options.preset):
        parser.error("--size and --preset go with --seed; a map has its own size")
    drawn = nmmo.Map.open(options.map) if options.map is not None else generated(options)
    title = f"seed {options.seed}" if options.map is None else Path(options.map).stem
    try:
        picture = drawn.preview(options.scale, title=title)
    except ValueError as error:
        parser.error(str(error))
    picture.save(options.output)
    print(f"{options.output}: {picture.width} x {picture.height} pixels; {described(drawn)}")
    return 0


def check(arguments: Sequence[str]) -> int:
    """`nmmo map check`."""
    parser = Parser(
        "map check",
        "Measure a map against what the rules promise of maps. The exit status is 1 when it breaks a promise "
        "or the file holds no map.",
    )
    parser.add_argument("map", metavar="MAP", help=MAP_HELP)
    parser.add_argument(
        "--preset", type=preset, metavar="NAME", help="also begin an episode of this configuration on it"
    )
    options = parser.parse_args(arguments)
    try:
        checked = nmmo.Map.open(options.map)
    except nmmo.MapError as error:
        if not Path(options.map).is_file():
            raise
        print(error)
        return 1
    report = checked.check()
    problems = list(report.problems)
    if options.preset:
        try:
            with nmmo.World(nmmo.Config.preset(options.preset), 0, map=checked) as world:
                world.reset()
        except nmmo.MapError as error:
            problems.append(f"{options.preset}: {error}")

    def shares(names: Sequence[Any], values: Sequence[float]) -> str:
        return ", ".join(f"{name} {share:.1%}" for name, share in zip(names, values, strict=True))

    print(described(checked))
    parts = _count(report.regions, "part")
    print(f"walkable        {report.walkable_share:.1%}, {report.walkable:,} tiles in {parts}")
    print(f"danger          {shares(range(1, 6), report.danger_shares)} of the walkable")
    print(f"                promised of large maps: {shares(range(1, 6), DANGER_SHARES)}")
    print(f"danger regions  {', '.join(f'{tier}: {n}' for tier, n in enumerate(report.danger_regions, 1))}")
    print(f"biomes          {shares(BIOMES, report.biome_shares)}")
    print(f"room            for {report.room:,} players and monsters")
    print("nodes per 1,024 walkable tiles, by tier")
    for kind, row in zip(NODES, report.nodes_per_1024(), strict=True):
        print(f"  {kind:<8}" + "".join(f"{number:7.2f}" for number in row) + f"   all {np.sum(row):6.2f}")
    for note in report.notes:
        print(f"note: {note} (promised from 128 x 128 tiles up)")
    for problem in problems:
        print(f"broken: {problem}")
    print("the map keeps its promises" if not problems else f"{_count(problems, 'promise')} broken")
    return 1 if problems else 0


def _count(things: Sequence[Any], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"


def import_(arguments: Sequence[str]) -> int:
    """`nmmo map import`."""
    parser = Parser(
        "map import",
        "Make a map of painted images, a pixel a tile, in the exact colours of the palette (docs/maps.md). "
        "`nmmo map export` writes such images.",
    )
    parser.add_argument("image", metavar="IMAGE", help="ground and biomes; PNG, BMP or GIF")
    danger = parser.add_mutually_exclusive_group()
    danger.add_argument("--danger-image", metavar="IMAGE", help="danger, painted")
    danger.add_argument(
        "--danger", type=Count(1, 5), metavar="N", help="one danger everywhere (default: from the seed)"
    )
    parser.add_argument("--nodes-image", metavar="IMAGE", help="nodes, painted (default: from the seed)")
    add_densities(parser)
    parser.add_argument("--seed", type=SEED, default=0, metavar="N", help="of what is not painted (0)")
    parser.add_argument(
        "-o", "--output", type=target(".npz"), required=True, metavar="FILE.npz", help="the file to write"
    )
    options = parser.parse_args(arguments)
    if options.nodes_image and options.density:
        parser.error("--density is for nodes that are strewn, not for painted ones")
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


def export(arguments: Sequence[str]) -> int:
    """`nmmo map export`."""
    parser = Parser(
        "map export", "Write a map as images for `nmmo map import`: ground.png, danger.png, nodes.png."
    )
    parser.add_argument("map", metavar="MAP", help=MAP_HELP)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="made if missing")
    options = parser.parse_args(arguments)
    exported = nmmo.Map.open(options.map)
    options.output.mkdir(parents=True, exist_ok=True)
    for layer in LAYERS:
        exported.painted(layer).save(options.output / f"{layer}.png")
        print(options.output / f"{layer}.png")
    return 0


COMMANDS: Commands = {
    "generate": (generate, "write the map of a seed"),
    "preview": (preview, "draw a map as a picture"),
    "check": (check, "measure a map against what the rules promise"),
    "import": (import_, "make a map of painted images"),
    "export": (export, "write a map as images to paint on"),
}


def main(arguments: Sequence[str]) -> int:
    """The command."""
    return run_group(
        "map",
        "Maps as files: generate, draw, check and paint them.",
        COMMANDS,
        arguments,
        erred=(nmmo.MapError, nmmo.ConfigError),
        more=f"maps that come with nmmo: {', '.join(nmmo.Map.names())}",
    )
