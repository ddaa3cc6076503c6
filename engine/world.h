/* One world's life: what a batch of worlds needs of it besides nmmo.h. */
#ifndef NMMO_WORLD_H
#define NMMO_WORLD_H

#include "state.h"

/* NMMO_OK, or NMMO_WORLD_OVER where the world has not been reset yet, or is over. */
int world_check_ready(const struct nmmo_world *world, struct nmmo_error *error);

/* Begins the next episode of a world that is over, at once. What its last tick returned stays: rewards, flags, events
 * and statistics; the observations are the new episode's. A given map stays. */
void world_begin_again(struct nmmo_world *world, uint64_t seed);

#endif
