"""Play scripted agents and show whether the game is in balance.

    .venv/bin/python scripts/balance.py [--maps 5] [--ticks 4000] [--json FILE] [--markdown FILE]

Every third slot is a forager, a fighter, a trader; each of these likes one style and one profession, so that
all occur. Prints the tables of docs/balance.md: how fast and how often lives reach the tiers, what hits do,
deaths, trades, gold, the use of items and actions, gear worn, kills. The same command gives the same numbers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import nmmo
from nmmo.agents import Match, load_agent, seat_agents, setting_of
from nmmo.core.content import ITEMS, NUMBER

CAST: Final = ("forager", "fighter", "trader")
LEVELS: Final = (8, 16, 24, 32, 40)
STYLES: Final = tuple(skill.name.lower() for skill in nmmo.Skill)[: NUMBER.STYLES]
PROFESSIONS: Final = tuple(skill.name.lower() for skill in nmmo.Skill)[NUMBER.STYLES :]
WORN_EVERY: Final = 20  # ticks between two counts of what is worn
Counts = NDArray[np.int64]

TIERS = range(1, NUMBER.TIERS + 1)


class Lives:
    """Follows every life: its levels, and when it first had one of ``LEVELS`` in combat and in harvest."""

    def __init__(self, world: nmmo.World, styles: Counts) -> None:
        n = world.n_agents
        self.styles = styles
        self.born: Counts = np.zeros(n, np.int64)
        self.levels: Counts = np.ones((n, NUMBER.SKILLS), np.int64)
        self.reached: Counts = np.full((n, 2, len(LEVELS)), -1, np.int64)
        self.done: list[tuple[int, int, int, int, Counts]] = []  # slot, style, profession, age, reached

    def watch(self, world: nmmo.World) -> None:
        """Read the events of a tick."""
        events = world.events
        ups = events[events["kind"] == nmmo.EventKind.LEVEL_UP]
        ended = np.flatnonzero(world.terminated | world.truncated)
        # Levels rise before lives end: none of these events is of a life that begins in this tick.
        for event in ups:
            slot, skill, level = int(event["actor"]), int(event["detail"]), int(event["amount"])
            self.levels[slot, skill] = max(self.levels[slot, skill], level)
            side = 0 if skill < 3 else 1
            for number, wanted in enumerate(LEVELS):
                if level >= wanted and self.reached[slot, side, number] < 0:
                    self.reached[slot, side, number] = world.tick - self.born[slot]
        for ended_slot in ended:
            self._close(int(ended_slot), world.tick)

    def finish(self, world: nmmo.World) -> None:
        """Count the lives that are still going on."""
        for slot in range(world.n_agents):
            self._close(slot, world.tick)

    def _close(self, slot: int, tick: int) -> None:
        levels = self.levels[slot]
        style, profession = int(self.styles[slot]), int(levels[3:].argmax())
        self.done.append((slot, style, profession, tick - int(self.born[slot]), self.reached[slot].copy()))
        self.born[slot] = tick
        self.levels[slot] = 1
        self.reached[slot] = -1


class Study:
    """Sums over all worlds played."""

    def __init__(self) -> None:
        self.ticks = 0
        self.slots: list[dict[str, Any]] = []
        self.lives: list[tuple[str, int, int, int, Counts]] = []
        self.statistics: dict[str, Any] = {}
        self.worn = np.zeros((6, 6), np.int64)
        self.dealt = np.zeros((6, 6, 2), np.int64)  # by monster tier and hand tier: hits, damage
        self.taken = np.zeros((6, 6, 2), np.int64)  # by monster tier and mean armour tier: hits, damage
        self.kills = np.zeros((6, 8), np.int64)  # by monster tier and the killer's tier of combat
        self.killers = np.zeros((6, 8), np.int64)  # deaths by the monster's tier and the victim's
        self.gold = np.zeros(3, np.int64)

    # ---- playing -----------------------------------------------------------------------------------

    def play(self, config: nmmo.Config, seed: int, ticks: int, progress: Progress, task: Any) -> None:
        """Play one map."""
        world = nmmo.World(config, seed=seed)
        world.reset()
        agents = [load_agent(name, setting_of(config)) for name in CAST]
        match = Match(world, seat_agents(agents, config))
        styles = np.zeros(world.n_agents, np.int64)
        for number, agent in enumerate(agents):
            styles[match.seats[number].slots] = getattr(agent, "style")  # noqa: B009 - of scripted agents only
        lives = Lives(world, styles)
        n = world.n_agents
        for _ in range(ticks):
            hand, armour, level = _gear(world)
            tiers = world.monsters["tier"]
            match.step()
            lives.watch(world)
            self._count_hits(world.events, n, hand, armour, level, tiers)
            if world.tick % WORN_EVERY == 0:
                self.worn += world.statistics()["living"]["worn"]
            progress.advance(task)
        lives.finish(world)
        names = [CAST[number] for number in match.assignment.of_slot]
        self.lives += [(names[life[0]], *life[1:]) for life in lives.done]
        players = world.players
        for number, name in enumerate(CAST):
            own = players[match.seats[number].slots]
            self.slots.append(
                {
                    "agent": name,
                    "seed": seed,
                    "score": float(own["score_sum"].sum() / own["ticks_lived"].sum()),
                    "best_score": float(own["best_score"].mean()),
                    "most": int(own["best_score"].max()),
                    "life": float(ticks * len(own) / own["life"].sum()),
                    "gold": float(own["self"]["gold"].mean()),
                    "net_sales": float(own["net_sales"].mean()),
                }
            )
        statistics = world.statistics()
        living = statistics.pop("living")
        self.gold += [statistics["gold_made"], statistics["gold_lost"], living["gold"]]
        self.statistics = _added(self.statistics, statistics)
        self.ticks += ticks

    def _count_hits(
        self,
        events: NDArray[np.void],
        n: int,
        hand: Counts,
        armour: Counts,
        level: Counts,
        tiers: NDArray[Any],
    ) -> None:
        hits = events[events["kind"] == nmmo.EventKind.HIT]
        mine = hits[(hits["actor"] < n) & (hits["target"] >= n)]
        np.add.at(self.dealt[:, :, 0], (mine["tier"], hand[mine["actor"]]), 1)
        np.add.at(self.dealt[:, :, 1], (mine["tier"], hand[mine["actor"]]), mine["amount"])
        theirs = hits[(hits["actor"] >= n) & (hits["target"] < n)]
        tier = tiers[theirs["actor"] - n]
        np.add.at(self.taken[:, :, 0], (tier, armour[theirs["target"]]), 1)
        np.add.at(self.taken[:, :, 1], (tier, armour[theirs["target"]]), theirs["amount"])
        kills = events[(events["kind"] == nmmo.EventKind.KILL) & (events["actor"] < n) & (events["target"] >= n)]
        np.add.at(self.kills, (kills["tier"], level[kills["actor"]]), 1)
        deaths = events[(events["kind"] == nmmo.EventKind.DEATH) & (events["actor"] < n) & (events["target"] >= n)]
        np.add.at(self.killers, (tiers[deaths["target"] - n], level[deaths["actor"]]), 1)

    # ---- tables ------------------------------------------------------------------------------------

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Return every table: title, heads, rows."""
        return [
            self._agents(),
            *(self._reaching(side) for side in (0, 1)),
            self._hits("Hits to kill a monster, by its tier and the tier in the hand", self.dealt, "hand"),
            self._hits("Hits to die from a monster, by its tier and the armour's tier", self.taken, "armour"),
            self._kill_table("Kills by monster tier and the killer's combat tier", self.kills),
            self._kill_table("Deaths by monster tier and the victim's combat tier", self.killers),
            self._deaths(),
            self._harvests(),
            self._worn_share(),
            self._market(),
            self._gold(),
            self._items(),
            self._actions(),
        ]

    def _agents(self) -> tuple[str, list[str], list[list[str]]]:
        rows = []
        for name in CAST:
            own = [slot for slot in self.slots if slot["agent"] == name]
            mean = {
                key: np.mean([slot[key] for slot in own])
                for key in ("score", "best_score", "life", "gold", "net_sales")
            }
            row = [name, f"{mean['score']:.2f}", f"{mean['best_score']:.1f}"]
            row += [str(max(slot["most"] for slot in own)), f"{mean['life']:,.0f}"]
            rows.append([*row, f"{mean['gold']:.0f}", f"{mean['net_sales']:+.1f}"])
        return (
            "Agents",
            [
                "agent",
                "score",
                "best life, mean",
                "best life, most",
                "ticks per life",
                "gold",
                "net sales of a life",
            ],
            rows,
        )

    def _reaching(self, side: int) -> tuple[str, list[str], list[list[str]]]:
        """Return the median ticks to each level, and the share of lives and of slots that get there."""
        rows = []
        groups: list[tuple[str, list[tuple[str, int, int, int, Counts]]]] = [("all", self.lives)]
        groups += [(name, [life for life in self.lives if life[0] == name]) for name in CAST]
        names = STYLES if side == 0 else PROFESSIONS
        groups += [
            (name, [life for life in self.lives if life[1 + side] == number]) for number, name in enumerate(names)
        ]
        for name, lives in groups:
            row = [name, f"{len(lives):,}"]
            reached = np.array([life[4][side] for life in lives]).reshape(len(lives), len(LEVELS))
            for number in range(len(LEVELS)):
                there = reached[:, number][reached[:, number] >= 0]
                row.append(f"{np.median(there):,.0f} ({len(there) / max(len(lives), 1):.1%})" if len(there) else "-")
            rows.append(row)
        skill = "combat" if side == 0 else "harvest"
        title = f"Ticks to a {skill} level: median, and the share of lives that get there"
        return title, ["lives", "number", *(f"level {level}" for level in LEVELS)], rows

    def _hits(self, title: str, table: Counts, gear: str) -> tuple[str, list[str], list[list[str]]]:
        rows = []
        for tier in TIERS:
            row = [str(tier)]
            for worn in range(6):
                hits, harm = table[tier, worn]
                row.append(f"{100 * hits / harm:.1f} ({hits:,})" if hits >= 20 else "-")
            rows.append(row)
        return title, ["monster tier", *(f"{gear} {worn}" for worn in range(6))], rows

    def _kill_table(self, title: str, table: Counts) -> tuple[str, list[str], list[list[str]]]:
        rows = [[str(tier), *(f"{number:,}" for number in table[tier, TIERS])] for tier in TIERS]
        return title, ["monster tier", *(f"combat tier {tier}" for tier in TIERS)], rows

    def _deaths(self) -> tuple[str, list[str], list[list[str]]]:
        causes = self.statistics["finished"]["causes"]
        total = max(int(causes.sum()), 1)
        rows = [
            [cause.name.lower().replace("_", " "), f"{causes[cause]:,}", f"{causes[cause] / total:.1%}"]
            for cause in nmmo.Cause
            if cause > 0
        ]
        return "What ended lives", ["cause", "lives", "share"], rows

    def _harvests(self) -> tuple[str, list[str], list[list[str]]]:
        harvests = self.statistics["harvests"]
        rows = [[name, *(f"{number:,}" for number in harvests[k])] for k, name in enumerate(PROFESSIONS)]
        return "Harvests by node tier", ["profession", *(f"tier {tier}" for tier in TIERS)], rows

    def _worn_share(self) -> tuple[str, list[str], list[list[str]]]:
        share = self.worn / np.maximum(self.worn.sum(axis=1, keepdims=True), 1)
        rows = [[place.name.lower(), *(f"{number:.1%}" for number in share[place])] for place in nmmo.EquipmentSlot]
        return (
            "Share of time by the tier worn",
            ["place", "nothing", *(f"tier {t}" for t in TIERS)],
            rows,
        )

    def _market(self) -> tuple[str, list[str], list[list[str]]]:
        sold, turnover = self.statistics["sold"], self.statistics["turnover"]
        rows = []
        for item in range(len(ITEMS)):
            row = [nmmo.ObjectKind(item + 1).name.lower()]
            lot = ITEMS[item].lot
            for tier in range(NUMBER.TIERS):
                pieces = sold[item, tier]
                row.append(f"{pieces:,} at {lot * turnover[item, tier] / pieces:.1f}" if pieces else "-")
            rows.append(row)
        return (
            "Pieces sold, and gold per piece (ammunition: a dozen)",
            ["item", *(f"tier {tier}" for tier in TIERS)],
            rows,
        )

    def _gold(self) -> tuple[str, list[str], list[list[str]]]:
        turnover = int(self.statistics["turnover"].sum())
        made, lost, held = (int(number) for number in self.gold)
        sums = {
            "made by kills": made,
            "lost with lives": lost,
            "held at the end": held,
            "changed hands": turnover,
        }
        rows = [[name, f"{gold:,}", f"{gold / self.ticks:.1f}"] for name, gold in sums.items()]
        return "Gold", ["", "gold", "a tick"], rows

    def _items(self) -> tuple[str, list[str], list[list[str]]]:
        s = self.statistics
        rows = []
        for item in range(len(ITEMS)):
            numbers = [s["picked_up"][item], s["equipped"][item].sum(), s["consumed"][item]]
            numbers += [s["listed"][item], s["sold"][item].sum(), s["dropped"][item]]
            rows.append([nmmo.ObjectKind(item + 1).name.lower(), *(f"{number:,}" for number in numbers)])
        return (
            "Use of items, in pieces",
            ["item", "picked up", "put on", "used up", "listed", "sold", "dropped"],
            rows,
        )

    def _actions(self) -> tuple[str, list[str], list[list[str]]]:
        groups: dict[str, Counts] = {}
        for action in nmmo.ACTION_TABLE:
            key = action.name if action.group in ("attack", "price") else action.group
            done = [self.statistics["actions"][action.number], self.statistics["refused"][action.number]]
            groups[key] = groups.get(key, np.zeros(2, np.int64)) + done
        total = sum(int(done.sum()) for done in groups.values())
        rows = [[key, f"{done[0]:,}", f"{done[0] / total:.2%}", f"{done[1]:,}"] for key, done in groups.items()]
        return "Use of actions", ["action", "carried out", "share", "not possible at their turn"], rows

    def report(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "rules_version": nmmo.RULES_VERSION,
            "ticks": self.ticks,
            "agents": self.slots,
            "tables": [{"title": title, "heads": heads, "rows": rows} for title, heads, rows in self.tables()],
            "statistics": _plain(self.statistics),
        }


