/* What the fuzz targets share: reading decisions from bytes, and a world with arrays to write to.
 *
 * A target turns the fuzzer's bytes into calls that keep the contract of nmmo.h, and demands what that header promises.
 * A broken promise aborts, as a sanitizer's finding does. */
#ifndef FUZZ_H
#define FUZZ_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/random.h"
#include "../../engine/state.h"

#define REQUIRE(condition, ...) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
            fprintf(stderr, __VA_ARGS__); \
            fprintf(stderr, "\n"); \
            abort(); \
        } \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- decisions ---------------------------------------------------------------------------------------------- */

struct input {
    const uint8_t *at, *end;
};

static inline size_t left(const struct input *input) { return (size_t)(input->end - input->at); }

static inline uint8_t take_byte(struct input *input) { return input->at < input->end ? *input->at++ : 0; }

static inline uint64_t take_bytes(struct input *input, int count) { /* little-endian */
    uint64_t value = 0;
    for (int i = 0; i < count; i++) value |= (uint64_t)take_byte(input) << 8 * i;
    return value;
}

/* Mostly a number in the range or just outside it, now and then one far away. An empty range counts as its least. */
static inline int take_number(struct input *input, int least, int most) {
    uint8_t kind = take_byte(input);
    if (most < least) most = least;
    switch (kind) {
    case 255: return (int)(uint32_t)take_bytes(input, 4);
    case 254: return INT_MIN;
    case 253: return INT_MAX;
    case 252: return least - 1;
    case 251: return most + 1;
    case 250: return most;
    default: break;
    }
    uint64_t choices = (uint64_t)((int64_t)most - least) + 1;
    uint64_t choice = choices > 250 ? kind | take_bytes(input, 3) << 8 : kind;
    return (int)(least + (int64_t)(choice % choices));
}

static inline int take_within(struct input *input, int least, int most) { /* always in the range */
    uint64_t choices = (uint64_t)((int64_t)most - least) + 1;
    return (int)(least + (int64_t)(take_bytes(input, choices > 256 ? 4 : 1) % choices));
}

/* ---- a world and what it writes to --------------------------------------------------------------------------- */

struct game {
    nmmo_world *world;
    struct nmmo_layout layout;
    size_t n, rows_bytes, state_bytes;
    uint8_t *rows, *finals, *terminated, *truncated, *actions, *tokens, *before;
    int64_t *sampled;
    float *rewards;
};

static inline void *array(size_t count, size_t size) {
    void *made = calloc(count ? count : 1, size);
    REQUIRE(made, "out of memory");
    return made;
}

static inline struct game game_make(const struct nmmo_config *config) {
    struct nmmo_error error;
    struct game game = {.n = (size_t)config->n_players, .state_bytes = nmmo_state_bytes(config)};
    game.world = nmmo_world_create(config, &error);
    REQUIRE(game.world, "%s", error.message);
    nmmo_layout(config, &game.layout);
    game.rows_bytes = game.n * game.layout.row_bytes;
    game.rows = array(game.rows_bytes, 1);
    game.finals = array(game.rows_bytes, 1);
    game.terminated = array(game.n, 1);
    game.truncated = array(game.n, 1);
    game.actions = array(game.n, 1);
    game.tokens = array(game.n, 1);
    game.before = array(game.state_bytes, 1);
    game.sampled = array(game.n, sizeof *game.sampled);
    game.rewards = array(game.n, sizeof *game.rewards);
    struct nmmo_outputs outputs = {game.rows, game.rewards, game.terminated, game.truncated, game.finals};
    nmmo_world_bind(game.world, &outputs);
    return game;
}

static inline void game_free(struct game *game) {
    nmmo_world_destroy(game->world);
    void *arrays[] = {game->rows,   game->finals, game->terminated, game->truncated, game->actions,
                      game->tokens, game->before, game->sampled,    game->rewards};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) free(arrays[i]);
}

/* The state, kept aside; and whether it is still that. */
static inline void game_remember(struct game *game) { memcpy(game->before, game->world->head, game->state_bytes); }
static inline int game_unchanged(const struct game *game) {
    return !memcmp(game->before, game->world->head, game->state_bytes);
}

