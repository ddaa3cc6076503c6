/* nmmo: a massively multi-agent online world for reinforcement learning. The whole public contract of the engine;
 * nothing else in this folder is for callers.
 *
 * A world is made from a configuration, reset with a seed, and stepped with one action per player. Each step fills the
 * caller's arrays with a row of bytes, a reward and two end flags per player:
 *
 *     struct nmmo_config config;
 *     struct nmmo_error error;
 *     struct nmmo_layout layout;
 *     nmmo_config_preset("small", &config);
 *     nmmo_layout(&config, &layout);
 *     nmmo_world *world = nmmo_world_create(&config, &error);
 *     nmmo_world_bind(world, &(struct nmmo_outputs){observations, rewards, terminated, truncated, NULL});
 *     nmmo_world_reset(world, 7, &error);
 *     while (!nmmo_world_over(world)) {
 *         choose(observations, layout, actions);
 *         nmmo_world_step(world, actions, NULL, NULL, &error);
 *     }
 *     nmmo_world_destroy(world);
 *
 * The rules use integers only and draw randomness from a pure function, so that equal configuration, seed and actions
 * give equal worlds on every machine. Rewards are float32.
 *
 * There is no global state: two worlds never affect each other. A world is used by one thread at a time. Functions
 * that can fail take a struct nmmo_error (NULL where the reason is not wanted), return a status, and on failure leave
 * the world as it was. Pointers must be valid; everything else is checked.
 */
#ifndef NMMO_H
#define NMMO_H

#include <stddef.h>
#include <stdint.h>

#include "constants.h"
#include "content.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ----------------------------------------------------------------------------- */

enum nmmo_status {
    NMMO_OK = 0,
    NMMO_NO_MEMORY = 1,
    NMMO_BAD_CONFIG = 2,   /* a field out of its range, or fields that contradict one another */
    NMMO_BAD_ACTION = 3,   /* a number that is no action or no token */
    NMMO_BAD_SNAPSHOT = 4, /* foreign, damaged, or of another version */
    NMMO_BAD_EDIT = 5,     /* would break an invariant of the world */
    NMMO_BAD_MAP = 6,      /* unknown ground, too little room ... */
    NMMO_WORLD_OVER = 7    /* stepped after its end; it must be reset */
};

struct nmmo_error {
    int32_t status;    /* enum nmmo_status */
    char message[252]; /* names the value, what is wrong with it, and how to fix it */
};

/* ---- configuration ------------------------------------------------------------------------ */

/* when the next life of a slot begins */
enum nmmo_respawn {
    NMMO_RESPAWN_SAME_TICK = 0, /* in the tick in which the last one ended */
    NMMO_RESPAWN_NEXT_TICK = 1, /* in the tick after: one observation of a held slot between */
    NMMO_RESPAWN_ON_REQUEST = 2 /* by nmmo_world_respawn */
};

/* Fixed at creation. Ranges, defaults and meanings stand in the table of config.c. */
struct nmmo_config {
    int64_t map_seed; /* -1: the map follows the seed of each reset */
    int32_t n_maps;   /* above 1: the seed of each reset chooses among maps map_seed .. map_seed + n_maps - 1 */
    int32_t height;
    int32_t width;
    int32_t n_players;
    int32_t n_monsters;
    int32_t team_size;
    int32_t lives;
    int32_t respawn; /* enum nmmo_respawn */
    int32_t horizon;
    int32_t stagnation_ticks;
    int32_t view_row_radius;
    int32_t view_column_radius;
    int32_t ore_density; /* the five densities in the order of the node kinds */
    int32_t tree_density;
    int32_t crystal_density;
    int32_t herb_density;
    int32_t fish_density;
    int32_t node_regrow_ticks;
    int32_t monster_return_ticks;
    int32_t protection_ticks;
    int32_t pvp_min_danger;
    int32_t listing_ticks;
    int32_t vocabulary;
    int32_t survival;
    int32_t fog;
    int32_t fog_start;
    int32_t fog_period;
    int32_t fog_final;
    float w_combat;
    float w_harvest;
    float w_progress;
    float w_equipment;
    float w_gold;
    float w_explore;
    float w_death;
    int32_t reserved; /* 0 */
};

