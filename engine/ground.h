/* What lies on the ground: nodes that grow again, items that vanish. */
#ifndef NMMO_GROUND_H
#define NMMO_GROUND_H

#include "state.h"

/* ---- nodes ---- */

/* A ripe node has been harvested: it is depleted, and due to regrow after config.node_regrow_ticks. */
void node_deplete(struct nmmo_world *world, uint32_t tile);

/* Takes a depleted node out of those that will regrow, for edits. The tile itself stays as it is. */
void node_forget(struct nmmo_world *world, uint32_t tile);

/* Upkeep: nodes whose time has come are ripe again. */
void upkeep_nodes(struct nmmo_world *world);

/* ---- items ---- */

/* Lays an item on a tile that has room for it (walkable, no object). */
void ground_put_item(struct nmmo_world *world, uint32_t tile, uint32_t type, uint32_t tier, uint32_t quantity);

/* Takes the item off a tile. */
void ground_clear_item(struct nmmo_world *world, uint32_t tile);

/* Whether the tile or one of the eight around it has room for an item. */
int ground_has_room(const struct nmmo_world *world, uint32_t tile);

/* Lays pieces on the tile or the nearest one with room among the eight around it, and reports the drop by an event
 * of `who`. Returns 0 where there is no room; then nothing has changed. */
int ground_drop(struct nmmo_world *world, uint32_t tile, nmmo_entity who, uint32_t type, uint32_t tier,
                uint32_t quantity);

/* Upkeep: items whose time is up vanish. */
void upkeep_ground_items(struct nmmo_world *world);

/* Computes row_vanish_ticks from the items that lie there. */
void ground_find_vanishing(struct nmmo_world *world);

#endif
