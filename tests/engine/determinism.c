/* Equal seeds give equal worlds, whatever steps them and wherever they are taken up again; unequal seeds do not; nobody
 * is favoured by the order of play; damaged snapshots do no harm; the fullest worlds go on.
 *
 *     determinism [--seed N] [--ticks N]
 */
#include <math.h>

#include "../../engine/grid.h"
#include "../../engine/players.h"
#include "../../engine/random.h"
#include "../../engine/tile.h"
#include "model.h"

char check_context[160] = "";

struct playing {
    nmmo_world *world;
    struct nmmo_layout layout;
    size_t n, rows_bytes;
    uint8_t *rows, *terminated, *truncated, *actions, *tokens;
    float *rewards;
};

static void *array(size_t count, size_t size) {
    void *made = calloc(count ? count : 1, size);
    CHECK(made, "out of memory");
    return made;
}

static struct playing make(const struct nmmo_config *config) {
    struct nmmo_error error;
    struct playing made = {.n = (size_t)config->n_players};
    made.world = nmmo_world_create(config, &error);
    CHECK(made.world, "%s", error.message);
    nmmo_layout(config, &made.layout);
    made.rows_bytes = made.n * made.layout.row_bytes;
    made.rows = array(made.rows_bytes, 1);
    made.terminated = array(made.n, 1);
    made.truncated = array(made.n, 1);
    made.actions = array(made.n, 1);
    made.tokens = array(made.n, 1);
    made.rewards = array(made.n, sizeof(float));
    struct nmmo_outputs outputs = {made.rows, made.rewards, made.terminated, made.truncated, NULL};
    nmmo_world_bind(made.world, &outputs);
    return made;
}

static void unmake(struct playing *playing) {
    nmmo_world_destroy(playing->world);
    free(playing->rows);
    free(playing->terminated);
    free(playing->truncated);
    free(playing->actions);
    free(playing->tokens);
    free(playing->rewards);
}

static void reset(struct playing *playing, uint64_t seed) {
    struct nmmo_error error;
    CHECK(!nmmo_world_reset(playing->world, seed, &error), "%s", error.message);
}

/* What is possible, drawn again each tick. */
static void decide(struct playing *playing, uint64_t seed) {
    int64_t *sampled = array(playing->n, sizeof *sampled);
    int vocabulary = nmmo_world_config(playing->world)->vocabulary;
    nmmo_sample_actions(playing->rows + playing->layout.mask, playing->layout.row_bytes, playing->n, seed, sampled);
    for (size_t i = 0; i < playing->n; i++) {
        playing->actions[i] = (uint8_t)sampled[i];
        playing->tokens[i] = (uint8_t)(random_mix(seed + i) % ((uint64_t)vocabulary + 1));
    }
    free(sampled);
}

static const uint8_t *tokens_of(const struct playing *playing) {
    return nmmo_world_config(playing->world)->vocabulary ? playing->tokens : NULL;
}

static void step(struct playing *playing, nmmo_pool *pool) {
    struct nmmo_error error;
    CHECK(!nmmo_world_step(playing->world, playing->actions, tokens_of(playing), pool, &error), "%s", error.message);
}

static void copy_choice(struct playing *to, const struct playing *from) {
    memcpy(to->actions, from->actions, from->n);
    memcpy(to->tokens, from->tokens, from->n);
}

static void check_equal(const struct playing *one, const struct playing *other, const char *what) {
    uint32_t tick = nmmo_world_tick(one->world);
    for (int section = 0; section < NMMO_SECTIONS; section++)
        CHECK(nmmo_world_hash(one->world, section) == nmmo_world_hash(other->world, section),
              "%s: the hash of %s differs at tick %u", what, nmmo_name(NMMO_ENUM_SECTION, section), tick);
    for (size_t byte = 0; byte < one->rows_bytes; byte++)
        CHECK(one->rows[byte] == other->rows[byte], "%s: byte %zu of player %zu's row differs at tick %u", what,
              byte % one->layout.row_bytes, byte / one->layout.row_bytes, tick);
    CHECK(!memcmp(one->rewards, other->rewards, one->n * sizeof(float)), "%s: rewards differ at tick %u", what, tick);
    CHECK(!memcmp(one->terminated, other->terminated, one->n) && !memcmp(one->truncated, other->truncated, one->n),
          "%s: ends differ at tick %u", what, tick);
}

static struct nmmo_config busy_config(void) {
    struct nmmo_config config;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = 48;
    config.width = 40;
    config.n_players = 130; /* more than two shares of rows for the threads */
    config.n_monsters = 120;
    config.vocabulary = 5;
    config.team_size = 2;
    config.survival = 1;
    config.fog = 1;
    config.fog_start = 5;
    config.pvp_min_danger = 1;
    config.protection_ticks = 3;
    config.listing_ticks = 16;
    config.node_regrow_ticks = 9;
    config.stagnation_ticks = 40;
    return config;
}

/* ---- seeds --------------------------------------------------------------------------------------------------- */

