/* Fuzzes what a caller can do to a world: steps with any actions, edits with any arguments, maps, respawns, resets,
 * snapshots; and the reading of actions from every integer type.
 *
 * What fails must change nothing, and whatever state is reached must pass the checks of a restore. */
#include "../../engine/nmmo_testing.h"
#include "fuzz.h"

enum { MOST_OPERATIONS = 120 };

static struct nmmo_config choose_config(struct input *input) {
    struct nmmo_config config = busy_config();
    config.height = 32 + take_byte(input) % 9;
    config.width = 32 + take_byte(input) % 9;
    config.team_size = 1 + take_byte(input) % 4;
    config.n_players = config.team_size * (1 + take_byte(input) % 6);
    config.n_monsters = take_byte(input) % 64;
    config.respawn = take_byte(input) % 3;
    uint8_t rules = take_byte(input);
    config.survival = rules & 1;
    config.fog = rules >> 1 & 1;
    config.fog_start = rules >> 2 & 7;
    config.fog_period = 1 + (rules >> 5 & 1);
    config.vocabulary = rules >> 6 & 1 ? 31 : 0;
    config.map_seed = rules >> 7 ? 3 : -1;
    config.lives = take_byte(input) % 4;
    config.horizon = take_byte(input) % 8 ? 0 : 25;
    config.stagnation_ticks = take_byte(input) % 40;
    config.protection_ticks = take_byte(input) % 8;
    config.pvp_min_danger = 1 + take_byte(input) % 6;
    config.node_regrow_ticks = 1 + take_byte(input) % 16;
    config.monster_return_ticks = 1 + take_byte(input) % 16;
    config.listing_ticks = 8 + take_byte(input) % 32;
    config.view_row_radius = 1 + take_byte(input) % 5;
    config.view_column_radius = 1 + take_byte(input) % 5;
    config.fog_final = 1 + take_byte(input) % 40;
    return config;
}

/* ---- reading actions ------------------------------------------------------------------------------------------------ */

static void check_load(struct input *input) {
    static const size_t widths[] = {1, 1, 2, 2, 4, 4, 8, 8};
    int type = take_within(input, NMMO_INT8, NMMO_UINT64),
        vocabulary = take_byte(input) % 2 ? take_byte(input) % 32 : 0;
    size_t n = take_byte(input) % 20, numbers = n * (vocabulary ? 2 : 1), width = widths[type];
    uint8_t *data = array(numbers * width, 1), *actions = array(n, 1), *tokens = vocabulary ? array(n, 1) : NULL;
    uint8_t wanted[20], spoken[20];
    memset(actions, 0xEE, n);
    if (tokens) memset(tokens, 0xEE, n);
    int64_t bad = -1;
    for (size_t i = 0; i < numbers; i++) {
        int most = vocabulary && i % 2 ? vocabulary : NMMO_ACTIONS - 1;
        uint8_t how = take_byte(input);
        uint64_t bits = how < 250 ? how % ((uint64_t)most + 1) : take_bytes(input, 8);
        if (how >= 230 && how < 250) bits |= 1ull << take_byte(input) % 64; /* good but for one bit */
        memcpy(data + i * width, &bits, width);
        /* as the type reads it: sign or zeros fill it up */
        uint64_t kept = width == 8 ? bits : bits & ((1ull << 8 * width) - 1);
        int negative = type % 2 == 0 && kept >> (8 * width - 1);
        if (bad < 0 && (negative || kept > (uint64_t)most)) bad = (int64_t)i;
        if (vocabulary && i % 2) spoken[i / 2] = (uint8_t)kept;
        else wanted[vocabulary ? i / 2 : i] = (uint8_t)kept;
    }
    struct nmmo_error error;
    int status = nmmo_load_actions(data, (enum nmmo_integer)type, n, vocabulary, actions, tokens, &error);
    REQUIRE(status == (bad < 0 ? NMMO_OK : NMMO_BAD_ACTION), "type %d, %zu actions: status %d", type, n, status);
    for (size_t i = 0; i < n; i++) {
        REQUIRE(actions[i] == (bad < 0 ? wanted[i] : 0xEE), "action %zu is %d", i, actions[i]);
        if (tokens) REQUIRE(tokens[i] == (bad < 0 ? spoken[i] : 0xEE), "token %zu is %d", i, tokens[i]);
    }
    if (bad >= 0) {
        char who[32];
        snprintf(who, sizeof who, "of player %lld is", (long long)(vocabulary ? bad / 2 : bad));
        REQUIRE(strstr(error.message, who), "the message names another offender: %s", error.message);
    }
    free(data);
    free(actions);
    free(tokens);
}