/* Fills config with a preset: "small", "medium", "large" (the default), "huge", "survival",
 * "battle". Returns NMMO_OK, or NMMO_BAD_CONFIG for an unknown name (config is untouched). */
int nmmo_config_preset(const char *name, struct nmmo_config *config);

/* NMMO_OK, or NMMO_BAD_CONFIG with a message that names field, value and range. */
int nmmo_config_check(const struct nmmo_config *config, struct nmmo_error *error);

/* ---- what a row of observation holds -------------------------------------------------------- */

/* A tile, as the world keeps it and as agents see it: one little-endian 64-bit word. */
struct nmmo_tile {
    uint8_t ground;   /* enum nmmo_ground * 4 + enum nmmo_biome */
    uint8_t object;   /* 0 none, an item type, a ripe node or a depleted node */
    uint8_t tier;     /* of the object (0 none), | danger << 4 */
    uint8_t occupant; /* enum nmmo_occupant, | spoken token << 3 */
    uint8_t level;    /* combat level of the occupant, | gear << 6 */
    uint8_t health;   /* 0-100 */
    uint8_t style;    /* style | element << 2 | in combat << 5 */
    uint8_t team;     /* 0 none */
};

/* one inventory slot; also how the world keeps it */
struct nmmo_item {
    uint8_t type;     /* enum nmmo_item_type; 0 with everything else 0: an empty slot */
    uint8_t tier;     /* 1-5 */
    uint8_t quantity; /* 1-99; 1 for what does not stack */
    uint8_t worn;     /* 0 or 1 */
};

/* one's own listings, as observed */
struct nmmo_own_listing {
    uint8_t type;
    uint8_t tier;
    uint8_t quantity;
    uint8_t price_step;   /* 1-16 */
    uint8_t ticks_left_8; /* ticks until it comes back, / 8 */
};

/* what a player knows of itself; also the hot part of its state */
struct nmmo_self {
    uint16_t row;
    uint16_t column;
    uint32_t gold;
    uint8_t health; /* 0-100, as are the next three */
    uint8_t stamina;
    uint8_t food; /* 100 unless survival is on */
    uint8_t water;
    uint8_t level[NMMO_SKILLS];    /* 1-40 */
    uint8_t progress[NMMO_SKILLS]; /* experience toward the next level, in 256ths */
    uint8_t combat_level;
    uint8_t harvest_level;
    uint8_t worn_type[NMMO_EQUIPMENT_SLOTS]; /* 0 where nothing is worn */
    uint8_t worn_tier[NMMO_EQUIPMENT_SLOTS];
    uint8_t style;                    /* of the weapon in hand; melee without one */
    uint8_t element;                  /* of the worn gem */
    uint8_t price_step;               /* asking price, 1-16 */
    uint8_t combat_ticks;             /* ticks of combat left; 0 out of combat */
    uint16_t protection_ticks;        /* ticks in which no player can attack it */
    uint16_t stagnation_left;         /* ticks until a life without gain ends; 0 where it never does */
    uint8_t team;                     /* 0 none */
    uint8_t danger;                   /* underfoot, 1-5 */
    uint8_t biome;                    /* underfoot */
    uint8_t monster_protection_ticks; /* ticks in which no monster turns to it */
    uint8_t fog_distance;             /* tiles to the fog, 0 inside it, 255 for that or more or no fog */
    uint8_t fog_damage;               /* per tick, where it stands, now */
    uint8_t lives_left;               /* this one included; 255 for that or more, or endless */
    uint8_t reserved;                 /* 0 */
    uint32_t age;                     /* ticks of this life */
};

/* byte offsets within a row; they depend on the view radii only */
struct nmmo_layout {
    uint32_t view_rows, view_columns;
    uint32_t tiles, self, inventory, listings, market, mask;
    uint32_t row_bytes; /* a multiple of 64; what follows the mask is 0 */
};