static void Seeds_equal_and_unequal(uint64_t first, int ticks) {
    struct nmmo_config config = busy_config();
    struct playing one = make(&config), other = make(&config), third = make(&config);
    size_t tiles = (size_t)config.height * (size_t)config.width;
    uint32_t *map = array(tiles, sizeof *map), *other_map = array(tiles, sizeof *map);
    for (uint64_t seed = first; seed < first + 2; seed++) {
        reset(&one, seed);
        reset(&other, seed + 1000); /* what was before must not matter */
        decide(&other, 1);
        step(&other, NULL);
        reset(&other, seed);
        check_equal(&one, &other, "equal seeds");
        reset(&third, seed + 1);
        nmmo_world_map(one.world, map);
        nmmo_world_map(third.world, other_map);
        CHECK(memcmp(map, other_map, tiles * sizeof *map), "seeds %llu and %llu have one map", (unsigned long long)seed,
              (unsigned long long)seed + 1);
        CHECK(memcmp(one.rows, third.rows, one.rows_bytes), "two seeds have one first observation");
        int differing = 0;
        uint64_t clock = nmmo_world_hash(one.world, NMMO_SECTION_CLOCK);
        for (int tick = 1; tick <= ticks; tick++) {
            decide(&one, seed * 31 + (uint64_t)tick);
            copy_choice(&other, &one);
            copy_choice(&third, &one);
            step(&one, NULL);
            for (int phase = 0; phase < NMMO_PHASES; phase++) /* a step is its phases and nothing else */
                nmmo_world_phase(other.world, phase, other.actions, tokens_of(&other), NULL);
            step(&third, NULL);
            check_equal(&one, &other, "equal seeds");
            CHECK(nmmo_world_hash(one.world, NMMO_SECTION_CLOCK) != clock, "the clock's hash stands still");
            clock = nmmo_world_hash(one.world, NMMO_SECTION_CLOCK);
            differing += memcmp(one.rows, third.rows, one.rows_bytes) != 0;
            CHECK(nmmo_world_hash(one.world, NMMO_SECTION_PLAYERS) !=
                      nmmo_world_hash(third.world, NMMO_SECTION_PLAYERS),
                  "two seeds have one hash");
        }
        CHECK(differing == ticks, "unequal seeds agreed in %d of %d ticks", ticks - differing, ticks);
    }
    /* one map, two seeds: the same ground, another game */
    config.map_seed = 7;
    struct playing fixed = make(&config), fixed_too = make(&config);
    reset(&fixed, 0);
    reset(&fixed_too, 1);
    nmmo_world_map(fixed.world, map);
    nmmo_world_map(fixed_too.world, other_map);
    CHECK(!memcmp(map, other_map, tiles * sizeof *map), "a fixed map follows the seed");
    CHECK(memcmp(fixed.rows, fixed_too.rows, fixed.rows_bytes), "births do not follow the seed");
    free(map);
    free(other_map);
    unmake(&one);
    unmake(&other);
    unmake(&third);
    unmake(&fixed);
    unmake(&fixed_too);
}

/* ---- threads --------------------------------------------------------------------------------------------------- */

static void Threads_change_nothing(uint64_t seed, int ticks, int threads) {
    struct nmmo_config config = busy_config();
    config.horizon = 20; /* so that worlds end and begin again */
    enum { MANY = 5 };
    nmmo_pool *pool = threads > 1 ? nmmo_pool_create(threads) : NULL;
    CHECK(threads == 1 || (pool && nmmo_pool_threads(pool) == threads), "a pool of %d", threads);
    struct playing alone[MANY], pooled[MANY];
    nmmo_world *worlds[MANY];
    uint64_t seeds[MANY], next[MANY];
    uint8_t over[MANY], *actions = array(MANY * (size_t)config.n_players, 1);
    uint8_t *tokens = array(MANY * (size_t)config.n_players, 1);
    for (size_t w = 0; w < MANY; w++) {
        alone[w] = make(&config);
        pooled[w] = make(&config);
        worlds[w] = pooled[w].world;
        seeds[w] = nmmo_derive_seed(seed, w);
        next[w] = nmmo_derive_seed(seeds[w], 0);
        reset(&alone[w], seeds[w]);
    }
    struct nmmo_error error;
    CHECK(!nmmo_worlds_reset(worlds, MANY, seeds, NULL, pool, &error), "%s", error.message);
    struct playing shared = make(&config); /* one world whose rows the threads share out */
    reset(&shared, seeds[0]);
    check_equal(&alone[0], &shared, "first observation");
    uint64_t given[MANY];
    memcpy(given, next, sizeof given);
    for (int tick = 1; tick <= ticks; tick++) {
        for (size_t w = 0; w < MANY; w++) {
            check_equal(&alone[w], &pooled[w], "many worlds");
            decide(&alone[w], seed + (uint64_t)tick * MANY + w);
            memcpy(actions + w * alone[w].n, alone[w].actions, alone[w].n);
            memcpy(tokens + w * alone[w].n, alone[w].tokens, alone[w].n);
        }
        copy_choice(&shared, &alone[0]);
        if (!nmmo_world_over(shared.world)) step(&shared, pool);
        CHECK(!nmmo_worlds_step(worlds, MANY, actions, tokens, pool, given, over, &error), "%s", error.message);
        for (size_t w = 0; w < MANY; w++) {
            step(&alone[w], NULL);
            if (w == 0) check_equal(&alone[0], &shared, "shared rows");
            CHECK(over[w] == nmmo_world_over(alone[w].world), "world %zu is over: %d", w, over[w]);
            if (!over[w]) continue;
            /* rewards and ends stay those of the last tick, so what a reset clears is kept aside */
            float *rewards = array(alone[w].n, sizeof *rewards);
            uint8_t *ends = array(2 * alone[w].n, 1);
            memcpy(rewards, alone[w].rewards, alone[w].n * sizeof *rewards);
            memcpy(ends, alone[w].terminated, alone[w].n);
            memcpy(ends + alone[w].n, alone[w].truncated, alone[w].n);
            reset(&alone[w], next[w]);
            if (w == 0) reset(&shared, next[w]);
            memcpy(alone[w].rewards, rewards, alone[w].n * sizeof *rewards);
            memcpy(alone[w].terminated, ends, alone[w].n);
            memcpy(alone[w].truncated, ends + alone[w].n, alone[w].n);
            next[w] = nmmo_derive_seed(next[w], 0);
            CHECK(given[w] == next[w], "the next seed of world %zu", w);
            free(rewards);
            free(ends);
        }
    }
    for (size_t w = 0; w < MANY; w++) {
        unmake(&alone[w]);
        unmake(&pooled[w]);
    }
    unmake(&shared);
    free(actions);
    free(tokens);
    if (pool) nmmo_pool_destroy(pool);
}

/* ---- snapshots -------------------------------------------------------------------------------------------------- */

/* The envelope: magic, format, rules version, size, checksum; then the state. */
enum { ENVELOPE = 32, CHECKSUM_AT = 24 };

/* Two hints are computed again by a restore, and no rule depends on them: whether the map is known to be that of its seed
 * (so that no forged map outlives a reset), and from when on an item of a row may vanish. */
