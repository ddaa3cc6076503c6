/* Every number and enumeration of the game, with the consequence of changing it.
 *
 * A change to anything in this file that alters play must raise NMMO_RULES_VERSION:
 * replays and golden hashes are tied to it. Numbers that a user may choose are not
 * here but in struct nmmo_config (nmmo.h), checked against the ranges in config.c.
 */
#ifndef NMMO_CONSTANTS_H
#define NMMO_CONSTANTS_H

#define NMMO_RULES_VERSION 2u /* recorded in snapshots; they are refused by other versions */

/* ---- ground: the first byte of a tile is ground * 4 + biome -------------------------- */
enum nmmo_ground { /* order matters: the walkable kinds are GRASS..DIRT, tested as one range */
    NMMO_VOID = 0,
    NMMO_GRASS = 1,
    NMMO_SAND = 2,
    NMMO_DIRT = 3,
    NMMO_STONE = 4, /* the only ground that blocks a line of sight */
    NMMO_WATER = 5,
    NMMO_GROUNDS = 6
};

enum nmmo_biome { NMMO_SPRING = 0, NMMO_SUMMER = 1, NMMO_AUTUMN = 2, NMMO_WINTER = 3, NMMO_BIOMES = 4 };

/* The element of a biome is biome + 1; that of a gem is its item type - NMMO_EARTH_GEM + 1. */
enum nmmo_element {
    NMMO_NO_ELEMENT = 0,
    NMMO_EARTH = 1, /* spring */
    NMMO_FIRE = 2,  /* summer */
    NMMO_AIR = 3,   /* autumn */
    NMMO_WATER_ELEMENT = 4, /* winter */
    NMMO_ELEMENTS = 5
};

#define NMMO_TIERS 5          /* tiers run 1..5; the observation stores a tier in 4 bits */
#define NMMO_LEVELS 40        /* levels run 1..40; the observation stores a level in 6 bits */
#define NMMO_LEVELS_PER_TIER 8
#define NMMO_EXPERIENCE_PER_LEVEL 8 /* going from L to L+1 takes 8 L: raise it and every life slows */
#define NMMO_TIER_GAP_SHIFT 2 /* experience from a tier below one's own is divided by 4 a tier */

/* ---- skills --------------------------------------------------------------------------- */
enum nmmo_skill { /* the three styles first: a style is its skill's number */
    NMMO_MELEE = 0,
    NMMO_RANGED = 1,
    NMMO_MAGIC = 2,
    NMMO_MINING = 3, /* the five professions follow in the order of their nodes and tools */
    NMMO_WOODCUTTING = 4,
    NMMO_ALCHEMY = 5,
    NMMO_HERBALISM = 6,
    NMMO_FISHING = 7,
    NMMO_SKILLS = 8,
    NMMO_STYLES = 3,
    NMMO_PROFESSIONS = 5
};

/* ---- objects on tiles: items, nodes, depleted nodes ------------------------------------ */
enum nmmo_item_type {
    NMMO_NO_ITEM = 0,
    NMMO_HELM = 1,
    NMMO_CHEST = 2,
    NMMO_LEGS = 3,
    NMMO_SWORD = 4, /* weapons in the order of the styles */
    NMMO_BOW = 5,
    NMMO_STAFF = 6,
    NMMO_PICKAXE = 7, /* tools in the order of the professions */
    NMMO_AXE = 8,
    NMMO_CHISEL = 9,
    NMMO_SICKLE = 10,
    NMMO_ROD = 11,
    NMMO_EARTH_GEM = 12, /* gems in the order of the elements */
    NMMO_FIRE_GEM = 13,
    NMMO_AIR_GEM = 14,
    NMMO_WATER_GEM = 15,
    NMMO_WHETSTONE = 16, /* ammunition in the order of the styles; from here on items stack */
    NMMO_ARROW = 17,
    NMMO_RUNE = 18,
    NMMO_RATION = 19,
    NMMO_POTION = 20,
    NMMO_ITEM_TYPES = 20
};

enum nmmo_node_kind { /* the object byte of a ripe node; a depleted one is + NMMO_DEPLETED */
    NMMO_ORE = 21,
    NMMO_TREE = 22,
    NMMO_CRYSTAL = 23,
    NMMO_HERB = 24,
    NMMO_FISH = 25,
    NMMO_DEPLETED = 5,
    NMMO_LAST_OBJECT = 30
};

enum nmmo_equipment_slot {
    NMMO_HEAD = 0,
    NMMO_BODY = 1,
    NMMO_LEG = 2,
    NMMO_HAND = 3,
    NMMO_GEM = 4,
    NMMO_AMMUNITION = 5,
    NMMO_EQUIPMENT_SLOTS = 6
};

