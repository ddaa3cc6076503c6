/* The state of a world: the arena, the structs that lie in it, and the handle that finds them.
 *
 * A world is one allocation. Its parts in order, each beginning on a cache line, with their bytes in a world of the
 * preset "large" (512 x 512 tiles, 544 x 544 with the border; 1,024 players, 2,048 monsters):
 *
 *   +---------------------------+
 *   | struct nmmo_world         |     1,408  the handle: pointers to all that follows, of this process alone
 *   +===========================+ <-- the arena begins: only numbers, so that a snapshot is a copy of it
 *   | header                    |     5,832  configuration, seeds, tick, counts, statistics
 *   +---------------------------+
 *   | tiles                     | 2,367,488  a word per padded tile, as agents see it: tile.h
 *   | ids                       | 1,183,744  who stands there: entity + 1
 *   | player_plane              |    37,008  one bit per padded tile: planes.h
 *   | monster_plane             |    37,008
 *   | item_plane                |    37,008
 *   | item_quantity             |   295,936  of the item on the ground
 *   | item_vanishes             |   295,936  when it does
 *   +---------------------------+
 *   | row_vanish_ticks                 |     2,048  by row: when the next item vanishes
 *   | near_players              |     4,624  by rest cell: whether monsters have anybody to turn to
 *   | walkable                  | 1,048,576  the walkable tiles, by danger: where lives begin
 *   | regrow                    |   139,264  a ring of depleted nodes
 *   +---------------------------+
 *   | players                   |   262,144  256 bytes each, the first 64 exactly as observed
 *   | monsters                  |    65,536  32 bytes each
 *   | listings                  |    98,304  four per player
 *   | market                    |    13,208  queues of listings by item, tier and price
 *   +===========================+ <-- the arena ends after 5,893,952 bytes
 *   | scratch                   |   990,464  orders, flags, events: made again in a tick, or from the arena
 *   +---------------------------+
 *
 * What a step writes for the caller (observations, rewards, flags) lies in the caller's own arrays. Entities are
 * numbered players first: 0..n_players-1, then monsters. */
#ifndef NMMO_STATE_H
#define NMMO_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "nmmo.h"

/* The arena is read as it lies, by every build: little-endian, natural alignment. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "nmmo needs a little-endian machine"
#endif

#define NO_LISTING 0xFFFFFFFFu
#define NEVER 0xFFFFFFFFu /* a tick that does not come */
#define CACHE_LINE 64

/* Sums that could overflow in a very long game stay at these bounds, which a snapshot may not pass either. */
enum { MAX_GOLD = 1 << 30, MAX_LIVES = INT32_MAX, MAX_TICK = INT32_MAX };

/* ---- players -------------------------------------------------------------------------------------- */

enum life_state {
    LIFE_NONE = 0, /* a slot without a body; its tile is 0 and its self is all zero but the price */
    LIFE_LIVING = 1,
    LIFE_FALLEN = 2 /* health 0: keeps its tile until the deaths phase */
};

enum waiting_state {
    WAITING_NOT = 0,
    WAITING_NOW = 1, /* its next life may begin */
    WAITING_TICK = 2 /* it ended in this tick, and a tick must pass (NMMO_RESPAWN_NEXT_TICK) */
};

/* One player's slot. The first 64 bytes are the row's `self`, exactly as observed. */
struct player {
    struct nmmo_self self;
    struct nmmo_item inventory[NMMO_INVENTORY_SLOTS];
    uint32_t tile;   /* 0 without a body */
    uint8_t state;   /* enum life_state */
    uint8_t token;   /* spoken this tick */
    uint8_t cause;   /* enum nmmo_cause, once fallen */
    uint8_t gear;    /* 0-3, as on the tile */
    uint16_t attack; /* before style and element; derived from levels and gear */
    uint16_t defence;
    uint8_t waiting;       /* enum waiting_state: whether the next life is due */
    uint8_t reward_due;    /* 1: something that is rewarded may have changed this tick */
    uint8_t listings;      /* how many of its four places are taken */
    uint8_t range;         /* of its weapon, tiles */
    uint16_t empty_slots;  /* bit i: inventory slot i ...; these five are derived */
    uint16_t unworn_slots; /* holds something that is not worn */
    uint16_t usable_slots; /* can be used out of combat */
    uint16_t potion_slots;
    uint16_t sellable_slots;                 /* out of combat */
    uint16_t explored;                       /* greatest Chebyshev distance from birth, tiles */
    uint8_t worn_slot[NMMO_EQUIPMENT_SLOTS]; /* inventory slot + 1; 0 nothing */
    uint8_t worn_tiers;                      /* sum over the equipment */
    uint8_t best_score;                      /* of any life since the reset */
    uint16_t experience[NMMO_SKILLS];
    uint32_t usable_types[NMMO_TIERS]; /* bit type - 1: may be worn or eaten at this tier; derived */
    uint32_t born_tick;
    uint32_t life; /* lives begun since the reset; tells a respawned target from the old */
    uint16_t birth_row, birth_column;
    int32_t net_sales;   /* gold from sales - gold spent, this life */
    int32_t best_sales;  /* its record, never below 0 */
    uint8_t paid_combat; /* what rewards have been paid for: combat level, harvest level ... */
    uint8_t paid_harvest;
    uint8_t paid_worn;
    uint8_t padding;
    uint32_t paid_progress; /* 65536ths of a level, all skills */
    int32_t paid_sales;
    uint32_t paid_explored; /* strides */
    float life_return;
    nmmo_entity killer;     /* once fallen; -1 nobody */
    uint32_t scored_age;    /* score_sum counts this life up to this age; the rest at the present score */
    int64_t score_sum;      /* of the score over all ticks lived since the reset */
    int64_t ticks_lived;    /* in lives that have ended since the reset */
    uint32_t stacked_types; /* bit type - 1: it holds a stack of this; derived */
    uint8_t more_padding[4];
};
_Static_assert(offsetof(struct player, inventory) == 64, "self is a cache line");
_Static_assert(offsetof(struct player, tile) == 112, "layout");
_Static_assert(offsetof(struct player, empty_slots) == 128, "layout");
_Static_assert(offsetof(struct player, born_tick) == 184, "layout");
_Static_assert(sizeof(struct player) == 256, "four cache lines");

