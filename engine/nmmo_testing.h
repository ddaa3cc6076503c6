/* What tests and benchmarks of the engine call besides nmmo.h. It is no part of the public contract, and may change
 * with any version. */
#ifndef NMMO_TESTING_H
#define NMMO_TESTING_H

#include "nmmo.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The phases of a step, to be timed or looked at one by one: a step is these in order and nothing else. */
enum nmmo_phase {
    NMMO_PHASE_UPKEEP = 0,
    NMMO_PHASE_PLAYERS = 1,
    NMMO_PHASE_MONSTERS = 2,
    NMMO_PHASE_BODIES = 3,
    NMMO_PHASE_DEATHS = 4,
    NMMO_PHASE_REWARDS = 5,
    NMMO_PHASE_BIRTHS = 6,
    NMMO_PHASE_OBSERVATIONS = 7,
    NMMO_PHASES = 8
};
void nmmo_world_phase(nmmo_world *world, enum nmmo_phase phase, const uint8_t *actions, const uint8_t *tokens,
                      nmmo_pool *pool);

/* Whether `action`, carried out alone by the player now, would change the world. Changes
 * nothing: it plays the action on the state and takes the state back. Returns
 * 1 or 0; -1 when out of memory. */
int nmmo_world_would_change(nmmo_world *world, uint32_t player, uint8_t action);

/* Copies every row of the first `rows` rows from one 11 x 15 window of a 544-wide plane each: the
 * view-copy limit that benchmarks compare with. Returns a checksum so that nothing is elided. */
uint64_t nmmo_view_copy_limit(const uint64_t *plane, const uint32_t *centres, size_t rows, uint8_t *out,
                              size_t row_bytes);

#ifdef __cplusplus
}
#endif
#endif
