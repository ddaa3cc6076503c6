/* Fixed games, played through the public interface, and hashes of everything that they come to.
 *
 *     golden [--threads N]
 *
 * The rules promise the same world on every compiler, processor and number of threads. So what
 * this prints must never depend on what built or ran it; scripts/golden.py compares it with
 * tests/golden/hashes.txt, which changes only when the rules do. One line a tick:
 *
 *     TICK HASH ...
 *
 * with one hash a column, in the order of the line `columns`. Halfway through a game of one world
 * a second world takes over a snapshot and plays on beside it, deciding for itself from its own
 * observations and without threads; where the two part the program says so and ends with status 1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nmmo.h"

/* ---- hashing ------------------------------------------------------------------------------------------- */

/* A function of its own: the engine's must not vouch for itself. */
static uint64_t mix(uint64_t value) {
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCDull;
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53ull;
    return value ^ value >> 33;
}

static uint64_t add(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9FB21C651E98DF25ull;
    return hash ^ hash >> 29;
}

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t count) {
    const uint8_t *at = bytes;
    for (; count >= 8; at += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = add(hash, word);
    }
    uint64_t rest = 0;
    memcpy(&rest, at, count);
    return add(hash, rest);
}

/* A pure draw for the choices that this program makes itself. */
static uint64_t draw(uint64_t seed, uint64_t a, uint64_t b) { return mix(add(add(mix(seed + 1), a), b)); }

static int below(uint64_t random, int bound) { return (int)(random % (uint64_t)bound); }

/* ---- the games ------------------------------------------------------------------------------------------- */

enum {
    MOST_WORLDS = 3,
    ASK_PERIOD = 6,
    WILD_ONE_IN = 8,
    WALKER_ONE_IN = 6, /* players who keep to a direction: monsters follow them far from home */
    WALK_TICKS = 24
};

struct game {
    const char *name;
    const char *preset;
    void (*change)(struct nmmo_config *config);
    void (*begin)(nmmo_world *world, uint64_t seed); /* edits after the reset, or NULL */
    uint64_t seed;
    uint32_t ticks;  /* at most: a game ends with its world */
    uint32_t worlds; /* above 1: a batch, each world with a seed derived from this one */
};

static void change_nothing(struct nmmo_config *config) { (void)config; }

static void survival_oblong(struct nmmo_config *config) {
    config->height = 56;
    config->width = 150;
    config->n_players = 96;
    config->n_monsters = 110;
    config->team_size = 4;
    config->vocabulary = 7;
    config->view_row_radius = 3;
    config->view_column_radius = 11;
    config->w_progress = 0.7f;
    config->w_explore = 0.05f;
}

/* Every slot has two lives and asks for the second; the fog and the horizon end the world. */
static void battle_shrunk(struct nmmo_config *config) {
    config->height = 48;
    config->width = 40;
    config->n_players = 64;
    config->n_monsters = 30;
    config->lives = 2;
    config->respawn = NMMO_RESPAWN_ON_REQUEST;
    config->horizon = 220;
    config->protection_ticks = 4;
    config->fog_start = 8;
    config->fog_period = 3;
    config->fog_final = 5;
    config->view_row_radius = 15;
    config->view_column_radius = 1;
}

static void crowded(struct nmmo_config *config) {
    config->height = 44;
    config->width = 40;
    config->n_players = 260; /* more than two shares of rows for the threads */
    config->n_monsters = 170;
    config->pvp_min_danger = 1;
    config->protection_ticks = 2;
    config->respawn = NMMO_RESPAWN_NEXT_TICK;
    config->stagnation_ticks = 45;
    config->node_regrow_ticks = 9;
    config->monster_return_ticks = 3;
    config->listing_ticks = 17;
    config->ore_density = 30;
    config->tree_density = 64;
    config->crystal_density = 25;
    config->herb_density = 20;
    config->fish_density = 20;
    config->w_combat = 0.3f;
    config->w_harvest = 1.1f;
    config->w_progress = 0.7f;
    config->w_equipment = 0.2f;
    config->w_gold = 0.013f;
    config->w_explore = 0.05f;
    config->w_death = -0.9f;
}