static inline void game_check_rows(const struct game *game) { /* masks hold 0 and 1, what lies behind them 0 */
    for (size_t i = 0; i < game->n; i++) {
        const uint8_t *row = game->rows + i * game->layout.row_bytes;
        REQUIRE(row[game->layout.mask + NMMO_WAIT] == 1, "player %zu may not wait", i);
        for (size_t byte = game->layout.mask; byte < game->layout.row_bytes; byte++)
            REQUIRE(row[byte] <= (byte < game->layout.mask + NMMO_ACTIONS), "byte %zu of row %zu", byte, i);
    }
}

/* Ticks of possible actions, as long as there are any to play. */
static inline void game_play(struct game *game, uint64_t seed, int ticks) {
    int vocabulary = nmmo_world_config(game->world)->vocabulary;
    for (int tick = 0; tick < ticks && !nmmo_world_over(game->world); tick++) {
        struct nmmo_error error;
        nmmo_sample_actions(game->rows + game->layout.mask, game->layout.row_bytes, game->n, seed + (uint64_t)tick,
                            game->sampled);
        for (size_t i = 0; i < game->n; i++) {
            REQUIRE(game->sampled[i] >= 0 && game->sampled[i] < NMMO_ACTIONS, "sampled %lld",
                    (long long)game->sampled[i]);
            REQUIRE(game->rows[i * game->layout.row_bytes + game->layout.mask + (size_t)game->sampled[i]],
                    "sampled what is not possible");
            game->actions[i] = (uint8_t)game->sampled[i];
            game->tokens[i] = (uint8_t)(random_mix(seed + i) % ((uint64_t)vocabulary + 1));
        }
        REQUIRE(!nmmo_world_step(game->world, game->actions, vocabulary ? game->tokens : NULL, NULL, &error), "%s",
                error.message);
        game_check_rows(game);
    }
}

/* Whatever state was reached passes the checks of a restore, which also changes nothing of it. */
static inline void game_check_whole(struct game *game) {
    struct nmmo_error error;
    uint64_t hashes[NMMO_SECTIONS];
    size_t bytes = nmmo_snapshot_bytes(game->world);
    uint8_t *snapshot = array(bytes, 1), *rows = array(game->rows_bytes, 1);
    nmmo_world_observe(game->world, NULL);
    memcpy(rows, game->rows, game->rows_bytes);
    for (int section = 0; section < NMMO_SECTIONS; section++) hashes[section] = nmmo_world_hash(game->world, section);
    nmmo_world_snapshot(game->world, snapshot);
    REQUIRE(!nmmo_world_restore(game->world, snapshot, bytes, &error), "%s", error.message);
    for (int section = 0; section < NMMO_SECTIONS; section++)
        REQUIRE(hashes[section] == nmmo_world_hash(game->world, section), "a restore changes the hash of %s",
                nmmo_name(NMMO_ENUM_SECTION, section));
    REQUIRE(!memcmp(rows, game->rows, game->rows_bytes), "a restore changes the observations");
    free(snapshot);
    free(rows);
}

/* A small world in which everything happens soon; more of them by the number. */
static inline struct nmmo_config busy_config(void) {
    struct nmmo_config config;
    REQUIRE(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = config.width = 32;
    config.n_players = 12;
    config.n_monsters = 20;
    config.view_row_radius = config.view_column_radius = 2;
    config.node_regrow_ticks = 7;
    config.monster_return_ticks = 5;
    config.listing_ticks = 12;
    config.stagnation_ticks = 60;
    config.protection_ticks = 3;
    config.pvp_min_danger = 1;
    return config;
}

/* Goods and levels, so that there is trade, harvest and a fight to come by. */
static inline void enrich(nmmo_world *world) {
    struct nmmo_error error;
    for (int i = 0; i < nmmo_world_config(world)->n_players; i++) {
        if (world->players[i].state != LIFE_LIVING) continue;
        for (int skill = 0; skill < NMMO_SKILLS; skill++) nmmo_edit_level(world, i, skill, 40 - 5 * (i % 8), 0, &error);
        nmmo_edit_vital(world, i, NMMO_VITAL_GOLD, 1000, &error);
        for (int type = 1; type <= NMMO_ITEM_TYPES; type += 1 + i % 3)
            nmmo_edit_give(world, i, type, 1 + (type + i) % NMMO_TIERS, 1, 0, &error);
    }
    nmmo_world_observe(world, NULL);
}

#endif
