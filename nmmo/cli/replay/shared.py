"""What the commands of `nmmo replay` share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nmmo.cli.options import Count
from nmmo.replay import Replay

MEBIBYTE = 1024 * 1024


MOST_SHOWN = 12  # differing fields, missing ranges ...


def add_limit(parser: argparse.ArgumentParser) -> None:
    """Add --max-world-mb."""
    parser.add_argument(
        "--max-world-mb",
        type=Count(1, 2**30),
        default=1024,
        metavar="N",
        help="refuse to make a world that needs more memory than this, in MiB",
    )


def opened(options: argparse.Namespace, name: str | None = None) -> Replay:
    """Open the replay that the options name."""
    return Replay(name or options.replay, max_world_bytes=options.max_world_mb * MEBIBYTE)


def listed(ticks: Sequence[int]) -> str:
    """Return the first numbers of a list, as text."""
    shown = ", ".join(f"{tick:,}" for tick in ticks[:MOST_SHOWN])
    return shown + (f" and {len(ticks) - MOST_SHOWN:,} more" if len(ticks) > MOST_SHOWN else "")


def ranges(pairs: Sequence[tuple[int, int]]) -> str:
    """Return the first ranges of a list, as text."""
    shown = ", ".join(f"{first:,} to {last:,}" for first, last in pairs[:MOST_SHOWN])
    return shown + (f" and {len(pairs) - MOST_SHOWN:,} more" if len(pairs) > MOST_SHOWN else "")


def joined(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of ticks with adjacent ones merged."""
    found: list[tuple[int, int]] = []
    for first, last in pairs:
        if found and found[-1][1] + 1 == first:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found