/* ---- edits ------------------------------------------------------------------------------------------------------------ */

/* last_slot: often it is the same player again, for what one edit leaves is what the next one meets. */
static void edit(struct game *game, struct input *input, int *last_slot) {
    nmmo_world *world = game->world;
    const struct nmmo_config *config = nmmo_world_config(world);
    struct nmmo_error error = {.status = NMMO_OK};
    int kind = take_byte(input) % 11;
    int slot = take_byte(input) % 4 ? *last_slot : take_number(input, 0, config->n_players - 1);
    int monster = take_number(input, 0, config->n_monsters - 1);
    int row = take_number(input, 0, config->height - 1), column = take_number(input, 0, config->width - 1);
    int status = 0;
    *last_slot = slot;
    game_remember(game);
    switch (kind) {
    case 0: {
        int ground = take_number(input, 0, NMMO_GROUNDS - 1), biome = take_number(input, 0, NMMO_BIOMES - 1);
        status = nmmo_edit_ground(world, row, column, ground, biome, take_number(input, 1, NMMO_TIERS), &error);
        break;
    }
    case 1: {
        int object = take_number(input, 0, NMMO_LAST_OBJECT), tier = take_number(input, 1, NMMO_TIERS);
        status = nmmo_edit_object(world, row, column, object, tier, take_number(input, 1, 99), &error);
        break;
    }
    case 2: status = nmmo_edit_place_player(world, slot, row, column, &error); break;
    case 3: status = nmmo_edit_remove_player(world, slot, &error); break;
    case 4: {
        int temper = take_number(input, NMMO_PASSIVE, NMMO_HOSTILE), level = take_number(input, 1, NMMO_LEVELS);
        int style = take_number(input, 0, NMMO_STYLES - 1), element = take_number(input, 0, NMMO_ELEMENTS - 1);
        status = nmmo_edit_place_monster(world, monster, row, column, temper, level, style, element, &error);
        break;
    }
    case 5: status = nmmo_edit_remove_monster(world, monster, &error); break;
    case 6: status = nmmo_edit_monster_health(world, monster, take_number(input, 1, NMMO_FULL_HEALTH), &error); break;
    case 7: {
        int type = take_number(input, 1, NMMO_ITEM_TYPES), tier = take_number(input, 1, NMMO_TIERS);
        int worn = take_byte(input) % 2, stack = type >= NMMO_WHETSTONE ? 99 : 1;
        int quantity = take_number(input, 1, worn ? stack : stack * NMMO_INVENTORY_SLOTS);
        status = nmmo_edit_give(world, slot, type, tier, quantity, worn, &error);
        break;
    }
    case 8: status = nmmo_edit_clear_inventory(world, slot, &error); break;
    case 9: {
        int skill = take_number(input, 0, NMMO_SKILLS - 1), level = take_number(input, 1, NMMO_LEVELS);
        status = nmmo_edit_level(world, slot, skill, level, take_number(input, 0, 8), &error);
        break;
    }
    default: {
        int vital = take_number(input, 0, NMMO_VITALS - 1);
        int most = vital == NMMO_VITAL_GOLD ? 1000000000 : vital < NMMO_VITAL_GOLD ? 100 : 20;
        status = nmmo_edit_vital(world, slot, vital, take_number(input, 0, most), &error);
        break;
    }
    }
    if (status) {
        REQUIRE(status == NMMO_BAD_EDIT && error.status == status && error.message[0], "status %d of edit %d", status,
                kind);
        REQUIRE(game_unchanged(game), "a refused edit has changed the world: %s", error.message);
    } else {
        nmmo_world_observe(world, NULL);
    }
}

