/* Levels: how skills grow, and what follows from them and from equipment. */
#ifndef NMMO_LEVELS_H
#define NMMO_LEVELS_H

#include "state.h"

/* The score of a life as it is now: the lower of its combat and harvest levels. */
static inline uint32_t player_score(const struct player *player) {
    return player->self.combat_level < player->self.harvest_level ? player->self.combat_level
                                                                  : player->self.harvest_level;
}

/* The tier that a level reaches. */
static inline uint32_t tier_of_level(uint32_t level) { return (level - 1) / NMMO_LEVELS_PER_TIER + 1; }

/* Adds experience earned at a tier, and raises the level where that suffices; reported by an event. */
void player_gain(struct nmmo_world *world, uint32_t index, uint32_t skill, uint32_t amount, uint32_t tier);

/* Computes what follows from levels and equipment: attack, defence, style, element, gear, range, best levels. */
void player_refresh(struct player *player);

/* Brings score_sum up to date; to be called before the score changes. */
void player_settle_score(struct player *player);

#endif
