/* A world: how it is made, reset and stepped. */
#include <stdlib.h>

#include "world.h"

#define ALIGNMENT 64 /* a cache line */

static const char arena_magic[8] = "NMMOWRLD";

static size_t aligned(size_t bytes) { return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static uint32_t sum_of_densities(const struct nmmo_config *config) {
    return (uint32_t)(config->ore_density + config->tree_density + config->crystal_density + config->herb_density +
                      config->fish_density);
}

/* Generated maps keep to the densities; a drawn or painted one may have a node on every tile of a small map. */
static size_t node_capacity(const struct nmmo_config *config) {
    size_t playable = (size_t)config->height * (size_t)config->width;
    size_t generated = playable * sum_of_densities(config) / 1024 + NMMO_PROFESSIONS;
    size_t drawn = playable / 16 + 1024;
    size_t capacity = generated > drawn ? generated : drawn;
    return capacity < playable ? capacity : playable;
}

static uint32_t stride_of(const struct nmmo_config *config) { return (uint32_t)config->width + 2 * NMMO_BORDER; }
static uint32_t padded_tiles_of(const struct nmmo_config *config) {
    return stride_of(config) * ((uint32_t)config->height + 2 * NMMO_BORDER);
}
static uint32_t cell_columns_of(const struct nmmo_config *config) {
    return (((uint32_t)config->width - 1) >> NMMO_CELL_SHIFT) + 3; /* one ring of cells around */
}
static uint32_t cells_of(const struct nmmo_config *config) {
    return cell_columns_of(config) * ((((uint32_t)config->height - 1) >> NMMO_CELL_SHIFT) + 3);
}

static void *take(uint8_t *arena, size_t *used, size_t count, size_t size) {
    void *place = arena ? arena + *used : NULL;
    *used = aligned(*used + count * size);
    return place;
}

size_t world_lay_out(struct nmmo_world *world, uint8_t *arena, const struct nmmo_config *config) {
    size_t padded = padded_tiles_of(config);
    size_t plane = padded / 8 + PLANE_SLACK;
    size_t playable = (size_t)config->height * (size_t)config->width;
    size_t players = (size_t)config->n_players;
    size_t used = 0;
    world->head = take(arena, &used, 1, sizeof(struct header));
    world->tiles = take(arena, &used, padded, sizeof(uint64_t));
    world->ids = take(arena, &used, padded, sizeof(uint32_t));
    world->player_plane = take(arena, &used, plane, 1);
    world->monster_plane = take(arena, &used, plane, 1);
    world->item_plane = take(arena, &used, plane, 1);
    world->item_quantity = take(arena, &used, padded, 1);
    world->item_vanishes = take(arena, &used, padded, 1);
    world->row_items = take(arena, &used, (size_t)config->height, sizeof(uint32_t));
    world->near_players = take(arena, &used, cells_of(config), sizeof(uint32_t));
    world->walkable = take(arena, &used, playable, sizeof(uint32_t));
    world->regrow = take(arena, &used, node_capacity(config), sizeof(struct regrowth));
    world->players = take(arena, &used, players, sizeof(struct player));
    world->monsters = take(arena, &used, (size_t)config->n_monsters, sizeof(struct monster));
    world->listings = take(arena, &used, players * NMMO_LISTINGS, sizeof(struct listing));
    world->market = take(arena, &used, 1, sizeof(struct market));
    world->stride = (int32_t)stride_of(config);
    world->n_players = (uint32_t)config->n_players;
    return used;
}

/* No tick can leave more events than this. A player's action leaves at most 8: a run enters two
 * tiles, each harvested (harvest, level-up, two overflowing pieces dropped). Its end leaves a death
 * and nine drops, its beginning a birth. A monster leaves a hit and a kill, its end a death and a
 * drop, its return a birth. A reset after the last tick of a world adds one birth an entity. */
static size_t event_capacity(const struct nmmo_config *config) {
    return (size_t)config->n_players * (8 + 1 + NMMO_DEATH_DROPS + 1 + 1) + (size_t)config->n_monsters * (2 + 2 + 1 + 1);
}

static size_t lay_out_scratch(struct nmmo_world *world, uint8_t *block, const struct nmmo_config *config, size_t used) {
    size_t players = (size_t)config->n_players;
    size_t monsters = (size_t)config->n_monsters;
    world->order = take(block, &used, players > monsters ? players : monsters, sizeof(uint32_t));
    world->wandering = take(block, &used, (monsters + 7) / 8, sizeof(uint64_t));
    world->monster_marks = take(block, &used, (monsters + 7) / 8, sizeof(uint64_t));
    world->view_order = take(block, &used, players, sizeof(uint32_t));
    world->sole_seller = take(block, &used, players, 1);
    world->row_starts = take(block, &used, (size_t)config->height + 1, sizeof(uint32_t));
    world->fallen = take(block, &used, players + monsters, sizeof(uint32_t));
    world->events = take(block, &used, event_capacity(config), sizeof(struct nmmo_event));
    world->marked_plane = take(block, &used, padded_tiles_of(config) / 8 + PLANE_SLACK, 1);
    world->marked_tiles = take(block, &used, players, sizeof(uint32_t));
    return used;
}

size_t nmmo_state_bytes(const struct nmmo_config *config) {
    struct nmmo_world unused;
    return world_lay_out(&unused, NULL, config);
}

size_t nmmo_world_bytes(const struct nmmo_config *config) {
    struct nmmo_world unused;
    size_t state = world_lay_out(&unused, NULL, config);
    return sizeof(struct nmmo_world) + ALIGNMENT + lay_out_scratch(&unused, NULL, config, state);
}

nmmo_world *nmmo_world_create(const struct nmmo_config *config, struct nmmo_error *error) {
    if (nmmo_config_check(config, error)) return NULL;
    struct nmmo_world *world = calloc(1, nmmo_world_bytes(config)); /* zero pages cost nothing until used */
    if (!world) {
        fail(error, NMMO_NO_MEMORY, "a world of this configuration needs %zu bytes, which are not to be had",
             nmmo_world_bytes(config));
        return NULL;
    }
    prefer_large_pages(world, nmmo_world_bytes(config));
    uintptr_t after = (uintptr_t)(world + 1);
    uint8_t *arena = (uint8_t *)world + (aligned(after) - (uintptr_t)world);
    size_t state = world_lay_out(world, arena, config);
    lay_out_scratch(world, arena, config, state);
    world->event_capacity = (uint32_t)event_capacity(config);
    world->view_order_tick = NEVER;
    market_fill_affordable(world);
    nmmo_layout(config, &world->layout);
    world->crowded = combat_is_crowded(config);
    world->wide_vectors = observe_suits_wide_vectors(&world->layout);

    struct header *head = world->head;
    memcpy(head->magic, arena_magic, sizeof head->magic);
    head->rules_version = NMMO_RULES_VERSION;
    head->header_bytes = sizeof(struct header);
    head->state_bytes = state;
    head->config = *config;
    head->stride = stride_of(config);
    head->padded_tiles = padded_tiles_of(config);
    head->cell_columns = cell_columns_of(config);
    head->cells = cells_of(config);
    head->node_capacity = (uint32_t)node_capacity(config);
    return world;
}

void nmmo_world_destroy(nmmo_world *world) { free(world); }

void nmmo_world_bind(nmmo_world *world, const struct nmmo_outputs *outputs) {
    size_t rows = (size_t)world->n_players * world->layout.row_bytes;
    world->out = *outputs;
    world->stream_rows = rows > CACHED_ROW_BYTES && (uintptr_t)outputs->observations % 64 == 0;
    memset(outputs->observations, 0, rows); /* with what lies behind the mask, which stays 0 */
    if (outputs->final_observations) memset(outputs->final_observations, 0, rows);
}

const struct nmmo_config *nmmo_world_config(const nmmo_world *world) { return &world->head->config; }
uint32_t nmmo_world_tick(const nmmo_world *world) { return world->head->tick; }
uint64_t nmmo_world_seed(const nmmo_world *world) { return world->head->seed; }
uint64_t nmmo_world_map_seed(const nmmo_world *world) { return world->head->map_seed; }

int nmmo_world_over(const nmmo_world *world) {
    const struct header *head = world->head;
    if (at_horizon(head)) return 1;
    return head->bodies == 0 && head->waiting == 0 && head->statistics.births > 0;
}

static void clear_outputs(struct nmmo_world *world) {
    memset(world->out.rewards, 0, world->n_players * sizeof *world->out.rewards);
    memset(world->out.terminated, 0, world->n_players);
    memset(world->out.truncated, 0, world->n_players);
    world->event_count = 0;
}

/* ---- reset ------------------------------------------------------------------------------------------------ */

/* Nobody stands anywhere. */
static void clear_bodies(struct nmmo_world *world) {
    struct header *head = world->head;
    size_t plane = head->padded_tiles / 8 + PLANE_SLACK;
    memset(world->ids, 0, head->padded_tiles * sizeof *world->ids);
    memset(world->player_plane, 0, plane);
    memset(world->monster_plane, 0, plane);
    memset(world->near_players, 0, head->cells * sizeof *world->near_players);
}

/* The episode's beginning on the map that lies in the tiles. */
static void begin_episode(struct nmmo_world *world, uint64_t seed, int populate) {
    struct header *head = world->head;
    map_clear_dynamic(world);
    clear_bodies(world);
    memset(world->players, 0, world->n_players * sizeof *world->players);
    memset(world->monsters, 0, (size_t)head->config.n_monsters * sizeof *world->monsters);
    market_clear(world);
    head->seed = seed;
    head->tick = 0;
    head->bodies = 0;
    head->waiting = 0;
    head->ready = 1;
    fog_advance(world);
    for (uint32_t i = 0; i < world->n_players; i++) {
        struct player *player = &world->players[i];
        player->self.price_step = NMMO_FIRST_PRICE_STEP;
        player->killer = -1;
    }
    for (uint32_t i = 0; i < (uint32_t)head->config.n_monsters; i++) world->monsters[i].target = -1;
    monsters_mark(world);
    if (!populate) return;
    monsters_populate(world);
    births_prepare(world);
    for (uint32_t i = 0; i < world->n_players; i++) world->players[i].waiting = WAITING_NOW;
    head->waiting = world->n_players;
    for (uint32_t i = 0; i < world->n_players; i++) {
        uint32_t tile;
        if (find_birth_tile(world, i, &tile)) player_birth(world, i, tile);
    }
}

static uint64_t map_seed_for(const struct nmmo_config *config, uint64_t seed) {
    if (config->map_seed < 0) return seed;
    uint64_t draw = random_draw(random_key(seed, 0, RANDOM_MAP), 0);
    return (uint64_t)config->map_seed + random_below(random_high(draw), (uint32_t)config->n_maps);
}

/* The map for an episode of the seed, unless it is there already. */
static void ensure_map(struct nmmo_world *world, uint64_t seed) {
    struct header *head = world->head;
    uint64_t map_seed = map_seed_for(&head->config, seed);
    if (head->map_ready == 1 && head->map_seed == map_seed) return;
    memset(world->tiles, 0, head->padded_tiles * sizeof *world->tiles);
    memset(world->ids, 0, head->padded_tiles * sizeof *world->ids);
    terrain_generate(world, map_seed);
    map_index(world);
    head->map_seed = map_seed;
    head->map_ready = 1;
}

int nmmo_world_reset(nmmo_world *world, uint64_t seed, struct nmmo_error *error) {
    (void)error; /* a checked configuration always yields a world */
    memset(&world->head->statistics, 0, sizeof world->head->statistics);
    clear_outputs(world);
    ensure_map(world, seed);
    begin_episode(world, seed, 1);
    nmmo_world_observe(world, NULL);
    return NMMO_OK;
}

int nmmo_world_reset_on_map(nmmo_world *world, uint64_t seed, const uint32_t *map, int populate,
                            struct nmmo_error *error) {
    int status = map_load(world, map, populate, error);
    if (status) return status;
    memset(&world->head->statistics, 0, sizeof world->head->statistics);
    clear_outputs(world);
    begin_episode(world, seed, populate);
    nmmo_world_observe(world, NULL);
    return NMMO_OK;
}

/* ---- the tick --------------------------------------------------------------------------------------------- */

static void upkeep(struct nmmo_world *world) {
    world->head->tick++;
    world->head->statistics.ticks++;
    world->fallen_count = 0;
    clear_outputs(world);
    upkeep_nodes(world);
    upkeep_ground_items(world);
    market_upkeep(world);
    fog_advance(world);
}

static void bodies(struct nmmo_world *world) {
    bodies_update(world);
    monsters_timers(world);
}

static void births(struct nmmo_world *world) {
    lives_begin(world);
    monsters_return(world);
}

void nmmo_world_phase(nmmo_world *world, enum nmmo_phase phase, const uint8_t *actions, const uint8_t *tokens,
                      nmmo_pool *pool) {
    switch (phase) {
    case NMMO_PHASE_UPKEEP: upkeep(world); break;
    case NMMO_PHASE_PLAYERS: players_act(world, actions, tokens); break;
    case NMMO_PHASE_MONSTERS: monsters_act(world); break;
    case NMMO_PHASE_BODIES: bodies(world); break;
    case NMMO_PHASE_DEATHS: lives_end(world); break;
    case NMMO_PHASE_REWARDS: rewards_update(world); break;
    case NMMO_PHASE_BIRTHS: births(world); break;
    case NMMO_PHASE_OBSERVATIONS: nmmo_world_observe(world, pool); break;
    case NMMO_PHASES: break;
    }
}

static int check_ready(const struct nmmo_world *world, struct nmmo_error *error) {
    if (!world->head->ready) return fail(error, NMMO_WORLD_OVER, "the world has not been reset yet: call reset first");
    if (nmmo_world_over(world))
        return fail(error, NMMO_WORLD_OVER, "the world is over at tick %u (%s): call reset to begin another",
                    world->head->tick,
                    world->head->bodies || world->head->waiting ? "its horizon" : "every slot has used up its lives");
    return NMMO_OK;
}

int nmmo_world_step(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens, nmmo_pool *pool,
                    struct nmmo_error *error) {
    int status = nmmo_world_step_unseen(world, actions, tokens, error);
    if (status) return status;
    nmmo_world_phase(world, NMMO_PHASE_OBSERVATIONS, actions, tokens, pool);
    return NMMO_OK;
}

int nmmo_world_step_unseen(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens,
                           struct nmmo_error *error) {
    int status = check_ready(world, error);
    if (status) return status;
    for (int phase = 0; phase < NMMO_PHASE_OBSERVATIONS; phase++)
        nmmo_world_phase(world, (enum nmmo_phase)phase, actions, tokens, NULL);
    return NMMO_OK;
}

uint32_t nmmo_world_rebirth(nmmo_world *world, const uint8_t *slots) {
    uint32_t begun = 0;
    births_prepare(world);
    for (uint32_t i = 0; i < world->n_players; i++) {
        uint32_t tile;
        if (!slots[i] || !world->players[i].waiting || nmmo_world_over(world)) continue;
        if (!find_birth_tile(world, i, &tile)) continue;
        player_birth(world, i, tile);
        begun++;
    }
    if (begun) nmmo_world_observe(world, NULL);
    return begun;
}

/* ---- many worlds ------------------------------------------------------------------------------------------- */

struct batch {
    nmmo_world *const *worlds;
    const uint8_t *actions;
    const uint8_t *tokens;
    const uint64_t *reset_seeds;
    const uint32_t *map;
    uint64_t *next_seeds;
    uint8_t *over;
};

/* A world that is over begins again at once. What its last tick returned stays: rewards, flags,
 * events and statistics; the observations are the new episode's. */
static void begin_again(struct nmmo_world *world, uint64_t seed) {
    nmmo_world_digests(world, world->ended_digests);
    if (world->head->map_ready != 2) ensure_map(world, seed); /* a given map stays */
    begin_episode(world, seed, 1);
    nmmo_world_observe(world, NULL);
}

static void step_one(void *context, size_t i) {
    struct batch *batch = context;
    struct nmmo_world *world = batch->worlds[i];
    size_t first = i * world->n_players;
    nmmo_world_step(world, batch->actions + first, batch->tokens ? batch->tokens + first : NULL, NULL, NULL);
    int over = nmmo_world_over(world);
    if (batch->over) batch->over[i] = (uint8_t)over;
    if (over && batch->next_seeds) {
        begin_again(world, batch->next_seeds[i]);
        batch->next_seeds[i] = nmmo_derive_seed(batch->next_seeds[i], 0);
    }
}

int nmmo_worlds_step(nmmo_world *const *worlds, size_t n, const uint8_t *actions, const uint8_t *tokens,
                     nmmo_pool *pool, uint64_t *seeds, uint8_t *over, struct nmmo_error *error) {
    for (size_t i = 0; i < n; i++) {
        int status = check_ready(worlds[i], error);
        if (status) return status;
    }
    struct batch batch = {.worlds = worlds, .actions = actions, .tokens = tokens, .next_seeds = seeds, .over = over};
    pool_run(pool, step_one, &batch, n);
    return NMMO_OK;
}

static void reset_one(void *context, size_t i) {
    struct batch *batch = context;
    if (batch->map) nmmo_world_reset_on_map(batch->worlds[i], batch->reset_seeds[i], batch->map, 1, NULL);
    else nmmo_world_reset(batch->worlds[i], batch->reset_seeds[i], NULL);
}

int nmmo_worlds_reset(nmmo_world *const *worlds, size_t n, const uint64_t *seeds, const uint32_t *map,
                      nmmo_pool *pool, struct nmmo_error *error) {
    if (map) { /* a map that does not suit the first world suits none, and nothing has changed yet */
        int status = nmmo_world_reset_on_map(worlds[0], seeds[0], map, 1, error);
        if (status) return status;
    }
    size_t done = map != NULL;
    struct batch batch = {.worlds = worlds + done, .reset_seeds = seeds + done, .map = map};
    pool_run(pool, reset_one, &batch, n - done);
    return NMMO_OK;
}

uint64_t nmmo_derive_seed(uint64_t seed, uint64_t index) {
    return random_draw(random_key(seed, 0, RANDOM_DERIVE_SEED), index);
}
