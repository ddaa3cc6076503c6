/* The numbers and enumerations of the game. What they are is written once, as lists: numbers in constants.def, all
 * that has a name in content.def. Here each number becomes an enumerator NMMO_NAME, each list an enumeration with its
 * count.
 *
 * A change to either list that alters play must raise NMMO_RULES_VERSION: replays and golden hashes are tied to it.
 * Numbers that a user may choose are not there but in struct nmmo_config (nmmo.h), checked against the ranges in
 * config.c.
 */
#ifndef NMMO_CONSTANTS_H
#define NMMO_CONSTANTS_H

#define NMMO_RULES_VERSION 2u /* recorded in snapshots; they are refused by other versions */

enum nmmo_number {
#define NUMBER(NAME, value, meaning) NMMO_##NAME = (value),
#include "constants.def"
};

/* Gold a piece (ammunition: a dozen), step by step; the last is NMMO_HIGHEST_PRICE. */
#define NMMO_PRICE_LADDER 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675

/* ---- ground ------------------------------------------------------------------------------ */
enum nmmo_ground {
#define GROUND(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_GROUNDS
};

enum nmmo_biome {
#define BIOME(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_BIOMES
};

/* The element of a biome is biome + 1. */
enum nmmo_element {
#define ELEMENT(NAME, name, BEATS, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_ELEMENTS
};

/* ---- skills -------------------------------------------------------------------------------- */
enum nmmo_skill {
#define STYLE(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_STYLES, /* a style is its skill's number */
    NMMO_LAST_STYLE = NMMO_STYLES - 1,
#define PROFESSION(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_SKILLS,
    NMMO_PROFESSIONS = NMMO_SKILLS - NMMO_STYLES,
    NMMO_FIRST_PROFESSION = NMMO_STYLES,
    NMMO_COMBAT_LEVEL = NMMO_SKILLS, /* of an item: the best of the styles decides whether it can be used */
    NMMO_NO_SKILL = -1
};

/* ---- objects on tiles: items, nodes, depleted nodes ------------------------------------------ */
enum nmmo_equipment_slot {
#define SLOT(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_EQUIPMENT_SLOTS,
    NMMO_NOT_WORN = -1
};

enum nmmo_item_role {
    NMMO_ROLE_NONE,
#define ROLE(NAME, name, meaning) NMMO_ROLE_##NAME,
#include "content.def"
    NMMO_ITEM_ROLES
};

enum nmmo_item_type {
    NMMO_NO_ITEM,
#define ITEM(NAME, ...) NMMO_##NAME,
#include "content.def"
    NMMO_FIRST_NODE,
    NMMO_ITEM_TYPES = NMMO_FIRST_NODE - 1
};

/* the object byte of a ripe node; a depleted one is + NMMO_DEPLETED */
enum nmmo_node_kind {
    NMMO_LAST_ITEM = NMMO_ITEM_TYPES,
#define NODE(NAME, ...) NMMO_##NAME,
#include "content.def"
    NMMO_FIRST_DEPLETED,
    NMMO_LAST_NODE = NMMO_FIRST_DEPLETED - 1,
    NMMO_NODE_KINDS = NMMO_FIRST_DEPLETED - NMMO_FIRST_NODE,
    NMMO_DEPLETED = NMMO_NODE_KINDS,
    NMMO_LAST_OBJECT = NMMO_LAST_NODE + NMMO_DEPLETED
};

#define NMMO_BOOKS (NMMO_ITEM_TYPES * NMMO_TIERS) /* of the market: one an item type and tier */

/* ---- who stands on a tile --------------------------------------------------------------------- */
enum nmmo_occupant {
#define OCCUPANT(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_OCCUPANTS
};

/* ---- actions ----------------------------------------------------------------------------------- */
enum nmmo_each {
    NMMO_ONCE,
    NMMO_DIRECTION, /* north, east, south, west */
    NMMO_INVENTORY_SLOT,
    NMMO_ITEM_TYPE /* type - 1 */
};
enum nmmo_count_of_each {
    NMMO_COUNT_OF_ONCE = 1,
    NMMO_COUNT_OF_DIRECTION = 4,
    NMMO_COUNT_OF_INVENTORY_SLOT = NMMO_INVENTORY_SLOTS,
    NMMO_COUNT_OF_ITEM_TYPE = NMMO_ITEM_TYPES
};

/* the first action of each row: NMMO_MOVE + direction, NMMO_USE + inventory slot, NMMO_BUY + item type - 1 ... */
enum nmmo_action {
#define ACTION(NAME, name, GROUP, EACH, meaning) NMMO_##NAME, NMMO_LAST_##NAME = NMMO_##NAME + NMMO_COUNT_OF_##EACH - 1,
#include "content.def"
    NMMO_ACTIONS
};

/* rows of the table of actions, numbered on their own */
enum nmmo_verb {
#define ACTION(NAME, name, GROUP, EACH, meaning) NMMO_VERB_##NAME,
#include "content.def"
    NMMO_VERBS
};

enum nmmo_action_group {
#define GROUP(NAME, name, FIRST, LAST, meaning) NMMO_GROUP_##NAME,
#include "content.def"
    NMMO_ACTION_GROUPS
};

/* ---- what ends a life, what is reported ----------------------------------------------------------- */
enum nmmo_cause {
#define CAUSE(NAME, name, meaning) NMMO_##NAME,
#include "content.def"
    NMMO_CAUSES
};

enum nmmo_event_kind {
    NMMO_NO_EVENT,
#define EVENT(NAME, name, meaning) NMMO_EVENT_##NAME,
#include "content.def"
    NMMO_EVENT_KINDS
};

#endif