/* ---- monsters -------------------------------------------------------------------------------- */

enum monster_state {
#define MONSTER_STATE(NAME, name, meaning) MONSTER_##NAME,
#include "content.def"
};
/* Dead: the timer holds the ticks until it returns. Returning: those it has walked, and a target is one hit to pay
 * back. Fallen: health 0. */

struct monster {
    uint32_t tile; /* 0 while dead or absent */
    uint16_t row, column;
    uint16_t home_row, home_column;
    nmmo_entity target;   /* a player, or -1 */
    uint32_t target_life; /* of that player: a respawned one is somebody else */
    uint16_t timer;
    uint8_t state; /* enum monster_state */
    uint8_t health;
    uint8_t level;
    uint8_t tier;
    uint8_t temper; /* enum nmmo_occupant */
    uint8_t style;
    uint8_t element;
    uint8_t combat_ticks;
    uint8_t padding[2];
};
_Static_assert(sizeof(struct monster) == 32, "two per cache line");

/* ---- the market -------------------------------------------------------------------------------- */

/* A listing sits in two queues: at its price in its book, and by age for expiry. */
struct listing {
    uint8_t type; /* 0: this place is free, everything else 0 */
    uint8_t tier;
    uint8_t quantity;
    uint8_t step;
    uint32_t expires_at;
    uint32_t queue_next, queue_previous; /* same book and step, older first; NO_LISTING ends */
    uint32_t younger, older;             /* all listings by expiry */
};

struct queue {
    uint32_t first, last; /* listings; NO_LISTING in an empty one */
};

struct market {
    struct queue queues[NMMO_BOOKS][NMMO_PRICE_STEPS]; /* book = (type - 1) * TIERS + tier - 1 */
    uint16_t steps[NMMO_BOOKS];                        /* bit s - 1: there is a listing at step s */
    uint8_t board[2][NMMO_BOOKS];                      /* as observed: cheapest step, step of the last sale */
    uint32_t oldest, youngest;
};

/* ---- the map, and the header -------------------------------------------------------------------------------- */

/* A depleted node, and the tick at which it is ripe again. */
struct regrowth {
    uint32_t tile, tick;
};

enum map_source {
    MAP_UNKNOWN = 0,   /* none yet, or one that may differ from its seed's: a reset generates it */
    MAP_GENERATED = 1, /* the tiles have the map of map_seed */
    MAP_GIVEN = 2      /* the tiles have a caller's map: nmmo_world_reset_on_map */
};

