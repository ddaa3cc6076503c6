/* Rewards, in float32 from integer counts. */
#ifndef NMMO_REWARDS_H
#define NMMO_REWARDS_H

#include "state.h"

/* The rewards phase: pays every player for what has changed since it was last paid. */
void rewards_update(struct nmmo_world *world);

/* Pays the last reward of an ending life, w_death included where it died. */
void rewards_end(struct nmmo_world *world, uint32_t index);

/* Levels gained by all skills since birth, fractions counted, in 65536ths. */
uint32_t progress_of(const struct player *player);

#endif
