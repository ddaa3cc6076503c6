/* Rewards, in float32 from integer counts.
 *
 * What a player has been paid for is kept in paid_*; a reward is the weighted difference to what
 * is now, added in the order of the configuration's weights: combat, harvest, progress, equipment,
 * gold, explore, death. The order is part of the contract: float32 sums depend on it. */
#include "rewards.h"

/* Levels gained by all skills since birth, fractions counted, in 65536ths. */
uint32_t progress_of(const struct player *player) {
    uint32_t sum = 0;
    for (int skill = 0; skill < NMMO_SKILLS; skill++) {
        uint32_t level = player->self.level[skill];
        sum += ((level - 1) << 16) + ((uint32_t)player->experience[skill] << 16) / (NMMO_EXPERIENCE_PER_LEVEL * level);
    }
    return sum;
}

static float settle(const struct nmmo_config *config, struct player *player) {
    uint32_t progress = progress_of(player);
    uint32_t strides = player->explored / NMMO_EXPLORE_STRIDE;
    float reward = config->w_combat * (float)(player->self.combat_level - player->paid_combat);
    reward += config->w_harvest * (float)(player->self.harvest_level - player->paid_harvest);
    reward += config->w_progress * ((float)(int32_t)(progress - player->paid_progress) / 65536.0f);
    reward += config->w_equipment * ((float)(player->worn_tiers - player->paid_worn) / 6.0f);
    reward += config->w_gold * (float)(player->best_sales - player->paid_sales);
    reward += config->w_explore * (float)(int32_t)(strides - player->paid_explored);
    player->paid_combat = player->self.combat_level;
    player->paid_harvest = player->self.harvest_level;
    player->paid_progress = progress;
    player->paid_worn = player->worn_tiers;
    player->paid_sales = player->best_sales;
    player->paid_explored = strides;
    player->reward_due = 0;
    return reward;
}

void rewards_end(struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    struct player *player = &world->players[index];
    float reward = settle(config, player);
    if (player->state == LIFE_FALLEN) reward += config->w_death;
    world->out.rewards[index] = reward;
    player->life_return += reward;
}

void rewards_update(struct nmmo_world *world) {
    for (uint32_t i = 0; i < world->n_players; i++) {
        struct player *player = &world->players[i];
        if (!player->reward_due) continue;
        float reward = settle(&world->head->config, player);
        world->out.rewards[i] = reward;
        player->life_return += reward;
    }
}
