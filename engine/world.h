/* The state of a world, and the small functions every concept shares.
 *
 * All state lies in one block without pointers, the arena: a header and the arrays that
 * struct nmmo_world points to. Those pointers are the process's own and are set once, at
 * creation; the arena itself holds only numbers, so that a snapshot is a copy of it.
 * Behind it in the same allocation lie scratch and outputs that a snapshot does not need.
 *
 * Tiles are numbered row by row over the padded map: tile = (row + BORDER) * stride +
 * column + BORDER. Entities are numbered players first: 0..n_players-1, then monsters.
 */
#ifndef NMMO_WORLD_H
#define NMMO_WORLD_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nmmo.h"
#include "random.h"

/* The arena is read as it lies, by every build: little-endian, natural alignment. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "nmmo needs a little-endian machine"
#endif

#define NO_LISTING 0xFFFFFFFFu
#define PLANE_SLACK 16
#define CACHED_ROW_BYTES ((size_t)12 << 20) /* rows in all that the caches of a processor may hold */
#define MOST_ROW_BYTES 8192 /* of a row with the largest view */
#define NEVER 0xFFFFFFFFu /* a tick that does not come */

/* ---- tile words ------------------------------------------------------------------------------ */

enum { /* bit positions of a tile word, see struct nmmo_tile */
    TILE_OBJECT_SHIFT = 8,
    TILE_TIER_SHIFT = 16,
    TILE_DANGER_SHIFT = 20,
    TILE_OCCUPANT_SHIFT = 24,
    TILE_LEVEL_SHIFT = 32,
    TILE_HEALTH_SHIFT = 40,
    TILE_STYLE_SHIFT = 48,
    TILE_TEAM_SHIFT = 56
};
#define TILE_MAP_BITS 0x0000000000FFFFFFull  /* what belongs to the place */
#define TILE_BODY_BITS 0xFFFFFFFFFF000000ull /* what belongs to who stands there */
#define TILE_NOBODY_MASK 0x0000000007000000ull /* the occupant's kind */
#define TILE_COMBAT_BIT (1ull << (TILE_STYLE_SHIFT + 5))

static inline uint32_t tile_ground(uint64_t word) { return (uint32_t)(word >> 2) & 63u; }
static inline uint32_t tile_biome(uint64_t word) { return (uint32_t)word & 3u; }
static inline uint32_t tile_object(uint64_t word) { return (uint32_t)(word >> TILE_OBJECT_SHIFT) & 255u; }
static inline uint32_t tile_tier(uint64_t word) { return (uint32_t)(word >> TILE_TIER_SHIFT) & 15u; }
static inline uint32_t tile_danger(uint64_t word) { return (uint32_t)(word >> TILE_DANGER_SHIFT) & 15u; }
static inline uint32_t tile_health(uint64_t word) { return (uint32_t)(word >> TILE_HEALTH_SHIFT) & 255u; }
static inline int tile_walkable(uint64_t word) { return ((uint32_t)word & 255u) - 4u < 12u; }
static inline int tile_occupied(uint64_t word) { return (word & TILE_NOBODY_MASK) != 0; }
/* Walkable and not occupied, in one comparison: what a neighbouring tile holds cannot be predicted. The
 * occupant's kind lies above the ground's byte, so that anybody makes the number too large. */
static inline int tile_free(uint64_t word) { return ((uint32_t)word & ((uint32_t)TILE_NOBODY_MASK | 255u)) - 4u < 12u; }
static inline int tile_is_stone(uint64_t word) { return tile_ground(word) == NMMO_STONE; }

static inline int object_is_item(uint32_t object) { return object - 1u < NMMO_ITEM_TYPES; }
static inline int object_is_ripe(uint32_t object) { return object - NMMO_ORE < NMMO_PROFESSIONS; }
static inline int object_is_depleted(uint32_t object) {
    return object - (NMMO_ORE + NMMO_DEPLETED) < NMMO_PROFESSIONS;
}
static inline int item_stacks(uint32_t type) { return type >= NMMO_WHETSTONE; }

static inline uint32_t tier_of_level(uint32_t level) { return (level - 1) / NMMO_LEVELS_PER_TIER + 1; }

