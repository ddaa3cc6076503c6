"""What the commands of `nmmo map` share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nmmo
from nmmo.cli.options import Choice, Count, Parser
from nmmo.core.tile_words import LEAST_SIDE, MOST_SIDE, NODES

LAYERS = ("ground", "danger", "nodes")


MAP_HELP = f"a map file (.npz), or a map that comes with nmmo: {', '.join(nmmo.Map.names())}"


def size(text: str) -> tuple[int, int]:
    """Parse an argument: HEIGHTxWIDTH, or one number for both."""
    parts = text.lower().split("x")
    if len(parts) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; give HEIGHTxWIDTH, such as 256x512")
    sides = [Count(LEAST_SIDE, MOST_SIDE)(part) for part in parts]
    return sides[0], sides[-1]


def density(text: str) -> tuple[str, int]:
    """Parse an argument: KIND=NUMBER."""
    kind, equals, number = text.partition("=")
    if kind not in NODES or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not a density; give KIND=N with one of {', '.join(NODES)}")
    return f"{kind}_density", Count(0, 1024)(number)


def target(suffix: str) -> Callable[[str], Path]:
    """Parse an argument: a file to write, in a folder that exists."""

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
        "--size", type=size, metavar="HxW", help=f"rows x columns of tiles; one number for a square ({default})"
    )
    group.add_argument(
        "--preset",
        type=Choice(nmmo.Config.PRESETS),
        metavar="NAME",
        help=f"the size and densities of a configuration: {', '.join(nmmo.Config.PRESETS)} (default: large)",
    )


def add_densities(parser: Parser) -> None:
    """Add --density."""
    parser.add_argument(
        "--density",
        type=density,
        action="append",
        default=[],
        metavar="KIND=N",
        help=f"nodes per 1,024 walkable tiles, for each of {', '.join(NODES)} (default: 8)",
    )


def generated(options: argparse.Namespace) -> nmmo.Map:
    """Generate the map of --seed, --size or --preset, and --density."""
    densities: dict[str, Any] = dict(getattr(options, "density", []))
    config = nmmo.Config.preset(options.preset or "large")
    height, width = options.size or (config.height, config.width)
    return nmmo.Map.generate(options.seed, height, width, config=config, **densities)


def described(map_: nmmo.Map) -> str:
    """Return the size and digest of a map."""
    return f"{map_.height} x {map_.width} tiles, digest {map_.digest}"