static void forget_hints(const nmmo_world *world, uint8_t *state) {
    size_t row_vanish_ticks = (size_t)((const uint8_t *)world->row_vanish_ticks - (const uint8_t *)world->head);
    memset(state + offsetof(struct header, map_source), 0, sizeof(uint32_t));
    memset(state + row_vanish_ticks, 0, (size_t)world->head->config.height * sizeof *world->row_vanish_ticks);
}
/* What else a restore computes again from the tiles and the players, instead of believing it. */
static void forget_indices(const nmmo_world *world, uint8_t *state) {
    const struct header *head = world->head;
    const uint8_t *first = (const uint8_t *)head;
    memset(state + offsetof(struct header, walkable_start), 0, sizeof head->walkable_start);
    memset(state + offsetof(struct header, node_count), 0, sizeof head->node_count);
    memset(state + ((const uint8_t *)world->near_players - first), 0, head->cells * sizeof *world->near_players);
    memset(state + ((const uint8_t *)world->walkable - first), 0,
           (size_t)head->config.height * (size_t)head->config.width * sizeof *world->walkable);
}

static void describe(const nmmo_world *world, uint8_t *state) {
    memcpy(state, world->head, (size_t)world->head->state_bytes);
    forget_hints(world, state);
}

static void restore(struct playing *playing, const uint8_t *snapshot, size_t bytes) {
    struct nmmo_error error;
    CHECK(!nmmo_world_restore(playing->world, snapshot, bytes, &error), "%s", error.message);
}

static void Snapshot_continues_equal(uint64_t seed, int ticks) {
    struct nmmo_config config = busy_config();
    for (int respawn = 0; respawn <= 2; respawn++) {
        config.respawn = respawn;
        config.lives = respawn == 0 ? 0 : 4;
        struct playing original = make(&config);
        size_t bytes = 0;
        uint8_t *snapshot = NULL, *later = NULL, *slots = array(original.n, 1);
        reset(&original, seed);
        memset(slots, 1, original.n);
        bytes = nmmo_snapshot_bytes(original.world);
        snapshot = array(bytes, 1);
        later = array(bytes, 1);
        for (int part = 0; part < 3; part++) {
            nmmo_world_snapshot(original.world, snapshot);
            struct nmmo_config described;
            struct nmmo_error error;
            CHECK(!nmmo_snapshot_config(snapshot, bytes, &described, &error), "%s", error.message);
            CHECK(!memcmp(&described, &config, sizeof config), "the snapshot's configuration");
            struct playing fresh = make(&config), used = make(&config);
            reset(&used, seed + 5);
            decide(&used, 3);
            step(&used, NULL);
            restore(&fresh, snapshot, bytes);
            restore(&used, snapshot, bytes);
            CHECK(!memcmp(fresh.rows, original.rows, original.rows_bytes), "the observations of a restored world");
            for (int tick = 0; tick < ticks && !nmmo_world_over(original.world); tick++) {
                decide(&original, seed + (uint64_t)(tick + 100 * part));
                copy_choice(&fresh, &original);
                copy_choice(&used, &original);
                step(&original, NULL);
                step(&fresh, NULL);
                step(&used, NULL);
                if (respawn == NMMO_RESPAWN_ON_REQUEST && tick % 3 == 0) {
                    nmmo_world_respawn(original.world, slots);
                    nmmo_world_respawn(fresh.world, slots);
                    nmmo_world_respawn(used.world, slots);
                }
                check_equal(&original, &fresh, "restored into a fresh world");
                check_equal(&original, &used, "restored into a used world");
                nmmo_world_snapshot(original.world, later);
                restore(&used, later, bytes); /* every state that play reaches passes the checks */
            }
            describe(original.world, snapshot);
            describe(fresh.world, later);
            CHECK(!memcmp(snapshot, later, bytes - ENVELOPE), "the states differ");
            unmake(&fresh);
            unmake(&used);
        }
        free(snapshot);
        free(later);
        free(slots);
        unmake(&original);
    }
}

static uint64_t checksum_of(const uint8_t *bytes, size_t n) {
    uint64_t lanes[4] = {1, 2, 3, 4}, sum = n;
    for (size_t at = 0; at + 8 <= n; at += 8) {
        uint64_t word, *lane = &lanes[at / 8 % 4];
        memcpy(&word, bytes + at, sizeof word);
        *lane = (*lane ^ word) * RANDOM_STEP;
        *lane ^= *lane >> 29;
    }
    for (int lane = 0; lane < 4; lane++) sum = random_mix(sum + lanes[lane]);
    return sum;
}

struct damage_count {
    int refused, accepted;
};

/* What no world may hold, said again from the rules. */
static void check_sane(const nmmo_world *world) {
    const struct nmmo_config *config = nmmo_world_config(world);
    for (int i = 0; i < config->n_players; i++) {
        const struct player *player = &world->players[i];
        int worn = 0;
        for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
            const struct nmmo_item *item = &player->inventory[slot];
            int most = item->type >= NMMO_WHETSTONE ? 99 : 1;
            CHECK(item->type == 0 ? !item->tier && !item->quantity && !item->worn
                                  : item->type <= NMMO_ITEM_TYPES && item->tier >= 1 && item->tier <= NMMO_TIERS &&
                                        item->quantity >= 1 && item->quantity <= most && item->worn <= 1,
                  "player %d holds %d of %d.%d", i, item->quantity, item->type, item->tier);
            worn += item->worn;
        }
        int shown = 0;
        for (int where = 0; where < NMMO_EQUIPMENT_SLOTS; where++) shown += player->self.worn_type[where] != 0;
        CHECK(worn == shown, "player %d wears %d things and shows %d", i, worn, shown);
        CHECK(player->self.price_step >= 1 && player->self.price_step <= NMMO_PRICE_STEPS, "player %d's price", i);
        if (!player->tile) continue;
        CHECK(player->self.health >= 1 && player->self.health <= 100 && player->self.stamina <= 100, "player %d", i);
        CHECK(player->self.row < config->height && player->self.column < config->width &&
                  world->ids[player->tile] == (uint32_t)i + 1,
              "player %d stands nowhere", i);
        for (int skill = 0; skill < NMMO_SKILLS; skill++)
            CHECK(player->self.level[skill] >= 1 && player->self.level[skill] <= NMMO_LEVELS, "player %d's level", i);
    }
    for (int l = 0; l < config->n_players * NMMO_LISTINGS; l++) {
        const struct listing *listing = &world->listings[l];
        if (listing->type)
            CHECK(listing->type <= NMMO_ITEM_TYPES && listing->tier >= 1 && listing->tier <= NMMO_TIERS &&
                      listing->quantity >= 1 && listing->quantity <= 99 && listing->step >= 1 &&
                      listing->step <= NMMO_PRICE_STEPS && world->players[l / NMMO_LISTINGS].tile,
                  "listing %d", l);
    }
}