static void veterans(struct nmmo_config *config) {
    config->height = config->width = 96;
    config->n_players = 150;
    config->n_monsters = 300;
    config->survival = 1;
    config->pvp_min_danger = 1;
    config->protection_ticks = 0;
    config->node_regrow_ticks = 12;
    config->listing_ticks = 40;
    config->tree_density = config->ore_density = config->fish_density = 40;
    config->crystal_density = config->herb_density = 40;
    config->w_progress = 0.3f;
}

/* Random play alone never leaves the first tier: players of every level, with goods and gold,
 * spread over every danger, bring the rest of the game into play. */
static void equip_everyone(nmmo_world *world, uint64_t seed) {
    const struct nmmo_config *config = nmmo_world_config(world);
    for (int slot = 0; slot < config->n_players; slot++) {
        uint64_t who = draw(seed, 0, (uint64_t)slot);
        /* refused edits are part of the game: they must be refused everywhere */
        for (uint64_t attempt = 0; attempt < 40; attempt++)
            if (!nmmo_edit_place_player(world, slot, below(draw(who, 1, attempt), config->height),
                                        below(draw(who, 2, attempt), config->width), NULL))
                break;
        for (int skill = 0; skill < NMMO_SKILLS; skill++) {
            int level = 1 + below(draw(who, 3, (uint64_t)skill), NMMO_LEVELS);
            int experience = below(draw(who, 4, (uint64_t)skill), NMMO_EXPERIENCE_PER_LEVEL * level);
            nmmo_edit_level(world, slot, skill, level, experience, NULL);
        }
        for (uint64_t gift = 0; gift < NMMO_INVENTORY_SLOTS - 1; gift++) {
            uint64_t random = draw(who, 5, gift);
            int type = 1 + below(random, NMMO_ITEM_TYPES), tier = 1 + below(random >> 20, NMMO_TIERS);
            /* stacks that are nearly full soon spill over */
            nmmo_edit_give(world, slot, type, tier, NMMO_STACK_LIMIT - below(random >> 32, 12), below(random >> 45, 2),
                           NULL);
            nmmo_edit_give(world, slot, type, tier, 1, below(random >> 50, 2), NULL);
        }
        nmmo_edit_vital(world, slot, NMMO_VITAL_GOLD, below(draw(who, 6, 0), 3000), NULL);
        nmmo_edit_vital(world, slot, NMMO_VITAL_PRICE_STEP, 1 + below(draw(who, 6, 1), NMMO_PRICE_STEPS), NULL);
        nmmo_edit_vital(world, slot, NMMO_VITAL_HEALTH, 1 + below(draw(who, 6, 2), NMMO_FULL_HEALTH), NULL);
        nmmo_edit_vital(world, slot, NMMO_VITAL_FOOD, below(draw(who, 6, 3), NMMO_FULL_FOOD), NULL);
        nmmo_edit_vital(world, slot, NMMO_VITAL_WATER, below(draw(who, 6, 4), NMMO_FULL_FOOD), NULL);
    }
    nmmo_world_observe(world, NULL);
}

static void packed(struct nmmo_config *config) {
    config->height = config->width = 48;
    config->n_players = 90;
    config->n_monsters = 200;
    config->pvp_min_danger = 1;
    config->protection_ticks = 0;
    config->monster_return_ticks = 2;
    config->tree_density = config->ore_density = config->crystal_density = config->herb_density = 0;
}

/* Stone wherever nobody stands: who is born, comes back or drops something finds hardly any room. */
static void wall_in(nmmo_world *world, uint64_t seed) {
    const struct nmmo_config *config = nmmo_world_config(world);
    equip_everyone(world, seed);
    for (int row = 0; row < config->height; row++)
        for (int column = 0; column < config->width; column++)
            if (below(draw(seed, (uint64_t)row, (uint64_t)column), 50))
                nmmo_edit_ground(world, row, column, NMMO_STONE, NMMO_WINTER, 1 + column % NMMO_TIERS, NULL);
    nmmo_world_observe(world, NULL);
}

static void large_fixed_map(struct nmmo_config *config) { config->map_seed = 9007199254740991; }

static void batch(struct nmmo_config *config) { /* its worlds end and begin again by themselves */
    config->height = 40;
    config->width = 61;
    config->n_players = 33;
    config->n_monsters = 40;
    config->horizon = 17;
    config->vocabulary = 31;
}

