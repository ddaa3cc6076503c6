/* What the engine allocates, counted: everything is given back, playing allocates nothing, and where memory runs out a
 * call fails as it says and leaves the world alone. Linked with --wrap for each of the functions wrapped below.
 *
 *     memory
 */
#include "model.h"

char check_context[160] = "";

/* ---- counting ------------------------------------------------------------------------------------------------ */

static long blocks;        /* in use */
static long calls;         /* that asked for memory */
static long until_failure; /* the call, counted from now, that fails; 0: none */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *block);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **block, size_t alignment, size_t bytes);
void __wrap_free(void *block);

static int refused(void) {
    calls++;
    return until_failure && --until_failure == 0;
}
static void *counted(void *block) {
    blocks += block != NULL;
    return block;
}

void *__wrap_malloc(size_t bytes) { return refused() ? NULL : counted(__real_malloc(bytes)); }
void *__wrap_calloc(size_t count, size_t bytes) { return refused() ? NULL : counted(__real_calloc(count, bytes)); }
void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    return refused() ? NULL : counted(__real_aligned_alloc(alignment, bytes));
}
void *__wrap_realloc(void *block, size_t bytes) {
    if (refused()) return NULL;
    blocks -= block != NULL;
    return counted(__real_realloc(block, bytes));
}
int __wrap_posix_memalign(void **block, size_t alignment, size_t bytes) {
    *block = __wrap_aligned_alloc(alignment, bytes);
    return *block == NULL;
}
void __wrap_free(void *block) {
    blocks -= block != NULL;
    __real_free(block);
}

/* ---- a world whose arrays are not counted ----------------------------------------------------------------------- */

enum { PLAYERS = 70, MOST_ROWS = PLAYERS * 4096 };
static _Alignas(64) uint8_t rows[MOST_ROWS], finals[MOST_ROWS];
static uint8_t terminated[PLAYERS], truncated[PLAYERS], actions[PLAYERS], tokens[PLAYERS];
static float rewards[PLAYERS];
static int64_t sampled[PLAYERS];
static uint8_t kept[1 << 20], before[1 << 20];

static struct nmmo_config busy_config(void) {
    struct nmmo_config config;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = config.width = 40;
    config.n_players = PLAYERS;
    config.n_monsters = 60;
    config.vocabulary = 3;
    config.survival = config.fog = 1;
    config.fog_start = 10;
    config.pvp_min_danger = 1;
    config.protection_ticks = 2;
    config.listing_ticks = 9;
    config.node_regrow_ticks = 5;
    config.respawn = NMMO_RESPAWN_NEXT_TICK;
    return config;
}

static nmmo_world *create(const struct nmmo_config *config) {
    struct nmmo_error error;
    struct nmmo_layout layout;
    nmmo_world *world = nmmo_world_create(config, &error);
    CHECK(world, "%s", error.message);
    nmmo_layout(config, &layout);
    CHECK((size_t)config->n_players * layout.row_bytes <= sizeof rows, "the rows fit");
    CHECK(nmmo_snapshot_bytes(world) <= sizeof kept, "a snapshot fits");
    struct nmmo_outputs outputs = {rows, rewards, terminated, truncated, finals};
    nmmo_world_bind(world, &outputs);
    return world;
}

static void play(nmmo_world *world, nmmo_pool *pool, int ticks) {
    struct nmmo_layout layout;
    struct nmmo_error error;
    nmmo_layout(nmmo_world_config(world), &layout);
    for (int tick = 0; tick < ticks; tick++) {
        nmmo_sample_actions(rows + layout.mask, layout.row_bytes, PLAYERS, (uint64_t)tick, sampled);
        int32_t pairs[2 * PLAYERS];
        for (int i = 0; i < PLAYERS; i++) {
            pairs[2 * i] = (int32_t)sampled[i];
            pairs[2 * i + 1] = i % 4;
        }
        CHECK(!nmmo_load_actions(pairs, NMMO_INT32, PLAYERS, 3, actions, tokens, &error), "%s", error.message);
        CHECK(!nmmo_world_step(world, actions, tokens, pool, &error), "%s", error.message);
    }
}