/* Refused, the world is as before; accepted, it holds what the bytes say, and can be played on. */
static void try_damaged(struct playing *victim, const uint8_t *good, uint8_t *forged, size_t bytes, uint8_t *scratch,
                        struct damage_count *count, uint64_t seed) {
    struct nmmo_error error = {0, ""};
    int status = nmmo_world_restore(victim->world, forged, bytes, &error);
    nmmo_world_snapshot(victim->world, scratch);
    if (status) {
        CHECK(status == NMMO_BAD_SNAPSHOT && error.status == status && error.message[0], "status %d: %s", status,
              error.message);
        CHECK(!memcmp(scratch, good, bytes), "a refused snapshot has changed the world");
        count->refused++;
        return;
    }
    count->accepted++;
    check_sane(victim->world);
    forget_hints(victim->world, forged + ENVELOPE);
    forget_hints(victim->world, scratch + ENVELOPE);
    forget_indices(victim->world, forged + ENVELOPE);
    forget_indices(victim->world, scratch + ENVELOPE);
    CHECK(!memcmp(scratch + ENVELOPE, forged + ENVELOPE, bytes - ENVELOPE),
          "an accepted snapshot was not taken as it is");
    for (int tick = 0; tick < 2 && !nmmo_world_over(victim->world); tick++) {
        decide(victim, seed + (uint64_t)tick);
        step(victim, NULL);
        nmmo_world_snapshot(victim->world, scratch);
        CHECK(!nmmo_world_restore(victim->world, scratch, bytes, &error), "an accepted snapshot led to: %s",
              error.message);
    }
    restore(victim, good, bytes);
}

/* The same place in a copy of the state. */
static void *in_copy(const nmmo_world *world, uint8_t *state, const void *place) {
    return state + ((const uint8_t *)place - (const uint8_t *)world->head);
}

