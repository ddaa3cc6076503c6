/* The pool of threads: whatever steps the worlds, they come out as they do when one thread steps them alone, and (under
 * ThreadSanitizer) no two threads touch one place without order.
 *
 *     threads            what ThreadSanitizer watches
 *     threads --fork     what it cannot: threads that a fork starts
 */
#define _POSIX_C_SOURCE 200809L /* fork, waitpid, nanosleep */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../engine/nmmo.h"

#define CHECK(condition, ...) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__); \
            fprintf(stderr, "\n"); \
            exit(1); \
        } \
    } while (0)

enum { MOST_WORLDS = 5 };

/* worlds whose rows lie one behind the other, as a caller has them */
struct batch {
    size_t count, n, rows_bytes;
    nmmo_world *worlds[MOST_WORLDS];
    struct nmmo_layout layout;
    uint8_t *rows, *finals, *terminated, *truncated, *actions, *tokens;
    int64_t *sampled;
    float *rewards;
    uint64_t seeds[MOST_WORLDS];
    uint8_t over[MOST_WORLDS];
};

static void *array(size_t count, size_t size) {
    void *made = calloc(count, size);
    CHECK(made, "out of memory");
    return made;
}

static struct nmmo_config config_of(int n_players) {
    struct nmmo_config config;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = 40;
    config.width = 36;
    config.n_players = n_players;
    config.n_monsters = 60;
    config.vocabulary = 4;
    config.survival = config.fog = 1;
    config.fog_start = 2;
    config.fog_period = 1;
    config.pvp_min_danger = 1;
    config.protection_ticks = 2;
    config.listing_ticks = 10;
    config.node_regrow_ticks = 5;
    config.horizon = 15; /* so that worlds end and begin again */
    config.view_row_radius = config.view_column_radius = 3;
    return config;
}

static struct batch make(const struct nmmo_config *config, size_t count) {
    struct nmmo_error error;
    struct batch made = {.count = count, .n = (size_t)config->n_players};
    size_t all = count * made.n;
    nmmo_layout(config, &made.layout);
    made.rows_bytes = made.n * made.layout.row_bytes;
    made.rows = array(count, made.rows_bytes);
    made.finals = array(count, made.rows_bytes);
    made.terminated = array(all, 1);
    made.truncated = array(all, 1);
    made.actions = array(all, 1);
    made.tokens = array(all, 1);
    made.sampled = array(all, sizeof *made.sampled);
    made.rewards = array(all, sizeof *made.rewards);
    for (size_t w = 0; w < count; w++) {
        struct nmmo_outputs outputs = {made.rows + w * made.rows_bytes, made.rewards + w * made.n,
                                       made.terminated + w * made.n, made.truncated + w * made.n,
                                       made.finals + w * made.rows_bytes};
        made.worlds[w] = nmmo_world_create(config, &error);
        CHECK(made.worlds[w], "%s", error.message);
        nmmo_world_bind(made.worlds[w], &outputs);
        made.seeds[w] = nmmo_derive_seed(77, w);
    }
    return made;
}

static void unmake(struct batch *batch) {
    for (size_t w = 0; w < batch->count; w++) nmmo_world_destroy(batch->worlds[w]);
    void *arrays[] = {batch->rows,    batch->finals, batch->terminated, batch->truncated,
                      batch->actions, batch->tokens, batch->sampled,    batch->rewards};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) free(arrays[i]);
}

static void reset(struct batch *batch, uint64_t seed, nmmo_pool *pool) {
    struct nmmo_error error;
    uint64_t first[MOST_WORLDS];
    for (size_t w = 0; w < batch->count; w++) first[w] = nmmo_derive_seed(seed, w);
    CHECK(!nmmo_worlds_reset(batch->worlds, batch->count, first, NULL, pool, &error), "%s", error.message);
}

static void decide(struct batch *batch, uint64_t seed) {
    size_t all = batch->count * batch->n;
    nmmo_sample_actions(batch->rows + batch->layout.mask, batch->layout.row_bytes, all, seed, batch->sampled);
    for (size_t i = 0; i < all; i++) {
        batch->actions[i] = (uint8_t)batch->sampled[i];
        batch->tokens[i] = (uint8_t)((seed + i) % 5);
    }
}

/* Returns how many worlds ended and began again. */
static size_t step(struct batch *batch, nmmo_pool *pool) {
    struct nmmo_error error;
    size_t ended = 0;
    CHECK(!nmmo_worlds_step(batch->worlds, batch->count, batch->actions, batch->tokens, pool, batch->seeds, batch->over,
                            &error),
          "%s", error.message);
    for (size_t w = 0; w < batch->count; w++) ended += batch->over[w];
    return ended;
}

static void check_equal(const struct batch *one, const struct batch *other, const char *what) {
    size_t all = one->count * one->n;
    for (size_t w = 0; w < one->count; w++)
        for (int section = 0; section < NMMO_SECTIONS; section++)
            CHECK(nmmo_world_hash(one->worlds[w], section) == nmmo_world_hash(other->worlds[w], section),
                  "%s: %s of world %zu", what, nmmo_name(NMMO_ENUM_SECTION, section), w);
    CHECK(!memcmp(one->rows, other->rows, one->count * one->rows_bytes), "%s: the observations", what);
    CHECK(!memcmp(one->finals, other->finals, one->count * one->rows_bytes), "%s: the last observations", what);
    CHECK(!memcmp(one->rewards, other->rewards, all * sizeof *one->rewards), "%s: the rewards", what);
    CHECK(!memcmp(one->terminated, other->terminated, all), "%s: who died", what);
    CHECK(!memcmp(one->truncated, other->truncated, all), "%s: who was cut short", what);
    CHECK(!memcmp(one->seeds, other->seeds, one->count * sizeof *one->seeds), "%s: the next seeds", what);
    CHECK(!memcmp(one->over, other->over, one->count), "%s: which worlds are over", what);
}

