"""Sprites, each drawn once per zoom and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from nmmo.core.enums import ObjectKind
from nmmo.render.art import items, monsters, nodes, players
from nmmo.render.art.palette import INK
from nmmo.render.art.players import Appearance
from nmmo.render.backend import Colour, new_surface, pygame

__all__ = ["SpriteCache"]

MAX_BYTES: Final = 48 * 1024 * 1024


class SpriteCache:
    """Draws sprites when they are first used, and keeps those used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], pygame.Surface] = OrderedDict()
        self._bytes = 0

    def _get(self, key: tuple[object, ...], make: Callable[[], pygame.Surface]) -> pygame.Surface:
        found = self._kept.get(key)
        if found is not None:
            return found
        made = make()
        self._kept[key] = made
        self._bytes += made.get_width() * made.get_height() * 4
        while self._bytes > MAX_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.get_width() * old.get_height() * 4
        return made

    def node(self, number: int, tier: int, biome: int, zoom: int) -> pygame.Surface:
        """Return a node by its object number, ripe or depleted."""
        ripe = number < ObjectKind.DEPLETED_ORE
        kind = number if ripe else number - ObjectKind.DEPLETED_ORE + ObjectKind.ORE
        return self._get(("node", number, tier, biome, zoom), lambda: nodes.node(kind, tier, biome, ripe, zoom))

    def item(self, kind: int, tier: int, zoom: int) -> pygame.Surface:
        """Return an item on the ground."""
        return self._get(("item", kind, tier, zoom), lambda: items.ground_item(kind, tier, zoom))

    def icon(self, kind: int, tier: int, side: int) -> pygame.Surface:
        """Return the icon of an item or node by its object number."""
        if kind >= ObjectKind.ORE:
            return self._get(("node icon", kind, tier, side), lambda: self._node_icon(kind, tier, side))
        return self._get(("icon", kind, tier, side), lambda: items.icon(kind, tier, side))

    def _node_icon(self, kind: int, tier: int, side: int) -> pygame.Surface:
        return pygame.transform.smoothscale(self.node(kind, tier, 0, side), (side, side))

    def monster(self, temper: int, style: int, element: int, tier: int, zoom: int) -> pygame.Surface:
        """Return a monster."""
        key = "monster", temper, style, element, tier, zoom
        return self._get(key, lambda: monsters.monster(temper, style, element, tier, zoom))

    def player(self, appearance: Appearance, zoom: int) -> pygame.Surface:
        """Return a player."""
        if zoom < 16:  # faces are too small to differ
            appearance = appearance._replace(face=0)
        return self._get(("player", appearance, zoom), lambda: players.player(appearance, zoom))

    def dot(self, colour: Colour, side: int, rim: bool = True) -> pygame.Surface:
        """Return a dot for somebody seen from far away."""

        def make() -> pygame.Surface:
            made = new_surface(side, side)
            made.fill(INK if rim else colour)
            if rim:
                made.fill(colour, (1, 1, side - 2, side - 2))
            return made

        return self._get(("dot", colour, side, rim), make)