/* Makes the copy of the state tell one lie; 0 past the last. Each must be refused. */
static int tell_lie(const nmmo_world *world, uint8_t *state, int lie) {
    const struct nmmo_config *config = nmmo_world_config(world);
    int p = 0, other = 0, slot = 0, pile = 0, food = 0, id = 0, m = 0;
    for (; p < config->n_players; p++) { /* one with something that does not stack */
        const struct nmmo_item *held = world->players[p].inventory;
        for (slot = 0; slot < NMMO_INVENTORY_SLOTS && (!held[slot].type || held[slot].type >= NMMO_WHETSTONE);) slot++;
        if (slot < NMMO_INVENTORY_SLOTS) break;
    }
    while (other < config->n_players && (other == p || !world->players[other].tile)) other++;
    while (id < config->n_players * NMMO_LISTINGS && !world->listings[id].type) id++;
    while (m < config->n_monsters && !world->monsters[m].tile) m++;
    CHECK(p < config->n_players && other < config->n_players && m < config->n_monsters &&
              id < config->n_players * NMMO_LISTINGS && world->head->regrow_count > 1,
          "there is too little to lie about: player %d, monster %d, listing %d, %u nodes", p, m, id,
          world->head->regrow_count);
    while (food < config->n_players * NMMO_INVENTORY_SLOTS &&
           world->players[food / NMMO_INVENTORY_SLOTS].inventory[food % NMMO_INVENTORY_SLOTS].type < NMMO_RATION)
        food++;
    while (pile < (int)world->head->padded_tiles && !world->item_quantity[pile]) pile++;
    int bare = 0; /* a tile where somebody could stand and nothing lies */
    while (!tile_walkable(world->tiles[bare]) || tile_object(world->tiles[bare])) bare++;
    CHECK(pile < (int)world->head->padded_tiles && food < config->n_players * NMMO_INVENTORY_SLOTS,
          "there are no items to lie about");
    struct header *head = (struct header *)(void *)state;
    struct player *players = in_copy(world, state, world->players), *player = &players[p];
    struct monster *monster = (struct monster *)in_copy(world, state, world->monsters) + m;
    struct listing *listing = (struct listing *)in_copy(world, state, world->listings) + id;
    struct market *market = in_copy(world, state, world->market);
    struct regrowth *regrowth = (struct regrowth *)in_copy(world, state, world->regrow) + head->regrow_first;
    uint64_t *tiles = in_copy(world, state, world->tiles);
    uint32_t *ids = in_copy(world, state, world->ids);
    uint8_t *quantities = in_copy(world, state, world->item_quantity);
    struct nmmo_item *item = &player->inventory[slot];
    struct nmmo_item *meal = &players[food / NMMO_INVENTORY_SLOTS].inventory[food % NMMO_INVENTORY_SLOTS];
    switch (lie) {
    case 0: item->type = NMMO_ITEM_TYPES + 1; break;
    case 1: item->tier = 0; break;
    case 2: item->tier = NMMO_TIERS + 1; break;
    case 3: item->quantity = 0; break;
    case 4: item->quantity = 2; break;
    case 5: item->worn = 2; break;
    case 6: meal->quantity = NMMO_STACK_LIMIT + 1; break;
    case 7: meal->worn = 1; break;
    case 8: player->self.health = 0; break;
    case 9: player->self.health = 101; break;
    case 10: player->self.level[NMMO_FISHING] = NMMO_LEVELS + 1; break;
    case 11: player->self.level[NMMO_FISHING] = 0; break;
    case 12: player->experience[0] = (uint16_t)(8 * player->self.level[0]); break;
    case 13: player->self.row = (uint16_t)config->height; break;
    case 14: player->tile++; break;
    case 15: player->tile = UINT32_MAX; break;
    case 16:
        player->tile = players[other].tile;
        player->self.row = players[other].self.row;
        player->self.column = players[other].self.column;
        break;
    case 17: player->self.price_step = 0; break;
    case 18: player->self.price_step = NMMO_PRICE_STEPS + 1; break;
    case 19: player->listings++; break;
    case 20: player->state = LIFE_FALLEN; break;
    case 21: player->state = LIFE_NONE; break;
    case 22: player->worn_slot[0] = 200; break;
    case 23: player->life_return = (float)NAN; break;
    case 24: player->self.combat_ticks = 6; break;
    case 25: player->killer = config->n_players + config->n_monsters; break;
    case 26: player->explored = UINT16_MAX; break;
    case 27:
        monster->target = config->n_players;
        monster->state = MONSTER_CHASING;
        break;
    case 28: monster->target = -2; break;
    case 29: monster->state = MONSTER_FALLEN; break;
    case 30: monster->state = 77; break;
    case 31: monster->tile = world->players[p].tile; break;
    case 32: monster->home_row = UINT16_MAX; break;
    case 33: monster->level = 0; break;
    case 34: monster->temper = NMMO_PLAYER; break;
    case 35: listing->type = NMMO_ITEM_TYPES + 1; break;
    case 36: listing->step = NMMO_PRICE_STEPS + 1; break;
    case 37: listing->quantity = 0; break;
    case 38: listing->queue_next = (uint32_t)id; break;
    case 39: listing->queue_previous = 0x7FFFFFFF; break;
    case 40: listing->queue_next = 0x7FFFFFFF; break;
    case 41: listing->younger = (uint32_t)id; break;
    case 42: listing->older = 0x7FFFFFFF; break;
    case 43: listing->expires_at = head->tick; break;
    case 44: market->oldest = 0x7FFFFFFF; break;
    case 45: market->youngest = NO_LISTING; break;
    case 46: market->queues[NMMO_BOOKS - 1][0].first = 0x7FFFFFFF; break;
    case 47: market->board[1][3] = NMMO_PRICE_STEPS + 1; break;
    case 48: market->steps[0] ^= 1; break;
    case 49: head->regrow_first = head->node_capacity; break;
    case 50: head->regrow_count = UINT32_MAX; break;
    case 51: regrowth->tile = UINT32_MAX; break;
    case 52: regrowth->tick = head->tick; break;
    case 53: regrowth->tile = regrowth[1].tile; break;
    case 54: tiles[world->players[p].tile] &= TILE_MAP_BITS; break;
    case 55: tiles[0] = 1; break;
    case 56: tiles[world->players[p].tile] &= ~(15ull << TILE_DANGER_SHIFT); break;
    case 57: tiles[pile] |= 0xFFull << TILE_OBJECT_SHIFT; break;
    case 58: ids[pile] = UINT32_MAX; break;
    case 59: ids[world->players[p].tile] = 0; break;
    case 60: quantities[pile] = NMMO_STACK_LIMIT + 1; break;
    case 61: quantities[bare]++; break;
    case 62: *((uint8_t *)in_copy(world, state, world->player_plane)) = 1; break;
    case 63: *((uint8_t *)in_copy(world, state, world->monster_plane)) = 1; break;
    case 64: *((uint8_t *)in_copy(world, state, world->item_plane)) = 1; break;
    case 65: *((uint8_t *)in_copy(world, state, world->item_vanishes) + pile) = (uint8_t)head->tick; break;
    case 66: head->tick = UINT32_MAX; break;
    case 67: head->bodies++; break;
    case 68: head->waiting++; break;
    case 69: head->stride++; break;
    case 70: head->config.height++; break;
    case 71: head->config.n_players--; break;
    case 72: head->statistics.births = -1; break;
    case 73: head->padded_tiles = UINT32_MAX; break;
    case 74: head->node_capacity++; break;
    case 75: head->ready = 0; break;
    case 76: head->state_bytes += 64; break;
    case 77: head->magic[0] = 'X'; break;
    case 78: head->statistics.finished.returns = NAN; break;
    case 79: head->fog_row_margin = 1 << 20; break;
    default: return 0;
    }
    return 1;
}