/* ---- maps -------------------------------------------------------------------------------------------------------------- */

static void load_map(struct game *game, struct input *input) {
    const struct nmmo_config *config = nmmo_world_config(game->world);
    size_t tiles = (size_t)config->height * (size_t)config->width;
    uint32_t *map = array(tiles, sizeof *map);
    nmmo_world_map(game->world, map);
    uint8_t kind = take_byte(input);
    int own = kind % 4 == 0, populate = kind >> 2 & 1;
    if (kind % 4 == 1) /* ground throughout, with nodes where it may have them */
        for (size_t i = 0; i < tiles; i++)
            map[i] = (uint32_t)(kind >> 3) % NMMO_GROUNDS << 2 | (1u + i % 5) << 20 |
                     (kind >> 3 >= 1 && kind >> 3 <= 3 && i % 7 == 0 ? 23u << 8 | 2u << 16 : 0);
    for (int changes = own ? 0 : take_byte(input) % 32; changes > 0; changes--) {
        size_t first = (size_t)take_bytes(input, 2) % tiles, count = 1 + (size_t)take_byte(input);
        uint32_t word = (uint32_t)take_bytes(input, 3) | (take_byte(input) == 255 ? 1u << 24 : 0);
        for (size_t i = first; i < tiles && i < first + count; i++) map[i] = word;
    }
    struct nmmo_error error = {.status = NMMO_OK};
    game_remember(game);
    int status = nmmo_world_reset_on_map(game->world, take_byte(input), map, populate, &error);
    if (status) {
        REQUIRE(status == NMMO_BAD_MAP && error.status == status && error.message[0], "status %d", status);
        REQUIRE(game_unchanged(game), "a refused map has changed the world: %s", error.message);
        REQUIRE(!own || populate, "a world's own map is refused: %s", error.message);
    } else {
        uint32_t *again = array(tiles, sizeof *again);
        nmmo_world_map(game->world, again);
        REQUIRE(!memcmp(map, again, tiles * sizeof *map), "the map is not the one that was given");
        free(again);
    }
    free(map);
}

/* ---- reports ------------------------------------------------------------------------------------------------------------ */

static void read_tables(const struct game *game) {
    const nmmo_world *world = game->world;
    struct nmmo_player_record *players = array(nmmo_world_players(world, NULL), sizeof *players);
    struct nmmo_monster_record *monsters = array(nmmo_world_monsters(world, NULL), sizeof *monsters);
    struct nmmo_node_record *nodes = array(nmmo_world_nodes(world, NULL), sizeof *nodes);
    struct nmmo_ground_item_record *items = array(nmmo_world_ground_items(world, NULL), sizeof *items);
    struct nmmo_listing_record *listings = array(nmmo_world_listings(world, NULL), sizeof *listings);
    uint64_t *tiles = array((size_t)nmmo_world_config(world)->height * (size_t)nmmo_world_config(world)->width, 8);
    struct nmmo_living living;
    size_t n = nmmo_world_players(world, players), alive = 0, events;
    REQUIRE(nmmo_world_monsters(world, monsters) == nmmo_world_monsters(world, NULL), "monsters");
    REQUIRE(nmmo_world_nodes(world, nodes) == nmmo_world_nodes(world, NULL), "nodes");
    REQUIRE(nmmo_world_ground_items(world, items) == nmmo_world_ground_items(world, NULL), "items on the ground");
    REQUIRE(nmmo_world_listings(world, listings) == nmmo_world_listings(world, NULL), "listings");
    nmmo_world_tiles(world, tiles);
    nmmo_world_living(world, &living);
    for (size_t i = 0; i < n; i++) alive += players[i].alive;
    REQUIRE((size_t)living.lives == alive, "%lld lives, %zu alive", (long long)living.lives, alive);
    REQUIRE((size_t)living.listings == nmmo_world_listings(world, NULL), "the count of listings");
    const struct nmmo_event *list = nmmo_world_events(world, &events);
    for (size_t i = 0; i < events; i++)
        REQUIRE(list[i].kind > 0 && list[i].kind < NMMO_EVENT_KINDS && nmmo_name(NMMO_ENUM_EVENT, list[i].kind),
                "event %zu", i);
    free(players);
    free(monsters);
    free(nodes);
    free(items);
    free(listings);
    free(tiles);
}

