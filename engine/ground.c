/* What lies on the ground: nodes that grow again, items that vanish. */
#include "ground.h"

#include <assert.h>

#include "compiler.h"
#include "events.h"
#include "grid.h"
#include "planes.h"
#include "tile.h"

/* ---- nodes ------------------------------------------------------------------------------------- */

static void change_object(struct nmmo_world *world, uint32_t tile, uint32_t object) {
    world->tiles[tile] = (world->tiles[tile] & ~(0xFFull << TILE_OBJECT_SHIFT)) | (uint64_t)object << TILE_OBJECT_SHIFT;
}

/* Every depleted node is in the ring once, and they regrow in the order in which they were
 * depleted, since all take equally long. */
void node_deplete(struct nmmo_world *world, uint32_t tile) {
    struct header *head = world->head;
    assert(head->regrow_count < head->node_capacity);
    change_object(world, tile, tile_object(world->tiles[tile]) + NMMO_DEPLETED);
    uint32_t last = (head->regrow_first + head->regrow_count) % head->node_capacity;
    world->regrow[last].tile = tile;
    world->regrow[last].tick = head->tick + (uint32_t)head->config.node_regrow_ticks;
    head->regrow_count++;
}

void upkeep_nodes(struct nmmo_world *world) {
    struct header *head = world->head;
    while (head->regrow_count && world->regrow[head->regrow_first].tick <= head->tick) {
        struct regrowth *due = &world->regrow[head->regrow_first];
        change_object(world, due->tile, tile_object(world->tiles[due->tile]) - NMMO_DEPLETED);
        due->tile = due->tick = 0;
        head->regrow_first = (head->regrow_first + 1) % head->node_capacity;
        head->regrow_count--;
    }
}

void node_forget(struct nmmo_world *world, uint32_t tile) {
    struct header *head = world->head;
    uint32_t kept = 0;
    for (uint32_t k = 0; k < head->regrow_count; k++) {
        struct regrowth entry = world->regrow[(head->regrow_first + k) % head->node_capacity];
        if (entry.tile != tile) world->regrow[(head->regrow_first + kept++) % head->node_capacity] = entry;
    }
    for (uint32_t k = kept; k < head->regrow_count; k++)
        world->regrow[(head->regrow_first + k) % head->node_capacity] = (struct regrowth){0, 0};
    head->regrow_count = kept;
}

/* ---- items --------------------------------------------------------------------------------------- */

void ground_put_item(struct nmmo_world *world, uint32_t tile, uint32_t type, uint32_t tier, uint32_t quantity) {
    uint32_t vanishes = world->head->tick + NMMO_GROUND_ITEM_TICKS;
    world->tiles[tile] |= (uint64_t)type << TILE_OBJECT_SHIFT | (uint64_t)tier << TILE_TIER_SHIFT;
    world->item_quantity[tile] = (uint8_t)quantity;
    world->item_vanishes[tile] = (uint8_t)vanishes;
    plane_set(world->item_plane, tile);
    uint32_t *earliest = &world->row_vanish_ticks[tile_row(world, tile)];
    if (vanishes < *earliest) *earliest = vanishes;
}

void ground_clear_item(struct nmmo_world *world, uint32_t tile) {
    world->tiles[tile] &= ~(0xFFull << TILE_OBJECT_SHIFT | 0xFull << TILE_TIER_SHIFT);
    world->item_quantity[tile] = 0;
    world->item_vanishes[tile] = 0;
    plane_clear(world->item_plane, tile);
}

/* Removes the items of one row whose time is up; returns when the next one's will be. */
static uint32_t vanish_in_row(struct nmmo_world *world, uint32_t row) {
    enum { CHUNK = 56 }; /* bits that plane_bits gives at any alignment */
    uint32_t tick = world->head->tick, earliest = NEVER;
    uint32_t first = tile_at(world, row, 0), end = first + (uint32_t)world->head->config.width;
    for (uint32_t start = first; start < end; start += CHUNK) {
        uint64_t bits = plane_bits(world->item_plane, start) & ((1ull << CHUNK) - 1);
        while (bits) {
            uint32_t tile = start + (uint32_t)lowest_bit(bits);
            bits &= bits - 1;
            uint32_t ticks_left = (uint8_t)(world->item_vanishes[tile] - (uint8_t)tick);
            if (ticks_left == 0) ground_clear_item(world, tile);
            else if (tick + ticks_left < earliest) earliest = tick + ticks_left;
        }
    }
    return earliest;
}

void upkeep_ground_items(struct nmmo_world *world) {
    uint32_t height = (uint32_t)world->head->config.height;
    for (uint32_t row = 0; row < height; row++)
        if (world->row_vanish_ticks[row] <= world->head->tick) world->row_vanish_ticks[row] = vanish_in_row(world, row);
}

void ground_find_vanishing(struct nmmo_world *world) {
    for (uint32_t row = 0; row < (uint32_t)world->head->config.height; row++)
        world->row_vanish_ticks[row] = vanish_in_row(world, row);
}

/* ---- dropping -------------------------------------------------------------------------------------- */

static int holds_an_item(uint64_t word) { return tile_walkable(word) && tile_object(word) == 0; }

/* The tile itself, then the eight around it in reading order; 0 when all are taken. */
static uint32_t nearest_place(const struct nmmo_world *world, uint32_t tile) {
    if (holds_an_item(world->tiles[tile])) return tile;
    for (int row = -1; row <= 1; row++) {
        for (int column = -1; column <= 1; column++) {
            uint32_t place = tile + (uint32_t)(row * world->stride + column);
            if (holds_an_item(world->tiles[place])) return place;
        }
    }
    return 0;
}

int ground_has_room(const struct nmmo_world *world, uint32_t tile) { return nearest_place(world, tile) != 0; }

int ground_drop(struct nmmo_world *world, uint32_t tile, nmmo_entity who, uint32_t type, uint32_t tier,
                uint32_t quantity) {
    uint32_t place = nearest_place(world, tile);
    if (!place) return 0;
    ground_put_item(world, place, type, tier, quantity);
    struct nmmo_event *event = event_add(world, NMMO_EVENT_DROP, who, -1, tile_row(world, place),
                                         tile_column(world, place));
    event->item = (uint8_t)type;
    event->tier = (uint8_t)tier;
    event->amount = (int32_t)quantity;
    world->head->statistics.dropped[type - 1] += quantity;
    return 1;
}
