/* Harvest: what entering a ripe node brings. */
#include "world.h"

/* With the matching tool in hand a node up to its tier gives double, one of the next tier single.
 * Bare hands, and any other tool, are tools of tier 0. Returns 0 where nothing can be had. */
static uint32_t yield_factor(const struct player *player, uint32_t profession, uint32_t tier) {
    int matching = player->self.worn_type[NMMO_HAND] == NMMO_PICKAXE + profession;
    uint32_t tool = matching ? player->self.worn_tier[NMMO_HAND] : 0;
    if (tier <= tool) return NMMO_TOOL_FACTOR;
    return tier <= tool + NMMO_TOOL_REACH;
}

struct yield { uint32_t type, quantity; };

static struct yield draw_yield(uint32_t kind, uint32_t biome, uint64_t draw) {
    uint32_t quarter = random_below(random_high(draw), 4);
    switch (kind) {
    case NMMO_ORE:
        if (quarter < 2) return (struct yield){NMMO_HELM + random_below(random_low(draw), 3), 1};
        if (quarter == 2) return (struct yield){NMMO_SWORD, 1};
        return (struct yield){NMMO_WHETSTONE, NMMO_AMMUNITION_YIELD};
    case NMMO_TREE:
        if (quarter == 0) return (struct yield){NMMO_BOW, 1};
        return (struct yield){NMMO_ARROW, NMMO_ARROW_YIELD};
    case NMMO_CRYSTAL:
        if (quarter < 2) return (struct yield){NMMO_EARTH_GEM + biome, 1};
        if (quarter == 2) return (struct yield){NMMO_STAFF, 1};
        return (struct yield){NMMO_RUNE, NMMO_AMMUNITION_YIELD};
    case NMMO_HERB: return (struct yield){NMMO_POTION, 1};
    default: return (struct yield){NMMO_RATION, 1};
    }
}

int harvest_enter(struct nmmo_world *world, uint32_t index, uint32_t tile) {
    struct header *head = world->head;
    struct player *player = &world->players[index];
    uint64_t word = world->tiles[tile];
    uint32_t kind = tile_object(word), tier = tile_tier(word), profession = kind - NMMO_ORE;
    uint32_t factor = yield_factor(player, profession, tier);
    if (!factor) return 0;
    node_deplete(world, tile);
    /* a node is harvested at most once a tick: its tile makes the draw its own */
    uint64_t draw = random_draw(random_key(head->seed, head->tick, RANDOM_HARVEST), tile);
    struct yield yield = draw_yield(kind, tile_biome(word), draw);
    yield.quantity *= factor;
    struct nmmo_event *event =
        event_add(world, NMMO_EVENT_HARVEST, (nmmo_entity)index, -1, player->self.row, player->self.column);
    event->item = (uint8_t)kind;
    event->tier = (uint8_t)tier;
    event->amount = (int32_t)yield.quantity;
    event->detail = (uint8_t)yield.type;
    head->statistics.harvests[profession][tier - 1]++;

    uint32_t left = yield.quantity - item_add(player, yield.type, tier, yield.quantity);
    inventory_refresh_carried(world, index);
    uint32_t piece = item_stacks(yield.type) ? left : 1;
    for (; left; left -= piece)
        if (!ground_drop(world, tile, (nmmo_entity)index, yield.type, tier, piece)) break; /* lost */
    player_gain(world, index, NMMO_MINING + profession, NMMO_HARVEST_EXPERIENCE_PER_TIER * tier * factor, tier);
    return 1;
}