#define NMMO_INVENTORY_SLOTS 12 /* also the number of use, sell and drop actions each */
#define NMMO_STACK_LIMIT 99     /* pieces in one stack, in one listing; must stay below 256 */
#define NMMO_GROUND_ITEM_TICKS 50 /* an item left on the ground vanishes; must stay below 256 */
#define NMMO_DEATH_DROPS 9      /* of a dead player's items; as many as there are tiles around it */

/* ---- who stands on a tile --------------------------------------------------------------- */
enum nmmo_occupant {
    NMMO_NOBODY = 0,
    NMMO_PLAYER = 1,
    NMMO_PASSIVE = 2, /* never fights */
    NMMO_NEUTRAL = 3, /* fights back */
    NMMO_HOSTILE = 4, /* attacks who comes near */
    NMMO_OCCUPANTS = 5
};

/* ---- actions ------------------------------------------------------------------------------ */
enum nmmo_action {
    NMMO_WAIT = 0,
    NMMO_MOVE = 1,          /* + north 0, east 1, south 2, west 3 */
    NMMO_RUN = 5,           /* likewise */
    NMMO_ATTACK_MONSTER = 9,
    NMMO_ATTACK_PLAYER = 10,
    NMMO_USE = 11,          /* + inventory slot 0..11 */
    NMMO_SELL = 23,
    NMMO_DROP = 35,
    NMMO_BUY = 47,          /* + item type - 1 */
    NMMO_PRICE_UP = 67,
    NMMO_PRICE_DOWN = 68,
    NMMO_ACTIONS = 69
};

enum nmmo_action_group {
    NMMO_GROUP_WAIT = 0,
    NMMO_GROUP_MOVE = 1,
    NMMO_GROUP_RUN = 2,
    NMMO_GROUP_ATTACK = 3,
    NMMO_GROUP_USE = 4,
    NMMO_GROUP_SELL = 5,
    NMMO_GROUP_DROP = 6,
    NMMO_GROUP_BUY = 7,
    NMMO_GROUP_PRICE = 8,
    NMMO_ACTION_GROUPS = 9
};

/* ---- players ------------------------------------------------------------------------------- */
#define NMMO_FULL_HEALTH 100
#define NMMO_FULL_STAMINA 100
#define NMMO_FULL_FOOD 100 /* and water */
#define NMMO_HEALTH_REGENERATION 2  /* a tick, out of combat */
#define NMMO_STAMINA_REGENERATION 2 /* a tick; running every fourth tick can be kept up */
#define NMMO_RUN_STAMINA 8
#define NMMO_COMBAT_TICKS 5 /* in combat: this tick of a hit and the four that follow */
#define NMMO_MONSTER_PROTECTION_TICKS 8 /* no monster turns to a new life */
#define NMMO_MAX_TEAMS 255  /* the team is one byte of a tile */
#define NMMO_MAX_TOKEN 31   /* a token is five bits of a tile */

/* ---- combat: attack, defence, damage ---------------------------------------------------------- */
#define NMMO_PLAYER_ATTACK_BASE 24
#define NMMO_PLAYER_ATTACK_PER_LEVEL 2
#define NMMO_SWORD_ATTACK_PER_TIER 20
#define NMMO_BOW_ATTACK_PER_TIER 10 /* and staff: the price of reach */
#define NMMO_AMMUNITION_ATTACK_PER_TIER 6
#define NMMO_GEM_ATTACK_PER_TIER 3
#define NMMO_PLAYER_DEFENCE_PER_LEVEL 2
#define NMMO_HELM_DEFENCE_PER_TIER 3
#define NMMO_CHEST_DEFENCE_PER_TIER 5
#define NMMO_LEGS_DEFENCE_PER_TIER 4
#define NMMO_SWORD_DEFENCE_PER_TIER 9
#define NMMO_MONSTER_ATTACK_BASE 20
#define NMMO_MONSTER_ATTACK_PER_LEVEL 3
#define NMMO_MONSTER_DEFENCE_PER_LEVEL 2
#define NMMO_MONSTER_DEFENCE_PER_TIER 18 /* times tier - 1: what gear must keep up with */
#define NMMO_LEAST_DAMAGE_DIVISOR 8 /* damage is never below attack / 8: nobody is invulnerable */
#define NMMO_MELEE_RANGE 1 /* tiles, Chebyshev */
#define NMMO_SHOT_RANGE 3  /* ranged and magic; line-of-sight code assumes at most 3 */
#define NMMO_MONSTER_KILL_EXPERIENCE 4 /* times its level */
#define NMMO_PLAYER_KILL_EXPERIENCE 2  /* times its combat level */
#define NMMO_WORTHLESS_KILL_GAP 8 /* a player more levels below than this gives no experience */
#define NMMO_KILL_GOLD_BASE 1     /* a monster leaves base + level / divisor gold */
#define NMMO_KILL_GOLD_DIVISOR 4

