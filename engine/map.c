/* The map: what belongs to the place and outlasts an episode, the low three bytes of each tile. */
#include "map.h"

#include <string.h>

#include "errors.h"
#include "grid.h"
#include "planes.h"
#include "tile.h"

static uint64_t *row_of(const struct nmmo_world *world, uint32_t row) { return world->tiles + tile_at(world, row, 0); }

/* Sorts the walkable tiles by danger (a counting sort, reading order within) and counts the nodes. */
void map_index(struct nmmo_world *world) {
    struct header *head = world->head;
    uint32_t height = (uint32_t)head->config.height, width = (uint32_t)head->config.width;
    uint32_t counts[NMMO_TIERS] = {0};
    uint32_t nodes = 0;
    for (uint32_t row = 0; row < height; row++) {
        const uint64_t *tiles = row_of(world, row);
        for (uint32_t column = 0; column < width; column++) {
            uint64_t word = tiles[column];
            if (!tile_walkable(word)) continue;
            counts[tile_danger(word) - 1]++;
            nodes += tile_object(word) > NMMO_ITEM_TYPES;
        }
    }
    uint32_t next[NMMO_TIERS];
    uint32_t start = 0;
    for (int danger = 0; danger < NMMO_TIERS; danger++) {
        head->walkable_start[danger] = next[danger] = start;
        start += counts[danger];
    }
    head->walkable_start[NMMO_TIERS] = start;
    for (uint32_t row = 0; row < height; row++) {
        const uint64_t *tiles = row_of(world, row);
        for (uint32_t column = 0; column < width; column++)
            if (tile_walkable(tiles[column]))
                world->walkable[next[tile_danger(tiles[column]) - 1]++] = tile_at(world, row, column);
    }
    /* what the generator left behind as scratch must not become state */
    memset(world->walkable + start, 0, ((size_t)height * width - start) * sizeof *world->walkable);
    head->node_count = nodes;
}

void map_clear_dynamic(struct nmmo_world *world) {
    struct header *head = world->head;
    uint32_t height = (uint32_t)head->config.height, width = (uint32_t)head->config.width;
    for (uint32_t row = 0; row < height; row++) {
        uint64_t *tiles = row_of(world, row);
        for (uint32_t column = 0; column < width; column++) {
            uint64_t word = tiles[column] & TILE_MAP_BITS;
            uint32_t object = tile_object(word);
            if (object_is_item(object)) word &= ~(0xFFull << TILE_OBJECT_SHIFT | 0xFull << TILE_TIER_SHIFT);
            else if (object_is_depleted(object)) word -= (uint64_t)NMMO_DEPLETED << TILE_OBJECT_SHIFT;
            tiles[column] = word;
        }
        world->row_vanish_ticks[row] = NEVER;
    }
    memset(world->item_plane, 0, head->padded_tiles / 8 + PLANE_SLACK);
    memset(world->item_quantity, 0, head->padded_tiles);
    memset(world->item_vanishes, 0, head->padded_tiles);
    memset(world->regrow, 0, head->node_capacity * sizeof *world->regrow);
    head->regrow_first = 0;
    head->regrow_count = 0;
}

static int check_map_word(uint32_t word, uint32_t row, uint32_t column, struct nmmo_error *error) {
    uint32_t object = tile_object(word), tier = tile_tier(word), danger = tile_danger(word);
    if (word >> 24 || tile_ground(word) >= NMMO_GROUNDS)
        return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x has no known ground", row, column, word);
    if (danger < 1 || danger > NMMO_TIERS)
        return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x has danger %u, not 1..5", row, column, word, danger);
    if (object == 0) {
        if (tier) return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x has a tier without a node", row, column, word);
        return NMMO_OK;
    }
    if (!object_is_ripe(object))
        return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x: object %u is not a ripe node (21..25)", row, column, word,
                    object);
    if (tier < 1 || tier > NMMO_TIERS)
        return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x has node tier %u, not 1..5", row, column, word, tier);
    if (!tile_walkable(word))
        return fail(error, NMMO_BAD_MAP, "map[%u, %u] = %#x has a node on ground that nobody can walk on", row, column,
                    word);
    return NMMO_OK;
}

int map_load(struct nmmo_world *world, const uint32_t *map, int populate, struct nmmo_error *error) {
    struct header *head = world->head;
    uint32_t height = (uint32_t)head->config.height, width = (uint32_t)head->config.width;
    uint64_t nodes = 0, walkable = 0;
    for (uint32_t row = 0; row < height; row++) {
        for (uint32_t column = 0; column < width; column++) {
            uint32_t word = map[(size_t)row * width + column];
            int status = check_map_word(word, row, column, error);
            if (status) return status;
            nodes += tile_object(word) != 0;
            walkable += (uint64_t)tile_walkable(word);
        }
    }
    if (nodes > head->node_capacity)
        return fail(error, NMMO_BAD_MAP, "the map has %llu nodes; this configuration holds at most %u",
                    (unsigned long long)nodes, head->node_capacity);
    uint64_t entities = (uint64_t)head->config.n_players + (uint64_t)head->config.n_monsters;
    if (populate && entities > walkable)
        return fail(error, NMMO_BAD_MAP, "the map has %llu walkable tiles for %llu players and monsters",
                    (unsigned long long)walkable, (unsigned long long)entities);
    memset(world->tiles, 0, head->padded_tiles * sizeof *world->tiles);
    for (uint32_t row = 0; row < height; row++)
        for (uint32_t column = 0; column < width; column++)
            row_of(world, row)[column] = map[(size_t)row * width + column];
    map_index(world);
    head->map_seed = 0;
    head->map_source = MAP_GIVEN;
    return NMMO_OK;
}

void nmmo_world_tiles(const nmmo_world *world, uint64_t *out) {
    uint32_t width = (uint32_t)world->head->config.width;
    for (uint32_t row = 0; row < (uint32_t)world->head->config.height; row++)
        memcpy(out + (size_t)row * width, row_of(world, row), width * sizeof *out);
}

void nmmo_world_map(const nmmo_world *world, uint32_t *out) {
    uint32_t width = (uint32_t)world->head->config.width;
    for (uint32_t row = 0; row < (uint32_t)world->head->config.height; row++) {
        for (uint32_t column = 0; column < width; column++) {
            uint32_t word = (uint32_t)(row_of(world, row)[column] & TILE_MAP_BITS);
            uint32_t object = tile_object(word);
            if (object_is_item(object)) word &= 0xF000FFu; /* ground and danger */
            else if (object_is_depleted(object)) word -= (uint32_t)NMMO_DEPLETED << TILE_OBJECT_SHIFT;
            out[(size_t)row * width + column] = word;
        }
    }
}