static const struct game games[] = {
    {"small", "small", change_nothing, NULL, 0, 300, 1},
    {"survival_oblong", "survival", survival_oblong, NULL, UINT64_MAX, 440, 1},
    {"battle_shrunk", "battle", battle_shrunk, NULL, 0x8000000000000001ull, 200, 1},
    {"crowded", "small", crowded, NULL, 1, 128, 1},
    {"veterans", "small", veterans, equip_everyone, 20260729, 200, 1},
    {"packed", "small", packed, wall_in, 5, 150, 1},
    {"medium", "medium", change_nothing, NULL, 1ull << 32, 64, 1},
    {"large", "large", large_fixed_map, NULL, 7, 12, 1},
    {"batch", "small", batch, NULL, 3, 60, MOST_WORLDS},
};

static const struct {
    int32_t height, width;
    uint64_t seed;
} maps[] = {
    {32, 32, 0},          {32, 32, 1},           {32, 250, 2},           {250, 32, 3},
    {61, 97, UINT64_MAX}, {128, 128, 0},         {128, 128, 1ull << 63}, {256, 256, 5},
    {512, 512, 0},        {512, 512, 123456789}, {300, 777, 11},
};

/* ---- playing ---------------------------------------------------------------------------------------------- */

enum column {
    /* first the engine's own sections */
    COLUMN_OBSERVATIONS = NMMO_SECTIONS,
    COLUMN_REWARDS,
    COLUMN_ENDS,
    COLUMN_EVENTS,
    COLUMN_STATISTICS,
    COLUMNS
};
static const char *const column_names[COLUMNS] = {
    [COLUMN_OBSERVATIONS] = "observations",
    [COLUMN_REWARDS] = "rewards",
    [COLUMN_ENDS] = "ends",
    [COLUMN_EVENTS] = "events",
    [COLUMN_STATISTICS] = "statistics",
};

static const char *column_name(int column) {
    return column < NMMO_SECTIONS ? nmmo_name(NMMO_ENUM_SECTION, column) : column_names[column];
}

/* a world and the arrays that it fills */
struct seat {
    nmmo_world *world;
    struct nmmo_layout layout;
    struct nmmo_outputs outputs;
    size_t n;
    uint8_t *actions, *tokens; /* where its choices go */
};

static void stop(const char *what) {
    fprintf(stderr, "golden: %s\n", what);
    exit(1);
}

static void *array(size_t count, size_t size) {
    void *made = calloc(count, size);
    if (!made) stop("out of memory");
    return made;
}

static struct seat make_seat(const struct nmmo_config *config, uint8_t *actions, uint8_t *tokens) {
    struct nmmo_error error;
    struct seat seat = {.n = (size_t)config->n_players, .actions = actions, .tokens = tokens};
    seat.world = nmmo_world_create(config, &error);
    if (!seat.world) stop(error.message);
    nmmo_layout(config, &seat.layout);
    seat.outputs = (struct nmmo_outputs){
        .observations = array(seat.n, seat.layout.row_bytes),
        .rewards = array(seat.n, sizeof(float)),
        .terminated = array(seat.n, 1),
        .truncated = array(seat.n, 1),
        .final_observations = array(seat.n, seat.layout.row_bytes),
    };
    nmmo_world_bind(seat.world, &seat.outputs);
    return seat;
}

static void unmake_seat(struct seat *seat) {
    nmmo_world_destroy(seat->world);
    free(seat->outputs.observations);
    free(seat->outputs.rewards);
    free(seat->outputs.terminated);
    free(seat->outputs.truncated);
    free(seat->outputs.final_observations);
}

static void reset(struct seat *seat, uint64_t seed) {
    struct nmmo_error error;
    if (nmmo_world_reset(seat->world, seed, &error)) stop(error.message);
}

/* What is possible, drawn again each tick; now and then anything at all, which is mostly refused; and some
 * who walk on and on. */
static void decide(struct seat *seat, uint64_t seed, uint64_t tick) {
    int64_t *sampled = array(seat->n, sizeof *sampled);
    int vocabulary = nmmo_world_config(seat->world)->vocabulary;
    nmmo_sample_actions(seat->outputs.observations + seat->layout.mask, seat->layout.row_bytes, seat->n,
                        draw(seed, tick, 0), sampled);
    for (size_t i = 0; i < seat->n; i++) {
        uint64_t random = draw(seed, tick, i + 1);
        int wild = below(random, WILD_ONE_IN) == 0;
        seat->actions[i] = (uint8_t)(wild ? below(random >> 8, NMMO_ACTIONS) : sampled[i]);
        if (!wild && i % WALKER_ONE_IN == 0)
            seat->actions[i] = (uint8_t)(NMMO_MOVE + below(draw(seed, tick / WALK_TICKS, i), 4));
        seat->tokens[i] = (uint8_t)below(random >> 32, vocabulary + 1);
    }
    free(sampled);
}

