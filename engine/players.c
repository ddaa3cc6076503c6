/* Players: the order in which they act, what an action does, how levels grow. */
#include "world.h"

/* ---- order --------------------------------------------------------------------------------------- */

void order_shuffle(uint32_t *order, uint32_t count, uint64_t key) {
    uint64_t draw = 0;
    for (uint32_t i = count; i > 1; i--) {
        /* one draw serves two swaps: its high half the even steps, its low half the odd */
        uint32_t bits;
        if (i & 1) {
            bits = random_low(draw = random_draw(key, i));
        } else {
            if (i == count) draw = random_draw(key, (uint64_t)i + 1);
            bits = random_high(draw);
        }
        uint32_t j = random_below(bits, i);
        uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
}

static void say(struct nmmo_world *world, struct player *player, uint32_t token) {
    player->token = (uint8_t)token;
    uint64_t *word = &world->tiles[player->tile];
    *word = (*word & ~(0x1Full << (TILE_OCCUPANT_SHIFT + 3))) | (uint64_t)token << (TILE_OCCUPANT_SHIFT + 3);
}

/* Where the player stands, and where it is about to step: what is likeliest to be touched soon. */
static void prefetch_destination(const struct nmmo_world *world, uint32_t index, const uint8_t *actions) {
    uint32_t tile = world->players[index].tile, action = actions[index];
    int moves = action - NMMO_MOVE < NMMO_ATTACK_MONSTER - NMMO_MOVE;
    int offset = (action & 1 ? -world->stride : 1) * ((action - NMMO_MOVE) & 2 ? -1 : 1);
    uint32_t next = tile + (uint32_t)(moves ? offset : 0);
    prefetch(&world->tiles[next]);
    if (moves) {
        uint32_t last = action < NMMO_RUN ? next : next + (uint32_t)offset;
        prefetch(&world->tiles[last]);
        prefetch(&world->ids[last]);
        prefetch(&world->ids[tile]);
        prefetch(&world->tiles[tile]);
    }
}

void players_act(struct nmmo_world *world, const uint8_t *actions, const uint8_t *tokens) {
    enum { AHEAD = 12 };
    struct nmmo_statistics *statistics = &world->head->statistics;
    uint32_t *order = world->order;
    uint32_t count = 0;
    int all_live = world->head->bodies == world->n_players; /* then there is no need to look at each */
    for (uint32_t i = 0; i < world->n_players; i++)
        if (all_live || world->players[i].state == LIFE_LIVING) order[count++] = i;
    order_shuffle(order, count, random_key(world->head->seed, world->head->tick, RANDOM_PLAYER_ORDER));
    for (uint32_t k = 0; k < count; k++) {
        if (k + AHEAD < count) {
            const struct player *next = &world->players[order[k + AHEAD]];
            prefetch(next);
            prefetch(&next->tile);
            prefetch(&next->empty_slots);
            prefetch(&next->birth_row);
        }
        if (k + AHEAD / 2 < count) prefetch_destination(world, order[k + AHEAD / 2], actions);
        uint32_t i = order[k];
        struct player *player = &world->players[i];
        if (player->state != LIFE_LIVING) continue; /* fell earlier in this tick */
        if (tokens) say(world, player, tokens[i]);
        uint32_t action = actions[i];
        if (action == NMMO_WAIT || player_act(world, i, action)) statistics->actions[action]++;
        else statistics->refused[action]++;
    }
}

/* ---- moving ----------------------------------------------------------------------------------------- */

void near_players_add(struct nmmo_world *world, uint32_t row, uint32_t column, int change) {
    uint32_t cell = cell_at(world, row, column), columns = world->head->cell_columns;
    for (uint32_t around = cell - columns; around <= cell + columns; around += columns) {
        world->near_players[around - 1] += (uint32_t)change;
        world->near_players[around] += (uint32_t)change;
        world->near_players[around + 1] += (uint32_t)change;
    }
}

static void enter(struct nmmo_world *world, uint32_t index, uint32_t tile, int rows, int columns) {
    struct player *player = &world->players[index];
    uint32_t row = (uint32_t)(player->self.row + rows), column = (uint32_t)(player->self.column + columns);
    body_move(world, (nmmo_entity)index, player->tile, tile);
    if (((row ^ player->self.row) | (column ^ player->self.column)) >> NMMO_CELL_SHIFT) { /* another rest cell */
        near_players_add(world, player->self.row, player->self.column, -1);
        near_players_add(world, row, column, 1);
    }
    uint64_t word = world->tiles[tile];
    player->tile = tile;
    player->self.row = (uint16_t)row;
    player->self.column = (uint16_t)column;
    player->self.danger = (uint8_t)tile_danger(word);
    player->self.biome = (uint8_t)tile_biome(word);
    int away = distance((int)row, (int)column, player->birth_row, player->birth_column);
    if (away > player->explored) {
        player->reward_due |= away / NMMO_EXPLORE_STRIDE > player->explored / NMMO_EXPLORE_STRIDE;
        player->explored = (uint16_t)away;
    }
    uint32_t object = tile_object(word);
    if (object_is_item(object)) item_pick_up(world, index, tile);
    else if (object_is_ripe(object)) harvest_enter(world, index, tile);
}

static int step(struct nmmo_world *world, uint32_t index, int direction) {
    int rows = direction_rows(direction), columns = direction_columns(direction);
    uint32_t tile = world->players[index].tile + (uint32_t)(rows * world->stride + columns);
    if (!tile_free(world->tiles[tile])) return 0;
    enter(world, index, tile, rows, columns);
    return 1;
}

/* Two steps. Where nothing awaits on the first tile they are taken as one: what is explored is the greatest
 * distance, and on a straight line that is found at an end (the near one is part of it already). */
static int run(struct nmmo_world *world, uint32_t index, int direction) {
    struct player *player = &world->players[index];
    int rows = direction_rows(direction), columns = direction_columns(direction);
    uint32_t offset = (uint32_t)(rows * world->stride + columns), first = player->tile + offset;
    if (player->self.stamina < NMMO_RUN_STAMINA || !tile_free(world->tiles[first])) return 0;
    player->self.stamina = (uint8_t)(player->self.stamina - NMMO_RUN_STAMINA);
    int second_free = tile_free(world->tiles[first + offset]);
    if (second_free && !tile_object(world->tiles[first])) {
        enter(world, index, first + offset, 2 * rows, 2 * columns);
        return 1;
    }
    enter(world, index, first, rows, columns);
    if (second_free) enter(world, index, first + offset, rows, columns);
    return 1;
}

/* ---- actions ------------------------------------------------------------------------------------------ */

static int attack(struct nmmo_world *world, uint32_t index, enum target_kind kind) {
    nmmo_entity target = combat_target(world, index, kind);
    if (target < 0) return 0;
    player_attack(world, index, target);
    return 1;
}

int player_act(struct nmmo_world *world, uint32_t index, uint32_t action) {
    if (action < NMMO_MOVE) return 0;
    if (action < NMMO_RUN) return step(world, index, (int)(action - NMMO_MOVE));
    if (action < NMMO_ATTACK_MONSTER) return run(world, index, (int)(action - NMMO_RUN));
    if (action == NMMO_ATTACK_MONSTER) return attack(world, index, TARGET_MONSTER);
    if (action == NMMO_ATTACK_PLAYER) return attack(world, index, TARGET_PLAYER);
    if (action < NMMO_SELL) return item_use(world, index, action - NMMO_USE);
    if (action < NMMO_DROP) return market_sell(world, index, action - NMMO_SELL);
    if (action < NMMO_BUY) return item_drop(world, index, action - NMMO_DROP);
    if (action < NMMO_PRICE_UP) return market_buy(world, index, action - NMMO_BUY + 1);
    return market_change_price(world, index, action == NMMO_PRICE_UP ? 1 : -1);
}

/* ---- levels -------------------------------------------------------------------------------------------- */

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

static uint32_t weapon_attack(uint32_t type, uint32_t tier) {
    if (type == NMMO_SWORD) return NMMO_SWORD_ATTACK_PER_TIER * tier;
    if (type == NMMO_BOW || type == NMMO_STAFF) return NMMO_BOW_ATTACK_PER_TIER * tier;
    return 0;
}

static uint32_t gear_class(uint32_t tiers) { return tiers == 0 ? 0 : tiers <= 6 ? 1 : tiers <= 13 ? 2 : 3; }

/* Attack, defence, style, element, gear, range, best levels: all that levels and equipment imply. */
void player_refresh(struct player *player) {
    struct nmmo_self *self = &player->self;
    const uint8_t *type = self->worn_type, *tier = self->worn_tier;
    uint32_t hand = type[NMMO_HAND];
    int armed = hand >= NMMO_SWORD && hand <= NMMO_STAFF;
    uint32_t style = armed ? hand - NMMO_SWORD : NMMO_MELEE;
    self->combat_level = (uint8_t)best_of(self->level, NMMO_MELEE, NMMO_STYLES);
    self->harvest_level = (uint8_t)best_of(self->level, NMMO_MINING, NMMO_SKILLS);
    self->style = (uint8_t)style;
    self->element = type[NMMO_GEM] ? (uint8_t)(type[NMMO_GEM] - NMMO_EARTH_GEM + 1) : NMMO_NO_ELEMENT;
    player->range = style == NMMO_MELEE ? NMMO_MELEE_RANGE : NMMO_SHOT_RANGE;

    uint32_t attack = NMMO_PLAYER_ATTACK_BASE + NMMO_PLAYER_ATTACK_PER_LEVEL * (uint32_t)self->level[style] +
                      weapon_attack(hand, tier[NMMO_HAND]) + NMMO_GEM_ATTACK_PER_TIER * (uint32_t)tier[NMMO_GEM];
    if (armed && type[NMMO_AMMUNITION] == NMMO_WHETSTONE + style)
        attack += NMMO_AMMUNITION_ATTACK_PER_TIER * (uint32_t)tier[NMMO_AMMUNITION];
    uint32_t defence = NMMO_PLAYER_DEFENCE_PER_LEVEL * (uint32_t)self->combat_level +
                       NMMO_HELM_DEFENCE_PER_TIER * (uint32_t)tier[NMMO_HEAD] +
                       NMMO_CHEST_DEFENCE_PER_TIER * (uint32_t)tier[NMMO_BODY] +
                       NMMO_LEGS_DEFENCE_PER_TIER * (uint32_t)tier[NMMO_LEG];
    if (hand == NMMO_SWORD) defence += NMMO_SWORD_DEFENCE_PER_TIER * (uint32_t)tier[NMMO_HAND];
    player->attack = (uint16_t)attack;
    player->defence = (uint16_t)defence;

    uint32_t fighting_tiers = (uint32_t)tier[NMMO_HEAD] + tier[NMMO_BODY] + tier[NMMO_LEG] + (armed ? tier[NMMO_HAND] : 0);
    player->gear = (uint8_t)gear_class(fighting_tiers);
    uint32_t worn = 0;
    for (int slot = 0; slot < NMMO_EQUIPMENT_SLOTS; slot++) worn += tier[slot];
    player->worn_tiers = (uint8_t)worn;
}

uint64_t player_body(const struct player *player) {
    const struct nmmo_self *self = &player->self;
    uint64_t occupant = NMMO_PLAYER | (uint64_t)player->token << 3;
    uint64_t level = self->combat_level | (uint64_t)player->gear << 6;
    uint64_t style = self->style | (uint64_t)self->element << 2 | (uint64_t)(self->combat_ticks != 0) << 5;
    return occupant << TILE_OCCUPANT_SHIFT | level << TILE_LEVEL_SHIFT | (uint64_t)self->health << TILE_HEALTH_SHIFT |
           style << TILE_STYLE_SHIFT | (uint64_t)self->team << TILE_TEAM_SHIFT;
}

void player_show(struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    uint64_t *word = &world->tiles[player->tile];
    *word = (*word & TILE_MAP_BITS) | player_body(player);
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