/* ---- a caller ------------------------------------------------------------------------------------------------------------- */

static void step(struct game *game, struct input *input) {
    const struct nmmo_config *config = nmmo_world_config(game->world);
    struct nmmo_error error;
    for (size_t i = 0; i < game->n; i++) {
        game->actions[i] = take_byte(input) % NMMO_ACTIONS;
        game->tokens[i] = config->vocabulary ? (uint8_t)(take_byte(input) % (config->vocabulary + 1)) : 0;
    }
    int over = nmmo_world_over(game->world);
    game_remember(game);
    int status = nmmo_world_step(game->world, game->actions, config->vocabulary ? game->tokens : NULL, NULL, &error);
    REQUIRE(status == (over ? NMMO_WORLD_OVER : NMMO_OK), "a step of a world that is%s over: %d", over ? "" : " not",
            status);
    if (over) REQUIRE(game_unchanged(game), "a refused step has changed the world");
    game_check_rows(game);
}

static void check_mask(struct game *game, struct input *input) {
    size_t player = take_byte(input) % game->n;
    uint8_t action = take_byte(input) % NMMO_ACTIONS;
    if (nmmo_world_over(game->world) || action == NMMO_WAIT) return;
    int possible = game->rows[player * game->layout.row_bytes + game->layout.mask + action];
    game_remember(game);
    REQUIRE(nmmo_world_would_change(game->world, (uint32_t)player, action) == possible, "the mask of %s is %d",
            nmmo_name(NMMO_ENUM_ACTION, action), possible);
    REQUIRE(game_unchanged(game), "asking has changed the world");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct input input = {data, data + size};
    if (take_byte(&input) == 1) {
        while (left(&input)) check_load(&input);
        return 0;
    }
    struct nmmo_config config = choose_config(&input);
    struct nmmo_error error;
    REQUIRE(!nmmo_config_check(&config, &error), "%s", error.message);
    struct game game = game_make(&config);
    REQUIRE(nmmo_edit_vital(game.world, 0, 0, 1, &error) == NMMO_BAD_EDIT, "an edit before a reset");
    REQUIRE(!nmmo_world_reset(game.world, take_byte(&input), &error), "%s", error.message);
    if (take_byte(&input) % 2) enrich(game.world);
    uint8_t *kept = NULL, *slots = array(game.n, 1);
    int last_slot = 0;
    for (int played = 0; left(&input) && played < MOST_OPERATIONS; played++) {
        uint8_t operation = take_byte(&input);
        switch (operation % 16) {
        case 0:
        case 1:
        case 2: step(&game, &input); break;
        case 3: game_play(&game, take_byte(&input), 1 + operation / 16 % 8); break;
        case 4:
            for (size_t i = 0; i < game.n; i++) slots[i] = take_byte(&input) & 1;
            nmmo_world_respawn(game.world, slots);
            break;
        case 5:
            if (operation / 16 % 4) break;
            REQUIRE(!nmmo_world_reset(game.world, take_byte(&input), &error), "%s", error.message);
            break;
        case 6: load_map(&game, &input); break;
        case 7:
            free(kept);
            kept = array(nmmo_snapshot_bytes(game.world), 1);
            nmmo_world_snapshot(game.world, kept);
            break;
        case 8:
            if (!kept) break;
            REQUIRE(!nmmo_world_restore(game.world, kept, nmmo_snapshot_bytes(game.world), &error), "%s",
                    error.message);
            break;
        case 9: check_mask(&game, &input); break;
        case 10: game_check_whole(&game); break;
        default: edit(&game, &input, &last_slot); break;
        }
    }
    game_check_whole(&game);
    read_tables(&game);
    game_play(&game, 1, 3);
    game_check_whole(&game);
    free(kept);
    free(slots);
    game_free(&game);
    return 0;
}
