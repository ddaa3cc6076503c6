"""`nmmo map check`: measure a map against what the rules promise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nmmo
from nmmo.cli.map.shared import MAP_HELP, described
from nmmo.cli.options import Choice, Options, Parser
from nmmo.core.map_check import DANGER_SHARES
from nmmo.core.tile_words import BIOMES, NODES, TIERS

DESCRIPTION = (
    "Measure a map against what the rules promise of maps. The exit status is 1 when it breaks a promise "
    "or the file holds no map."
)
EXAMPLES = (
    "nmmo map check small --preset small",
    "nmmo map check my.npz",
)


def _count(things: Sequence[Any], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("map", metavar="MAP", help=MAP_HELP)
    parser.add_argument(
        "--preset",
        type=Choice(nmmo.Config.PRESETS),
        metavar="NAME",
        help="also begin an episode of this configuration on it (default: none)",
    )


def run(options: Options) -> int:
    """Run the command."""
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

    tiers = range(1, TIERS + 1)

    def shares(names: Sequence[Any], values: Sequence[float]) -> str:
        return ", ".join(f"{name} {share:.1%}" for name, share in zip(names, values, strict=True))

    print(described(checked))
    parts = _count(report.regions, "part")
    print(f"walkable        {report.walkable_share:.1%}, {report.walkable:,} tiles in {parts}")
    print(f"danger          {shares(tiers, report.danger_shares)} of the walkable")
    print(f"                promised of large maps: {shares(tiers, DANGER_SHARES)}")
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
