/* Fuzzes snapshots: strangers' bytes are either refused, and the world is what it was, or make a world that is sound.
 *
 * Two kinds of input. Raw: the bytes are the snapshot, as they come or behind an envelope made for them. Patched: the
 * bytes change a true snapshot here and there, and the checksum is computed again, for else nothing would get past it. */
#include "../../engine/monsters.h"
#include "../../engine/planes.h"
#include "../../engine/players.h"
#include "../../engine/tile.h"
#include "fuzz.h"

enum { BASES = 5, MOMENTS = 3, ENVELOPE = 32, FORMAT_AT = 8, RULES_AT = 12, SIZE_AT = 16, CHECKSUM_AT = 24 };

struct base {
    struct game game; /* what is restored into; at a moment of its own */
    uint8_t *home;
    uint8_t *moments[MOMENTS];
    size_t bytes;
};
static struct base bases[BASES];

static struct nmmo_config config_of(int which) {
    struct nmmo_config config = busy_config();
    switch (which) {
    case 1:
        config.node_regrow_ticks = 40;
        config.team_size = 3;
        config.vocabulary = 5;
        config.respawn = NMMO_RESPAWN_ON_REQUEST;
        config.lives = 40;
        config.n_monsters = 40;
        break;
    case 2:
        config.survival = config.fog = 1;
        config.fog_start = 3;
        config.fog_period = 2;
        config.fog_final = 4;
        config.respawn = NMMO_RESPAWN_NEXT_TICK;
        config.lives = 200;
        break;
    case 3: /* alone */
        config.n_players = 1;
        config.n_monsters = 0;
        config.lives = 1;
        config.horizon = 300;
        config.stagnation_ticks = 0;
        break;
    case 4:
        config.map_seed = 5;
        config.n_players = 2;
        config.n_monsters = 200;
        config.height = 33;
        config.ore_density = 64;
        break;
    default: break;
    }
    return config;
}

static uint8_t *snapshot_of(const nmmo_world *world) {
    uint8_t *made = array(nmmo_snapshot_bytes(world), 1);
    nmmo_world_snapshot(world, made);
    return made;
}

/* A node here and there, so that the ring of those that regrow is never empty. */
static void deplete_some(nmmo_world *world, uint32_t tick) {
    struct nmmo_error error;
    struct nmmo_node_record *nodes = array(nmmo_world_nodes(world, NULL), sizeof *nodes);
    size_t count = nmmo_world_nodes(world, nodes);
    for (size_t i = tick % 5; i < count; i += 5)
        if (nodes[i].ripe)
            nmmo_edit_object(world, nodes[i].row, nodes[i].column, nodes[i].kind + NMMO_DEPLETED, nodes[i].tier, 1,
                             &error);
    free(nodes);
}

/* A busy moment: much is regrowing, listed, held, worn; on request lives begin again. */
static void play_busily(struct game *game, uint64_t seed, int ticks) {
    uint8_t *all = array(game->n, 1);
    memset(all, 1, game->n);
    for (int tick = 0; tick < ticks; tick++) {
        deplete_some(game->world, (uint32_t)tick);
        nmmo_world_observe(game->world, NULL);
        game_play(game, seed + (uint64_t)tick * 97, 1);
        if (tick % 4 == 3) nmmo_world_respawn(game->world, all);
    }
    free(all);
}

static void make_bases(void) {
    static const int ticks[MOMENTS] = {1, 25, 60};
    for (int which = 0; which < BASES; which++) {
        struct nmmo_config config = config_of(which);
        struct base *base = &bases[which];
        struct nmmo_error error;
        base->game = game_make(&config);
        for (int moment = 0; moment < MOMENTS; moment++) {
            REQUIRE(!nmmo_world_reset(base->game.world, (uint64_t)moment, &error), "%s", error.message);
            enrich(base->game.world);
            play_busily(&base->game, (uint64_t)moment, ticks[moment]);
            base->moments[moment] = snapshot_of(base->game.world);
        }
        REQUIRE(!nmmo_world_reset(base->game.world, 9, &error), "%s", error.message);
        game_play(&base->game, 9, 10);
        base->bytes = nmmo_snapshot_bytes(base->game.world);
        base->home = snapshot_of(base->game.world);
    }
}

/* ---- the envelope ------------------------------------------------------------------------------------------------ */

/* The checksum of the format: four lanes take every fourth word, xor it in, multiply, fold; then all are mixed. */
static uint64_t checksum_of(const uint8_t *state, size_t bytes) {
    uint64_t lanes[4] = {1, 2, 3, 4}, sum = bytes;
    for (size_t word = 0; word < bytes / 32 * 4; word++) {
        uint64_t value, *lane = &lanes[word % 4];
        memcpy(&value, state + 8 * word, sizeof value);
        *lane = (*lane ^ value) * RANDOM_STEP;
        *lane ^= *lane >> 29;
    }
    for (int lane = 0; lane < 4; lane++) sum = random_mix(sum + lanes[lane]);
    return sum;
}

