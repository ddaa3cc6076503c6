/* Combat: who can be hit, how hard, and what a kill brings. */
#ifndef NMMO_COMBAT_H
#define NMMO_COMBAT_H

#include "state.h"

enum target_kind { TARGET_MONSTER, TARGET_PLAYER };

/* ---- targets ---- */

/* The player's best legal target: the nearest, then the one with least health, then the first in reading order;
 * -1 where there is none. */
nmmo_entity combat_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind);

/* Whether there is a legal target among those whose tiles are set in a plane. */
int combat_has_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind, const uint8_t *plane);

/* Whether a player, standing where players may be attacked, can attack another: for masks. In a crowded world
 * combat_find_attackable must have been called, except with among_fallen: for the last rows of lives that end, while
 * others lie fallen. */
int combat_player_in_reach(const struct nmmo_world *world, uint32_t index, int among_fallen);

/* Whether players stand so densely that finding the attackable ones once per tick pays. */
int combat_is_crowded(const struct nmmo_config *config);

/* Sets attackable_plane to the players whom others may attack now, where the world is crowded. */
void combat_find_attackable(struct nmmo_world *world);

/* Whether no stone lies between two tiles that are so many rows and columns apart. */
int line_of_sight(const struct nmmo_world *world, uint32_t from, uint32_t to, int rows, int columns);

/* ---- hits ---- */

/* A player hits its target, a legal one. */
void player_attack(struct nmmo_world *world, uint32_t index, nmmo_entity target);

/* A monster hits a player. */
void monster_attack(struct nmmo_world *world, uint32_t monster, uint32_t player);

#endif
