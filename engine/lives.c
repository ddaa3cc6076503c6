/* Lives: what bodies go through each tick, how lives end, how they begin. */
#include "levels.h"
#include "lives.h"

#include <string.h>

#include "body.h"
#include "compiler.h"
#include "events.h"
#include "fog.h"
#include "grid.h"
#include "ground.h"
#include "items.h"
#include "market.h"
#include "monsters.h"
#include "observe.h"
#include "players.h"
#include "random.h"
#include "rewards.h"
#include "statistics.h"
#include "tile.h"

/* ---- bodies ---------------------------------------------------------------------------------------- */

static uint8_t raised(uint32_t value, uint32_t by, uint32_t most) {
    return (uint8_t)(value + by < most ? value + by : most);
}

static int beside_water(const struct nmmo_world *world, uint32_t tile) {
    for (int row = -1; row <= 1; row++)
        for (int column = -1; column <= 1; column++)
            if (tile_ground(world->tiles[tile + (uint32_t)(row * world->stride + column)]) == NMMO_WATER) return 1;
    return 0;
}

static void take_damage(struct nmmo_world *world, uint32_t index, int damage, int cause) {
    struct player *player = &world->players[index];
    if (player->state != LIFE_LIVING || damage == 0) return;
    player->self.health = (uint8_t)(damage >= player->self.health ? 0 : player->self.health - damage);
    if (player->self.health == 0) player_fall(world, index, cause, -1);
}

static void hunger_and_thirst(struct nmmo_world *world, uint32_t index) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    if (self->age % NMMO_HUNGER_PERIOD == 0) {
        if (self->food) self->food--;
        if (self->water) self->water--;
    }
    if (self->water < NMMO_FULL_FOOD && beside_water(world, player->tile))
        self->water = raised(self->water, NMMO_DRINK_WATER, NMMO_FULL_FOOD);
    if (self->food == 0) take_damage(world, index, NMMO_HUNGER_DAMAGE, NMMO_BY_HUNGER);
    if (self->water == 0) take_damage(world, index, NMMO_HUNGER_DAMAGE, NMMO_BY_THIRST);
}

static void count_down(struct nmmo_self *self) { /* without branches: they would be guessed wrong */
    self->combat_ticks = (uint8_t)(self->combat_ticks - (self->combat_ticks != 0));
    self->protection_ticks = (uint16_t)(self->protection_ticks - (self->protection_ticks != 0));
    self->monster_protection_ticks = (uint8_t)(self->monster_protection_ticks - (self->monster_protection_ticks != 0));
    self->stagnation_left = (uint16_t)(self->stagnation_left - (self->stagnation_left != 0));
}

/* Who fell earlier in this tick is past healing and harm, but its last observation must be of this tick too. */
static void lie_fallen(const struct nmmo_world *world, struct nmmo_self *self) {
    self->age++;
    fog_update_self(world, self);
    count_down(self);
}

static void live_on(struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    uint32_t health = self->health, in_combat = self->combat_ticks;
    self->age++;
    int can_heal = !config->survival || (self->food > NMMO_REGENERATION_NEED && self->water > NMMO_REGENERATION_NEED);
    if (!in_combat && can_heal) self->health = raised(self->health, NMMO_HEALTH_REGENERATION, NMMO_FULL_HEALTH);
    self->stamina = raised(self->stamina, NMMO_STAMINA_REGENERATION, NMMO_FULL_STAMINA);
    if (config->survival) hunger_and_thirst(world, index);
    if (config->fog) {
        fog_update_self(world, self);
        take_damage(world, index, self->fog_damage, NMMO_BY_FOG);
    }
    count_down(self);
    if (self->health != health || (in_combat && !self->combat_ticks)) player_show(world, index);
}

/* A life that time ends is put on the list of those that end, still alive. */
static void end_by_time(struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    struct player *player = &world->players[index];
    if (at_horizon(world->head)) player->cause = NMMO_BY_HORIZON;
    else if (config->stagnation_ticks && player->self.stagnation_left == 0) player->cause = NMMO_BY_STAGNATION;
    else return;
    world->fallen[world->fallen_count++] = index;
}

