/* Configuration: the table of fields, presets, checks. */
#include "config.h"

#include <string.h>

#include "errors.h"

#define MAX_MAP_SEED 9007199254740991 /* 2^53 - 1: exact in a double, for every language that reads the table */

#define INTEGER(member, low, high, standard, text) \
    {.name = #member, \
     .doc = text, \
     .offset = offsetof(struct nmmo_config, member), \
     .type = 'i', \
     .minimum = low, \
     .maximum = high, \
     .default_value = standard}
#define WEIGHT(member, standard, text) \
    {.name = #member, \
     .doc = text, \
     .offset = offsetof(struct nmmo_config, member), \
     .type = 'f', \
     .minimum = -1000, \
     .maximum = 1000, \
     .default_value = standard}

/* The order is that of struct nmmo_config. The presets are the preset "large". */
const struct nmmo_field config_fields[] = {
    {.name = "map_seed",
     .offset = offsetof(struct nmmo_config, map_seed),
     .type = 'q',
     .minimum = -1,
     .maximum = MAX_MAP_SEED,
     .default_value = -1,
     .doc = "Seed of the map; none: the map follows the seed of each reset."},
    INTEGER(n_maps, 1, 1000000000, 1,
            "Above 1: the seed of each reset chooses its map among this many, whose seeds begin at map_seed."),
    INTEGER(height, 32, 4096, 512, "Playable rows of tiles."),
    INTEGER(width, 32, 4096, 512, "Playable columns of tiles."),
    INTEGER(n_players, 1, 65535, 1024,
            "Player slots. Players and monsters together may be at most a quarter of the playable tiles."),
    INTEGER(n_monsters, 0, 4194304, 2048, "Monsters."),
    INTEGER(team_size, 1, 65535, 1, "Players per team; 1: no teams. Must divide n_players, into at most 255 teams."),
    INTEGER(lives, 0, 1000000, 0, "Lives of a slot until the next reset; 0: endless."),
    INTEGER(respawn, 0, 2, 0, "When a slot's next life begins: in the same tick, in the next, or on request."),
    INTEGER(horizon, 0, 1000000000, 0,
            "Tick at which every life is truncated and the world is over; 0: endless, as far as ticks are counted "
            "(2,147,483,647)."),
    INTEGER(stagnation_ticks, 0, 60000, 2048,
            "A life is truncated after this many ticks without a gain in score; 0: never."),
    INTEGER(view_row_radius, 1, NMMO_MAX_VIEW_RADIUS, 5, "Rows of tiles seen to the north and to the south."),
    INTEGER(view_column_radius, 1, NMMO_MAX_VIEW_RADIUS, 7, "Columns of tiles seen to the west and to the east."),
    INTEGER(ore_density, 0, 64, 8, "Ore nodes per 1,024 walkable tiles."),
    INTEGER(tree_density, 0, 64, 8, "Trees per 1,024 walkable tiles."),
    INTEGER(crystal_density, 0, 64, 8, "Crystals per 1,024 walkable tiles."),
    INTEGER(herb_density, 0, 64, 8, "Herbs per 1,024 walkable tiles."),
    INTEGER(fish_density, 0, 64, 8, "Fishing places per 1,024 walkable tiles."),
    INTEGER(node_regrow_ticks, 1, 10000, 50, "Ticks after which a harvested node is ripe again."),
    INTEGER(monster_return_ticks, 1, 10000, 12, "Ticks after which a dead monster returns."),
    INTEGER(protection_ticks, 0, 60000, 32, "Ticks of a new life in which no player can attack it."),
    INTEGER(pvp_min_danger, 1, 6, 3,
            "Players can attack one another where both tiles are at least this dangerous; 6: nowhere."),
    INTEGER(listing_ticks, 8, 2040, 200, "Ticks after which an unsold listing comes back."),
    INTEGER(vocabulary, 0, NMMO_MAX_TOKEN, 0,
            "Tokens a player can say, besides silence; above 0 an action is a pair (action, token)."),
    INTEGER(survival, 0, 1, 0, "Whether players need food and water."),
    INTEGER(fog, 0, 1, 0, "Whether a deadly fog closes in from the edges."),
    INTEGER(fog_start, 0, 1000000000, 256, "Tick at which the fog begins to move."),
    INTEGER(fog_period, 1, 100000, 8, "Ticks per tile of its way."),
    INTEGER(fog_final, 1, 4096, 16, "Rows and columns of the safe area that remains."),
    WEIGHT(w_combat, 1, "Reward for a gain of one combat level."),
    WEIGHT(w_harvest, 1, "Reward for a gain of one harvest level."),
    WEIGHT(w_progress, 0, "Reward for one level gained by any skill, fractions counted."),
    WEIGHT(w_equipment, 0.25, "Reward for each 6 tiers by which what is worn gains."),
    WEIGHT(w_gold, 0.01, "Reward for each piece of gold by which a life's record of sales minus purchases grows."),
    WEIGHT(w_explore, 0, "Reward for each new 8 tiles of distance from the place of birth."),
    WEIGHT(w_death, -1, "Reward for dying, paid once."),
};
const size_t config_field_count = sizeof config_fields / sizeof config_fields[0];

static int32_t *integer_of(struct nmmo_config *config, const struct nmmo_field *field) {
    return (int32_t *)((char *)config + field->offset);
}