/* Players whose life has ended ask for the next from time to time. */
static void ask(struct seat *seat, uint32_t tick) {
    if (nmmo_world_config(seat->world)->respawn != NMMO_RESPAWN_ON_REQUEST || tick % ASK_PERIOD) return;
    uint8_t *slots = array(seat->n, 1);
    for (size_t i = 0; i < seat->n; i++) slots[i] = (uint8_t)(i % 5 != tick % 5);
    nmmo_world_respawn(seat->world, slots);
    free(slots);
}

/* Adds what there is to see of a world to the hash of each column. */
static void look(const struct seat *seat, uint64_t hashes[COLUMNS]) {
    size_t count, row = seat->layout.row_bytes;
    for (int section = 0; section < NMMO_SECTIONS; section++)
        hashes[section] = add(hashes[section], nmmo_world_hash(seat->world, (enum nmmo_section)section));
    uint64_t *hash = &hashes[COLUMN_OBSERVATIONS];
    *hash = add_bytes(*hash, seat->outputs.observations, seat->n * row);
    for (size_t i = 0; i < seat->n; i++) /* the last observation is written where a life ended */
        if (seat->outputs.terminated[i] || seat->outputs.truncated[i])
            *hash = add_bytes(*hash, seat->outputs.final_observations + i * row, row);
    hash = &hashes[COLUMN_REWARDS]; /* float32 as it lies */
    *hash = add_bytes(*hash, seat->outputs.rewards, seat->n * sizeof(float));
    hash = &hashes[COLUMN_ENDS];
    *hash = add_bytes(*hash, seat->outputs.terminated, seat->n);
    *hash = add_bytes(*hash, seat->outputs.truncated, seat->n);
    hash = &hashes[COLUMN_EVENTS];
    const struct nmmo_event *events = nmmo_world_events(seat->world, &count);
    *hash = add_bytes(*hash, events, count * sizeof *events);
    hash = &hashes[COLUMN_STATISTICS];
    *hash = add_bytes(*hash, nmmo_world_statistics(seat->world), sizeof(struct nmmo_statistics));
}

static void print_tick(uint32_t tick, const struct seat *seats, uint32_t count) {
    uint64_t hashes[COLUMNS] = {0};
    for (uint32_t w = 0; w < count; w++) look(&seats[w], hashes);
    printf("%" PRIu32, tick);
    for (int column = 0; column < COLUMNS; column++) printf(" %016" PRIx64, hashes[column]);
    printf("\n");
}

static void compare(const struct game *game, uint32_t tick, const struct seat *one, const struct seat *other) {
    uint64_t hashes[2][COLUMNS] = {{0}};
    look(one, hashes[0]);
    look(other, hashes[1]);
    for (int column = 0; column < COLUMNS; column++) {
        if (hashes[0][column] == hashes[1][column]) continue;
        fprintf(stderr, "golden: game %s, tick %" PRIu32 ": %s differs in the world that went on from a snapshot\n",
                game->name, tick, column_name(column));
        exit(1);
    }
}

/* Prints what a snapshot of this world comes to, and makes the other world go on from it. */
static void hand_over(const struct seat *from, struct seat *to) {
    struct nmmo_error error;
    size_t bytes = nmmo_snapshot_bytes(from->world);
    uint8_t *snapshot = array(bytes, 1);
    nmmo_world_snapshot(from->world, snapshot);
    printf("snapshot %016" PRIx64 "\n", add_bytes(0, snapshot, bytes));
    if (nmmo_world_restore(to->world, snapshot, bytes, &error)) stop(error.message);
    free(snapshot);
}

static void step(struct seat *seat, nmmo_pool *pool) {
    struct nmmo_error error;
    const uint8_t *tokens = nmmo_world_config(seat->world)->vocabulary ? seat->tokens : NULL;
    if (nmmo_world_step(seat->world, seat->actions, tokens, pool, &error)) stop(error.message);
}

