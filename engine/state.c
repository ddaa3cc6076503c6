/* The arena: what lies where in a world's one allocation. */
#include "state.h"

#include <string.h>

#include "planes.h"

static const char arena_magic[8] = "NMMOWRLD";

static size_t aligned(size_t bytes) { return (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE; }

static uint32_t sum_of_densities(const struct nmmo_config *config) {
    return (uint32_t)(config->ore_density + config->tree_density + config->crystal_density + config->herb_density +
                      config->fish_density);
}

/* Generated maps keep to the densities; a drawn or painted one may have a node on every tile of a small map. */
static size_t node_capacity(const struct nmmo_config *config) {
    size_t playable = (size_t)config->height * (size_t)config->width;
    size_t generated = playable * sum_of_densities(config) / 1024 + NMMO_PROFESSIONS;
    size_t drawn = playable / 16 + 1024;
    size_t capacity = generated > drawn ? generated : drawn;
    return capacity < playable ? capacity : playable;
}

static uint32_t stride_of(const struct nmmo_config *config) { return (uint32_t)config->width + 2 * NMMO_BORDER; }
static uint32_t padded_tiles_of(const struct nmmo_config *config) {
    return stride_of(config) * ((uint32_t)config->height + 2 * NMMO_BORDER);
}
static uint32_t cell_columns_of(const struct nmmo_config *config) {
    return (((uint32_t)config->width - 1) >> NMMO_CELL_SHIFT) + 3; /* one ring of cells around */
}
static uint32_t cells_of(const struct nmmo_config *config) {
    return cell_columns_of(config) * ((((uint32_t)config->height - 1) >> NMMO_CELL_SHIFT) + 3);
}

static void *take(uint8_t *arena, size_t *used, size_t count, size_t size) {
    void *place = arena ? arena + *used : NULL;
    *used = aligned(*used + count * size);
    return place;
}

size_t state_lay_out(struct nmmo_world *world, uint8_t *arena, const struct nmmo_config *config) {
    size_t padded = padded_tiles_of(config);
    size_t plane = padded / 8 + PLANE_SLACK;
    size_t playable = (size_t)config->height * (size_t)config->width;
    size_t players = (size_t)config->n_players;
    size_t used = 0;
    world->head = take(arena, &used, 1, sizeof(struct header));
    world->tiles = take(arena, &used, padded, sizeof(uint64_t));
    world->ids = take(arena, &used, padded, sizeof(uint32_t));
    world->player_plane = take(arena, &used, plane, 1);
    world->monster_plane = take(arena, &used, plane, 1);
    world->item_plane = take(arena, &used, plane, 1);
    world->item_quantity = take(arena, &used, padded, 1);
    world->item_vanishes = take(arena, &used, padded, 1);
    world->row_vanish_ticks = take(arena, &used, (size_t)config->height, sizeof(uint32_t));
    world->near_players = take(arena, &used, cells_of(config), sizeof(uint32_t));
    world->walkable = take(arena, &used, playable, sizeof(uint32_t));
    world->regrow = take(arena, &used, node_capacity(config), sizeof(struct regrowth));
    world->players = take(arena, &used, players, sizeof(struct player));
    world->monsters = take(arena, &used, (size_t)config->n_monsters, sizeof(struct monster));
    world->listings = take(arena, &used, players * NMMO_LISTINGS, sizeof(struct listing));
    world->market = take(arena, &used, 1, sizeof(struct market));
    world->stride = (int32_t)stride_of(config);
    world->n_players = (uint32_t)config->n_players;
    return used;
}

/* No tick can leave more events than this. A player's action leaves at most 8: a run enters two
 * tiles, each harvested (harvest, level-up, two overflowing pieces dropped). Its end leaves a death
 * and nine drops, its beginning a birth. A monster leaves a hit and a kill, its end a death and a
 * drop, its return a birth. A reset after the last tick of a world adds one birth per entity. */
static size_t event_capacity(const struct nmmo_config *config) {
    return (size_t)config->n_players * (8 + 1 + NMMO_DEATH_DROPS + 1 + 1) +
           (size_t)config->n_monsters * (2 + 2 + 1 + 1);
}

size_t scratch_lay_out(struct nmmo_world *world, uint8_t *block, const struct nmmo_config *config, size_t used) {
    size_t players = (size_t)config->n_players;
    size_t monsters = (size_t)config->n_monsters;
    world->turn_order = take(block, &used, players > monsters ? players : monsters, sizeof(uint32_t));
    world->wandering = take(block, &used, (monsters + 7) / 8, sizeof(uint64_t));
    world->monster_flags = take(block, &used, (monsters + 7) / 8, sizeof(uint64_t));
    world->view_order = take(block, &used, players, sizeof(uint32_t));
    world->sole_seller = take(block, &used, players, 1);
    world->row_starts = take(block, &used, (size_t)config->height + 1, sizeof(uint32_t));
    world->fallen = take(block, &used, players + monsters, sizeof(uint32_t));
    world->events = take(block, &used, event_capacity(config), sizeof(struct nmmo_event));
    world->attackable_plane = take(block, &used, padded_tiles_of(config) / 8 + PLANE_SLACK, 1);
    world->attackable_tiles = take(block, &used, players, sizeof(uint32_t));
    world->event_capacity = (uint32_t)event_capacity(config);
    return used;
}

size_t nmmo_state_bytes(const struct nmmo_config *config) {
    struct nmmo_world unused;
    return state_lay_out(&unused, NULL, config);
}

size_t nmmo_world_bytes(const struct nmmo_config *config) {
    struct nmmo_world unused;
    size_t state = state_lay_out(&unused, NULL, config);
    return sizeof(struct nmmo_world) + CACHE_LINE + scratch_lay_out(&unused, NULL, config, state);
}

void header_fill(struct header *head, const struct nmmo_config *config) {
    memcpy(head->magic, arena_magic, sizeof head->magic);
    head->rules_version = NMMO_RULES_VERSION;
    head->header_bytes = sizeof(struct header);
    head->state_bytes = nmmo_state_bytes(config);
    head->config = *config;
    head->stride = stride_of(config);
    head->padded_tiles = padded_tiles_of(config);
    head->cell_columns = cell_columns_of(config);
    head->cells = cells_of(config);
    head->node_capacity = (uint32_t)node_capacity(config);
}
