/* Events: what happened in a tick, in order. */
#include "events.h"

#include <assert.h>

/* The capacity is the bound of world.c, so there is always room. */
struct nmmo_event *event_add(struct nmmo_world *world, int kind, nmmo_entity actor, nmmo_entity target, uint32_t row,
                             uint32_t column) {
    assert(world->event_count < world->event_capacity);
    struct nmmo_event *event = &world->events[world->event_count++];
    *event = (struct nmmo_event){.tick = world->head->tick,
                                 .actor = actor,
                                 .target = target,
                                 .row = (uint16_t)row,
                                 .column = (uint16_t)column,
                                 .kind = (uint8_t)kind};
    return event;
}

const struct nmmo_event *nmmo_world_events(const nmmo_world *world, size_t *count) {
    *count = world->event_count;
    return world->events;
}
