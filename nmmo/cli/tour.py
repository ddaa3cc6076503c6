"""`nmmo tour`: random possible play, and what happened."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import nmmo
from nmmo.cli import INTERRUPTED
from nmmo.cli.console import make_console
from nmmo.cli.options import Count, Options, Parser
from nmmo.cli.progress import Progress, progress
from nmmo.cli.world_options import add_preset, add_seed
from nmmo.core.content import ITEMS, NUMBER


@dataclass
class Run:
    """How a run went."""

    ticks: int
    simulation: float  # seconds inside World.step
    sampling: float  # seconds choosing actions
    interrupted: bool


def play(world: nmmo.World, ticks: int, seed: int, report_progress: Progress) -> Run:
    """Play random possible actions until the ticks are done, the world is over or Ctrl-C is pressed."""
    generator = np.random.default_rng(seed)
    run = Run(0, 0.0, 0.0, False)
    try:
        while run.ticks < ticks and not world.over:
            start = time.perf_counter()
            actions = nmmo.sample_actions(world.mask, generator)
            chosen = time.perf_counter()
            world.step(actions)
            end = time.perf_counter()
            run.ticks += 1
            run.sampling += chosen - start
            run.simulation += end - chosen
            report_progress(run.ticks, ticks)
    except KeyboardInterrupt:
        run.interrupted = True
    return run


def share(part: float, whole: float) -> float:
    """Return part / whole, or 0 of nothing."""
    return part / whole if whole else 0.0


def words(name: str) -> str:
    """Return a name of the engine's as people write it."""
    return name.replace("_", " ")


def names(enumeration: Any, numbers: range) -> list[str]:
    """Return the names of some members of one of the engine's enumerations."""
    return [words(enumeration(number).name.lower()) for number in numbers]


