/* One world's life: how it is made, reset and stepped. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "combat.h"
#include "errors.h"
#include "fog.h"
#include "ground.h"
#include "large_pages.h"
#include "lives.h"
#include "map.h"
#include "market.h"
#include "monsters.h"
#include "nmmo_testing.h"
#include "observe.h"
#include "planes.h"
#include "players.h"
#include "random.h"
#include "rewards.h"
#include "terrain.h"

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
    uint8_t *arena = (uint8_t *)world + ((after + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE - (uintptr_t)world);
    size_t state = state_lay_out(world, arena, config);
    scratch_lay_out(world, arena, config, state);
    header_fill(world->head, config);
    world->view_order_tick = NEVER;
    market_fill_affordable(world);
    nmmo_layout(config, &world->layout);
    world->crowded = combat_is_crowded(config);
    world->wide_vectors = observe_suits_wide_vectors(&world->layout);
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
    monsters_update_flags(world);
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
    if (head->map_source == MAP_GENERATED && head->map_seed == map_seed) return;
    memset(world->tiles, 0, head->padded_tiles * sizeof *world->tiles);
    memset(world->ids, 0, head->padded_tiles * sizeof *world->ids);
    terrain_generate(world, map_seed);
    map_index(world);
    head->map_seed = map_seed;
    head->map_source = MAP_GENERATED;
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

void world_begin_again(struct nmmo_world *world, uint64_t seed) {
    nmmo_world_digests(world, world->ended_digests);
    if (world->head->map_source != MAP_GIVEN) ensure_map(world, seed); /* a given map stays */
    begin_episode(world, seed, 1);
    nmmo_world_observe(world, NULL);
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
    /* The clock advances; nodes regrow, dropped items vanish, unsold listings return, the fog moves. */
    case NMMO_PHASE_UPKEEP: upkeep(world); break;
    /* Every player says its token and carries out its action, in a random order. */
    case NMMO_PHASE_PLAYERS: players_act(world, actions, tokens); break;
    /* Every monster chases, hits, wanders or walks home, in a random order. */
    case NMMO_PHASE_MONSTERS: monsters_act(world); break;
    /* Health, stamina, hunger, fog and time: what a tick does to everyone. */
    case NMMO_PHASE_BODIES: bodies(world); break;
    /* Those who fell, or whom time ended, leave the world; they drop what they had. */
    case NMMO_PHASE_DEATHS: lives_end(world); break;
    /* The living are paid for what they have gained. */
    case NMMO_PHASE_REWARDS: rewards_update(world); break;
    /* Next lives begin, and monsters return. */
    case NMMO_PHASE_BIRTHS: births(world); break;
    /* Every player sees the world as it is now. */
    case NMMO_PHASE_OBSERVATIONS: nmmo_world_observe(world, pool); break;
    case NMMO_PHASES: break;
    }
}

int world_check_ready(const struct nmmo_world *world, struct nmmo_error *error) {
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

int nmmo_world_step_unseen(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens, struct nmmo_error *error) {
    int status = world_check_ready(world, error);
    if (status) return status;
    for (int phase = 0; phase < NMMO_PHASE_OBSERVATIONS; phase++)
        nmmo_world_phase(world, (enum nmmo_phase)phase, actions, tokens, NULL);
    return NMMO_OK;
}

uint32_t nmmo_world_respawn(nmmo_world *world, const uint8_t *slots) {
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
