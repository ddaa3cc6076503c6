"""Sprites, each drawn once for a zoom and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from nmmo.render import item_art, monster_art, node_art, player_art
from nmmo.render.library import Colour, new_surface, pygame
from nmmo.render.palette import INK
from nmmo.render.player_art import Looks

__all__ = ["Sprites"]

MOST_BYTES: Final = 48 * 1024 * 1024


class Sprites:
    """Hands out sprites."""

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
        while self._bytes > MOST_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= old.get_width() * old.get_height() * 4
        return made

    def node(self, number: int, tier: int, biome: int, zoom: int) -> pygame.Surface:
        """A node by its object number, ripe (21 to 25) or depleted (26 to 30)."""
        ripe = number <= 25
        kind = number if ripe else number - 5
        return self._get(("node", number, tier, biome, zoom), lambda: node_art.node(kind, tier, biome, ripe, zoom))

    def item(self, kind: int, tier: int, zoom: int) -> pygame.Surface:
        """An item on the ground."""
        return self._get(("item", kind, tier, zoom), lambda: item_art.ground_item(kind, tier, zoom))

    def icon(self, kind: int, tier: int, side: int) -> pygame.Surface:
        """An item in a panel, or a node where the kind is above 20."""
        if kind > 20:
            return self._get(("node icon", kind, tier, side), lambda: self._node_icon(kind, tier, side))
        return self._get(("icon", kind, tier, side), lambda: item_art.icon(kind, tier, side))

    def _node_icon(self, kind: int, tier: int, side: int) -> pygame.Surface:
        return pygame.transform.smoothscale(self.node(kind, tier, 0, side), (side, side))

    def monster(self, temper: int, style: int, element: int, tier: int, zoom: int) -> pygame.Surface:
        """A monster."""
        key = "monster", temper, style, element, tier, zoom
        return self._get(key, lambda: monster_art.monster(temper, style, element, tier, zoom))

    def player(self, looks: Looks, zoom: int) -> pygame.Surface:
        """A player."""
        if zoom < 16:  # whose face is it? nobody sees
            looks = looks._replace(face=0)
        return self._get(("player", looks, zoom), lambda: player_art.player(looks, zoom))

    def dot(self, colour: Colour, side: int, rim: bool = True) -> pygame.Surface:
        """Somebody seen from far away."""

        def make() -> pygame.Surface:
            made = new_surface(side, side)
            made.fill(INK if rim else colour)
            if rim:
                made.fill(colour, (1, 1, side - 2, side - 2))
            return made

        return self._get(("dot", colour, side, rim), make)