static void Snapshot_damaged(uint64_t seed, int tries) {
    struct nmmo_config config = busy_config();
    config.height = config.width = 32;
    config.n_players = 24;
    config.n_monsters = 30;
    config.lives = 99;
    config.respawn = NMMO_RESPAWN_ON_REQUEST;
    config.node_regrow_ticks = 60;
    config.tree_density = config.ore_density = 64;
    struct playing victim = make(&config);
    reset(&victim, seed);
    for (int tick = 0; tick < 60; tick++) { /* until there are listings, items, held slots */
        decide(&victim, seed + (uint64_t)tick);
        step(&victim, NULL);
        memset(victim.actions, 1, victim.n);
        nmmo_world_respawn(victim.world, victim.actions);
    }
    for (int i = 0; i < config.n_players; i++) /* full pockets, so that there is much to forge */
        for (int type = NMMO_ITEM_TYPES; type >= 1 && victim.world->players[i].tile; type--)
            nmmo_edit_give(victim.world, i, type, 1 + (type + i) % NMMO_TIERS, type >= NMMO_WHETSTONE ? 1 + 3 * i : 1,
                           (type + i) % 3 == 0, NULL); /* refused where it does not fit */
    nmmo_world_observe(victim.world, NULL);
    for (int tick = 0; tick < 8; tick++) { /* some of it goes to the market and the ground */
        decide(&victim, seed + 500 + (uint64_t)tick);
        step(&victim, NULL);
    }
    for (int column = 0, piles = 0; column < config.width && piles < 3; column++)
        if (tile_object(victim.world->tiles[tile_at(victim.world, 16, (uint32_t)column)]) == 0)
            piles += !nmmo_edit_object(victim.world, 16, column, NMMO_ARROW, 2, 5, NULL);
    size_t bytes = nmmo_snapshot_bytes(victim.world), state = bytes - ENVELOPE;
    uint8_t *good = array(bytes, 1), *forged = array(bytes, 1), *scratch = array(bytes, 1);
    nmmo_world_snapshot(victim.world, good);
    restore(&victim, good, bytes);
    nmmo_world_snapshot(victim.world, good);
    uint64_t checksum = checksum_of(good + ENVELOPE, state);
    CHECK(!memcmp(&checksum, good + CHECKSUM_AT, sizeof checksum), "the checksum is not what this test takes it to be");
    struct nmmo_error error;
    struct damage_count plain = {0, 0}, clever = {0, 0};

    /* cut short, or with something behind; each in a block of its very size, so that a read beyond is seen */
    for (size_t length = 0; length < bytes + 100; length += length < 200 ? 7 : 9973) {
        if (length == bytes) continue;
        uint8_t *cut = malloc(length ? length : 1);
        CHECK(cut, "out of memory");
        memcpy(cut, good, length < bytes ? length : bytes);
        if (length > bytes) memset(cut + bytes, 0, length - bytes);
        CHECK(nmmo_world_restore(victim.world, cut, length, &error) == NMMO_BAD_SNAPSHOT, "%zu bytes were accepted",
              length);
        nmmo_world_snapshot(victim.world, scratch);
        CHECK(!memcmp(scratch, good, bytes), "a refused snapshot has changed the world");
        free(cut);
    }
    /* damage as it happens: nothing gets past the checksum */
    for (int try = 0; try < tries / 4; try++) {
        uint64_t draw = random_mix(seed + 17 * (uint64_t)try + 1);
        memcpy(forged, good, bytes);
        forged[draw % bytes] ^= (uint8_t)(1u << (draw >> 40 & 7));
        try_damaged(&victim, good, forged, bytes, scratch, &plain, draw);
    }
    CHECK(plain.accepted == 0, "%d of %d single bit flips were accepted", plain.accepted, tries / 4);
    /* forgeries with a checksum that agrees: a stride over the whole, then the tables, where it matters most */
    size_t at_tables = (size_t)((uint8_t *)victim.world->players - (uint8_t *)victim.world->head);
    size_t players = victim.n * sizeof(struct player), others = at_tables + players;
    for (int try = 0; try < tries; try++) {
        uint64_t draw = random_mix(seed + 1000 + (uint64_t)try);
        size_t where;
        if (try % 4 == 0) where = (size_t)try * state / (size_t)tries;
        else if (try % 4 == 1) where = (size_t)(draw % sizeof(struct header));
        else if (try % 4 == 2) where = at_tables + (size_t)(draw % players);
        else where = others + (size_t)(draw % (state - others));
        memcpy(forged, good, bytes);
        uint8_t *byte = &forged[ENVELOPE + where];
        switch (draw >> 40 & 7) {
        case 0: *byte = (uint8_t)~*byte; break;
        case 1: *byte = (uint8_t)(*byte + 1); break;
        case 2: *byte = 0xFF; break;
        case 3: *byte = (uint8_t)(*byte ? 0 : 21); break;
        default: *byte ^= (uint8_t)(1u << (draw >> 50 & 7)); break;
        }
        checksum = checksum_of(forged + ENVELOPE, state);
        memcpy(forged + CHECKSUM_AT, &checksum, sizeof checksum);
        snprintf(check_context, sizeof check_context, "seed %llu, byte %zu of the state %d -> %d (tables at %zu)",
                 (unsigned long long)seed, where, good[ENVELOPE + where], *byte, at_tables);
        try_damaged(&victim, good, forged, bytes, scratch, &clever, draw);
    }
    for (int lie = 0;; lie++) {
        struct nmmo_error said = {0, ""};
        memcpy(forged, good, bytes);
        if (!tell_lie(victim.world, forged + ENVELOPE, lie)) break;
        checksum = checksum_of(forged + ENVELOPE, state);
        memcpy(forged + CHECKSUM_AT, &checksum, sizeof checksum);
        snprintf(check_context, sizeof check_context, "seed %llu, lie %d", (unsigned long long)seed, lie);
        CHECK(nmmo_world_restore(victim.world, forged, bytes, &said) == NMMO_BAD_SNAPSHOT, "it was believed");
        nmmo_world_snapshot(victim.world, scratch);
        CHECK(!memcmp(scratch, good, bytes), "a refused snapshot has changed the world: %s", said.message);
    }
    check_context[0] = 0;
    printf("snapshots: %d damaged refused; of the forged %d refused, %d accepted\n", plain.refused, clever.refused,
           clever.accepted);
    CHECK(clever.refused > tries / 4 && clever.accepted > 0, "the forgeries are of one kind only");
    free(good);
    free(forged);
    free(scratch);
    unmake(&victim);
}

/* ---- fairness ----------------------------------------------------------------------------------------------------- */

/* A meadow without anything, on which the test places bodies. */
static struct playing meadow(int players, int monsters, uint64_t seed) {
    struct nmmo_config config;
    struct nmmo_error error;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = config.width = 32;
    config.n_players = players;
    config.n_monsters = monsters;
    config.stagnation_ticks = 0;
    struct playing made = make(&config);
    uint32_t *map = array(32 * 32, sizeof *map);
    for (int tile = 0; tile < 32 * 32; tile++) map[tile] = NMMO_GRASS * 4 + NMMO_SPRING + (1u << 20);
    CHECK(!nmmo_world_reset_on_map(made.world, seed, map, 0, &error), "%s", error.message);
    free(map);
    return made;
}

static void place(struct playing *playing, int slot, int row, int column) {
    struct nmmo_error error;
    CHECK(!nmmo_edit_place_player(playing->world, slot, row, column, &error), "%s", error.message);
}