/* ---- monsters ----------------------------------------------------------------------------------- */
#define NMMO_AGGRO_RADIUS 4    /* a hostile monster looks this far; its search is 9 x 9 tiles */
#define NMMO_LEASH_HOME 12     /* it gives up this far from home */
#define NMMO_LEASH_TARGET 8    /* or when the target is further away than this */
#define NMMO_WANDER_RADIUS 3   /* idle ones stay this near home */
#define NMMO_WANDER_ONE_IN 8   /* an idle one steps one tick in this many */
#define NMMO_CELL_SHIFT 4      /* rest cells are 16 x 16 tiles: a monster with no player in its
                                  own or the eight cells around rests */
#define NMMO_WALK_HOME_TICKS 64 /* one that has not found its way by then is put back */
#define NMMO_RETURN_RADIUS 8   /* how far from home a returning monster looks for a free tile */

/* ---- harvest --------------------------------------------------------------------------------------- */
#define NMMO_HARVEST_EXPERIENCE_PER_TIER 16
#define NMMO_TOOL_REACH 1       /* tiers above its own that a tool still harvests, without doubling: with 0 a
                                 * profession waits for luck at every tier */
#define NMMO_TOOL_FACTOR 2      /* yield and experience with the matching tool */
#define NMMO_AMMUNITION_YIELD 12 /* whetstones and runes; a dozen is also the lot of the market */
#define NMMO_ARROW_YIELD 6
#define NMMO_FOOD_HEALTH_BASE 30 /* health given by food: base + 10 a tier */
#define NMMO_FOOD_HEALTH_PER_TIER 10
#define NMMO_RATION_STAMINA 50
#define NMMO_RATION_FOOD_BASE 20 /* survival: food and water given by a ration */
#define NMMO_RATION_FOOD_PER_TIER 10

/* ---- market ------------------------------------------------------------------------------------------ */
#define NMMO_LISTINGS 4        /* a player's listings at a time */
#define NMMO_LOT 12            /* pieces sold, and ammunition bought, at a time */
/* Gold a piece (ammunition: a dozen), step by step, and the last of them once more. */
#define NMMO_PRICE_LADDER 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675
#define NMMO_HIGHEST_PRICE 675
#define NMMO_PRICE_STEPS 16    /* steps are numbered 1..16; 0 means none */
#define NMMO_FIRST_PRICE_STEP 4
#define NMMO_BOOKS (NMMO_ITEM_TYPES * NMMO_TIERS)

/* ---- survival and fog ---------------------------------------------------------------------------------- */
#define NMMO_HUNGER_PERIOD 4   /* ticks of a life for one point of food and one of water */
#define NMMO_DRINK_WATER 10    /* a tick beside water */
#define NMMO_HUNGER_DAMAGE 2   /* a tick, for food at 0 and again for water at 0 */
#define NMMO_REGENERATION_NEED 50 /* food and water must both be above this to heal */
#define NMMO_FOG_DAMAGE_LIMIT 10  /* damage a tick is the depth in tiles, at most this */

/* ---- map --------------------------------------------------------------------------------------------------- */
#define NMMO_MAX_VIEW_RADIUS 15
#define NMMO_BORDER 16 /* tiles of void on every side: at least the largest view radius and every
                          search radius, so that no view or search needs a bounds check */
#define NMMO_EXPLORE_STRIDE 8 /* w_explore is paid for each new 8 tiles of distance from birth */
#define NMMO_WALKABLE_SHARE_PERCENT 55 /* a generated map is at least this walkable */
#define NMMO_TEAM_BIRTH_RADIUS 6 /* members of a team begin within this of its anchor, if there is room */

/* What ends a life. The first five terminate it, the last two truncate it. */
enum nmmo_cause {
    NMMO_ALIVE = 0,
    NMMO_BY_MONSTER = 1,
    NMMO_BY_PLAYER = 2,
    NMMO_BY_HUNGER = 3,
    NMMO_BY_THIRST = 4,
    NMMO_BY_FOG = 5,
    NMMO_BY_STAGNATION = 6,
    NMMO_BY_HORIZON = 7,
    NMMO_CAUSES = 8
};

enum nmmo_event_kind {
    NMMO_EVENT_HIT = 1,
    NMMO_EVENT_KILL = 2,
    NMMO_EVENT_DEATH = 3,
    NMMO_EVENT_BIRTH = 4,
    NMMO_EVENT_LEVEL_UP = 5,
    NMMO_EVENT_HARVEST = 6,
    NMMO_EVENT_EQUIP = 7,
    NMMO_EVENT_CONSUME = 8,
    NMMO_EVENT_LIST = 9,
    NMMO_EVENT_SALE = 10,
    NMMO_EVENT_PICK_UP = 11,
    NMMO_EVENT_DROP = 12,
    NMMO_EVENT_KINDS = 13 /* kind 0 is not used */
};

#endif