static nmmo_pool *make_pool(int threads) {
    nmmo_pool *pool = nmmo_pool_create(threads);
    CHECK(pool && nmmo_pool_threads(pool) == threads, "a pool of %d threads", threads);
    return pool;
}

static void Many_worlds_with_autoreset(int threads, int ticks) {
    struct nmmo_config config = config_of(24);
    struct batch alone = make(&config, MOST_WORLDS), pooled = make(&config, MOST_WORLDS);
    nmmo_pool *pool = make_pool(threads);
    size_t ended = 0;
    reset(&alone, 1, NULL);
    reset(&pooled, 1, pool);
    check_equal(&alone, &pooled, "after a reset");
    for (int tick = 0; tick < ticks; tick++) {
        decide(&alone, (uint64_t)tick);
        decide(&pooled, (uint64_t)tick); /* from its own rows */
        ended += step(&alone, NULL);
        step(&pooled, pool);
        check_equal(&alone, &pooled, "many worlds");
    }
    CHECK(ended >= MOST_WORLDS, "only %zu worlds began again", ended);
    nmmo_pool_destroy(pool);
    unmake(&alone);
    unmake(&pooled);
}

static void One_world_with_shared_rows(int threads, int ticks) {
    struct nmmo_config config = config_of(200); /* several shares of rows */
    config.horizon = 0;
    struct batch alone = make(&config, 1), shared = make(&config, 1);
    nmmo_pool *pool = make_pool(threads);
    struct nmmo_error error;
    reset(&alone, 2, NULL);
    reset(&shared, 2, NULL);
    for (int tick = 0; tick < ticks; tick++) {
        decide(&alone, (uint64_t)tick);
        decide(&shared, (uint64_t)tick);
        CHECK(!nmmo_world_step(alone.worlds[0], alone.actions, alone.tokens, NULL, &error), "%s", error.message);
        CHECK(!nmmo_world_step(shared.worlds[0], shared.actions, shared.tokens, pool, &error), "%s", error.message);
        check_equal(&alone, &shared, "shared rows");
        if (tick % 8 == 7) nanosleep(&(struct timespec){0, 3000000}, NULL); /* the workers fall asleep */
    }
    memset(shared.rows, 0, shared.rows_bytes);
    nmmo_world_observe(shared.worlds[0], pool);
    check_equal(&alone, &shared, "observed again");
    nmmo_pool_destroy(pool);
    unmake(&alone);
    unmake(&shared);
}

/* Pools that come and go: unused, used once, several at a time, one for many batches. */
static void Pools_come_and_go(int rounds) {
    struct nmmo_config config = config_of(16);
    struct batch alone = make(&config, 3), pooled = make(&config, 3);
    reset(&alone, 3, NULL);
    reset(&pooled, 3, NULL);
    for (int round = 0; round < rounds; round++) {
        nmmo_pool *idle = make_pool(2), *pool = make_pool(1 + round % 4), *other = make_pool(3);
        decide(&alone, (uint64_t)round);
        decide(&pooled, (uint64_t)round);
        step(&alone, NULL);
        step(&pooled, pool);
        check_equal(&alone, &pooled, "a pool used once");
        nmmo_pool_destroy(pool);
        decide(&alone, (uint64_t)round + 1000);
        decide(&pooled, (uint64_t)round + 1000);
        step(&alone, NULL);
        step(&pooled, other);
        check_equal(&alone, &pooled, "another pool");
        nmmo_pool_destroy(other);
        nmmo_pool_destroy(idle);
    }
    nmmo_pool_destroy(NULL);
    unmake(&alone);
    unmake(&pooled);
}

/* A fork has none of its parent's threads: the child starts its own, and neither disturbs the other. */
static void Fork_in_the_middle(int threads) {
    struct nmmo_config config = config_of(24);
    struct batch alone = make(&config, 4), pooled = make(&config, 4);
    nmmo_pool *pool = make_pool(threads);
    reset(&alone, 4, NULL);
    reset(&pooled, 4, pool);
    pid_t child = 0;
    int in_child = 0;
    for (int tick = 0; tick < 40; tick++) {
        decide(&alone, (uint64_t)tick);
        decide(&pooled, (uint64_t)tick);
        step(&alone, NULL);
        step(&pooled, pool);
        check_equal(&alone, &pooled, in_child ? "in the child" : "in the parent");
        if (tick == 10) {
            child = fork();
            CHECK(child >= 0, "no fork");
            in_child = child == 0;
        }
    }
    nmmo_pool_destroy(pool);
    unmake(&alone);
    unmake(&pooled);
    if (in_child) _exit(0); /* a check that fails has ended it with 1 */
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
          "the child ended with %d", status);
    /* a pool that the child never uses is only put away */
    pool = make_pool(threads);
    child = fork();
    CHECK(child >= 0, "no fork");
    if (child == 0) {
        nmmo_pool_destroy(pool);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %d", status);
    nmmo_pool_destroy(pool);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--fork")) {
        for (int threads = 2; threads <= 4; threads++) Fork_in_the_middle(threads);
    } else {
        for (int threads = 2; threads <= 4; threads++) {
            Many_worlds_with_autoreset(threads, 50);
            One_world_with_shared_rows(threads, 40);
        }
        Pools_come_and_go(25);
    }
    printf("all is well\n");
    return 0;
}
