"""The members of the enumerations, as type checkers need them: `python scripts/docs.py` writes this file."""

from enum import IntEnum

class Action(IntEnum):
    WAIT = 0
    MOVE_NORTH = 1
    MOVE_EAST = 2
    MOVE_SOUTH = 3
    MOVE_WEST = 4
    RUN_NORTH = 5
    RUN_EAST = 6
    RUN_SOUTH = 7
    RUN_WEST = 8
    ATTACK_MONSTER = 9
    ATTACK_PLAYER = 10
    USE_1 = 11
    USE_2 = 12
    USE_3 = 13
    USE_4 = 14
    USE_5 = 15
    USE_6 = 16
    USE_7 = 17
    USE_8 = 18
    USE_9 = 19
    USE_10 = 20
    USE_11 = 21
    USE_12 = 22
    SELL_1 = 23
    SELL_2 = 24
    SELL_3 = 25
    SELL_4 = 26
    SELL_5 = 27
    SELL_6 = 28
    SELL_7 = 29
    SELL_8 = 30
    SELL_9 = 31
    SELL_10 = 32
    SELL_11 = 33
    SELL_12 = 34
    DROP_1 = 35
    DROP_2 = 36
    DROP_3 = 37
    DROP_4 = 38
    DROP_5 = 39
    DROP_6 = 40
    DROP_7 = 41
    DROP_8 = 42
    DROP_9 = 43
    DROP_10 = 44
    DROP_11 = 45
    DROP_12 = 46
    BUY_HELM = 47
    BUY_CHEST = 48
    BUY_LEGS = 49
    BUY_SWORD = 50
    BUY_BOW = 51
    BUY_STAFF = 52
    BUY_PICKAXE = 53
    BUY_AXE = 54
    BUY_CHISEL = 55
    BUY_SICKLE = 56
    BUY_ROD = 57
    BUY_EARTH_GEM = 58
    BUY_FIRE_GEM = 59
    BUY_AIR_GEM = 60
    BUY_WATER_GEM = 61
    BUY_WHETSTONE = 62
    BUY_ARROW = 63
    BUY_RUNE = 64
    BUY_RATION = 65
    BUY_POTION = 66
    PRICE_UP = 67
    PRICE_DOWN = 68

class ActionGroup(IntEnum):
    WAIT = 0
    MOVE = 1
    RUN = 2
    ATTACK = 3
    USE = 4
    SELL = 5
    DROP = 6
    BUY = 7
    PRICE = 8

class GroundKind(IntEnum):
    VOID = 0
    GRASS = 1
    SAND = 2
    DIRT = 3
    STONE = 4
    WATER = 5

class Biome(IntEnum):
    SPRING = 0
    SUMMER = 1
    AUTUMN = 2
    WINTER = 3

class Element(IntEnum):
    NONE = 0
    EARTH = 1
    FIRE = 2
    AIR = 3
    WATER = 4

class Skill(IntEnum):
    MELEE = 0
    RANGED = 1
    MAGIC = 2
    MINING = 3
    WOODCUTTING = 4
    ALCHEMY = 5
    HERBALISM = 6
    FISHING = 7

class ObjectKind(IntEnum):
    NONE = 0
    HELM = 1
    CHEST = 2
    LEGS = 3
    SWORD = 4
    BOW = 5
    STAFF = 6
    PICKAXE = 7
    AXE = 8
    CHISEL = 9
    SICKLE = 10
    ROD = 11
    EARTH_GEM = 12
    FIRE_GEM = 13
    AIR_GEM = 14
    WATER_GEM = 15
    WHETSTONE = 16
    ARROW = 17
    RUNE = 18
    RATION = 19
    POTION = 20
    ORE = 21
    TREE = 22
    CRYSTAL = 23
    HERB = 24
    FISH = 25
    DEPLETED_ORE = 26
    DEPLETED_TREE = 27
    DEPLETED_CRYSTAL = 28
    DEPLETED_HERB = 29
    DEPLETED_FISH = 30

class Occupant(IntEnum):
    NOBODY = 0
    PLAYER = 1
    PASSIVE = 2
    NEUTRAL = 3
    HOSTILE = 4

class EquipmentSlot(IntEnum):
    HEAD = 0
    BODY = 1
    LEGS = 2
    HAND = 3
    GEM = 4
    AMMUNITION = 5

class Cause(IntEnum):
    NONE = 0
    MONSTER = 1
    PLAYER = 2
    HUNGER = 3
    THIRST = 4
    FOG = 5
    STAGNATION = 6
    HORIZON = 7

class EventKind(IntEnum):
    HIT = 1
    KILL = 2
    DEATH = 3
    BIRTH = 4
    LEVEL_UP = 5
    HARVEST = 6
    EQUIP = 7
    CONSUME = 8
    LIST = 9
    SALE = 10
    PICK_UP = 11
    DROP = 12
