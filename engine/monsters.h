/* Monsters: where they live, what they do, how they return. */
#ifndef NMMO_MONSTERS_H
#define NMMO_MONSTERS_H

#include "state.h"

/* The monsters phase: each acts, in a random order. */
void monsters_act(struct nmmo_world *world);

/* Gives every monster a home and its traits, and puts it there, for a reset. */
void monsters_populate(struct nmmo_world *world);

/* Of the bodies phase: counts down combat and the wait of the dead, and lists those whose wait is over. */
void monsters_timers(struct nmmo_world *world);

/* Of the births phase: those that monsters_timers listed return, where there is room. */
void monsters_return(struct nmmo_world *world);

/* A monster stands on a free tile from now on, healthy and idle; reported by an event. */
void monster_appear(struct nmmo_world *world, uint32_t index, uint32_t tile);

/* A fallen monster is taken out of the world and leaves its loot; reported by an event. */
void monster_die(struct nmmo_world *world, uint32_t index);

/* A monster's part of a tile word. */
uint64_t monster_body(const struct monster *monster);

/* Writes the body into its tile word, after any change that others can see. */
void monster_show(struct nmmo_world *world, uint32_t index);

/* Brings world->monster_flags up to date, after any change of one's state or combat_ticks, or of all. */
void monster_update_flags(struct nmmo_world *world, uint32_t index);
void monsters_update_flags(struct nmmo_world *world);

#endif
