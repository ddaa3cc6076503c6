/* Lives: what bodies go through each tick, how lives end, how they begin. */
#ifndef NMMO_LIVES_H
#define NMMO_LIVES_H

#include "state.h"

/* Whether every life ends with this tick; an endless world ends where its ticks do. */
static inline int at_horizon(const struct header *head) {
    return head->tick >= (head->config.horizon ? (uint32_t)head->config.horizon : (uint32_t)MAX_TICK);
}

/* ---- phases ---- */

/* The bodies phase: health, stamina, hunger, fog and time pass over every player. */
void bodies_update(struct nmmo_world *world);

/* The deaths phase: everyone on world->fallen leaves the world, with last observations and loot. */
void lives_end(struct nmmo_world *world);

/* The births phase: the next life of every slot that waits for one, unless the caller asks for them. */
void lives_begin(struct nmmo_world *world);

/* ---- ends ---- */

/* A player's health has reached 0: it falls, and keeps its tile until the deaths phase. */
void player_fall(struct nmmo_world *world, uint32_t index, int cause, nmmo_entity killer);

/* Takes a player's body out of the world; its slot is as before a birth. */
void player_vacate(struct nmmo_world *world, uint32_t index);

/* Clears what items and levels imply, for a slot without a body. */
void player_clear_derived(struct player *player);

/* ---- beginnings ---- */

/* To be called before a series of find_birth_tile in one tick. */
void births_prepare(struct nmmo_world *world);

/* Finds a free tile for a player's birth: near its team, or the least dangerous. Returns 0 where there is none. */
int find_birth_tile(struct nmmo_world *world, uint32_t index, uint32_t *tile);

/* Begins a life on a free tile; reported by an event. */
void player_birth(struct nmmo_world *world, uint32_t index, uint32_t tile);

#endif
