/* Harvest: what entering a ripe node brings. */
#include "harvest.h"

#include "events.h"
#include "ground.h"
#include "items.h"
#include "levels.h"
#include "random.h"
#include "tile.h"

/* With the matching tool in hand a node up to its tier gives double, one of the next tier single.
 * Bare hands, and any other tool, are tools of tier 0. Returns 0 where nothing can be had. */
static uint32_t yield_factor(const struct player *player, const struct nmmo_node_content *node, uint32_t tier) {
    int matching = player->self.worn_type[NMMO_HAND] == node->tool;
    uint32_t tool = matching ? player->self.worn_tier[NMMO_HAND] : 0;
    if (tier <= tool) return NMMO_TOOL_FACTOR;
    return tier <= tool + NMMO_TOOL_REACH;
}

/* One of the node's yields, and one of its items. */
static uint32_t draw_yield(const struct nmmo_node_content *node, uint32_t biome, uint64_t draw, uint32_t *pieces) {
    const struct nmmo_yield *yield = &node->yields[random_below(random_high(draw), NMMO_YIELDS)];
    *pieces = yield->pieces;
    if (yield->by_biome) return yield->items[biome];
    uint32_t choices = 1;
    while (choices < NMMO_YIELD_ITEMS && yield->items[choices]) choices++;
    return yield->items[random_below(random_low(draw), choices)];
}

int harvest_enter(struct nmmo_world *world, uint32_t index, uint32_t tile) {
    struct header *head = world->head;
    struct player *player = &world->players[index];
    uint64_t word = world->tiles[tile];
    uint32_t kind = tile_object(word), tier = tile_tier(word), profession = kind - NMMO_FIRST_NODE;
    const struct nmmo_node_content *node = &nmmo_nodes[profession];
    uint32_t factor = yield_factor(player, node, tier);
    if (!factor) return 0;
    node_deplete(world, tile);
    /* a node is harvested at most once per tick: its tile makes the draw its own */
    uint64_t draw = random_draw(random_key(head->seed, head->tick, RANDOM_HARVEST), tile);
    uint32_t pieces, type = draw_yield(node, tile_biome(word), draw, &pieces);
    pieces *= factor;
    struct nmmo_event *event = event_add(world, NMMO_EVENT_HARVEST, (nmmo_entity)index, -1, player->self.row,
                                         player->self.column);
    event->item = (uint8_t)kind;
    event->tier = (uint8_t)tier;
    event->amount = (int32_t)pieces;
    event->detail = (uint8_t)type;
    head->statistics.harvests[profession][tier - 1]++;

    uint32_t left = pieces - item_add(player, type, tier, pieces);
    inventory_refresh_carried(world, index);
    uint32_t piece = item_stacks(type) ? left : 1;
    for (; left; left -= piece)
        if (!ground_drop(world, tile, (nmmo_entity)index, type, tier, piece)) break; /* lost */
    player_gain(world, index, node->skill, NMMO_HARVEST_EXPERIENCE_PER_TIER * tier * factor, tier);
    return 1;
}
