/* Entity tables: the state as published records. */
#include <string.h>

#include "grid.h"
#include "levels.h"
#include "state.h"
#include "tile.h"

size_t nmmo_world_players(const nmmo_world *world, struct nmmo_player_record *out) {
    if (!out) return world->n_players;
    for (uint32_t i = 0; i < world->n_players; i++) {
        const struct player *player = &world->players[i];
        struct nmmo_player_record *record = &out[i];
        memset(record, 0, sizeof *record);
        record->self = player->self;
        memcpy(record->inventory, player->inventory, sizeof record->inventory);
        memcpy(record->experience, player->experience, sizeof record->experience);
        record->alive = player->state != LIFE_NONE;
        record->score = (uint8_t)player_score(player);
        record->best_score = player->best_score;
        record->token = player->token;
        record->attack = player->attack;
        record->defence = player->defence;
        record->life = player->life;
        record->score_sum = player->score_sum + (int64_t)player_score(player) * (player->self.age - player->scored_age);
        record->ticks_lived = player->ticks_lived + player->self.age;
        record->born_tick = player->born_tick;
        record->birth_row = player->birth_row;
        record->birth_column = player->birth_column;
        record->life_return = player->life_return;
        record->net_sales = player->net_sales;
    }
    return world->n_players;
}

size_t nmmo_world_monsters(const nmmo_world *world, struct nmmo_monster_record *out) {
    size_t count = (size_t)world->head->config.n_monsters;
    if (!out) return count;
    for (size_t i = 0; i < count; i++) {
        const struct monster *monster = &world->monsters[i];
        out[i] = (struct nmmo_monster_record){
            .row = monster->row,
            .column = monster->column,
            .home_row = monster->home_row,
            .home_column = monster->home_column,
            .target = monster->target,
            .alive = monster->state >= MONSTER_IDLE,
            .temper = monster->temper,
            .level = monster->level,
            .tier = monster->tier,
            .health = monster->health,
            .style = monster->style,
            .element = monster->element,
            .state = monster->state,
            .combat_ticks = monster->combat_ticks,
            .timer = monster->timer,
        };
    }
    return count;
}

static uint32_t regrows_at(const struct nmmo_world *world, uint32_t tile) {
    const struct header *head = world->head;
    for (uint32_t k = 0; k < head->regrow_count; k++) {
        const struct regrowth *entry = &world->regrow[(head->regrow_first + k) % head->node_capacity];
        if (entry->tile == tile) return entry->tick;
    }
    return 0;
}

size_t nmmo_world_nodes(const nmmo_world *world, struct nmmo_node_record *out) {
    size_t count = 0;
    for (uint32_t row = 0; row < (uint32_t)world->head->config.height; row++) {
        for (uint32_t column = 0; column < (uint32_t)world->head->config.width; column++) {
            uint32_t tile = tile_at(world, row, column);
            uint32_t object = tile_object(world->tiles[tile]);
            if (object <= NMMO_ITEM_TYPES) continue;
            if (out) {
                int ripe = object_is_ripe(object);
                out[count] = (struct nmmo_node_record){
                    .row = (uint16_t)row,
                    .column = (uint16_t)column,
                    .kind = (uint8_t)(ripe ? object : object - NMMO_DEPLETED),
                    .tier = (uint8_t)tile_tier(world->tiles[tile]),
                    .ripe = (uint8_t)ripe,
                    .regrows_at = ripe ? 0 : regrows_at(world, tile),
                };
            }
            count++;
        }
    }
    return count;
}

size_t nmmo_world_ground_items(const nmmo_world *world, struct nmmo_ground_item_record *out) {
    size_t count = 0;
    for (uint32_t row = 0; row < (uint32_t)world->head->config.height; row++) {
        for (uint32_t column = 0; column < (uint32_t)world->head->config.width; column++) {
            uint32_t tile = tile_at(world, row, column);
            uint32_t object = tile_object(world->tiles[tile]);
            if (!object_is_item(object)) continue;
            if (out)
                out[count] = (struct nmmo_ground_item_record){
                    .row = (uint16_t)row,
                    .column = (uint16_t)column,
                    .type = (uint8_t)object,
                    .tier = (uint8_t)tile_tier(world->tiles[tile]),
                    .quantity = world->item_quantity[tile],
                    .ticks_left = (uint8_t)(world->item_vanishes[tile] - (uint8_t)world->head->tick),
                };
            count++;
        }
    }
    return count;
}

size_t nmmo_world_listings(const nmmo_world *world, struct nmmo_listing_record *out) {
    size_t count = 0;
    for (uint32_t id = 0; id < world->n_players * NMMO_LISTINGS; id++) {
        const struct listing *listing = &world->listings[id];
        if (!listing->type) continue;
        if (out)
            out[count] = (struct nmmo_listing_record){
                .seller = (nmmo_entity)(id / NMMO_LISTINGS),
                .type = listing->type,
                .tier = listing->tier,
                .quantity = listing->quantity,
                .price_step = listing->step,
                .expires_at = listing->expires_at,
            };
        count++;
    }
    return count;
}
