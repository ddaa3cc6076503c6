/* The map: what belongs to the place and outlasts an episode, the low three bytes of each tile. */
#ifndef NMMO_MAP_H
#define NMMO_MAP_H

#include "state.h"

/* Computes what follows from the low three bytes: the walkable tiles sorted by danger, the number of nodes. */
void map_index(struct nmmo_world *world);

/* Checks a caller's map and puts it into the tiles. On failure nothing has changed. */
int map_load(struct nmmo_world *world, const uint32_t *map, int populate, struct nmmo_error *error);

/* Leaves the map alone on the tiles: nobody anywhere, no items, every node ripe. */
void map_clear_dynamic(struct nmmo_world *world);

#endif
