"""The tables and formulas of the rules once more, written from their text for the tests to compare with."""

from typing import Any

ITEMS = (
    "helm",
    "chest",
    "legs",
    "sword",
    "bow",
    "staff",
    "pickaxe",
    "axe",
    "chisel",
    "sickle",
    "rod",
    "earth_gem",
    "fire_gem",
    "air_gem",
    "water_gem",
    "whetstone",
    "arrow",
    "rune",
    "ration",
    "potion",
)
NUMBER = {name: number for number, name in enumerate(ITEMS, start=1)}
TIERS = (1, 2, 3, 4, 5)
SKILLS = ("melee", "ranged", "magic", "mining", "woodcutting", "alchemy", "herbalism", "fishing")
STYLES = SKILLS[:3]
FOOD = ("ration", "potion")
AMMUNITION = ("whetstone", "arrow", "rune")
WEAPONS = ("sword", "bow", "staff")
TOOLS = ("pickaxe", "axe", "chisel", "sickle", "rod")
GEMS = ("earth_gem", "fire_gem", "air_gem", "water_gem")
ARMOUR = ("helm", "chest", "legs")
WEARABLE = tuple(name for name in ITEMS if name not in FOOD)
STACKING = AMMUNITION + FOOD

# The equipment slots in the order in which the observation shows them.
EQUIPMENT = ("head", "body", "legs", "hand", "gem", "ammunition")
WORN_AS = (
    {"helm": "head", "chest": "body", "legs": "legs"}
    | dict.fromkeys(WEAPONS + TOOLS, "hand")
    | dict.fromkeys(GEMS, "gem")
    | dict.fromkeys(AMMUNITION, "ammunition")
)
# What a type needs: one skill, or the combat level (the best combat skill).
NEEDS = (
    dict.fromkeys(ARMOUR + GEMS, "combat")
    | dict(zip(WEAPONS, STYLES, strict=True))
    | dict(zip(AMMUNITION, STYLES, strict=True))
    | dict(zip(TOOLS, SKILLS[3:], strict=True))
)
# node -> its skill, its tool
NODES = {
    "ore": ("mining", "pickaxe"),
    "tree": ("woodcutting", "axe"),
    "crystal": ("alchemy", "chisel"),
    "herb": ("herbalism", "sickle"),
    "fish": ("fishing", "rod"),
}
NODE_NUMBER = {name: len(ITEMS) + 1 + index for index, name in enumerate(NODES)}
DEPLETED = len(NODES)  # added to a node's number
PRICES = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675)

# "One's own tile outward in reading order": where a drop is tried.
DROP_ORDER = ((0, 0), (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def price(step: int) -> int:
    """Return gold at a step of the ladder, 1..16."""
    return PRICES[step - 1]


def lowest_level(tier: int) -> int:
    """Return the first level of a tier."""
    return 8 * (tier - 1) + 1


def tier_of(level: int) -> int:
    """Return the tier of a level."""
    return (level - 1) // 8 + 1


def gain(level: int, experience: int, amount: int, source_tier: int) -> tuple[int, int]:
    """Return level and experience of a skill after `amount` more from a source of `source_tier`."""
    experience += amount // 4 ** max(0, tier_of(level) - source_tier)
    while level < 40 and experience >= 8 * level:
        experience -= 8 * level
        level += 1
    return level, 0 if level == 40 else experience


def attack(skill: int, weapon: str | None = None, tier: int = 0, ammunition: int = 0, gem: int = 0) -> int:
    """Return a player's attack; `ammunition` is the tier of worn ammunition that matches, `gem` the gem's."""
    per_tier = {"sword": 20, "bow": 10, "staff": 10}.get(weapon or "", 0)
    return 24 + 2 * skill + per_tier * tier + 6 * ammunition + 3 * gem


def defence(combat_level: int, helm: int = 0, chest: int = 0, legs: int = 0, sword: int = 0) -> int:
    """Return a player's defence from the tiers that it wears."""
    return 2 * combat_level + 3 * helm + 5 * chest + 4 * legs + 9 * sword


def gear_class(tiers: int) -> int:
    """Return 0..3 by the sum of worn weapon and armour tiers."""
    return 0 if tiers == 0 else 1 if tiers <= 6 else 2 if tiers <= 13 else 3


def food_health(tier: int) -> int:
    """Return health that a ration or a potion gives."""
    return 30 + 10 * tier


def lot_price(step: int, pieces: int, stacks_by_dozen: bool) -> int:
    """Return gold for a purchase: ammunition by the dozen, rounded up, anything else one piece."""
    return -(-price(step) * pieces // 12) if stacks_by_dozen else price(step)


def qualify(world: Any, slot: int, item: str, tier: int) -> None:
    """Give a player just the level that wearing an item of a tier needs."""
    need = NEEDS[item]
    world.edit.level(slot, "melee" if need == "combat" else need, lowest_level(tier))
