/* Terrain: maps generated from a seed. */
#ifndef NMMO_TERRAIN_H
#define NMMO_TERRAIN_H

#include "state.h"

/* Fills the low three bytes of every playable tile from the seed: ground, biome, danger, ripe nodes with their tiers.
 * Tiles and ids must be 0. world->walkable and world->ids serve as scratch; ids are left 0, walkable needs
 * map_index. */
void terrain_generate(struct nmmo_world *world, uint64_t map_seed);

#endif