def _gear(world: nmmo.World) -> tuple[Counts, Counts, Counts]:
    """Return the tier of the weapon in the hand, the mean tier of the armour (rounded down), the tier of combat."""
    own = world.observations["self"]
    kind, tier = own["worn_type"], own["worn_tier"].astype(np.int64)
    weapon = (kind[:, 3] >= nmmo.ObjectKind.SWORD) & (kind[:, 3] <= nmmo.ObjectKind.STAFF)
    return tier[:, 3] * weapon, tier[:, :3].sum(axis=1) // 3, (own["combat_level"].astype(np.int64) + 7) // 8


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the sums of nested counters."""
    if not one:
        return other
    return {
        key: _added(value, other[key]) if isinstance(value, dict) else value + other[key] for key, value in one.items()
    }


def _plain(value: Any) -> Any:
    """Return nested counters as JSON knows them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def markdown(tables: Sequence[tuple[str, list[str], list[list[str]]]]) -> str:
    """Return the tables as Markdown."""
    parts = []
    for title, heads, rows in tables:
        lines = [f"### {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        lines += ["| " + " | ".join(row) + " |" for row in rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--maps", type=int, default=5, help="maps to play on, one after another (default: 5)")
    parser.add_argument("--ticks", type=int, default=4000, help="ticks on each map (default: 4000)")
    parser.add_argument("--preset", default="large", help="size of the world (default: large)")
    parser.add_argument("--seed", type=int, default=1000, help="seed of the first map (default: 1000)")
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=NUMBER",
        help="change a field of the configuration",
    )
    options = parser.parse_args(arguments)
    if options.maps < 1 or options.ticks < 1:
        parser.error("--maps and --ticks must be at least 1")
    try:
        changes = {name: int(value) for name, value in (change.split("=") for change in options.set)}
    except ValueError:
        parser.error("--set takes FIELD=NUMBER, for example monster_return_ticks=10")
    try:
        config = nmmo.Config.preset(options.preset, **changes)
    except nmmo.ConfigError as error:
        parser.error(str(error))
    study = Study()
    columns = (TextColumn("map {task.fields[map]}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("ticks", total=options.maps * options.ticks, map=0)
            for number in range(options.maps):
                progress.update(task, map=number + 1)
                study.play(config, options.seed + number, options.ticks, progress, task)
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    text = markdown(study.tables())
    if options.json:
        options.json.write_text(json.dumps(study.report(), indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
