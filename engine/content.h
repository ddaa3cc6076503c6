/* What the game contains, as tables: a record for every row of content.def. Static data.
 *
 * The records are published like the world's own (nmmo_table_fields, nmmo_table_rows), so that other languages read
 * them without knowing a row. Names and meanings are those of the enumerations (nmmo_members).
 */
#ifndef NMMO_CONTENT_H
#define NMMO_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "constants.h"

enum { NMMO_YIELDS = 4, NMMO_YIELD_ITEMS = 4, NMMO_TEMPER_DRAWS = 3, NMMO_LOOT_DRAWS = 4 };

struct nmmo_item_content {
    uint8_t role;            /* enum nmmo_item_role */
    int8_t slot;             /* enum nmmo_equipment_slot; -1: it is not worn but used up */
    int8_t skill;            /* enum nmmo_skill, or NMMO_COMBAT_LEVEL: its tier allows the use; -1: anybody's */
    uint8_t stack;           /* pieces in one inventory slot, at most */
    uint8_t lot;             /* pieces bought at a time, for the listed price */
    uint8_t element;         /* enum nmmo_element, of a gem */
    uint8_t attack;          /* per tier, while worn; of ammunition only with the weapon of its skill */
    uint8_t defence;         /* per tier, while worn */
    uint8_t health;          /* given when it is used up, as is what follows */
    uint8_t health_per_tier; /* and so much more per tier */
    uint8_t stamina;
    uint8_t food; /* and water */
    uint8_t food_per_tier;
    uint8_t in_combat; /* 1: can be used in combat */
};

/* One of a node's yields. */
struct nmmo_yield {
    uint8_t pieces;
    uint8_t by_biome;                /* 1: the biome of the tile is which item; else one is drawn */
    uint8_t items[NMMO_YIELD_ITEMS]; /* item types; 0 past the last */
};

struct nmmo_node_content {
    uint8_t object; /* enum nmmo_node_kind */
    uint8_t skill;
    uint8_t tool; /* enum nmmo_item_type */
    struct nmmo_yield yields[NMMO_YIELDS];
};

struct nmmo_monster_content { /* of one tier */
    uint8_t homes;            /* percent of all monsters live on ground of a danger up to this tier */
    uint8_t tempers[NMMO_TEMPER_DRAWS];
    uint8_t loot[NMMO_LOOT_DRAWS]; /* enum nmmo_item_role: an item of it; 0 nothing */
};

struct nmmo_element_content {
    uint8_t beats;
};

struct nmmo_verb_content { /* a row of the table of actions */
    uint8_t first;         /* the number of its first action */
    uint8_t count;
    uint8_t group;
    uint8_t each; /* enum nmmo_each: for what there is one action of it */
};

struct nmmo_group_content {
    uint8_t first; /* the number of its first action */
    uint8_t count;
};

/* By number; [0] of the items is all zero. */
extern const struct nmmo_item_content nmmo_items[NMMO_ITEM_TYPES + 1];
extern const struct nmmo_node_content nmmo_nodes[NMMO_NODE_KINDS];
extern const struct nmmo_monster_content nmmo_monsters[NMMO_TIERS]; /* by tier - 1 */
extern const struct nmmo_element_content nmmo_elements[NMMO_ELEMENTS];
extern const struct nmmo_verb_content nmmo_verbs[NMMO_VERBS];
extern const struct nmmo_group_content nmmo_groups[NMMO_ACTION_GROUPS];

/* ---- constants ------------------------------------------------------------------------------------ */

struct nmmo_constant {
    const char *name;
    const char *doc;
    int32_t value;
};

/* The numbers of constants.def, counts included, in order. */
const struct nmmo_constant *nmmo_constants(size_t *count);
int nmmo_price(int step); /* gold a piece (ammunition: a dozen) at steps 1..16; 0 otherwise */

/* ---- enumerations ----------------------------------------------------------------------------------- */

enum nmmo_enumeration {
    NMMO_ENUM_GROUND,
    NMMO_ENUM_BIOME,
    NMMO_ENUM_ELEMENT,
    NMMO_ENUM_SKILL,
    NMMO_ENUM_OBJECT, /* 0 "none", items, ripe and depleted nodes */
    NMMO_ENUM_ROLE,
    NMMO_ENUM_OCCUPANT,
    NMMO_ENUM_MONSTER_STATE,
    NMMO_ENUM_EQUIPMENT,
    NMMO_ENUM_CAUSE,
    NMMO_ENUM_EVENT,
    NMMO_ENUM_ACTION,
    NMMO_ENUM_VERB,
    NMMO_ENUM_GROUP,
    NMMO_ENUM_EACH,
    NMMO_ENUM_VITAL,
    NMMO_ENUM_PHASE,
    NMMO_ENUM_SECTION,
    NMMO_ENUMERATIONS
};

struct nmmo_member {
    const char *name;
    const char *doc; /* "" where the name says it all; see nmmo_field for braces */
};

/* The members of an enumeration in the order of their numbers, from 0 on. Static data. */
const struct nmmo_member *nmmo_members(enum nmmo_enumeration enumeration, size_t *count);
/* The name of one; NULL where there is none. */
const char *nmmo_name(enum nmmo_enumeration enumeration, int number);
/* What an enumeration is called: "ground", "biome" ...; NULL past the last. */
const char *nmmo_enumeration_name(int enumeration);

#endif