static void Order_contested_tile(uint64_t seed, int ticks) {
    struct playing two = meadow(2, 0, seed);
    int wins[2] = {0, 0};
    place(&two, 0, 10, 10);
    place(&two, 1, 10, 12);
    two.actions[0] = NMMO_MOVE + 1;
    two.actions[1] = NMMO_MOVE + 3;
    for (int tick = 0; tick < ticks; tick++) {
        step(&two, NULL);
        int winner = two.world->ids[tile_at(two.world, 10, 11)] == 1 ? 0 : 1;
        CHECK(two.world->ids[tile_at(two.world, 10, 11)] == (uint32_t)winner + 1, "nobody won the tile");
        wins[winner]++;
        place(&two, winner, 10, winner ? 12 : 10);
    }
    double z = (wins[0] - ticks / 2.0) / sqrt(ticks / 4.0);
    printf("contested tile: %d against %d\n", wins[0], wins[1]);
    CHECK(fabs(z) < 4.5, "of two who want a tile one wins %d of %d times", wins[0], ticks);
    unmake(&two);
}

struct order_count {
    int n, ticks;
    int before[16][16], position[16][16];
    int permutations[24]; /* of the first four, when there are just four */
};

static void count_order(struct order_count *count, const int *order) {
    for (int k = 0; k < count->n; k++) {
        count->position[order[k]][k]++;
        for (int later = k + 1; later < count->n; later++) count->before[order[k]][order[later]]++;
    }
    if (count->n == 4) {
        int number = 0;
        for (int k = 0; k < 4; k++) {
            int smaller = 0;
            for (int later = k + 1; later < 4; later++) smaller += order[later] < order[k];
            number = number * (4 - k) + smaller;
        }
        count->permutations[number]++;
    }
    count->ticks++;
}

static void check_order(const struct order_count *count, const char *who) {
    int n = count->n;
    double expected = (double)count->ticks / n, positions = 0, worst = 0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double gap = count->position[i][k] - expected;
            positions += gap * gap / expected;
        }
        for (int j = 0; j < i; j++) {
            double z = fabs(count->before[i][j] - count->ticks / 2.0) / sqrt(count->ticks / 4.0);
            if (z > worst) worst = z;
        }
    }
    double freedom = (n - 1) * (n - 1);
    positions *= (n - 1.0) / n; /* rows and columns of the table both have fixed sums */
    printf("order of %d %s: pairs within %.2f deviations, positions chi2 %.1f of %.0f\n", n, who, worst, positions,
           freedom);
    CHECK(worst < 5, "of a pair of %s one is earlier too often: %.2f deviations", who, worst);
    CHECK(positions < freedom + 6 * sqrt(2 * freedom) + 10, "some %s are early too often: chi2 %.1f of %.0f", who,
          positions, freedom);
    if (n != 4) return;
    double orders = 0;
    for (int k = 0; k < 24; k++) {
        double gap = count->permutations[k] - count->ticks / 24.0;
        orders += gap * gap / (count->ticks / 24.0);
    }
    CHECK(orders < 23 + 6 * sqrt(46.0) + 10, "some orders of four %s are too frequent: chi2 %.1f of 23", who, orders);
}

/* Everybody puts on or takes off a helm each tick: the events stand in the order of play. */
static void Order_of_players(uint64_t seed, int n, int ticks) {
    struct playing all = meadow(n, 0, seed);
    struct nmmo_error error;
    struct order_count count = {.n = n};
    for (int i = 0; i < n; i++) {
        place(&all, i, 5, 2 * i);
        CHECK(!nmmo_edit_give(all.world, i, NMMO_HELM, 1, 1, 0, &error), "%s", error.message);
        all.actions[i] = NMMO_USE;
    }
    for (int tick = 0; tick < ticks; tick++) {
        int order[16];
        size_t events;
        step(&all, NULL);
        const struct nmmo_event *event = nmmo_world_events(all.world, &events);
        CHECK(events == (size_t)n, "%zu events", events);
        for (int k = 0; k < n; k++) order[k] = event[k].actor;
        count_order(&count, order);
    }
    check_order(&count, "players");
    unmake(&all);
}

/* Four monsters around a player who is whole again each tick: their hits stand in the order of play. */
static void Order_of_monsters(uint64_t seed, int ticks) {
    struct playing scene = meadow(1, 4, seed);
    struct nmmo_error error;
    struct order_count count = {.n = 4};
    place(&scene, 0, 10, 10);
    for (int m = 0; m < 4; m++)
        CHECK(!nmmo_edit_place_monster(scene.world, m, 10 + direction_rows(m), 10 + direction_columns(m), NMMO_HOSTILE,
                                       1, NMMO_MELEE, 0, &error),
              "%s", error.message);
    CHECK(!nmmo_edit_vital(scene.world, 0, NMMO_VITAL_MONSTER_PROTECTION, 0, &error), "%s", error.message);
    for (int tick = 0; tick < ticks; tick++) {
        int order[4];
        size_t events;
        CHECK(!nmmo_edit_vital(scene.world, 0, NMMO_VITAL_HEALTH, 100, &error), "%s", error.message);
        step(&scene, NULL);
        const struct nmmo_event *event = nmmo_world_events(scene.world, &events);
        CHECK(events == 4, "%zu events", events);
        for (int k = 0; k < 4; k++) {
            CHECK(event[k].kind == NMMO_EVENT_HIT, "event %d", event[k].kind);
            order[k] = event[k].actor - 1;
        }
        count_order(&count, order);
    }
    check_order(&count, "monsters");
    unmake(&scene);
}

/* ---- the fullest worlds ------------------------------------------------------------------------------------------------ */