def table(title: str, first: str, columns: Sequence[str]) -> Table:
    """Return an empty table with a text column and columns of numbers."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="")
    made.add_column(first)
    for column in columns:
        made.add_column(column, justify="right")
    return made


def lives(statistics: dict[str, Any]) -> Table:
    """Return the table of lives that have ended, by cause, beside those that go on."""
    finished, living = statistics["finished"], statistics["living"]
    made = table("Lives", "", ["lives", "mean age, ticks", "mean score", "best score", "mean reward"])
    for name, group in (("ended", finished), ("going on", living)):
        count = group["lives"]
        made.add_row(
            name,
            f"{count:,}",
            f"{share(group['age'], count):,.1f}",
            f"{share(group['score'], count):.2f}",
            f"{group['best_score']}",
            f"{share(group['returns'], count):.2f}",
        )
    return made


def causes(statistics: dict[str, Any]) -> Table:
    """Return the table of what lives ended by."""
    counts = np.asarray(statistics["finished"]["causes"])
    made = table("Ends of lives", "by", ["lives", "share"])
    for cause in np.flatnonzero(counts):
        made.add_row(
            words(nmmo.Cause(int(cause)).name.lower()),
            f"{counts[cause]:,}",
            f"{share(counts[cause], counts.sum()):.1%}",
        )
    return made


def fights(statistics: dict[str, Any]) -> Table:
    """Return the table of hits, damage and kills."""
    made = table("Fights", "by", ["hits", "mean damage", "monsters killed", "players killed"])
    by_monsters = int(np.asarray(statistics["finished"]["causes"])[nmmo.Cause.MONSTER])
    for name, monsters, players in (
        ("players", f"{statistics['monster_kills']:,}", f"{statistics['player_kills']:,}"),
        ("monsters", "", f"{by_monsters:,}"),
    ):
        hits, damage = statistics[f"hits_by_{name}"], statistics[f"damage_by_{name}"]
        made.add_row(name, f"{hits:,}", f"{share(damage, hits):.1f}", monsters, players)
    return made


def by_tier(title: str, first: str, rows: Sequence[str], counts: Any, *, nothing: bool = False) -> Table:
    """Return counts with a column for each tier; with `nothing` the first column counts those without."""
    tiers = [f"tier {tier}" for tier in range(1, NUMBER.TIERS + 1)]
    made = table(title, first, (["nothing"] if nothing else []) + tiers)
    for name, row in zip(rows, np.asarray(counts), strict=True):
        made.add_row(name, *(f"{count:,}" if count else "-" for count in row))
    return made


def market(statistics: dict[str, Any]) -> Table:
    """Return the table of what was traded, and at which mean price."""
    sold, sales, turnover = (np.asarray(statistics[key]) for key in ("sold", "sales", "turnover"))
    made = table(
        "Market (mean price by tier)",
        "item",
        ["purchases", "pieces", "gold"] + [f"tier {tier}" for tier in range(1, NUMBER.TIERS + 1)],
    )
    for item in np.flatnonzero(sales.sum(axis=1)):
        pieces = ITEMS[item].lot
        prices = [
            f"{share(pieces * gold, count):.1f}" if count else "-"
            for gold, count in zip(turnover[item], sold[item], strict=True)
        ]
        name = words(nmmo.ObjectKind(int(item) + 1).name.lower()) + (f" (for {pieces})" if pieces > 1 else "")
        made.add_row(name, f"{sales[item].sum():,}", f"{sold[item].sum():,}", f"{turnover[item].sum():,}", *prices)
    return made


def levels(world: nmmo.World, statistics: dict[str, Any]) -> Table:
    """Return the table of the skills of those who live."""
    living = statistics["living"]
    players = world.players
    reached = players["self"]["level"][players["alive"] == 1]
    made = table("Skills of the living", "skill", ["mean level", "highest level"])
    for skill, name in enumerate(names(nmmo.Skill, range(len(nmmo.Skill)))):
        highest = reached[:, skill].max() if len(reached) else 0
        made.add_row(name, f"{share(living['levels'][skill], living['lives']):.2f}", f"{highest}")
    return made


def report(world: nmmo.World, run: Run, console: Console) -> None:
    """Print what happened."""
    statistics = world.statistics()
    steps = run.ticks * world.n_agents
    config = world.config
    console.print(
        f"\n{run.ticks:,} ticks of {config.n_players:,} players and {config.n_monsters:,} monsters "
        f"on {config.height} x {config.width} tiles",
        style="bold",
    )
    if world.over:
        console.print(f"The world was over at tick {world.tick:,}.")
    alone, together = run.simulation, run.simulation + run.sampling
    console.print(
        f"simulation alone  {share(steps, alone) / 1e6:.2f} million agent-steps per second "
        f"({share(alone, run.ticks) * 1e6:,.0f} microseconds a tick)\n"
        f"with sampling     {share(steps, together) / 1e6:.2f} million agent-steps per second\n"
    )
    grounds = names(nmmo.ObjectKind, range(NUMBER.FIRST_NODE, NUMBER.LAST_NODE + 1))
    slots = names(nmmo.EquipmentSlot, range(len(nmmo.EquipmentSlot)))
    for part in (
        lives(statistics),
        causes(statistics),
        fights(statistics),
        by_tier("Harvests", "node", grounds, statistics["harvests"]),
        market(statistics),
        levels(world, statistics),
        by_tier("Players by what they wear", "place", slots, statistics["living"]["worn"], nothing=True),
    ):
        if part.row_count:
            console.print(part)


DESCRIPTION = (
    "Play some ticks with random possible actions and report what happened in the world. "
    "Ctrl-C ends the play early and reports what was played."
)
EXAMPLES = ("nmmo tour", "nmmo tour --preset small --ticks 500 --seed 7")


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("--ticks", type=Count(1, 10**9), default=2000, metavar="N", help="how many to play")
    add_preset(parser)
    add_seed(parser, "seed of the world and of the random actions; the same seed shows the same game")


def run(options: Options) -> int:
    """Run the command."""
    console = make_console(plain_width=120)
    with nmmo.World(nmmo.Config.preset(options.preset)) as world:
        world.reset(seed=options.seed)
        with progress("playing", "ticks") as report_progress:
            played = play(world, options.ticks, options.seed, report_progress)
        report(world, played, console)
    if played.interrupted:
        print(f"nmmo tour: interrupted after {played.ticks:,} of {options.ticks:,} ticks", file=sys.stderr)
        return INTERRUPTED
    return 0