void nmmo_layout(const struct nmmo_config *config, struct nmmo_layout *layout);

/* ---- published tables -------------------------------------------------------------------------- */

/* Describes one field of a published struct, so that other languages need not repeat it. */
struct nmmo_field {
    const char *name;
    const char *doc; /* in braces a constant, {TIERS}, or the members of an enumeration, {ground} */
    uint32_t offset;
    char type;     /* B H I Q unsigned, b h i q signed, f float32, d float64, T a struct of `table` */
    uint8_t table; /* enum nmmo_table, for type T */
    uint16_t rows; /* array shape; 0 for none */
    uint16_t columns;
    double minimum, maximum, default_value; /* configuration only */
};

enum nmmo_table {
    NMMO_TABLE_CONFIG = 0,
    NMMO_TABLE_TILE = 1,
    NMMO_TABLE_SELF = 2,
    NMMO_TABLE_ITEM = 3,
    NMMO_TABLE_OWN_LISTING = 4,
    NMMO_TABLE_PLAYER = 5,
    NMMO_TABLE_MONSTER = 6,
    NMMO_TABLE_NODE = 7,
    NMMO_TABLE_GROUND_ITEM = 8,
    NMMO_TABLE_LISTING = 9,
    NMMO_TABLE_EVENT = 10,
    NMMO_TABLE_STATISTICS = 11,
    NMMO_TABLE_LIVES = 12,
    NMMO_TABLE_LIVING = 13,
    NMMO_TABLE_ITEM_CONTENT = 14, /* from here on static tables, which have rows: see content.h */
    NMMO_TABLE_YIELD = 15,        /* a part of a node's row */
    NMMO_TABLE_NODE_CONTENT = 16,
    NMMO_TABLE_MONSTER_CONTENT = 17,
    NMMO_TABLE_ELEMENT_CONTENT = 18,
    NMMO_TABLE_VERB_CONTENT = 19,
    NMMO_TABLE_GROUP_CONTENT = 20,
    NMMO_TABLES = 21
};

/* The fields of a table in order, their number and the size of a record. Static data. */
const struct nmmo_field *nmmo_table_fields(enum nmmo_table table, size_t *count, size_t *record_bytes);

/* The rows of a static table and their number; NULL and 0 for others. */
const void *nmmo_table_rows(enum nmmo_table table, size_t *count);

/* An entity: 0..n_players-1 a player's slot, n_players and up a monster, -1 nobody. */
typedef int32_t nmmo_entity;

struct nmmo_event {
    uint32_t tick;      /* the tick that was being played: 1 for the first step, 0 at a reset */
    nmmo_entity actor;  /* who did it, or who was affected */
    nmmo_entity target; /* to whom */
    int32_t amount;     /* see nmmo_table_fields(NMMO_TABLE_EVENT) */
    int32_t gold;
    uint16_t row;
    uint16_t column;
    uint8_t kind; /* enum nmmo_event_kind */
    uint8_t item; /* object number */
    uint8_t tier;
    uint8_t detail;
};

struct nmmo_player_record {
    struct nmmo_self self;
    struct nmmo_item inventory[NMMO_INVENTORY_SLOTS];
    uint16_t experience[NMMO_SKILLS]; /* toward the next level */
    uint8_t alive;                    /* 1 with a body */
    uint8_t score;                    /* of this life now: min(combat level, harvest level) */
    uint8_t best_score;               /* of any life since the reset */
    uint8_t token;                    /* last spoken */
    uint16_t attack;                  /* before style and element */
    uint16_t defence;
    uint32_t life;       /* lives begun since the reset */
    int64_t score_sum;   /* of score over all ticks lived since the reset */
    int64_t ticks_lived; /* since the reset */
    uint32_t born_tick;
    uint16_t birth_row;
    uint16_t birth_column;
    float life_return; /* rewards of this life so far */
    int32_t net_sales; /* gold from sales - gold spent, in this life */
};

