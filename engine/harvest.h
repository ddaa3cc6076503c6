/* Harvesting: what a node yields to whom. */
#ifndef NMMO_HARVEST_H
#define NMMO_HARVEST_H

#include "state.h"

/* A player has stepped on a tile with a ripe node. Returns 1 where it harvested, 0 where its tool is not good
 * enough. */
int harvest_enter(struct nmmo_world *world, uint32_t index, uint32_t tile);

#endif
