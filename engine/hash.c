/* Hashes: 64 bits over the named fields of a section. Padding, derived fields and scratch do not
 * count, so equal games hash equally whatever built or ran them. */
#include <string.h>

#include "grid.h"
#include "random.h"
#include "state.h"
#include "tile.h"

struct hash {
    uint64_t value;
};

static void add(struct hash *hash, uint64_t word) {
    hash->value = random_mix(hash->value + word * RANDOM_STEP) + RANDOM_STEP;
}

static void add_bytes(struct hash *hash, const void *bytes, size_t n) {
    const uint8_t *at = bytes;
    for (; n;) {
        size_t part = n < 8 ? n : 8;
        uint64_t word = 0;
        memcpy(&word, at, part);
        add(hash, word);
        at += part;
        n -= part;
    }
}

static uint64_t pair(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

static void add_clock(struct hash *hash, const struct nmmo_world *world) {
    const struct header *head = world->head;
    add(hash, head->rules_version);
    add(hash, head->seed);
    add(hash, head->tick);
    add(hash, pair(head->bodies, head->waiting));
    add(hash, pair((uint32_t)head->fog_row_margin, (uint32_t)head->fog_column_margin));
}

static void add_player(struct hash *hash, const struct player *player) {
    add_bytes(hash, &player->self, sizeof player->self); /* no padding: every byte is a published field */
    add_bytes(hash, player->inventory, sizeof player->inventory);
    add_bytes(hash, player->experience, sizeof player->experience);
    add(hash, pair(player->tile, (uint32_t)player->state << 16 | (uint32_t)player->token << 8 | player->waiting));
    add(hash, pair(player->born_tick, player->life));
    add(hash, pair((uint32_t)player->birth_row << 16 | player->birth_column, player->explored));
    add(hash, pair((uint32_t)player->net_sales, (uint32_t)player->best_sales));
    add(hash, (uint64_t)player->score_sum);
    add(hash, (uint64_t)player->ticks_lived);
    add(hash, player->scored_age);
}

static void add_monster(struct hash *hash, const struct monster *monster) {
    add(hash, pair(monster->tile, (uint32_t)monster->home_row << 16 | monster->home_column));
    add(hash, pair((uint32_t)monster->target, monster->target_life));
    add(hash, pair((uint32_t)monster->timer << 16 | (uint32_t)monster->state << 8 | monster->health,
                   (uint32_t)monster->level << 24 | (uint32_t)monster->tier << 16 | (uint32_t)monster->temper << 8 |
                       monster->style));
    add(hash, (uint64_t)monster->element << 8 | monster->combat_ticks);
}

static void add_tiles(struct hash *hash, const struct nmmo_world *world) {
    const struct header *head = world->head;
    for (uint32_t row = 0; row < (uint32_t)head->config.height; row++)
        add_bytes(hash, world->tiles + tile_at(world, row, 0), (size_t)head->config.width * sizeof *world->tiles);
    for (uint32_t row = 0; row < (uint32_t)head->config.height; row++) {
        for (uint32_t column = 0; column < (uint32_t)head->config.width; column++) {
            uint32_t tile = tile_at(world, row, column);
            if (object_is_item(tile_object(world->tiles[tile])))
                add(hash, pair(tile, (uint32_t)world->item_quantity[tile] << 8 | world->item_vanishes[tile]));
        }
    }
    for (uint32_t k = 0; k < head->regrow_count; k++) {
        const struct regrowth *entry = &world->regrow[(head->regrow_first + k) % head->node_capacity];
        add(hash, pair(entry->tile, entry->tick));
    }
}

static void add_market(struct hash *hash, const struct nmmo_world *world) {
    const struct market *market = world->market;
    add_bytes(hash, market->board, sizeof market->board);
    for (uint32_t id = 0; id < world->n_players * NMMO_LISTINGS; id++) {
        const struct listing *listing = &world->listings[id];
        if (!listing->type) continue;
        add(hash, pair(id, (uint32_t)listing->type << 24 | (uint32_t)listing->tier << 16 |
                               (uint32_t)listing->quantity << 8 | listing->step));
        add(hash, pair(listing->expires_at, listing->younger));
        add(hash, listing->queue_next);
    }
}

uint64_t nmmo_world_hash(const nmmo_world *world, enum nmmo_section section) {
    struct hash hash = {random_mix((uint64_t)section + 1)};
    switch (section) {
    case NMMO_SECTION_CLOCK: add_clock(&hash, world); break;
    case NMMO_SECTION_PLAYERS:
        for (uint32_t i = 0; i < world->n_players; i++) add_player(&hash, &world->players[i]);
        break;
    case NMMO_SECTION_MONSTERS:
        for (uint32_t i = 0; i < (uint32_t)world->head->config.n_monsters; i++) add_monster(&hash, &world->monsters[i]);
        break;
    case NMMO_SECTION_TILES: add_tiles(&hash, world); break;
    case NMMO_SECTION_MARKET: add_market(&hash, world); break;
    case NMMO_SECTIONS: break;
    }
    return hash.value;
}