static void fill_defaults(struct nmmo_config *config) {
    memset(config, 0, sizeof *config);
    for (size_t i = 0; i < config_field_count; i++) {
        const struct nmmo_field *field = &config_fields[i];
        if (field->type == 'q') config->map_seed = (int64_t)field->default_value;
        else if (field->type == 'i') *integer_of(config, field) = (int32_t)field->default_value;
        else *(float *)((char *)config + field->offset) = (float)field->default_value;
    }
}

static void set_size(struct nmmo_config *config, int32_t side, int32_t players, int32_t monsters) {
    config->height = config->width = side;
    config->n_players = players;
    config->n_monsters = monsters;
}

int nmmo_config_preset(const char *name, struct nmmo_config *config) {
    struct nmmo_config made;
    fill_defaults(&made);
    if (!strcmp(name, "small")) set_size(&made, 128, 64, 128);
    else if (!strcmp(name, "medium")) set_size(&made, 256, 256, 512);
    else if (!strcmp(name, "large")) set_size(&made, 512, 1024, 2048);
    else if (!strcmp(name, "huge")) set_size(&made, 2048, 16384, 32768);
    else if (!strcmp(name, "survival")) {
        set_size(&made, 256, 256, 512);
        made.survival = 1;
    } else if (!strcmp(name, "battle")) {
        set_size(&made, 128, 128, 128);
        made.team_size = 8;
        made.lives = 1;
        made.horizon = 1024;
        made.pvp_min_danger = 1; /* the fog drives the teams together wherever the centre lies */
        made.fog = 1;
    } else return NMMO_BAD_CONFIG;
    *config = made;
    return NMMO_OK;
}

static int check_ranges(const struct nmmo_config *config, struct nmmo_error *error) {
    for (size_t i = 0; i < config_field_count; i++) {
        const struct nmmo_field *field = &config_fields[i];
        const char *at = (const char *)config + field->offset;
        double value;
        if (field->type == 'q') {
            /* compared as an integer: a double cannot hold every int64 */
            int64_t seed = config->map_seed;
            if (seed < -1 || seed > MAX_MAP_SEED)
                return fail(error, NMMO_BAD_CONFIG, "%s = %lld is out of range -1..%lld", field->name, (long long)seed,
                            (long long)MAX_MAP_SEED);
            continue;
        }
        if (field->type == 'i') value = *(const int32_t *)at;
        else value = *(const float *)at;
        if (!(value >= field->minimum && value <= field->maximum)) /* catches NaN as well */
            return fail(error, NMMO_BAD_CONFIG, "%s = %.9g is out of range %.9g..%.9g", field->name, value,
                        field->minimum, field->maximum);
    }
    return NMMO_OK;
}

int nmmo_config_check(const struct nmmo_config *config, struct nmmo_error *error) {
    int status = check_ranges(config, error);
    if (status) return status;
    if (config->n_maps > 1 && config->map_seed < 0)
        return fail(error, NMMO_BAD_CONFIG,
                    "n_maps = %d needs a map_seed, the first of its maps: set map_seed to 0, say", config->n_maps);
    if (config->n_maps > 1 && config->map_seed > MAX_MAP_SEED - config->n_maps + 1)
        return fail(error, NMMO_BAD_CONFIG, "map_seed = %lld with n_maps = %d goes beyond the last map, %lld",
                    (long long)config->map_seed, config->n_maps, (long long)MAX_MAP_SEED);
    int64_t playable = (int64_t)config->height * config->width;
    int64_t entities = (int64_t)config->n_players + config->n_monsters;
    if (entities > playable / 4)
        return fail(error, NMMO_BAD_CONFIG,
                    "n_players + n_monsters = %lld is more than a quarter of the map's %lld tiles (%lld): "
                    "make the map larger or the world emptier",
                    (long long)entities, (long long)playable, (long long)(playable / 4));
    if (config->n_players % config->team_size)
        return fail(error, NMMO_BAD_CONFIG, "team_size = %d does not divide n_players = %d", config->team_size,
                    config->n_players);
    if (config->team_size > 1 && config->n_players / config->team_size > NMMO_MAX_TEAMS)
        return fail(error, NMMO_BAD_CONFIG, "team_size = %d makes %d teams of n_players = %d; at most %d teams fit",
                    config->team_size, config->n_players / config->team_size, config->n_players, NMMO_MAX_TEAMS);
    return NMMO_OK;
}

void nmmo_layout(const struct nmmo_config *config, struct nmmo_layout *layout) {
    layout->view_rows = 2 * (uint32_t)config->view_row_radius + 1;
    layout->view_columns = 2 * (uint32_t)config->view_column_radius + 1;
    layout->tiles = 0;
    layout->self = layout->view_rows * layout->view_columns * (uint32_t)sizeof(struct nmmo_tile);
    layout->inventory = layout->self + (uint32_t)sizeof(struct nmmo_self);
    layout->listings = layout->inventory + NMMO_INVENTORY_SLOTS * (uint32_t)sizeof(struct nmmo_item);
    layout->market = layout->listings + NMMO_LISTINGS * (uint32_t)sizeof(struct nmmo_own_listing);
    layout->mask = layout->market + 2 * NMMO_BOOKS;
    layout->row_bytes = (layout->mask + NMMO_ACTIONS + 63) / 64 * 64;
}