/* The arena's first bytes. */
struct header {
    char magic[8];
    uint32_t rules_version;
    uint32_t header_bytes;
    uint64_t state_bytes;
    struct nmmo_config config;
    uint64_t seed;
    uint64_t map_seed;
    uint32_t map_source; /* enum map_source */
    uint32_t ready;      /* 1 after the first reset */
    uint32_t tick;
    uint32_t stride; /* tiles per padded row */
    uint32_t padded_tiles;
    uint32_t cell_columns; /* of the rest cells */
    uint32_t cells;
    uint32_t bodies;                         /* living players */
    uint32_t walkable_start[NMMO_TIERS + 1]; /* walkable tiles of danger d: [d-1] .. [d] of walkable */
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t regrow_first; /* a ring of depleted nodes, in the order in which they regrow */
    uint32_t regrow_count;
    uint32_t waiting;       /* slots whose next life is due */
    int32_t fog_row_margin; /* rows in the fog on each side; 0 without fog */
    int32_t fog_column_margin;
    uint32_t fog_reached; /* 1: the fog moves */
    struct nmmo_statistics statistics;
};
_Static_assert(offsetof(struct nmmo_statistics, finished) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(sizeof(struct header) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(offsetof(struct header, config) % 8 == 0, "8-byte members at 8-byte offsets");
_Static_assert(offsetof(struct header, statistics) % 8 == 0, "8-byte members at 8-byte offsets");

/* The handle. Sizes of the arrays stand beside them. */
struct nmmo_world {
    /* the arena, in this order */
    struct header *head;
    uint64_t *tiles;            /* padded_tiles: tile words */
    uint32_t *ids;              /* padded_tiles: entity + 1 of the body that stands there; 0 none */
    uint8_t *player_plane;      /* planes: a player stands there */
    uint8_t *monster_plane;     /* a monster stands there */
    uint8_t *item_plane;        /* an item lies there */
    uint8_t *item_quantity;     /* padded_tiles: of the item on the ground */
    uint8_t *item_vanishes;     /* padded_tiles: low byte of the tick at which it does */
    uint32_t *row_vanish_ticks; /* height: the earliest tick at which an item of the row may vanish; NEVER none */
    uint32_t *near_players;     /* cells: players in the 3 x 3 cells around */
    uint32_t *walkable;         /* height * width: walkable tiles sorted by danger */
    struct regrowth *regrow;    /* node_capacity */
    struct player *players;     /* n_players */
    struct monster *monsters;   /* n_monsters */
    struct listing *listings;   /* n_players * NMMO_LISTINGS */
    struct market *market;

    /* scratch: of a tick, or derived from the arena */
    uint32_t *turn_order;            /* max(n_players, n_monsters): who acts when; then the monsters that return */
    uint32_t returning_count;        /* how many those are */
    uint32_t *fallen;                /* n_players + n_monsters: whose life ends in this tick, in the order of events */
    uint32_t fallen_count;           /* how many those are */
    uint8_t danger_full[NMMO_TIERS]; /* 1: no free tile was left in this series of births */
    uint64_t *wandering;             /* n_monsters / 8: a byte each, drawn every tick: monsters.c */
    uint64_t *monster_flags;         /* likewise: what is known of a monster without looking at it: monsters.c */
    uint8_t *attackable_plane;       /* a plane: players whom others may attack, in a crowded world: combat.c */
    uint32_t *attackable_tiles;      /* n_players: where these stand */
    uint32_t attackable_count;       /* how many these are */
    uint32_t buyable[NMMO_PRICE_STEPS + 1][NMMO_TIERS]; /* bit type - 1: on offer at or below the step */
    uint8_t affordable[NMMO_HIGHEST_PRICE + 1];         /* the highest price step that so much gold pays */
    uint8_t *sole_seller;     /* n_players: 1: it alone offers something at its lowest price */
    uint32_t *view_order;     /* n_players: the order in which rows are built: observe.c */
    uint32_t *row_starts;     /* height + 1: for sorting it */
    uint32_t view_order_tick; /* when it was last sorted; NEVER before */

    /* outputs */
    struct nmmo_event *events; /* event_capacity: of this tick */
    uint32_t event_count;
    uint32_t event_capacity;
    struct nmmo_outputs out;               /* the caller's arrays */
    struct nmmo_layout layout;             /* of a row of observations */
    uint64_t ended_digests[NMMO_SECTIONS]; /* of the episode before the last automatic reset */

    /* what is settled when the world is made */
    int32_t stride;       /* copies of the header's, for the inner loops */
    uint32_t n_players;   /* likewise */
    int32_t crowded;      /* 1: players stand so densely that attackable ones are marked: combat.c */
    int32_t wide_vectors; /* 1: the processor has them: observe.c */
    int32_t stream_rows;  /* 1: rows are written past the caches: observe.c */
};

/* ---- laying it out: state.c ---------------------------------------------------------------------------- */

/* Points the handle's arrays into an arena made for config, and returns the arena's bytes. With arena NULL it only
 * counts. */
size_t state_lay_out(struct nmmo_world *world, uint8_t *arena, const struct nmmo_config *config);

/* Likewise for the scratch behind it, which begins `used` bytes into the block; returns the bytes of both. */
size_t scratch_lay_out(struct nmmo_world *world, uint8_t *block, const struct nmmo_config *config, size_t used);

/* Fills the header of an arena of zeros: what it is, for which configuration, and the sizes that follow from that. */
void header_fill(struct header *head, const struct nmmo_config *config);

/* ---- entities: players first, 0..n_players-1, then monsters --------------------------------------------- */

static inline int is_player(const struct nmmo_world *world, nmmo_entity entity) {
    return (uint32_t)entity < world->n_players;
}
static inline struct monster *monster_of(const struct nmmo_world *world, nmmo_entity entity) {
    return &world->monsters[(uint32_t)entity - world->n_players];
}

#endif