void bodies_update(struct nmmo_world *world) {
    enum { AHEAD = 8 };
    for (uint32_t i = 0; i < world->n_players; i++) {
        struct player *player = &world->players[i];
        prefetch(player + AHEAD); /* past the last is other memory of the world's */
        prefetch(&player[AHEAD].tile);
        if (player->state == LIFE_NONE) continue;
        if (player->state == LIFE_LIVING) live_on(world, i);
        else lie_fallen(world, &player->self);
        if (player->state == LIFE_LIVING) end_by_time(world, i);
    }
}

/* ---- ends -------------------------------------------------------------------------------------------- */

void player_fall(struct nmmo_world *world, uint32_t index, int cause, nmmo_entity killer) {
    struct player *player = &world->players[index];
    player->state = LIFE_FALLEN;
    player->cause = (uint8_t)cause;
    player->killer = killer;
    world->fallen[world->fallen_count++] = index;
    player_show(world, index);
}

void player_clear_derived(struct player *player) {
    memset(player->usable_types, 0, sizeof player->usable_types);
    memset(player->worn_slot, 0, sizeof player->worn_slot);
    player->empty_slots = player->unworn_slots = player->usable_slots = 0;
    player->potion_slots = player->sellable_slots = 0;
    player->stacked_types = 0;
    player->attack = player->defence = 0;
    player->gear = player->range = player->worn_tiers = 0;
}

void player_vacate(struct nmmo_world *world, uint32_t index) {
    struct player *player = &world->players[index];
    uint8_t price_step = player->self.price_step;
    body_remove(world, (nmmo_entity)index, player->tile);
    near_players_add(world, player->self.row, player->self.column, -1);
    memset(&player->self, 0, sizeof player->self);
    memset(player->inventory, 0, sizeof player->inventory);
    player->self.price_step = price_step; /* the asking price outlives death */
    memset(player->experience, 0, sizeof player->experience);
    player_clear_derived(player);
    player->tile = 0;
    player->state = LIFE_NONE;
    player->token = 0;
    player->cause = NMMO_ALIVE;
    player->killer = -1;
    player->reward_due = 0;
    player->scored_age = 0;
    world->head->bodies--;
}

/* Whether the first of two stacks is lost before the second: by tier, then lowest type, then slot. */
static int more_valuable(const struct nmmo_item *one, const struct nmmo_item *other) {
    if (one->tier != other->tier) return one->tier > other->tier;
    return one->type < other->type; /* equal: the lower slot comes first by the scan */
}

static void drop_the_best(struct nmmo_world *world, uint32_t index) {
    struct player *player = &world->players[index];
    struct nmmo_item left[NMMO_INVENTORY_SLOTS];
    memcpy(left, player->inventory, sizeof left);
    for (int drop = 0; drop < NMMO_DEATH_DROPS; drop++) {
        struct nmmo_item *best = NULL;
        for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++)
            if (left[slot].type && (!best || more_valuable(&left[slot], best))) best = &left[slot];
        if (!best) return;
        ground_drop(world, player->tile, (nmmo_entity)index, best->type, best->tier, best->quantity);
        best->type = 0;
    }
}

/* The gold of the dead goes to the player who killed it, if that one lives. */
static uint32_t pass_on_gold(struct nmmo_world *world, const struct player *player) {
    uint32_t gold = player->self.gold;
    if (player->killer >= 0 && is_player(world, player->killer) &&
        world->players[player->killer].state == LIFE_LIVING) {
        add_gold(&world->players[player->killer], gold);
        return gold;
    }
    world->head->statistics.gold_lost += gold;
    return 0;
}

