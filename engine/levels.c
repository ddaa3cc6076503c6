/* Levels: how skills grow, and what follows from them and from equipment. */
#include "levels.h"

#include "events.h"
#include "items.h"
#include "players.h"

static uint32_t best_of(const uint8_t *levels, int first, int end) {
    uint32_t best = levels[first];
    for (int skill = first + 1; skill < end; skill++)
        if (levels[skill] > best) best = levels[skill];
    return best;
}

void player_settle_score(struct player *player) {
    player->score_sum += (int64_t)player_score(player) * (player->self.age - player->scored_age);
    player->scored_age = player->self.age;
}

static uint32_t gear_class(uint32_t tiers) { return tiers == 0 ? 0 : tiers <= 6 ? 1 : tiers <= 13 ? 2 : 3; }

/* Attack, defence, style, element, gear, range, best levels: all that levels and equipment imply. */
void player_refresh(struct player *player) {
    struct nmmo_self *self = &player->self;
    const uint8_t *type = self->worn_type, *tier = self->worn_tier;
    const struct nmmo_item_content *hand = &nmmo_items[type[NMMO_HAND]];
    int armed = hand->role == NMMO_ROLE_WEAPON;
    uint32_t style = armed ? (uint32_t)hand->skill : NMMO_MELEE;
    self->combat_level = (uint8_t)best_of(self->level, 0, NMMO_STYLES);
    self->harvest_level = (uint8_t)best_of(self->level, NMMO_FIRST_PROFESSION, NMMO_SKILLS);
    self->style = (uint8_t)style;
    self->element = nmmo_items[type[NMMO_GEM]].element;
    player->range = style == NMMO_MELEE ? NMMO_MELEE_RANGE : NMMO_SHOT_RANGE;

    uint32_t attack = NMMO_PLAYER_ATTACK_BASE + NMMO_PLAYER_ATTACK_PER_LEVEL * (uint32_t)self->level[style];
    uint32_t defence = NMMO_PLAYER_DEFENCE_PER_LEVEL * (uint32_t)self->combat_level;
    for (int slot = 0; slot < NMMO_EQUIPMENT_SLOTS; slot++) {
        if (slot == NMMO_AMMUNITION && !item_matches(type[slot], type[NMMO_HAND])) continue;
        attack += nmmo_items[type[slot]].attack * (uint32_t)tier[slot];
        defence += nmmo_items[type[slot]].defence * (uint32_t)tier[slot];
    }
    player->attack = (uint16_t)attack;
    player->defence = (uint16_t)defence;

    uint32_t fighting_tiers = (uint32_t)tier[NMMO_HEAD] + tier[NMMO_BODY] + tier[NMMO_LEG] +
                              (armed ? tier[NMMO_HAND] : 0);
    player->gear = (uint8_t)gear_class(fighting_tiers);
    uint32_t worn = 0;
    for (int slot = 0; slot < NMMO_EQUIPMENT_SLOTS; slot++) worn += tier[slot];
    player->worn_tiers = (uint8_t)worn;
}

void player_gain(struct nmmo_world *world, uint32_t index, uint32_t skill, uint32_t amount, uint32_t tier) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    struct nmmo_statistics *statistics = &world->head->statistics;
    uint32_t level = self->level[skill];
    uint32_t own_tier = tier_of_level(level);
    if (tier < own_tier) amount >>= NMMO_TIER_GAP_SHIFT * (own_tier - tier);
    if (level == NMMO_LEVELS || amount == 0) return;
    uint32_t experience = player->experience[skill] + amount;
    uint32_t before = level;
    while (level < NMMO_LEVELS && experience >= NMMO_EXPERIENCE_PER_LEVEL * level) {
        experience -= NMMO_EXPERIENCE_PER_LEVEL * level;
        level++;
    }
    if (level == NMMO_LEVELS) experience = 0;
    player->experience[skill] = (uint16_t)experience;
    self->progress[skill] = (uint8_t)(experience * 256 / (NMMO_EXPERIENCE_PER_LEVEL * level));
    player->reward_due = 1;
    statistics->experience[skill] += amount;
    if (level == before) return;

    uint32_t score = player_score(player);
    player_settle_score(player);
    self->level[skill] = (uint8_t)level;
    statistics->level_ups[skill] += level - before;
    items_refresh_usable(player);
    inventory_refresh(world, index);
    player_show(world, index);
    if (player_score(player) > score) {
        score = player_score(player);
        if (score > player->best_score) player->best_score = (uint8_t)score;
        /* one more than what is shown: this tick's count-down is still to come */
        if (world->head->config.stagnation_ticks)
            self->stagnation_left = (uint16_t)(world->head->config.stagnation_ticks + 1);
    }
    struct nmmo_event *event = event_add(world, NMMO_EVENT_LEVEL_UP, (nmmo_entity)index, -1, self->row, self->column);
    event->amount = (int32_t)level;
    event->detail = (uint8_t)skill;
}
