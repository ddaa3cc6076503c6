"""`nmmo replay info`: describe what a replay holds."""

from __future__ import annotations

import nmmo
from nmmo.cli.options import Options, Parser
from nmmo.cli.replay.shared import add_limit, joined, listed, opened, ranges

DESCRIPTION = "Describe what a replay holds. The exit status is 1 when it was not closed properly or ticks are missing."
EXAMPLES = (
    "nmmo replay info game.nmr",
    "nmmo replay info game.nmr --config > config.toml",
)


def add_arguments(parser: Parser) -> None:
    """Declare the options."""
    parser.add_argument("replay", metavar="FILE", help="a replay (.nmr)")
    parser.add_argument("--config", action="store_true", help="also print the configuration, as TOML")
    add_limit(parser)


def run(options: Options) -> int:
    """Run the command."""
    with opened(options) as replay:
        header = replay.header
        size = replay.path.stat().st_size
        steps = max(replay.ticks * header.n_players, 1)
        rules = "this engine's" if replay.playable else f"this engine plays version {nmmo.RULES_VERSION}"
        print(f"{replay.path}: {size:,} bytes, {size / steps:.3f} per agent-step")
        print(f"ticks      {replay.start:,} to {replay.stop:,}, {replay.ticks:,} in the file")
        world = f"{header.height} x {header.width} tiles"
        print(f"world      {header.n_players:,} players, {header.n_monsters:,} monsters, {world}")
        print(f"seed       {header.seed}")
        print(f"map        {header.map_digest}{'' if header.base == 'generated' else ', given'}")
        print(f"rules      version {header.rules_version} ({rules})")
        print(f"recorder   nmmo {header.package}, engine {header.engine[:16] or 'unknown'}")
        if header.slots is not None:
            for name in sorted(set(header.names)):
                number = header.names.index(name)
                print(f"player     {name}: {int((header.slots == number).sum()):,} slots")
        for name, value in header.notes.items():
            print(f"note       {name}: {value}")
        states = joined(replay.state_ticks)
        print(f"states     {f'ticks {ranges(states)}' if states else 'not recorded'}")
        beginning = "a reset" if replay.start not in replay.cuts else "a state that the file holds"
        edits = [tick for tick in replay.cuts if tick != replay.start]
        print(f"begins     with {beginning}")
        if edits:
            print(f"edited     from outside after ticks {listed(edits)}")
        if replay.missing:
            print(f"missing    ticks {ranges(replay.missing)}")
        if not replay.complete:
            reason = f" ({replay.damage})" if replay.damage else ""
            print(f"unfinished it was not closed, or is cut short{reason}: `nmmo replay recover` fixes it")
        if options.config:
            print(replay.config.to_toml(), end="")
        return 0 if replay.complete and not replay.missing else 1