static void end_life(struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    struct player *player = &world->players[index];
    int died = player->state == LIFE_FALLEN;
    player_settle_score(player);
    player->ticks_lived += player->self.age;
    rewards_end(world, index);
    (died ? world->out.terminated : world->out.truncated)[index] = 1;
    statistics_end_life(world, index);
    struct nmmo_event *event = event_add(world, NMMO_EVENT_DEATH, (nmmo_entity)index, player->killer, player->self.row,
                                         player->self.column);
    event->amount = (int32_t)player_score(player);
    event->detail = player->cause;
    if (died) {
        event->gold = (int32_t)pass_on_gold(world, player);
        drop_the_best(world, index);
    } else {
        world->head->statistics.gold_lost += player->self.gold;
    }
    market_remove_listings(world, index);
    player_vacate(world, index);
    if (!at_horizon(world->head) && (config->lives == 0 || player->life < (uint32_t)config->lives)) {
        player->waiting = config->respawn == NMMO_RESPAWN_NEXT_TICK ? WAITING_TICK : WAITING_NOW;
        world->head->waiting++;
    }
}

void lives_end(struct nmmo_world *world) {
    if (world->fallen_count == 0) return;
    if (world->out.final_observations) {
        market_refresh_offers(world);
        for (uint32_t k = 0; k < world->fallen_count; k++) {
            uint32_t entity = world->fallen[k];
            if (entity < world->n_players)
                observe_row(world, entity, world->out.final_observations + (size_t)entity * world->layout.row_bytes);
        }
    }
    for (uint32_t k = 0; k < world->fallen_count; k++) {
        uint32_t entity = world->fallen[k];
        if (entity < world->n_players) end_life(world, entity);
        else monster_die(world, entity - world->n_players);
    }
}

/* ---- beginnings --------------------------------------------------------------------------------------- */

enum { TRIES = 16 };

/* A random free tile of one danger: some throws, then along the list from the last one. Births only
 * take tiles, so a danger found full stays full for the rest of this phase: however dense the world,
 * each list is searched in vain at most once. */
static uint32_t free_tile_of_danger(struct nmmo_world *world, uint32_t danger, uint64_t key, uint64_t index) {
    const struct header *head = world->head;
    uint32_t start = head->walkable_start[danger - 1], count = head->walkable_start[danger] - start;
    if (count == 0 || world->danger_full[danger - 1]) return 0;
    const uint32_t *list = world->walkable + start;
    uint32_t place = 0;
    for (uint32_t try = 0; try < TRIES; try++) {
        place = random_below(random_high(random_draw(key, (index * NMMO_TIERS + danger - 1) * TRIES + try)), count);
        if (tile_free(world->tiles[list[place]])) return list[place];
    }
    for (uint32_t probe = 0; probe < count; probe++) {
        place = place + 1 == count ? 0 : place + 1;
        if (tile_free(world->tiles[list[place]])) return list[place];
    }
    world->danger_full[danger - 1] = 1;
    return 0;
}

void births_prepare(struct nmmo_world *world) { memset(world->danger_full, 0, sizeof world->danger_full); }

static uint32_t least_danger(const struct header *head) {
    for (uint32_t danger = 1; danger <= NMMO_TIERS; danger++)
        if (head->walkable_start[danger] > head->walkable_start[danger - 1]) return danger;
    return 0;
}

/* Near the anchor that the team keeps for the episode; 0 where its surroundings are full. */
static uint32_t free_tile_near_team(const struct nmmo_world *world, uint32_t team, uint64_t key, uint32_t index) {
    enum { SIDE = 2 * NMMO_TEAM_BIRTH_RADIUS + 1 };
    const struct header *head = world->head;
    uint32_t danger = least_danger(head);
    if (!danger) return 0;
    uint32_t start = head->walkable_start[danger - 1], count = head->walkable_start[danger] - start;
    uint64_t draw = random_draw(random_key(head->seed, 0, RANDOM_TEAM_ANCHOR), team);
    uint32_t anchor = world->walkable[start + random_below(random_high(draw), count)];
    uint32_t corner = anchor - (uint32_t)(NMMO_TEAM_BIRTH_RADIUS * world->stride + NMMO_TEAM_BIRTH_RADIUS);
    /* a random tile of the square, then on from there: first of the least danger, then of any */
    uint32_t first = random_below(random_high(random_draw(key, (uint64_t)index * NMMO_TIERS * TRIES)), SIDE * SIDE);
    for (int any = 0; any <= 1; any++) {
        for (uint32_t k = 0; k < SIDE * SIDE; k++) {
            uint32_t place = (first + k * 31) % (SIDE * SIDE); /* 31 and 169 share no factor: each once, scattered */
            uint32_t tile = corner + place / SIDE * (uint32_t)world->stride + place % SIDE;
            uint64_t word = world->tiles[tile];
            if (tile_free(word) && (any || tile_danger(word) == danger)) return tile;
        }
    }
    return 0;
}

