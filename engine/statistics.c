/* Statistics over lives that ended and over those going on. What happens in play is counted where
 * it happens. */
#include "statistics.h"

#include <string.h>

#include "levels.h"

void statistics_end_life(struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    struct nmmo_lives *lives = &world->head->statistics.finished;
    uint32_t score = player_score(player);
    lives->lives++;
    lives->causes[player->cause]++;
    lives->age += player->self.age;
    lives->score += score;
    lives->combat_level += player->self.combat_level;
    lives->harvest_level += player->self.harvest_level;
    for (int skill = 0; skill < NMMO_SKILLS; skill++) lives->levels[skill] += player->self.level[skill];
    lives->worn_tiers += player->worn_tiers;
    lives->gold += player->self.gold;
    if (score > lives->best_score) lives->best_score = score;
    lives->returns += player->life_return;
}

const struct nmmo_statistics *nmmo_world_statistics(const nmmo_world *world) { return &world->head->statistics; }

void nmmo_world_living(const nmmo_world *world, struct nmmo_living *living) {
    memset(living, 0, sizeof *living);
    for (uint32_t i = 0; i < world->n_players; i++) {
        const struct player *player = &world->players[i];
        if (player->state == LIFE_NONE) continue;
        uint32_t score = player_score(player);
        living->lives++;
        living->age += player->self.age;
        living->score += score;
        living->combat_level += player->self.combat_level;
        living->harvest_level += player->self.harvest_level;
        for (int skill = 0; skill < NMMO_SKILLS; skill++) living->levels[skill] += player->self.level[skill];
        for (int slot = 0; slot < NMMO_EQUIPMENT_SLOTS; slot++) living->worn[slot][player->self.worn_tier[slot]]++;
        living->gold += player->self.gold;
        if (score > living->best_score) living->best_score = score;
        living->listings += player->listings;
        living->returns += player->life_return;
    }
    for (uint32_t i = 0; i < (uint32_t)world->head->config.n_monsters; i++)
        living->monsters += world->monsters[i].state >= MONSTER_IDLE;
}