struct nmmo_monster_record {
    uint16_t row, column;
    uint16_t home_row, home_column;
    nmmo_entity target; /* the player it is after, or -1 */
    uint8_t alive;
    uint8_t temper; /* enum nmmo_occupant: passive, neutral, hostile */
    uint8_t level, tier, health, style, element;
    uint8_t state; /* enumeration "monster_state" (content.h) */
    uint8_t combat_ticks;
    uint8_t reserved;
    uint16_t timer; /* dead: ticks until it returns; walking home: ticks so far */
};

struct nmmo_node_record {
    uint16_t row, column;
    uint8_t kind; /* NMMO_ORE .. NMMO_FISH */
    uint8_t tier;
    uint8_t ripe;
    uint8_t reserved;
    uint32_t regrows_at; /* tick; 0 when ripe */
};

struct nmmo_ground_item_record {
    uint16_t row, column;
    uint8_t type, tier, quantity;
    uint8_t ticks_left;
};

struct nmmo_listing_record {
    nmmo_entity seller;
    uint8_t type, tier, quantity, price_step;
    uint32_t expires_at; /* tick */
};

/* Sums over lives that have ended since the reset. */
struct nmmo_lives {
    int64_t lives;
    int64_t causes[NMMO_CAUSES]; /* by enum nmmo_cause; [0] stays 0 */
    int64_t age;                 /* ticks */
    int64_t score;
    int64_t combat_level;
    int64_t harvest_level;
    int64_t levels[NMMO_SKILLS];
    int64_t worn_tiers;
    int64_t gold;
    int64_t best_score; /* the highest of one life */
    double returns;     /* sum of rewards */
};

/* Sums over the lives going on now. */
struct nmmo_living {
    int64_t lives;
    int64_t age;
    int64_t score;
    int64_t combat_level;
    int64_t harvest_level;
    int64_t levels[NMMO_SKILLS];
    int64_t worn[NMMO_EQUIPMENT_SLOTS][NMMO_TIERS + 1]; /* players by tier worn; [0] nothing */
    int64_t gold;
    int64_t best_score;
    int64_t monsters; /* alive */
    int64_t listings;
    double returns;
};

/* What happened since the reset. */
struct nmmo_statistics {
    int64_t ticks;
    int64_t actions[NMMO_ACTIONS]; /* carried out */
    int64_t refused[NMMO_ACTIONS]; /* not possible at their turn: waits */
    int64_t births;
    int64_t hits_by_players;
    int64_t hits_by_monsters;
    int64_t damage_by_players;
    int64_t damage_by_monsters;
    int64_t monster_kills;
    int64_t player_kills;
    int64_t experience[NMMO_SKILLS];
    int64_t level_ups[NMMO_SKILLS];
    int64_t harvests[NMMO_PROFESSIONS][NMMO_TIERS];
    int64_t picked_up[NMMO_ITEM_TYPES]; /* pieces */
    int64_t dropped[NMMO_ITEM_TYPES];   /* pieces that reached the ground, loot included */
    int64_t equipped[NMMO_ITEM_TYPES][NMMO_TIERS];
    int64_t consumed[NMMO_ITEM_TYPES];             /* food eaten, ammunition spent */
    int64_t listed[NMMO_ITEM_TYPES];               /* pieces */
    int64_t sold[NMMO_ITEM_TYPES][NMMO_TIERS];     /* pieces */
    int64_t sales[NMMO_ITEM_TYPES][NMMO_TIERS];    /* purchases */
    int64_t turnover[NMMO_ITEM_TYPES][NMMO_TIERS]; /* gold */
    int64_t gold_made;                             /* by monster kills */
    int64_t gold_lost;                             /* by lives that ended with nobody to take it */
    struct nmmo_lives finished;
};

/* ---- a world -------------------------------------------------------------------------------------- */

typedef struct nmmo_world nmmo_world;
typedef struct nmmo_pool nmmo_pool;