/* ---- what must hold --------------------------------------------------------------------------------------------- */

static void Memory_is_asked_for_at_creation_alone(void) {
    struct nmmo_config config = busy_config();
    struct nmmo_error error;
    long first = calls;
    nmmo_world *world = create(&config);
    nmmo_pool *pool = nmmo_pool_create(2);
    CHECK(pool, "a pool");
    CHECK(calls == first + 3 && blocks == 3, "creating took %ld blocks in %ld calls", blocks, calls - first);
    uint8_t everybody[PLAYERS];
    memset(everybody, 1, sizeof everybody);
    static uint32_t map[40 * 40];
    static uint64_t tiles[40 * 40];
    for (uint64_t seed = 0; seed < 3; seed++) {
        CHECK(!nmmo_world_reset(world, seed, &error), "%s", error.message);
        play(world, seed % 2 ? pool : NULL, 60);
        nmmo_world_observe(world, pool);
        nmmo_world_respawn(world, everybody);
        nmmo_world_snapshot(world, kept);
        for (int section = 0; section < NMMO_SECTIONS; section++) nmmo_world_hash(world, section);
        nmmo_world_map(world, map);
        nmmo_world_tiles(world, tiles);
        struct nmmo_living living;
        nmmo_world_living(world, &living);
        for (int i = 0; i < PLAYERS; i++) nmmo_edit_vital(world, i, NMMO_VITAL_GOLD, 100, &error);
        nmmo_edit_give(world, 0, NMMO_WHETSTONE, 1, 99, 0, &error);
        nmmo_edit_place_player(world, 1, 20, 20, &error);
        nmmo_edit_ground(world, 3, 3, NMMO_GRASS, 0, 2, &error);
        CHECK(!nmmo_world_reset_on_map(world, seed, map, 1, &error), "%s", error.message);
        uint64_t seeds[1] = {seed}, over_seeds[1] = {seed};
        uint8_t over[1];
        CHECK(!nmmo_worlds_reset(&world, 1, seeds, NULL, pool, &error), "%s", error.message);
        CHECK(!nmmo_worlds_step(&world, 1, actions, tokens, pool, over_seeds, over, &error), "%s", error.message);
        CHECK(calls == first + 3, "playing asked for memory %ld times", calls - first - 3);
    }
    nmmo_pool_destroy(pool);
    nmmo_world_destroy(world);
    CHECK(blocks == 0, "%ld blocks are left", blocks);
}

static void Memory_of_restore_is_given_back(void) {
    struct nmmo_config config = busy_config(), read;
    struct nmmo_error error;
    nmmo_world *world = create(&config);
    CHECK(!nmmo_world_reset(world, 1, &error), "%s", error.message);
    play(world, NULL, 30);
    size_t bytes = nmmo_snapshot_bytes(world);
    nmmo_world_snapshot(world, kept);
    long used = blocks, asked = calls;
    CHECK(!nmmo_snapshot_config(kept, bytes, &read, &error), "%s", error.message);
    CHECK(!nmmo_world_restore(world, kept, bytes, &error), "%s", error.message);
    CHECK(calls > asked, "a restore checks in a spare copy, which takes memory");
    CHECK(blocks == used, "a restore keeps %ld blocks", blocks - used);
    for (int i = 0; i < NMMO_ACTIONS; i++) nmmo_world_would_change(world, (uint32_t)i, (uint8_t)i);
    CHECK(blocks == used, "would_change keeps %ld blocks", blocks - used);
    for (size_t at = 0; at < bytes; at += bytes / 97) { /* refusals give back as much */
        kept[at] ^= 0x40;
        CHECK(nmmo_world_restore(world, kept, bytes, &error), "a damaged snapshot is taken");
        kept[at] ^= 0x40;
    }
    struct header *head = world->head; /* refused late, by the checks of the copy: the true header's tick is no tick */
    uint32_t tick = head->tick;
    head->tick = UINT32_MAX;
    nmmo_world_snapshot(world, before);
    head->tick = tick;
    CHECK(nmmo_world_restore(world, before, bytes, &error) == NMMO_BAD_SNAPSHOT, "an impossible tick is taken");
    CHECK(strstr(error.message, "tick"), "%s", error.message);
    CHECK(blocks == used, "a refusal keeps %ld blocks", blocks - used);
    nmmo_world_destroy(world);
    CHECK(blocks == 0, "%ld blocks are left", blocks);
}

