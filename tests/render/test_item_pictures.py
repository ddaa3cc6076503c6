"""Pictures of items: each has its own, and a type that has none yet is a sack."""

from __future__ import annotations

import pytest

from nmmo.core.content import NUMBER
from nmmo.render.art.items import icon
from nmmo.render.backend import pygame


def picture(kind: int, tier: int = 3) -> bytes:
    return pygame.image.tobytes(icon(kind, tier, 48), "RGBA")


def test_no_two_types_look_alike_but_those_without_a_picture():
    sack = picture(NUMBER.ITEM_TYPES + 1)
    assert picture(NUMBER.ITEM_TYPES + 2) == sack and any(sack)
    drawn = [look for look in map(picture, range(1, NUMBER.ITEM_TYPES + 1)) if look != sack]
    assert len(set(drawn)) == len(drawn) >= 20


@pytest.mark.parametrize("kind", [1, NUMBER.ITEM_TYPES + 1])
def test_the_tier_shows(kind):
    assert len({picture(kind, tier) for tier in range(1, NUMBER.TIERS + 1)}) == NUMBER.TIERS