/* Where a step writes. The caller owns the arrays, of n_players elements each; observations are n_players rows of
 * layout.row_bytes, 8-byte aligned (64-byte aligned ones are written faster). */
struct nmmo_outputs {
    uint8_t *observations;
    float *rewards;
    uint8_t *terminated; /* 0 or 1 */
    uint8_t *truncated;
    uint8_t *final_observations; /* NULL, or rows: the last one of a life, written only where one ended */
};

/* Bytes of the one allocation that a world of this configuration lives in, and of its state, which snapshots copy. */
size_t nmmo_world_bytes(const struct nmmo_config *config);
size_t nmmo_state_bytes(const struct nmmo_config *config);

/* Makes a world. It must be bound to arrays and then reset before anything else. Returns NULL on failure, with the
 * reason in error. */
nmmo_world *nmmo_world_create(const struct nmmo_config *config, struct nmmo_error *error);

/* Frees a world; NULL is fine. */
void nmmo_world_destroy(nmmo_world *world);

/* Sets the arrays that steps write, and clears the rows. The bytes behind the mask of a row are not written again and
 * must stay 0. */
void nmmo_world_bind(nmmo_world *world, const struct nmmo_outputs *outputs);

/* The configuration that the world was made with; the world's own memory. */
const struct nmmo_config *nmmo_world_config(const nmmo_world *world);

/* Begins an episode: map, monsters, players, first observations. The map is generated from config.map_seed (and
 * config.n_maps), or from seed where that is -1; the same map as before is reused. */
int nmmo_world_reset(nmmo_world *world, uint64_t seed, struct nmmo_error *error);

/* Likewise on a given map: height x width words, row by row, the low three bytes of a tile word (ground, object: 0 or
 * a ripe node, tier | danger << 4). With populate 0 nobody is born and no monster has a home: the edit functions place
 * them. */
int nmmo_world_reset_on_map(nmmo_world *world, uint64_t seed, const uint32_t *map, int populate,
                            struct nmmo_error *error);

/* Plays one tick. actions: n_players numbers below NMMO_ACTIONS; tokens: n_players numbers up to config.vocabulary, or
 * NULL for silence; both already checked (nmmo_load_actions). pool may be NULL; otherwise its threads share the
 * building of observations. Fails with NMMO_WORLD_OVER after the episode's end. */
int nmmo_world_step(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens, nmmo_pool *pool,
                    struct nmmo_error *error);

/* Plays the same tick without building observations: they stay as they were until nmmo_world_observe. For replays that
 * only seek a later tick. */
int nmmo_world_step_unseen(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens, struct nmmo_error *error);

/* Begins the next life of every waiting slot i with slots[i] != 0 that has a life left (config.respawn ON_REQUEST), and
 * rebuilds the observations. Returns how many began. */
uint32_t nmmo_world_respawn(nmmo_world *world, const uint8_t *slots);

/* Rebuilds every row from the state. */
void nmmo_world_observe(nmmo_world *world, nmmo_pool *pool);

uint32_t nmmo_world_tick(const nmmo_world *world);     /* ticks played since the reset */
uint64_t nmmo_world_seed(const nmmo_world *world);     /* of the reset */
uint64_t nmmo_world_map_seed(const nmmo_world *world); /* 0 on a given map */
int nmmo_world_over(const nmmo_world *world);          /* 1: no slot will ever have a body again; reset it */

/* The events of the last step (or reset), in the order in which they happened; valid until the next. */
const struct nmmo_event *nmmo_world_events(const nmmo_world *world, size_t *count);

/* What happened since the reset; valid as long as the world. */
const struct nmmo_statistics *nmmo_world_statistics(const nmmo_world *world);

/* Computes sums over the lives going on now. */
void nmmo_world_living(const nmmo_world *world, struct nmmo_living *living);

