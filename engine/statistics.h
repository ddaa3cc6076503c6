/* Statistics over lives that have ended. What happens in play is counted where it happens. */
#ifndef NMMO_STATISTICS_H
#define NMMO_STATISTICS_H

#include "state.h"

/* Adds a player's life to those that have ended, before its state is cleared. */
void statistics_end_life(struct nmmo_world *world, uint32_t index);

#endif