/* ---- entities ---------------------------------------------------------------------------------- */

enum life_state {
    LIFE_NONE = 0,   /* a slot without a body; its tile is 0 and its self is all zero but the price */
    LIFE_LIVING = 1,
    LIFE_FALLEN = 2  /* health 0: keeps its tile until the deaths phase */
};

enum waiting_state {
    WAITING_NOT = 0,
    WAITING_NOW = 1,  /* its next life may begin */
    WAITING_TICK = 2  /* it ended in this tick, and a tick must pass (NMMO_REBIRTH_NEXT_TICK) */
};

/* One player's slot. The first 64 bytes are the row's `self`, exactly as observed. */
struct player {
    struct nmmo_self self;
    struct nmmo_item inventory[NMMO_INVENTORY_SLOTS];
    uint32_t tile;           /* 0 without a body */
    uint8_t state;           /* enum life_state */
    uint8_t token;           /* spoken this tick */
    uint8_t cause;           /* enum nmmo_cause, once fallen */
    uint8_t gear;            /* 0-3, as on the tile */
    uint16_t attack;         /* before style and element; derived from levels and gear */
    uint16_t defence;
    uint8_t waiting;         /* enum waiting_state: whether the next life is due */
    uint8_t reward_due;      /* 1: something that is rewarded may have changed this tick */
    uint8_t listings;        /* how many of its four places are taken */
    uint8_t range;           /* of its weapon, tiles */
    uint16_t empty_slots;    /* bit i: inventory slot i ...; these five are derived */
    uint16_t loose_slots;    /* holds something that is not worn */
    uint16_t usable_slots;   /* can be used out of combat */
    uint16_t potion_slots;
    uint16_t sellable_slots; /* out of combat */
    uint16_t explored;       /* greatest Chebyshev distance from birth, tiles */
    uint8_t worn_slot[NMMO_EQUIPMENT_SLOTS]; /* inventory slot + 1; 0 nothing */
    uint8_t worn_tiers;      /* sum over the equipment */
    uint8_t best_score;      /* of any life since the reset */
    uint16_t experience[NMMO_SKILLS];
    uint32_t usable_types[NMMO_TIERS]; /* bit type - 1: may be worn or eaten at this tier; derived */
    uint32_t born_tick;
    uint32_t life;           /* lives begun since the reset; tells a reborn target from the old */
    uint16_t birth_row, birth_column;
    int32_t net_sales;       /* gold from sales - gold spent, this life */
    int32_t best_sales;      /* its record, never below 0 */
    uint8_t paid_combat;     /* what rewards have been paid for: combat level, harvest level ... */
    uint8_t paid_harvest;
    uint8_t paid_worn;
    uint8_t padding;
    uint32_t paid_progress;  /* 65536ths of a level, all skills */
    int32_t paid_sales;
    uint32_t paid_explored;  /* strides */
    float life_return;
    nmmo_entity killer;      /* once fallen; -1 nobody */
    uint32_t scored_age;     /* score_sum counts this life up to this age; the rest at the present score */
    int64_t score_sum;       /* of the score over all ticks lived since the reset */
    int64_t ticks_lived;     /* in lives that have ended since the reset */
    uint32_t stacked_types;  /* bit type - 1: it holds a stack of this; derived */
    uint8_t more_padding[4];
};
_Static_assert(offsetof(struct player, inventory) == 64, "self is a cache line");
_Static_assert(offsetof(struct player, tile) == 112, "layout");
_Static_assert(offsetof(struct player, empty_slots) == 128, "layout");
_Static_assert(offsetof(struct player, born_tick) == 184, "layout");
_Static_assert(sizeof(struct player) == 256, "four cache lines");

enum monster_state {
    MONSTER_ABSENT = 0,    /* not part of this world */
    MONSTER_DEAD = 1,      /* timer: ticks until it returns */
    MONSTER_IDLE = 2,
    MONSTER_CHASING = 3,   /* has a target */
    MONSTER_RETURNING = 4, /* timer: ticks it has walked; a target here is one hit to pay back */
    MONSTER_FALLEN = 5     /* health 0: keeps its tile until the deaths phase */
};