static void play_one(const struct game *game, struct seat *seats, nmmo_pool *pool) {
    struct seat *main_seat = &seats[0], *twin = &seats[1];
    reset(main_seat, game->seed);
    if (game->begin) game->begin(main_seat->world, game->seed);
    reset(twin, game->seed + 1); /* another world: nothing of it may remain */
    print_tick(0, main_seat, 1);
    uint32_t half = game->ticks / 2;
    for (uint32_t tick = 1; tick <= game->ticks && !nmmo_world_over(main_seat->world); tick++) {
        decide(main_seat, game->seed, tick);
        step(main_seat, pool);
        ask(main_seat, tick);
        print_tick(tick, main_seat, 1);
        if (tick > half) {
            decide(twin, game->seed, tick);
            step(twin, NULL);
            ask(twin, tick);
            compare(game, tick, main_seat, twin);
        }
        if (tick == half) hand_over(main_seat, twin);
    }
}

static void play_batch(const struct game *game, struct seat *seats, nmmo_pool *pool) {
    struct nmmo_error error;
    nmmo_world *worlds[MOST_WORLDS];
    uint64_t seeds[MOST_WORLDS];
    uint8_t over[MOST_WORLDS];
    for (uint32_t w = 0; w < game->worlds; w++) {
        worlds[w] = seats[w].world;
        seeds[w] = nmmo_derive_seed(game->seed, w);
    }
    if (nmmo_worlds_reset(worlds, game->worlds, seeds, NULL, pool, &error)) stop(error.message);
    print_tick(0, seats, game->worlds);
    for (uint32_t tick = 1; tick <= game->ticks; tick++) {
        for (uint32_t w = 0; w < game->worlds; w++) decide(&seats[w], draw(game->seed, 1, w), tick);
        if (nmmo_worlds_step(worlds, game->worlds, seats[0].actions, seats[0].tokens, pool, seeds, over, &error))
            stop(error.message);
        print_tick(tick, seats, game->worlds);
    }
}

static void play(const struct game *game, nmmo_pool *pool) {
    struct nmmo_config config;
    if (nmmo_config_preset(game->preset, &config)) stop("no such preset");
    game->change(&config);
    uint32_t count = game->worlds > 1 ? game->worlds : 2; /* one world has a twin */
    size_t n = (size_t)config.n_players;
    uint8_t *actions = array(count * n, 1), *tokens = array(count * n, 1);
    struct seat seats[MOST_WORLDS];
    for (uint32_t w = 0; w < count; w++) seats[w] = make_seat(&config, actions + w * n, tokens + w * n);
    printf("game %s\n", game->name);
    if (game->worlds > 1) play_batch(game, seats, pool);
    else play_one(game, seats, pool);
    fflush(stdout);
    for (uint32_t w = 0; w < count; w++) unmake_seat(&seats[w]);
    free(actions);
    free(tokens);
}

static void print_map(int32_t height, int32_t width, uint64_t seed) {
    struct nmmo_config config;
    if (nmmo_config_preset("small", &config)) stop("no such preset");
    config.height = height;
    config.width = width;
    struct seat seat = make_seat(&config, NULL, NULL);
    reset(&seat, seed);
    size_t tiles = (size_t)height * (size_t)width;
    uint32_t *map = array(tiles, sizeof *map);
    nmmo_world_map(seat.world, map);
    printf("map %" PRId32 "x%" PRId32 "/%" PRIu64 " %016" PRIx64 "\n", height, width, seed,
           add_bytes(0, map, tiles * sizeof *map));
    free(map);
    unmake_seat(&seat);
}

int main(int argc, char **argv) {
    int threads = 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--threads") || i + 1 == argc || (threads = atoi(argv[++i])) < 1)
            return fprintf(stderr, "usage: golden [--threads N]\n"), 2;
    }
    nmmo_pool *pool = threads > 1 ? nmmo_pool_create(threads) : NULL;
    if (threads > 1 && nmmo_pool_threads(pool) != threads) stop("there are no threads here");
    printf("rules %" PRIu32 "\ncolumns", nmmo_rules_version());
    for (int column = 0; column < COLUMNS; column++) printf(" %s", column_name(column));
    printf("\n");
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) print_map(maps[i].height, maps[i].width, maps[i].seed);
    for (size_t i = 0; i < sizeof games / sizeof *games; i++) play(&games[i], pool);
    nmmo_pool_destroy(pool);
    return 0;
}