/* Entity tables. Each returns the number of records; with out NULL it only counts. */
size_t nmmo_world_players(const nmmo_world *world, struct nmmo_player_record *out);
size_t nmmo_world_monsters(const nmmo_world *world, struct nmmo_monster_record *out);
size_t nmmo_world_nodes(const nmmo_world *world, struct nmmo_node_record *out);
size_t nmmo_world_ground_items(const nmmo_world *world, struct nmmo_ground_item_record *out);
size_t nmmo_world_listings(const nmmo_world *world, struct nmmo_listing_record *out);

/* Copies the playable tiles: height x width words, row by row. */
void nmmo_world_tiles(const nmmo_world *world, uint64_t *out);

/* Copies the map alone, as nmmo_world_reset_on_map takes it: every node ripe, nobody, no items. */
void nmmo_world_map(const nmmo_world *world, uint32_t *out);

/* ---- snapshots and hashes --------------------------------------------------------------------------- */

/* Writes the whole state to out, of nmmo_snapshot_bytes bytes. */
size_t nmmo_snapshot_bytes(const nmmo_world *world);
void nmmo_world_snapshot(const nmmo_world *world, void *out);

/* Sets the world to a snapshot of the same configuration. The bytes need not be trusted: every index, count,
 * enumeration and agreement between tables is checked in a spare copy before the world changes. Observations are
 * rebuilt; rewards, flags and events are cleared. */
int nmmo_world_restore(nmmo_world *world, const void *snapshot, size_t bytes, struct nmmo_error *error);

/* Whether nmmo_world_restore would take the snapshot. Changes nothing. */
int nmmo_world_check_snapshot(nmmo_world *world, const void *snapshot, size_t bytes, struct nmmo_error *error);

/* Reads the configuration that a snapshot is of, so that a world can be made for it. */
int nmmo_snapshot_config(const void *snapshot, size_t bytes, struct nmmo_config *config, struct nmmo_error *error);

enum nmmo_section {
    NMMO_SECTION_CLOCK = 0,
    NMMO_SECTION_PLAYERS = 1,
    NMMO_SECTION_MONSTERS = 2,
    NMMO_SECTION_TILES = 3,
    NMMO_SECTION_MARKET = 4,
    NMMO_SECTIONS = 5
};
uint64_t nmmo_world_hash(const nmmo_world *world, enum nmmo_section section);

/* Computes a quick digest of each section, over what changes from tick to tick: two runs of a game that diverge show it
 * in the tick in which they do, but for rare exceptions that the hash finds. Equal on every machine. */
void nmmo_world_digests(const nmmo_world *world, uint64_t digests[NMMO_SECTIONS]);

/* The digests at the end of the last episode that an automatic reset (nmmo_worlds_step) followed; zeros before that. */
const uint64_t *nmmo_world_ended_digests(const nmmo_world *world);

/* ---- edits: for drawn worlds, tests, curricula --------------------------------------------------------- */

/* Each places or changes something from outside the game, checked so that the world stays one that play could have
 * left; NMMO_BAD_EDIT says why not. Observations are stale until nmmo_world_observe. */

int nmmo_edit_ground(nmmo_world *world, int row, int column, int ground, int biome, int danger,
                     struct nmmo_error *error);
/* object 0 clears the tile; an item needs tier and quantity; a node (ripe or depleted) a tier. */
int nmmo_edit_object(nmmo_world *world, int row, int column, int object, int tier, int quantity,
                     struct nmmo_error *error);
/* Begins a life there if the slot has none, else moves the body. */
int nmmo_edit_place_player(nmmo_world *world, int slot, int row, int column, struct nmmo_error *error);
int nmmo_edit_remove_player(nmmo_world *world, int slot, struct nmmo_error *error);
/* Puts a monster there, whole, idle, with its home there. */
int nmmo_edit_place_monster(nmmo_world *world, int monster, int row, int column, int temper, int level, int style,
                            int element, struct nmmo_error *error);
