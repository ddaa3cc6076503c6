/* Observations: one row of bytes per player, true at the moment of observing. All rows are built by
 * nmmo_world_observe (nmmo.h). */
#ifndef NMMO_OBSERVE_H
#define NMMO_OBSERVE_H

#include "state.h"

#define CACHED_ROW_BYTES ((size_t)12 << 20) /* rows in all that the caches of a processor may hold */
#define MAX_ROW_BYTES 8192                  /* of a row with the largest view */

/* Builds the last row of an ending life, while the fallen still lie where they fell. */
void observe_row(struct nmmo_world *world, uint32_t index, uint8_t *row);

/* Whether rows of that layout can be built with this processor's wide vectors. */
int observe_suits_wide_vectors(const struct nmmo_layout *layout);

#endif