struct monster {
    uint32_t tile; /* 0 while dead or absent */
    uint16_t row, column;
    uint16_t home_row, home_column;
    nmmo_entity target;   /* a player, or -1 */
    uint32_t target_life; /* of that player: a reborn one is somebody else */
    uint16_t timer;
    uint8_t state;        /* enum monster_state */
    uint8_t health;
    uint8_t level;
    uint8_t tier;
    uint8_t temper;       /* enum nmmo_occupant */
    uint8_t style;
    uint8_t element;
    uint8_t combat_ticks;
    uint8_t padding[2];
};
_Static_assert(sizeof(struct monster) == 32, "two a cache line");

/* A listing sits in two queues: at its price in its book, and by age for expiry. */
struct listing {
    uint8_t type; /* 0: this place is free, everything else 0 */
    uint8_t tier;
    uint8_t quantity;
    uint8_t step;
    uint32_t expires_at;
    uint32_t cheaper_next, cheaper_previous; /* same book and step, older first; NO_LISTING ends */
    uint32_t younger, older;                 /* all listings by expiry */
};

struct queue { uint32_t first, last; };

struct market {
    struct queue queues[NMMO_BOOKS][NMMO_PRICE_STEPS]; /* book = (type - 1) * TIERS + tier - 1 */
    uint16_t steps[NMMO_BOOKS];    /* bit s - 1: there is a listing at step s */
    uint8_t board[2][NMMO_BOOKS];  /* as observed: cheapest step, step of the last sale */
    uint32_t oldest, youngest;
};

struct regrowth { uint32_t tile, tick; };