int nmmo_edit_remove_monster(nmmo_world *world, int monster, struct nmmo_error *error);
int nmmo_edit_monster_health(nmmo_world *world, int monster, int health, struct nmmo_error *error);
int nmmo_edit_give(nmmo_world *world, int slot, int type, int tier, int quantity, int worn, struct nmmo_error *error);
int nmmo_edit_clear_inventory(nmmo_world *world, int slot, struct nmmo_error *error);
int nmmo_edit_level(nmmo_world *world, int slot, int skill, int level, int experience, struct nmmo_error *error);

enum nmmo_vital {
    NMMO_VITAL_HEALTH = 0, /* 1-100 */
    NMMO_VITAL_STAMINA = 1,
    NMMO_VITAL_FOOD = 2,
    NMMO_VITAL_WATER = 3,
    NMMO_VITAL_GOLD = 4,       /* 0-1,000,000,000 */
    NMMO_VITAL_PRICE_STEP = 5, /* 1-16 */
    NMMO_VITAL_COMBAT_TICKS = 6,
    NMMO_VITAL_PROTECTION = 7,
    NMMO_VITAL_MONSTER_PROTECTION = 8,
    NMMO_VITALS = 9
};
int nmmo_edit_vital(nmmo_world *world, int slot, int vital, int value, struct nmmo_error *error);

/* ---- actions --------------------------------------------------------------------------------------------- */

/* types that nmmo_load_actions reads */
enum nmmo_integer {
    NMMO_INT8 = 0,
    NMMO_UINT8,
    NMMO_INT16,
    NMMO_UINT16,
    NMMO_INT32,
    NMMO_UINT32,
    NMMO_INT64,
    NMMO_UINT64
};

/* Reads n actions (with vocabulary > 0: n pairs of action and token) of any integer type, checks every number, and only
 * then fills actions and tokens (tokens may be NULL without vocabulary). NMMO_BAD_ACTION names the first bad number. */
int nmmo_load_actions(const void *data, enum nmmo_integer type, size_t n, int vocabulary, uint8_t *actions,
                      uint8_t *tokens, struct nmmo_error *error);

/* Draws one possible action for each row: first a group that has one, then an action of it, both uniformly. mask:
 * n rows of NMMO_ACTIONS bytes, stride bytes apart. A pure function of mask and seed. */
void nmmo_sample_actions(const uint8_t *mask, size_t stride, size_t n, uint64_t seed, int64_t *out);

/* ---- randomness, threads, many worlds ----------------------------------------------------------------------- */

/* The seed of world i of a batch, and of the next episode of a world. */
uint64_t nmmo_derive_seed(uint64_t seed, uint64_t index);

/* Starts a pool of persistent threads; the caller's is one of `threads`. Returns NULL when out of memory. After a fork
 * the child starts threads of its own at the first use. */
nmmo_pool *nmmo_pool_create(int threads);
void nmmo_pool_destroy(nmmo_pool *pool);
int nmmo_pool_threads(const nmmo_pool *pool);

/* Steps n worlds, shared out over the pool. actions and tokens are contiguous over the worlds. With seeds not NULL, a
 * world that is over after its tick is reset at once with seeds[i], which becomes the seed derived from it; its place
 * in `over` (which may be NULL) is 1. Its observations are then the new episode's; its rewards, flags and events stay
 * those of the last tick, and its statistics count on. A world that was last reset on a given map stays on it. Fails
 * with NMMO_WORLD_OVER, before any world has changed, where one of them is over already. */
int nmmo_worlds_step(nmmo_world *const *worlds, size_t n, const uint8_t *actions, const uint8_t *tokens,
                     nmmo_pool *pool, uint64_t *seeds, uint8_t *over, struct nmmo_error *error);
/* Resets n worlds, each with its seed. With map not NULL, all of them on that map, as nmmo_world_reset_on_map does. */
int nmmo_worlds_reset(nmmo_world *const *worlds, size_t n, const uint64_t *seeds, const uint32_t *map, nmmo_pool *pool,
                      struct nmmo_error *error);

uint32_t nmmo_rules_version(void);
const char *nmmo_source_hash(void); /* of the engine's sources, compiled in; "" when unknown */

#ifdef __cplusplus
}
#endif
#endif
