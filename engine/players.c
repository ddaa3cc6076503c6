/* Players: the order in which they act, what an action does. */
#include "players.h"

#include "body.h"
#include "combat.h"
#include "compiler.h"
#include "grid.h"
#include "harvest.h"
#include "items.h"
#include "market.h"
#include "random.h"
#include "tile.h"

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
    uint32_t *order = world->turn_order;
    uint32_t count = 0;
    int all_live = world->head->bodies == world->n_players; /* then there is no need to look at each */
    for (uint32_t i = 0; i < world->n_players; i++)
        if (all_live || world->players[i].state == LIFE_LIVING) order[count++] = i;
    random_shuffle(order, count, random_key(world->head->seed, world->head->tick, RANDOM_PLAYER_ORDER));
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

/* ---- bodies -------------------------------------------------------------------------------------------- */

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