int find_birth_tile(struct nmmo_world *world, uint32_t index, uint32_t *tile) {
    const struct header *head = world->head;
    uint64_t key = random_key(head->seed, head->tick, RANDOM_BIRTH_PLACE);
    *tile = 0;
    if (head->config.team_size > 1)
        *tile = free_tile_near_team(world, index / (uint32_t)head->config.team_size, key, index);
    for (uint32_t danger = 1; !*tile && danger <= NMMO_TIERS; danger++)
        *tile = free_tile_of_danger(world, danger, key, index);
    return *tile != 0;
}

void player_birth(struct nmmo_world *world, uint32_t index, uint32_t tile) {
    struct header *head = world->head;
    const struct nmmo_config *config = &head->config;
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    uint64_t word = world->tiles[tile];
    if (player->waiting) head->waiting--;
    player->waiting = WAITING_NOT;
    player->life += player->life < MAX_LIVES;
    player->born_tick = head->tick;
    player->tile = tile;
    player->state = LIFE_LIVING;
    player->killer = -1;
    self->row = player->birth_row = (uint16_t)tile_row(world, tile);
    self->column = player->birth_column = (uint16_t)tile_column(world, tile);
    self->danger = (uint8_t)tile_danger(word);
    self->biome = (uint8_t)tile_biome(word);
    self->health = NMMO_FULL_HEALTH;
    self->stamina = NMMO_FULL_STAMINA;
    self->food = self->water = NMMO_FULL_FOOD;
    memset(self->level, 1, sizeof self->level);
    self->protection_ticks = (uint16_t)config->protection_ticks;
    self->monster_protection_ticks = NMMO_MONSTER_PROTECTION_TICKS;
    self->stagnation_left = (uint16_t)config->stagnation_ticks;
    self->team = config->team_size > 1 ? (uint8_t)(index / (uint32_t)config->team_size + 1) : 0;
    uint32_t lives_left = config->lives ? (uint32_t)config->lives - player->life + 1 : 255;
    self->lives_left = (uint8_t)(lives_left < 255 ? lives_left : 255);
    fog_update_self(world, self);
    player->net_sales = player->best_sales = player->paid_sales = 0;
    player->explored = 0;
    player->paid_explored = 0;
    player->life_return = 0;
    player->reward_due = 0;
    items_refresh_usable(player);
    inventory_refresh(world, index);
    if (player->best_score == 0) player->best_score = (uint8_t)player_score(player);
    player->paid_combat = self->combat_level;
    player->paid_harvest = self->harvest_level;
    player->paid_worn = player->worn_tiers;
    player->paid_progress = progress_of(player);
    body_place(world, (nmmo_entity)index, tile, 0);
    player_show(world, index);
    near_players_add(world, self->row, self->column, 1);
    head->bodies++;
    head->statistics.births++;
    event_add(world, NMMO_EVENT_BIRTH, (nmmo_entity)index, -1, self->row, self->column);
}

void lives_begin(struct nmmo_world *world) {
    struct header *head = world->head;
    if (head->waiting == 0 || head->config.respawn == NMMO_RESPAWN_ON_REQUEST) return;
    births_prepare(world);
    for (uint32_t i = 0; i < world->n_players; i++) {
        struct player *player = &world->players[i];
        uint32_t tile;
        if (player->waiting == WAITING_TICK) player->waiting = WAITING_NOW;
        else if (player->waiting == WAITING_NOW && find_birth_tile(world, i, &tile)) player_birth(world, i, tile);
    }
}