/* Every call that asks for memory, refused in turn. */
static void Memory_runs_out(void) {
    struct nmmo_config config = busy_config();
    struct nmmo_error error = {.status = NMMO_OK};
    until_failure = 1;
    CHECK(!nmmo_world_create(&config, &error) && error.status == NMMO_NO_MEMORY && error.message[0], "creation");
    CHECK(blocks == 0, "a world that was not made keeps %ld blocks", blocks);
    until_failure = 1;
    CHECK(!nmmo_world_create(&config, NULL), "creation, with no place for the reason");
    int refusals = 0;
    for (long call = 1;; call++) {
        until_failure = call;
        nmmo_pool *pool = nmmo_pool_create(3);
        if (pool) {
            until_failure = 0;
            nmmo_pool_destroy(pool);
            break;
        }
        refusals++;
        CHECK(blocks == 0, "a pool that was not made keeps %ld blocks", blocks);
    }
    CHECK(refusals == 2, "a pool has two blocks; %d were refused", refusals);

    nmmo_world *world = create(&config);
    CHECK(!nmmo_world_reset(world, 1, &error), "%s", error.message);
    play(world, NULL, 20);
    size_t bytes = nmmo_snapshot_bytes(world), state = nmmo_state_bytes(&config);
    nmmo_world_snapshot(world, kept);
    play(world, NULL, 5);
    memcpy(before, world->head, state);
    long used = blocks;
    refusals = 0;
    for (long call = 1;; call++) {
        until_failure = call;
        int status = nmmo_world_restore(world, kept, bytes, &error);
        if (!status) break;
        refusals++;
        CHECK(status == NMMO_NO_MEMORY && error.status == status, "status %d", status);
        CHECK(blocks == used, "a restore that failed keeps %ld blocks", blocks - used);
        CHECK(!memcmp(before, world->head, state), "a restore that failed has changed the world");
    }
    CHECK(refusals == 2, "a restore takes two blocks; %d were refused", refusals);
    until_failure = 1;
    memcpy(before, world->head, state);
    CHECK(nmmo_world_would_change(world, 0, NMMO_MOVE) == -1, "would_change without memory");
    CHECK(!memcmp(before, world->head, state), "would_change that failed has changed the world");
    until_failure = 0;
    nmmo_world_destroy(world);
    CHECK(blocks == 0, "%ld blocks are left", blocks);
}

static void Memory_of_what_is_refused(void) {
    struct nmmo_config config = busy_config();
    struct nmmo_error error;
    long asked = calls;
    config.n_players = 0;
    CHECK(!nmmo_world_create(&config, &error) && error.status == NMMO_BAD_CONFIG, "an impossible configuration");
    CHECK(calls == asked && blocks == 0, "a configuration that is refused takes memory");
    nmmo_world_destroy(NULL);
    nmmo_pool_destroy(NULL);
}

static void Memory_after_many_worlds(void) {
    struct nmmo_config config = busy_config();
    struct nmmo_error error;
    for (int round = 0; round < 20; round++) {
        nmmo_world *one = create(&config), *other = create(&config);
        nmmo_pool *pool = nmmo_pool_create(1 + round % 3);
        CHECK(pool, "a pool");
        CHECK(!nmmo_world_reset(one, (uint64_t)round, &error), "%s", error.message);
        if (round % 2) CHECK(!nmmo_world_reset(other, 5, &error), "%s", error.message); /* else: destroyed unused */
        nmmo_world_destroy(one);
        nmmo_pool_destroy(pool);
        nmmo_world_destroy(other);
        CHECK(blocks == 0, "%ld blocks are left in round %d", blocks, round);
    }
}

int main(void) {
    Memory_is_asked_for_at_creation_alone();
    Memory_of_restore_is_given_back();
    Memory_runs_out();
    Memory_of_what_is_refused();
    Memory_after_many_worlds();
    printf("all is well after %ld requests for memory\n", calls);
    return 0;
}