static void seal(uint8_t *snapshot, size_t bytes) {
    uint64_t sum = checksum_of(snapshot + ENVELOPE, bytes - ENVELOPE);
    memcpy(snapshot + CHECKSUM_AT, &sum, sizeof sum);
}

static void make_envelope(uint8_t *snapshot, size_t bytes) {
    uint32_t format = 1, rules = NMMO_RULES_VERSION;
    uint64_t size = bytes - ENVELOPE;
    memcpy(snapshot, "NMMOSNAP", 8);
    memcpy(snapshot + FORMAT_AT, &format, sizeof format);
    memcpy(snapshot + RULES_AT, &rules, sizeof rules);
    memcpy(snapshot + SIZE_AT, &size, sizeof size);
    seal(snapshot, bytes);
}

/* ---- patches ------------------------------------------------------------------------------------------------------- */

struct region {
    size_t at, count, size;
}; /* of equal records, from the first byte of the state */

static struct region region_of(const nmmo_world *world, int which) {
    const uint8_t *first = (const uint8_t *)world->head;
    const struct header *head = world->head;
    size_t padded = head->padded_tiles, players = world->n_players, monsters = (size_t)head->config.n_monsters;
#define REGION(member, n) \
    (struct region) { (size_t)((const uint8_t *)world->member - first), n, sizeof *world->member }
    switch (which) {
    case 0: return REGION(head, 1);
    case 1: return REGION(tiles, padded);
    case 2: return REGION(ids, padded);
    case 3: return REGION(player_plane, padded / 8 + PLANE_SLACK);
    case 4: return REGION(monster_plane, padded / 8 + PLANE_SLACK);
    case 5: return REGION(item_plane, padded / 8 + PLANE_SLACK);
    case 6: return REGION(item_quantity, padded);
    case 7: return REGION(item_vanishes, padded);
    case 8: return REGION(row_vanish_ticks, (size_t)head->config.height);
    case 9: return REGION(near_players, head->cells);
    case 10: return REGION(walkable, (size_t)head->config.height * (size_t)head->config.width);
    case 11: return REGION(regrow, head->node_capacity);
    case 12: return REGION(players, players);
    case 13: return monsters ? REGION(monsters, monsters) : REGION(players, players);
    case 14: return REGION(listings, players * NMMO_LISTINGS);
    default: return REGION(market, 1);
    }
#undef REGION
}

static void patch_value(uint8_t *at, size_t room, struct input *input) {
    static const int widths[4] = {1, 2, 4, 8};
    uint8_t kind = take_byte(input);
    size_t width = (size_t)widths[kind & 3];
    if (width > room) width = 1;
    uint64_t value = 0;
    memcpy(&value, at, width);
    switch (kind >> 2 & 7) {
    case 0: value = take_bytes(input, (int)width); break;
    case 1: value = take_byte(input); break;
    case 2: value += 1 + (uint64_t)take_byte(input) % 8; break;
    case 3: value -= 1 + (uint64_t)take_byte(input) % 8; break;
    case 4: value ^= 1ull << take_byte(input) % (8 * width); break;
    case 5: value = UINT64_MAX - take_byte(input) % 4; break;
    case 6: value = 0; break;
    default: value = 1ull << (8 * width - 1); break;
    }
    memcpy(at, &value, width);
}

/* A player's body on its tile follows from its fields: without this, no change of a field that shows would get far. */
static void redraw_player(uint8_t *state, const nmmo_world *world, size_t index) {
    struct region players = region_of(world, 12), tiles = region_of(world, 1);
    struct player player;
    uint64_t word;
    memcpy(&player, state + players.at + index * players.size, sizeof player);
    if (player.tile == 0 || player.tile >= tiles.count) return;
    memcpy(&word, state + tiles.at + player.tile * tiles.size, sizeof word);
    word = (word & TILE_MAP_BITS) | player_body(&player);
    memcpy(state + tiles.at + player.tile * tiles.size, &word, sizeof word);
}

static void redraw_monster(uint8_t *state, const nmmo_world *world, size_t index) {
    struct region monsters = region_of(world, 13), tiles = region_of(world, 1);
    struct monster monster;
    uint64_t word;
    if (monsters.size != sizeof monster) return;
    memcpy(&monster, state + monsters.at + index * monsters.size, sizeof monster);
    if (monster.tile == 0 || monster.tile >= tiles.count) return;
    memcpy(&word, state + tiles.at + monster.tile * tiles.size, sizeof word);
    word = (word & TILE_MAP_BITS) | monster_body(&monster);
    memcpy(state + tiles.at + monster.tile * tiles.size, &word, sizeof word);
}

/* The first records of a table are more often in use than the last. */
static size_t choose_index(const struct region *region, size_t first, struct input *input) {
    uint8_t near = take_byte(input);
    return (first + (near < 160 ? near % 32u : (size_t)take_bytes(input, 2))) % region->count;
}

