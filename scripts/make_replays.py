"""Make the golden replays that come with nmmo: games that every build must reproduce.

    python scripts/make_replays.py             make those that are missing
    python scripts/make_replays.py --renew     make all again: after a change of the rules
    python scripts/make_replays.py --check     verify them all; the exit status is 1 when one fails

They are in replays/. Each is a game of random possible play, drawn by the engine's own sampler from the seeds
below, so that the same rules make the same files.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import nmmo
from nmmo.replay import Recorder, Replay, ReplayError

FOLDER = Path(__file__).resolve().parents[1] / "replays"


@dataclass(frozen=True)
class Golden:
    """A game: what world, how long, and what it shall cover."""

    name: str
    about: str
    preset: str
    ticks: int
    changes: dict[str, Any] = field(default_factory=dict)
    state: bool = False


GOLDEN = (
    Golden("small", "the small preset with its state stream, to look at", "small", 256, {"n_players": 32}, True),
    Golden(
        "survival",
        "hunger, fog, speech and several lives",
        "survival",
        400,
        {"n_players": 24, "vocabulary": 7},
    ),
    Golden("battle", "teams against one another on dangerous ground", "battle", 300, {"pvp_min_danger": 1}),
)


def path_of(golden: Golden) -> Path:
    """Return where a golden replay is."""
    return FOLDER / f"{golden.name}.nmr"


def make(golden: Golden) -> None:
    """Play and record a golden replay."""
    config = nmmo.Config.preset(golden.preset)
    changes = {"height": 64, "width": 64, "n_monsters": 64, **golden.changes}
    if config.team_size > 1:
        changes.setdefault("n_players", 8 * config.team_size)
    config = config.replace(**changes)
    rng = np.random.default_rng(len(golden.name))
    with nmmo.World(config, 2026) as world:
        notes = {"about": golden.about, "name": golden.name}
        with Recorder(world, path_of(golden), state=golden.state, notes=notes, overwrite=True):
            world.reset()
            for _ in range(golden.ticks):
                if world.over:
                    break
                actions = nmmo.sample_actions(world.mask, rng)
                if config.vocabulary:
                    tokens = rng.integers(0, config.vocabulary + 1, len(actions))
                    actions = np.stack([actions, tokens], axis=1)
                world.step(actions)


def check(golden: Golden) -> bool:
    """Verify a golden replay, and say how that went."""
    path = path_of(golden)
    try:
        with Replay(path) as replay:
            report = replay.verify()
            good = bool(report) and replay.pure and replay.complete
            print(f"{path.name}: {report}{'' if good else ' - not a whole, pure replay'}")
            return good
    except (ReplayError, OSError) as error:
        print(f"{path.name}: {error}")
        return False


def main(arguments: list[str] | None = None) -> int:
    """Run the script."""
    parser = argparse.ArgumentParser(description="Make or verify the golden replays.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--renew", action="store_true", help="make all again")
    what.add_argument("--check", action="store_true", help="verify them")
    options = parser.parse_args(arguments)
    for golden in GOLDEN:
        if not options.check and (options.renew or not path_of(golden).exists()):
            make(golden)
            print(f"{path_of(golden).name}: {path_of(golden).stat().st_size:,} bytes, {golden.about}")
    checked = [check(golden) for golden in GOLDEN]  # every one, also behind a failure
    return 0 if all(checked) else 1


if __name__ == "__main__":
    sys.exit(main())
