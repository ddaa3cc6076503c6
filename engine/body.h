/* A body on a tile, player or monster: its part of the tile's word, the id there, its bit of a plane. These agree at
 * all times; nothing else changes them. */
#ifndef NMMO_BODY_H
#define NMMO_BODY_H

#include "planes.h"
#include "state.h"
#include "tile.h"

static inline uint8_t *plane_of(const struct nmmo_world *world, nmmo_entity entity) {
    return is_player(world, entity) ? world->player_plane : world->monster_plane;
}

/* Puts a body on a free tile; `body` is its part of the word (player_body, monster_body). */
static inline void body_place(struct nmmo_world *world, nmmo_entity entity, uint32_t tile, uint64_t body) {
    world->tiles[tile] = (world->tiles[tile] & TILE_MAP_BITS) | body;
    world->ids[tile] = (uint32_t)entity + 1;
    plane_set(plane_of(world, entity), tile);
}

/* Takes a body off its tile. */
static inline void body_remove(struct nmmo_world *world, nmmo_entity entity, uint32_t tile) {
    world->tiles[tile] &= TILE_MAP_BITS;
    world->ids[tile] = 0;
    plane_clear(plane_of(world, entity), tile);
}

/* Moves a body to a free tile as it looks now. */
static inline void body_move(struct nmmo_world *world, nmmo_entity entity, uint32_t from, uint32_t to) {
    uint64_t body = world->tiles[from] & TILE_BODY_BITS;
    body_remove(world, entity, from);
    body_place(world, entity, to, body);
}

#endif