static void patch(uint8_t *state, const nmmo_world *world, struct input *input) {
    uint8_t kind = take_byte(input);
    struct region region = region_of(world, kind & 15);
    uint32_t first = 0; /* where the ring of nodes begins */
    if ((kind & 15) == 11) memcpy(&first, state + offsetof(struct header, regrow_first), sizeof first);
    size_t index = choose_index(&region, first, input);
    uint8_t *record = state + region.at + index * region.size;
    size_t offset = region.size > 1 ? (size_t)take_bytes(input, region.size > 256 ? 2 : 1) % region.size : 0;
    switch (kind >> 4) {
    case 0: /* a record becomes like another */
        memmove(record, state + region.at + choose_index(&region, first, input) * region.size, region.size);
        break;
    case 1: { /* two records change places */
        uint8_t *other = state + region.at + choose_index(&region, first, input) * region.size;
        for (size_t i = 0; i < region.size; i++) {
            uint8_t kept = record[i];
            record[i] = other[i];
            other[i] = kept;
        }
        break;
    }
    case 2: memset(record, 0, region.size); break;
    default: patch_value(record + offset, region.size - offset, input); break;
    }
    if ((kind & 15) == 12) redraw_player(state, world, index);
    if ((kind & 15) == 13) redraw_monster(state, world, index);
}

/* ---- what must hold ------------------------------------------------------------------------------------------------- */

/* Looked at often at first: what is out of order may right itself within a few ticks. */
static void play_on(struct game *game, uint64_t seed) {
    static const int parts[] = {0, 1, 2, 3, 4, 6, 4};
    uint8_t *all = array(game->n, 1);
    memset(all, 1, game->n);
    game_check_rows(game);
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
        game_play(game, seed + part, parts[part]);
        game_check_whole(game);
        if (part >= 4) nmmo_world_respawn(game->world, all);
    }
    free(all);
}

static void offer(struct game *game, const uint8_t *snapshot, size_t bytes, uint64_t seed) {
    struct nmmo_error error = {.status = NMMO_OK};
    uint8_t *rows = array(game->rows_bytes, 1);
    memcpy(rows, game->rows, game->rows_bytes);
    game_remember(game);
    int status = nmmo_world_restore(game->world, snapshot, bytes, &error);
    if (status) {
        REQUIRE(status == NMMO_BAD_SNAPSHOT && error.status == status && error.message[0], "status %d", status);
        REQUIRE(game_unchanged(game), "a refused snapshot has changed the world: %s", error.message);
        REQUIRE(!memcmp(rows, game->rows, game->rows_bytes), "a refused snapshot has changed the observations");
    } else {
        play_on(game, seed);
    }
    free(rows);
}

/* As a stranger's file is opened: its configuration first, then a world of it. */
static void open_file(const uint8_t *snapshot, size_t bytes, uint64_t seed) {
    struct nmmo_config config, untouched;
    struct nmmo_error error;
    memset(&config, 0x5A, sizeof config);
    untouched = config;
    if (nmmo_snapshot_config(snapshot, bytes, &config, &error)) {
        REQUIRE(error.status == NMMO_BAD_SNAPSHOT, "status %d", error.status);
        REQUIRE(!memcmp(&config, &untouched, sizeof config), "a refused configuration was filled in");
        return;
    }
    REQUIRE(!nmmo_config_check(&config, &error), "%s", error.message);
    REQUIRE(nmmo_state_bytes(&config) == bytes - ENVELOPE, "the size of the state");
    struct game game = game_make(&config);
    offer(&game, snapshot, bytes, seed);
    game_free(&game);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!bases[0].bytes) make_bases();
    struct input input = {data, data + size};
    uint8_t kind = take_byte(&input);
    struct base *base = &bases[take_byte(&input) % BASES];
    uint64_t seed = take_byte(&input);
    size_t bytes;
    uint8_t *snapshot;
    if (kind & 1) { /* raw: 2 with an envelope */
        size_t given = left(&input);
        bytes = kind & 2 ? ENVELOPE + given / 64 * 64 : given;
        snapshot = array(bytes, 1); /* exactly as long as it says, so that reading past it shows */
        memcpy(snapshot + (kind & 2 ? ENVELOPE : 0), input.at, kind & 2 ? bytes - ENVELOPE : bytes);
        if (kind & 2) make_envelope(snapshot, bytes);
    } else {
        bytes = base->bytes;
        snapshot = array(bytes, 1);
        memcpy(snapshot, base->moments[kind >> 2 & 3 ? (kind >> 2 & 3) - 1 : 0], bytes);
        while (left(&input)) patch(snapshot + ENVELOPE, base->game.world, &input);
        if ((kind & 0xC0) != 0xC0) seal(snapshot, bytes); /* else: damage that the checksum tells */
        if (kind & 16) {                                  /* a short file, or one with something behind */
            size_t shorter = bytes - 1 - seed * 7 % bytes;
            uint8_t *part = array(shorter, 1);
            memcpy(part, snapshot, shorter);
            free(snapshot);
            snapshot = part;
            bytes = shorter;
        }
    }
    offer(&base->game, snapshot, bytes, seed);
    struct nmmo_error error;
    REQUIRE(!nmmo_world_restore(base->game.world, base->home, base->bytes, &error), "%s", error.message);
    open_file(snapshot, bytes, seed);
    free(snapshot);
    return 0;
}