static void play_full(struct playing *playing, int ticks) {
    struct nmmo_living living;
    nmmo_world_living(playing->world, &living);
    CHECK(living.lives == (int64_t)playing->n && living.monsters == nmmo_world_config(playing->world)->n_monsters,
          "%lld players and %lld monsters found a place", (long long)living.lives, (long long)living.monsters);
    for (int tick = 0; tick < ticks; tick++) {
        decide(playing, (uint64_t)tick);
        step(playing, NULL);
        CHECK(playing->world->event_count <= playing->world->event_capacity, "too many events");
        nmmo_world_living(playing->world, &living);
        CHECK(living.lives == (int64_t)playing->n, "%lld of %zu players live", (long long)living.lives, playing->n);
    }
}

static void Fullest_worlds(uint64_t seed, int ticks) {
    static const int shapes[][4] = {{32, 32, 256, 0}, {32, 32, 1, 255}, {64, 32, 256, 256}, {128, 128, 2048, 2048}};
    for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
        struct nmmo_config config;
        struct nmmo_error error;
        CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
        config.height = shapes[k][0];
        config.width = shapes[k][1];
        config.n_players = shapes[k][2];
        config.n_monsters = shapes[k][3];
        config.pvp_min_danger = 1;
        config.protection_ticks = 0;
        config.monster_return_ticks = 1;
        for (int team = 0; team < 2; team++) {
            config.team_size = team && config.n_players >= 16 ? 16 : 1;
            struct playing full = make(&config);
            reset(&full, seed);
            play_full(&full, ticks);
            /* a map with a place for everybody and not one more, without nodes */
            size_t tiles = (size_t)config.height * (size_t)config.width;
            uint32_t *map = array(tiles, sizeof *map), places = (uint32_t)(config.n_players + config.n_monsters);
            for (size_t tile = 0; tile < tiles; tile++)
                map[tile] = (tile < places ? NMMO_SAND : NMMO_WATER) * 4u + (uint32_t)(1 + tile % 5) * (1u << 20);
            CHECK(!nmmo_world_reset_on_map(full.world, seed, map, 1, &error), "%s", error.message);
            play_full(&full, ticks);
            map[0] = NMMO_WATER * 4u + (1u << 20); /* one place too few */
            CHECK(nmmo_world_reset_on_map(full.world, seed, map, 1, &error) == NMMO_BAD_MAP, "an overfull map");
            free(map);
            unmake(&full);
        }
        config.n_players++;
        CHECK(nmmo_config_check(&config, &error) == NMMO_BAD_CONFIG, "more than a quarter of the tiles");
    }
}

/* ---- the end of numbers ------------------------------------------------------------------------------------------------ */

static void Numbers_end(uint64_t seed) {
    struct nmmo_config config;
    struct nmmo_error error;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.n_monsters = config.horizon = config.stagnation_ticks = 0;
    struct playing last = make(&config);
    reset(&last, seed);
    last.world->head->tick = MAX_TICK - 1;
    for (size_t i = 0; i < last.n; i++) {
        last.world->players[i].born_tick = MAX_TICK - 1;
        last.world->players[i].life = MAX_LIVES;
    }
    for (int time = 0; time < 2; time++) { /* another life than the last that can be counted */
        const struct nmmo_self *self = &last.world->players[0].self;
        int row = self->row, column = self->column;
        CHECK(!nmmo_edit_remove_player(last.world, 0, &error), "%s", error.message);
        CHECK(!nmmo_edit_place_player(last.world, 0, row, column, &error), "%s", error.message);
    }
    CHECK(last.world->players[0].life == MAX_LIVES, "life %u", last.world->players[0].life);
    add_gold(&last.world->players[0], MAX_GOLD - 1);
    add_gold(&last.world->players[1], UINT32_MAX);
    CHECK(last.world->players[0].self.gold == MAX_GOLD - 1, "gold %u", last.world->players[0].self.gold);
    add_gold(&last.world->players[0], 2);
    for (int i = 0; i < 2; i++) CHECK(last.world->players[i].self.gold == MAX_GOLD, "gold of player %d", i);
    CHECK(sum_of_sales(MAX_GOLD, 1) == MAX_GOLD && sum_of_sales(-MAX_GOLD, -1) == -MAX_GOLD &&
              sum_of_sales(MAX_GOLD, -1) == MAX_GOLD - 1 && sum_of_sales(-3, 5) == 2,
          "sums of sales");
    size_t bytes = nmmo_snapshot_bytes(last.world);
    uint8_t *snapshot = array(bytes, 1);
    for (int tick = 0; tick < 2; tick++) {
        nmmo_world_snapshot(last.world, snapshot);
        restore(&last, snapshot, bytes);
        CHECK(nmmo_world_over(last.world) == tick, "over in tick %u", nmmo_world_tick(last.world));
        if (tick) break;
        decide(&last, seed);
        step(&last, NULL);
        for (size_t i = 0; i < last.n; i++) CHECK(last.world->out.truncated[i], "player %zu goes on", i);
    }
    CHECK(nmmo_world_step(last.world, last.actions, NULL, NULL, &error) == NMMO_WORLD_OVER, "a tick beyond the last");
    free(snapshot);
    unmake(&last);
}

int main(int argc, char **argv) {
    uint64_t seed = 0;
    int ticks = 60;
    for (int k = 1; k < argc; k++) {
        if (!strcmp(argv[k], "--seed") && k + 1 < argc) seed = strtoull(argv[++k], NULL, 10);
        else if (!strcmp(argv[k], "--ticks") && k + 1 < argc) ticks = atoi(argv[++k]);
        else {
            fprintf(stderr, "usage: determinism [--seed N] [--ticks N]\n");
            return 2;
        }
    }
    Seeds_equal_and_unequal(seed, ticks);
    Threads_change_nothing(seed, ticks, 1);
    Threads_change_nothing(seed, ticks, 2);
    Threads_change_nothing(seed, ticks / 2, 3);
    Snapshot_continues_equal(seed, ticks / 4);
    Snapshot_damaged(seed, 60 * ticks);
    Order_contested_tile(seed, 100 * ticks);
    Order_of_players(seed, 4, 100 * ticks);
    Order_of_players(seed, 7, 50 * ticks);
    Order_of_monsters(seed, 100 * ticks);
    Fullest_worlds(seed, 12);
    Numbers_end(seed);
    printf("all is well\n");
    return 0;
}
