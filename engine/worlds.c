/* Batches of worlds, shared out over a pool of threads. */
#include "pool.h"
#include "world.h"

struct batch {
    nmmo_world *const *worlds;
    const uint8_t *actions;
    const uint8_t *tokens;
    const uint64_t *reset_seeds;
    const uint32_t *map;
    uint64_t *next_seeds;
    uint8_t *over;
};

static void step_one(void *context, size_t i) {
    struct batch *batch = context;
    struct nmmo_world *world = batch->worlds[i];
    size_t first = i * world->n_players;
    nmmo_world_step(world, batch->actions + first, batch->tokens ? batch->tokens + first : NULL, NULL, NULL);
    int over = nmmo_world_over(world);
    if (batch->over) batch->over[i] = (uint8_t)over;
    if (over && batch->next_seeds) {
        world_begin_again(world, batch->next_seeds[i]);
        batch->next_seeds[i] = nmmo_derive_seed(batch->next_seeds[i], 0);
    }
}

int nmmo_worlds_step(nmmo_world *const *worlds, size_t n, const uint8_t *actions, const uint8_t *tokens,
                     nmmo_pool *pool, uint64_t *seeds, uint8_t *over, struct nmmo_error *error) {
    for (size_t i = 0; i < n; i++) {
        int status = world_check_ready(worlds[i], error);
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

int nmmo_worlds_reset(nmmo_world *const *worlds, size_t n, const uint64_t *seeds, const uint32_t *map, nmmo_pool *pool,
                      struct nmmo_error *error) {
    if (map) { /* a map that does not suit the first world suits none, and nothing has changed yet */
        int status = nmmo_world_reset_on_map(worlds[0], seeds[0], map, 1, error);
        if (status) return status;
    }
    size_t done = map != NULL;
    struct batch batch = {.worlds = worlds + done, .reset_seeds = seeds + done, .map = map};
    pool_run(pool, reset_one, &batch, n - done);
    return NMMO_OK;
}
