"""What the rules promise of a map, and whether a given one keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.tile_words import BIOMES, FIRST_NODE, NODES, TIERS, WALKABLE, Words

LEAST_WALKABLE: Final = 0.55
DANGER_SHARES: Final = (0.35, 0.25, 0.18, 0.13, 0.09)
DANGER_TOLERANCE: Final = 0.02
LEAST_REGIONS: Final = 2  # of each danger tier
REGION_TILES: Final = 16  # what is smaller is a speck, not a region
LEAST_BIOME: Final = 0.05
PROMISED_SIDE: Final = 128  # shares, regions and biomes are promised from here up
MOST_CROWDED: Final = 4  # tiles per player or monster, at least


@dataclass(frozen=True, slots=True)
class MapReport:
    """What ``Map.check`` found. Shares are of 1; tiers and biomes in their order."""

    height: int
    width: int
    walkable: int
    """Tiles that can be walked on."""
    walkable_share: float
    """Of all tiles."""
    regions: tuple[int, ...]
    """Sizes of the connected parts of the walkable ground (four neighbours), largest first."""
    danger_shares: tuple[float, ...]
    """Of the walkable tiles."""
    danger_regions: tuple[int, ...]
    """Connected parts of the walkable ground of each danger, of 16 tiles or more."""
    biome_shares: tuple[float, ...]
    """Of all tiles."""
    nodes: NDArray[np.int64]
    """Nodes by kind and tier, shape [5, 5]."""
    room: int
    """The most players and monsters together that the map has room for."""
    problems: tuple[str, ...]
    """How the map breaks the promises of the rules; empty for a good one."""
    notes: tuple[str, ...]
    """What is promised of larger maps only, and not so here."""

    @property
    def good(self) -> bool:
        """Whether the map keeps every promise."""
        return not self.problems

    def nodes_per_1024(self) -> NDArray[np.float64]:
        """Return nodes by kind and tier per 1,024 walkable tiles, shape [5, 5]."""
        return np.multiply(self.nodes, 1024 / max(1, self.walkable), dtype=np.float64)


def check_map(words: Words) -> MapReport:
    """Measure a map, which is known to be one, against the promises."""
    height, width = words.shape
    ground = (words >> 2 & 63).astype(np.uint8)
    danger = (words >> 20).astype(np.uint8)
    walkable = np.isin(ground, WALKABLE)
    count = int(walkable.sum())
    dangers = np.bincount(danger[walkable], minlength=TIERS + 1)[1:]
    places = (walkable & (danger == tier) for tier in range(1, TIERS + 1))
    node = (words >> 8 & 0xFF).astype(np.int64)
    here = node > 0
    kinds = (node[here] - FIRST_NODE) * TIERS + (words[here] >> 16 & 0xF).astype(np.int64) - 1
    biomes = np.bincount((words & 3).ravel(), minlength=len(BIOMES))
    report: dict[str, Any] = {
        "height": height,
        "width": width,
        "walkable": count,
        "walkable_share": count / words.size,
        "regions": tuple(region_sizes(walkable)),
        "danger_shares": tuple(float(tiles) / max(1, count) for tiles in dangers),
        "danger_regions": tuple(_regions(place) for place in places),
        "biome_shares": tuple(float(tiles) / words.size for tiles in biomes),
        "nodes": np.bincount(kinds, minlength=len(NODES) * TIERS).reshape(len(NODES), TIERS),
        "room": min(count, words.size // MOST_CROWDED),
    }
    always, when_large = _broken(report)
    large = min(height, width) >= PROMISED_SIDE
    return MapReport(
        **report,
        problems=tuple(always + (when_large if large else [])),
        notes=tuple([] if large else when_large),
    )


def _broken(report: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Promise that are broken: those of every map, and those of large ones."""
    always, when_large = [], []
    regions = report["regions"]
    if report["walkable_share"] < LEAST_WALKABLE:
        share = f"{report['walkable_share']:.1%}"
        always.append(f"{share} of the map can be walked on; at least {LEAST_WALKABLE:.0%} is promised")
    if len(regions) > 1:
        beyond = sum(regions[1:])
        always.append(
            f"the walkable ground is in {len(regions):,} parts; {beyond:,} tiles cannot be reached from the largest"
        )
    if report["danger_shares"][0] == 0:
        always.append("no walkable tile has danger 1, where lives begin")
    for tier, (share, wanted) in enumerate(zip(report["danger_shares"], DANGER_SHARES, strict=True), 1):
        if abs(share - wanted) > DANGER_TOLERANCE:
            when_large.append(f"danger {tier} covers {share:.1%} of the walkable, not about {wanted:.0%}")
        found = report["danger_regions"][tier - 1]
        if found < LEAST_REGIONS:
            when_large.append(f"danger {tier} has {found} region{'' if found == 1 else 's'}, not several")
    for name, share in zip(BIOMES, report["biome_shares"], strict=True):
        if share < LEAST_BIOME:
            when_large.append(f"{name} covers {share:.1%} of the map, less than {LEAST_BIOME:.0%}")
    for kind, counts in zip(NODES, report["nodes"], strict=True):
        if not counts.any():
            when_large.append(f"there is no {kind}")
    return always, when_large


def _regions(mask: NDArray[np.bool_]) -> int:
    return sum(size >= REGION_TILES for size in region_sizes(mask))


def region_sizes(mask: NDArray[np.bool_]) -> list[int]:
    """Return sizes of a mask's connected parts (four neighbours), largest first.

    Works on runs of a row instead of tiles: runs that touch one of the next row are joined until nothing
    changes, each round hooking every root to the lowest root it touches.
    """
    height, width = mask.shape
    span = width + 2  # a blank on both sides keeps the runs of neighbouring rows apart
    padded = np.zeros((height, span), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded.ravel(), prepend=np.int8(0))
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    first = np.searchsorted(ends, starts + span, "right")  # runs of the next row that touch: first ..
    last = np.searchsorted(starts, ends + span, "left")  # .. to before last
    touching = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(starts)), touching)
    below = np.arange(touching.sum()) + np.repeat(first - (np.cumsum(touching) - touching), touching)
    roots = np.arange(len(starts))
    while True:
        a, b = roots[above], roots[below]
        apart = a != b
        if not apart.any():
            break
        above, below, a, b = above[apart], below[apart], a[apart], b[apart]
        np.minimum.at(roots, np.maximum(a, b), np.minimum(a, b))
        while (roots[roots] != roots).any():
            roots = roots[roots]
    sizes = np.bincount(roots, weights=ends - starts) if len(roots) else np.zeros(0)
    return sorted((int(size) for size in sizes[sizes > 0]), reverse=True)