/* The arena's first bytes. */
struct header {
    char magic[8];
    uint32_t rules_version;
    uint32_t header_bytes;
    uint64_t state_bytes;
    struct nmmo_config config;
    uint64_t seed;
    uint64_t map_seed;
    uint32_t map_ready;    /* 1: the map of map_seed is in the tiles; 2: a given map */
    uint32_t ready;        /* 1 after the first reset */
    uint32_t tick;
    uint32_t stride;       /* tiles a padded row */
    uint32_t padded_tiles;
    uint32_t cell_columns; /* of the rest cells */
    uint32_t cells;
    uint32_t bodies;       /* living players */
    uint32_t walkable_start[NMMO_TIERS + 1]; /* walkable tiles of danger d: [d-1] .. [d] of walkable */
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t regrow_first; /* a ring of depleted nodes, in the order in which they regrow */
    uint32_t regrow_count;
    uint32_t waiting;      /* slots whose next life is due */
    int32_t fog_row_margin;    /* rows swallowed on each side; 0 without fog */
    int32_t fog_column_margin;
    uint32_t fog_reached;  /* 1: the fog moves */
    struct nmmo_statistics statistics;
};
_Static_assert(offsetof(struct nmmo_statistics, finished) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(sizeof(struct header) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(offsetof(struct header, config) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(offsetof(struct header, statistics) % 8 == 0, "8-byte members at 8-byte offsets");

struct nmmo_world {
    /* state: the arena, in this order */
    struct header *head;
    uint64_t *tiles;           /* padded_tiles */
    uint32_t *ids;             /* padded_tiles: entity + 1 */
    uint8_t *player_plane;     /* one bit a padded tile, and PLANE_SLACK bytes for word reads */
    uint8_t *monster_plane;
    uint8_t *item_plane;       /* an item lies there */
    uint8_t *item_quantity;    /* padded_tiles: of the item on the ground */
    uint8_t *item_vanishes;    /* padded_tiles: low byte of the tick at which it does */
    uint32_t *row_items;       /* height: earliest tick at which an item of the row may vanish; ~0 none */
    uint32_t *near_players;    /* cells: players in the 3 x 3 cells around */
    uint32_t *walkable;        /* height * width: walkable tiles sorted by danger */
    struct regrowth *regrow;   /* node_capacity */
    struct player *players;    /* n_players */
    struct monster *monsters;  /* n_monsters */
    struct listing *listings;  /* n_players * NMMO_LISTINGS */
    struct market *market;
    /* scratch and outputs: not part of a snapshot */
    uint32_t *order;           /* max(n_players, n_monsters) */
    uint64_t *wandering;       /* n_monsters / 8: a byte each, drawn every tick, see monsters.c */
    uint64_t *monster_marks;   /* likewise: what can be told of a monster without looking at it, see monsters.c */
    uint32_t *view_order;      /* n_players: the order in which rows are built, see observe.c */
    uint32_t *row_starts;      /* height + 1: for sorting it */
    uint32_t view_order_tick;  /* when it was last sorted; NEVER before */
    uint32_t *fallen;          /* entities whose health reached 0 this tick, in that order */
    uint32_t fallen_count;
    uint32_t returning_count;  /* monsters in order that return in this tick's births */
    uint8_t danger_full[NMMO_TIERS]; /* 1: no free tile was left in this series of births */
    uint32_t event_count;
    uint32_t event_capacity;
    struct nmmo_event *events;
    uint32_t buyable[NMMO_PRICE_STEPS + 1][NMMO_TIERS]; /* bit type - 1: on offer at or below the step */
    uint8_t affordable[NMMO_HIGHEST_PRICE + 1]; /* the highest price step that so much gold pays */
    uint8_t *sole_seller;      /* n_players: 1 for who alone offers something at its lowest price */
    struct nmmo_outputs out;
    struct nmmo_layout layout;
    int32_t stride;            /* copies of the header's, for the inner loops */
    uint32_t n_players;
    uint64_t ended_digests[NMMO_SECTIONS]; /* of the episode before the last automatic reset */
    int32_t stream_rows;       /* 1: the rows are written past the caches, see observe.c */
    int32_t wide_vectors;      /* 1: the processor has them, see observe.c */
    int32_t crowded;           /* 1: so many players a tile that targets are marked, see combat.c */
    uint8_t *marked_plane;     /* as the planes above: players whom others may attack, see combat.c */
    uint32_t *marked_tiles;    /* n_players: where these stand */
    uint32_t marked_count;
};

/* ---- places ---------------------------------------------------------------------------------------- */

static inline uint32_t tile_at(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return (row + NMMO_BORDER) * (uint32_t)world->stride + column + NMMO_BORDER;
}
static inline uint32_t tile_row(const struct nmmo_world *world, uint32_t tile) {
    return tile / (uint32_t)world->stride - NMMO_BORDER;
}
static inline uint32_t tile_column(const struct nmmo_world *world, uint32_t tile) {
    return tile % (uint32_t)world->stride - NMMO_BORDER;
}
static inline int distance(int row, int column, int other_row, int other_column) { /* Chebyshev */
    int rows = row > other_row ? row - other_row : other_row - row;
    int columns = column > other_column ? column - other_column : other_column - column;
    return rows > columns ? rows : columns;
}

/* Directions in the order of the actions: north, east, south, west. */
static inline int direction_rows(int direction) { return (direction == 2) - (direction == 0); }
static inline int direction_columns(int direction) { return (direction == 1) - (direction == 3); }

/* Rest cells, with one ring of them around the map. */
static inline uint32_t cell_at(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return ((row >> NMMO_CELL_SHIFT) + 1) * world->head->cell_columns + (column >> NMMO_CELL_SHIFT) + 1;
}
static inline int player_near(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return world->near_players[cell_at(world, row, column)] != 0;
}

/* Bits of a plane: 57 or more starting at a tile, the lowest first. */
static inline uint64_t plane_bits(const uint8_t *plane, uint32_t tile) {
    uint64_t word;
    memcpy(&word, plane + (tile >> 3), sizeof word);
    return word >> (tile & 7);
}
static inline void plane_set(uint8_t *plane, uint32_t tile) { plane[tile >> 3] |= (uint8_t)(1u << (tile & 7)); }
static inline void plane_clear(uint8_t *plane, uint32_t tile) { plane[tile >> 3] &= (uint8_t)~(1u << (tile & 7)); }
static inline int plane_get(const uint8_t *plane, uint32_t tile) { return plane[tile >> 3] >> (tile & 7) & 1; }

static inline void prefetch(const void *address) {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}
/* Likewise into the second cache only: for more than the first one holds. */
static inline void prefetch_beyond(const void *address) {
#if defined(__GNUC__)
    __builtin_prefetch(address, 0, 2);
#else
    (void)address;
#endif
}
static inline int lowest_bit(uint64_t bits) { /* of a word that is not 0 */
#if defined(__GNUC__)
    return __builtin_ctzll(bits);
#else
    int position = 0;
    while (!(bits & 1)) bits >>= 1, position++;
    return position;
#endif
}

static inline uint32_t player_score(const struct player *player) {
    return player->self.combat_level < player->self.harvest_level ? player->self.combat_level
                                                                  : player->self.harvest_level;
}

/* Sums that play could let run over, in time: they stay at their bounds, which a snapshot may not pass either. */
enum { MOST_GOLD = 1 << 30, MOST_LIVES = INT32_MAX, LAST_TICK = INT32_MAX };
static inline void add_gold(struct player *player, uint32_t gold) {
    player->self.gold = gold < MOST_GOLD - player->self.gold ? player->self.gold + gold : MOST_GOLD;
}
static inline int32_t sum_of_sales(int32_t sales, int32_t gold) {
    int64_t sum = (int64_t)sales + gold;
    return sum > MOST_GOLD ? MOST_GOLD : sum < -MOST_GOLD ? -MOST_GOLD : (int32_t)sum;
}
static inline int at_horizon(const struct header *head) { /* an endless world ends where its ticks do */
    return head->tick >= (head->config.horizon ? (uint32_t)head->config.horizon : (uint32_t)LAST_TICK);
}
static inline int is_player(const struct nmmo_world *world, nmmo_entity entity) {
    return (uint32_t)entity < world->n_players;
}
static inline struct monster *monster_of(const struct nmmo_world *world, nmmo_entity entity) {
    return &world->monsters[(uint32_t)entity - world->n_players];
}


/* ---- what each concept offers to the others ------------------------------------------------------------ */

/* errors.c: fills error (which may be NULL) by a printf format and returns the status. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int fail(struct nmmo_error *error, int status, const char *format, ...);

/* large_pages.c: asks for large pages under a block that has not been touched yet; a request, no more. */
void prefer_large_pages(void *block, size_t bytes);

/* terrain.c */
/* Fills the low three bytes of every playable tile from the seed: ground, biome, danger, ripe
 * nodes with their tiers. Uses world->walkable, world->ids as scratch. */
void terrain_generate(struct nmmo_world *world, uint64_t map_seed);
/* map.c: everything that follows from the low three bytes: the list of walkable tiles by danger,
 * the number of nodes. */
void map_index(struct nmmo_world *world);
int map_load(struct nmmo_world *world, const uint32_t *map, int populate, struct nmmo_error *error);
void map_clear_dynamic(struct nmmo_world *world); /* nobody anywhere, no items, all nodes ripe */

/* nodes and ground items: ground.c */
void ground_index_items(struct nmmo_world *world); /* row_items, from the items that lie there */
void node_forget(struct nmmo_world *world, uint32_t tile); /* takes a depleted node out of the ring */
void upkeep_nodes(struct nmmo_world *world);
void upkeep_ground_items(struct nmmo_world *world);
void node_deplete(struct nmmo_world *world, uint32_t tile);
/* Lays pieces on the tile or the nearest free one of nine, and reports the drop. 0: no room. */
int ground_drop(struct nmmo_world *world, uint32_t tile, nmmo_entity who, uint32_t type, uint32_t tier,
                uint32_t quantity);
void ground_put_item(struct nmmo_world *world, uint32_t tile, uint32_t type, uint32_t tier, uint32_t quantity);
void ground_clear_item(struct nmmo_world *world, uint32_t tile);
int ground_has_room(const struct nmmo_world *world, uint32_t tile);

/* players.c */
void players_act(struct nmmo_world *world, const uint8_t *actions, const uint8_t *tokens);
int player_act(struct nmmo_world *world, uint32_t index, uint32_t action); /* 1: the world changed */
void player_refresh(struct player *player); /* what follows from levels and equipment */
uint64_t player_body(const struct player *player); /* its part of a tile word */
void player_show(struct nmmo_world *world, uint32_t index); /* writes the body into its tile word */
void player_gain(struct nmmo_world *world, uint32_t index, uint32_t skill, uint32_t amount, uint32_t tier);
void player_settle_score(struct player *player); /* before the score changes: brings score_sum up to date */
void near_players_add(struct nmmo_world *world, uint32_t row, uint32_t column, int change);
void order_shuffle(uint32_t *order, uint32_t count, uint64_t key); /* Fisher-Yates in place */

/* lives.c: bodies, ends, beginnings */
void bodies_update(struct nmmo_world *world);
void lives_end(struct nmmo_world *world);
void lives_begin(struct nmmo_world *world);
void player_birth(struct nmmo_world *world, uint32_t index, uint32_t tile);
void player_clear_derived(struct player *player); /* what items and levels imply, for a slot without a body */
void player_vacate(struct nmmo_world *world, uint32_t index); /* takes the body out of the world */
void births_prepare(struct nmmo_world *world); /* before a series of find_birth_tile */
int find_birth_tile(struct nmmo_world *world, uint32_t index, uint32_t *tile);
void player_fall(struct nmmo_world *world, uint32_t index, int cause, nmmo_entity killer);
void fog_advance(struct nmmo_world *world);
void feel_fog(const struct nmmo_world *world, struct nmmo_self *self); /* fog_distance, fog_damage */

/* monsters.c */
void monsters_act(struct nmmo_world *world);
void monsters_populate(struct nmmo_world *world);
void monsters_timers(struct nmmo_world *world);
void monsters_return(struct nmmo_world *world);
uint64_t monster_body(const struct monster *monster);
void monster_show(struct nmmo_world *world, uint32_t index);
void monster_appear(struct nmmo_world *world, uint32_t index, uint32_t tile);
void monster_die(struct nmmo_world *world, uint32_t index);
void monster_mark(struct nmmo_world *world, uint32_t index); /* after any change of its state or combat_ticks */
void monsters_mark(struct nmmo_world *world);                /* all of them */

/* combat.c */
enum target_kind { TARGET_MONSTER, TARGET_PLAYER };
/* The player's best legal target, or -1. */
nmmo_entity combat_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind);
/* Whether there is one, among those whose tiles are marked in a plane. */
int combat_has_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind, const uint8_t *plane);
/* For rows, of a player where players may be attacked: in a crowd the targets must have been marked, except for the
 * rows of ending lives, among those who fell in this tick. */
int combat_player_in_reach(const struct nmmo_world *world, uint32_t index, int among_fallen);
int combat_is_crowded(const struct nmmo_config *config);
void combat_mark_targets(struct nmmo_world *world); /* marked_plane, for the masks of this tick; where it is crowded */
int line_of_sight(const struct nmmo_world *world, uint32_t from, uint32_t to, int rows, int columns);
void player_attack(struct nmmo_world *world, uint32_t index, nmmo_entity target);
void monster_attack(struct nmmo_world *world, uint32_t monster, uint32_t player);

/* harvest.c */
int harvest_enter(struct nmmo_world *world, uint32_t index, uint32_t tile); /* 1: harvested */

/* items.c */
uint32_t item_room(const struct player *player, uint32_t type, uint32_t tier, uint32_t wanted);
uint32_t item_add(struct player *player, uint32_t type, uint32_t tier, uint32_t quantity); /* pieces that fitted */
void item_take(struct player *player, uint32_t slot, uint32_t quantity);
void inventory_refresh(struct nmmo_world *world, uint32_t index); /* equipment, player_refresh, slot masks */
void inventory_refresh_carried(struct nmmo_world *world, uint32_t index); /* only these, where equipment is as it was */
int item_pick_up(struct nmmo_world *world, uint32_t index, uint32_t tile);
int item_use(struct nmmo_world *world, uint32_t index, uint32_t slot);
int item_drop(struct nmmo_world *world, uint32_t index, uint32_t slot);
void item_spend_ammunition(struct nmmo_world *world, uint32_t index);
int equipment_slot_of(uint32_t type); /* -1 for food */
void items_refresh_usable(struct player *player); /* usable_types from the levels */

/* market.c */
void market_fill_affordable(struct nmmo_world *world); /* once, when the world is made */
void market_clear(struct nmmo_world *world);
void market_upkeep(struct nmmo_world *world);
void market_refresh_offers(struct nmmo_world *world); /* world->buyable, for the masks of this tick */
int market_sell(struct nmmo_world *world, uint32_t index, uint32_t slot);
int market_buy(struct nmmo_world *world, uint32_t index, uint32_t type);
uint32_t market_buyable_closely(const struct nmmo_world *world, uint32_t index); /* see market_buyable */
uint32_t market_sellable(const struct nmmo_world *world, uint32_t index); /* bit slot */
int market_change_price(struct nmmo_world *world, uint32_t index, int change);
void market_remove_listings(struct nmmo_world *world, uint32_t index); /* they are lost */
int price_of_step(uint32_t step);

/* observe.c */
/* The last row of an ending life, while the fallen still lie where they fell. */
void observe_row(struct nmmo_world *world, uint32_t index, uint8_t *row);
int observe_suits_wide_vectors(const struct nmmo_layout *layout); /* rows of that layout, this processor */

/* rewards.c */
void rewards_update(struct nmmo_world *world);
void rewards_end(struct nmmo_world *world, uint32_t index); /* the last reward of an ending life */
uint32_t progress_of(const struct player *player);

/* events.c */
struct nmmo_event *event_add(struct nmmo_world *world, int kind, nmmo_entity actor, nmmo_entity target,
                             uint32_t row, uint32_t column);

/* statistics.c */
void statistics_end_life(struct nmmo_world *world, uint32_t index);

/* pool.c: runs task(context, i) for i in 0..n-1 on the threads of pool (NULL: in order, here). */
void pool_run(nmmo_pool *pool, void (*task)(void *context, size_t i), void *context, size_t n);

/* world.c */
/* Points the world's arrays into an arena made for config; returns the arena's bytes. With
 * arena NULL it only counts. */
size_t world_lay_out(struct nmmo_world *world, uint8_t *arena, const struct nmmo_config *config);

/* ---- what can be bought: for the masks ----------------------------------------------------------------- */

/* The highest step that the player's asking price and gold allow. */
static inline uint32_t market_highest_step(const struct nmmo_world *world, const struct player *player) {
    uint32_t gold = player->self.gold < NMMO_HIGHEST_PRICE ? player->self.gold : NMMO_HIGHEST_PRICE;
    uint32_t affordable = world->affordable[gold];
    return affordable < player->self.price_step ? affordable : player->self.price_step;
}

static inline uint32_t market_offered_to(const struct player *player, const uint32_t offers[NMMO_TIERS]) {
    const uint32_t *usable = player->usable_types;
    return (offers[0] & usable[0]) | (offers[1] & usable[1]) | (offers[2] & usable[2]) | (offers[3] & usable[3]) |
           (offers[4] & usable[4]);
}
_Static_assert(NMMO_TIERS == 5, "written out above");

/* Bit type - 1: the player can buy it. Its own listings and a full inventory call for a closer look. */
static inline uint32_t market_buyable(const struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    if (world->sole_seller[index] || !player->empty_slots) return market_buyable_closely(world, index);
    return market_offered_to(player, world->buyable[market_highest_step(world, player)]);
}

/* ---- bodies on tiles: the word, the id, the plane ------------------------------------------------------- */

static inline uint8_t *plane_of(const struct nmmo_world *world, nmmo_entity entity) {
    return is_player(world, entity) ? world->player_plane : world->monster_plane;
}
static inline void body_place(struct nmmo_world *world, nmmo_entity entity, uint32_t tile, uint64_t body) {
    world->tiles[tile] = (world->tiles[tile] & TILE_MAP_BITS) | body;
    world->ids[tile] = (uint32_t)entity + 1;
    plane_set(plane_of(world, entity), tile);
}
static inline void body_remove(struct nmmo_world *world, nmmo_entity entity, uint32_t tile) {
    world->tiles[tile] &= TILE_MAP_BITS;
    world->ids[tile] = 0;
    plane_clear(plane_of(world, entity), tile);
}
static inline void body_move(struct nmmo_world *world, nmmo_entity entity, uint32_t from, uint32_t to) {
    uint64_t body = world->tiles[from] & TILE_BODY_BITS;
    body_remove(world, entity, from);
    body_place(world, entity, to, body);
}

#endif
