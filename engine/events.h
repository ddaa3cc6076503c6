/* Events: what happened in a tick, in order. */
#ifndef NMMO_EVENTS_H
#define NMMO_EVENTS_H

#include "state.h"

/* Appends an event of this tick and returns it, so that the caller fills in what its kind needs (amount, gold, item,
 * tier, detail; 0 until then). There is always room. */
struct nmmo_event *event_add(struct nmmo_world *world, int kind, nmmo_entity actor, nmmo_entity target, uint32_t row,
                             uint32_t column);

#endif
