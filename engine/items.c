/* Items: inventories, what can be worn, what is eaten, what is picked up and dropped. */
#include "items.h"

#include <assert.h>
#include <string.h>

#include "events.h"
#include "ground.h"
#include "levels.h"
#include "market.h"
#include "players.h"
#include "tile.h"

/* ---- what an item is for ---------------------------------------------------------------------------- */

void items_refresh_usable(struct player *player) {
    uint32_t best = player->self.level[NMMO_MELEE];
    for (int style = 1; style < NMMO_STYLES; style++)
        if (player->self.level[style] > best) best = player->self.level[style];
    memset(player->usable_types, 0, sizeof player->usable_types);
    for (uint32_t type = 1; type <= NMMO_ITEM_TYPES; type++) {
        int skill = nmmo_items[type].skill;
        uint32_t level = skill < 0 ? NMMO_LEVELS : skill == NMMO_COMBAT_LEVEL ? best : player->self.level[skill];
        for (uint32_t tier = 1; tier <= tier_of_level(level); tier++)
            player->usable_types[tier - 1] |= 1u << (type - 1);
    }
}

/* ---- inventory ----------------------------------------------------------------------------------------- */

uint32_t item_room(const struct player *player, uint32_t type, uint32_t tier, uint32_t wanted) {
    uint32_t slot_room = nmmo_items[type].stack;
    uint32_t room = 0;
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS && room < wanted; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (item->type == 0) room += slot_room;
        else if (item->type == type && item->tier == tier) room += slot_room - item->quantity;
    }
    return room < wanted ? room : wanted;
}

static uint32_t fill(struct nmmo_item *item, uint32_t type, uint32_t tier, uint32_t quantity) {
    uint32_t room = (uint32_t)nmmo_items[type].stack - item->quantity;
    uint32_t put = quantity < room ? quantity : room;
    if (put == 0) return 0;
    item->type = (uint8_t)type;
    item->tier = (uint8_t)tier;
    item->quantity = (uint8_t)(item->quantity + put);
    return put;
}

/* Tops up stacks of the kind, the lowest slot first, then fills empty slots. The caller refreshes. */
uint32_t item_add(struct player *player, uint32_t type, uint32_t tier, uint32_t quantity) {
    uint32_t left = quantity;
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS && left; slot++) {
        struct nmmo_item *item = &player->inventory[slot];
        if (item->type == type && item->tier == tier) left -= fill(item, type, tier, left);
    }
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS && left; slot++)
        if (player->inventory[slot].type == 0) left -= fill(&player->inventory[slot], type, tier, left);
    return quantity - left;
}

/* Removes pieces of a stack; the caller refreshes. */
void item_take(struct player *player, uint32_t slot, uint32_t quantity) {
    struct nmmo_item *item = &player->inventory[slot];
    assert(quantity <= item->quantity);
    item->quantity = (uint8_t)(item->quantity - quantity);
    if (item->quantity == 0) memset(item, 0, sizeof *item);
}

static int can_use(const struct player *player, const struct nmmo_item *item) {
    return player->usable_types[item->tier - 1] >> (item->type - 1) & 1;
}

static void refresh_worn(struct player *player) {
    struct nmmo_self *self = &player->self;
    memset(self->worn_type, 0, sizeof self->worn_type);
    memset(self->worn_tier, 0, sizeof self->worn_tier);
    memset(player->worn_slot, 0, sizeof player->worn_slot);
    for (uint32_t slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (!item->worn) continue;
        int place = nmmo_items[item->type].slot;
        self->worn_type[place] = item->type;
        self->worn_tier[place] = item->tier;
        player->worn_slot[place] = (uint8_t)(slot + 1);
    }
}

void inventory_refresh_carried(struct nmmo_world *world, uint32_t index) {
    struct player *player = &world->players[index];
    uint32_t empty = 0, unworn = 0, usable = 0, potions = 0, stacked = 0;
    for (uint32_t slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        uint32_t bit = 1u << slot;
        if (item->type == 0) {
            empty |= bit;
            continue;
        }
        if (item_stacks(item->type)) stacked |= 1u << (item->type - 1);
        if (item->worn || can_use(player, item)) usable |= bit;
        if (!item->worn) unworn |= bit;
        if (nmmo_items[item->type].in_combat) potions |= bit;
    }
    player->empty_slots = (uint16_t)empty;
    player->unworn_slots = (uint16_t)unworn;
    player->usable_slots = (uint16_t)usable;
    player->potion_slots = (uint16_t)potions;
    player->stacked_types = stacked;
    player->sellable_slots = (uint16_t)market_sellable(world, index);
}

void inventory_refresh(struct nmmo_world *world, uint32_t index) {
    refresh_worn(&world->players[index]);
    player_refresh(&world->players[index]);
    inventory_refresh_carried(world, index);
}

/* ---- ground ---------------------------------------------------------------------------------------------- */

int item_pick_up(struct nmmo_world *world, uint32_t index, uint32_t tile) {
    struct player *player = &world->players[index];
    uint64_t word = world->tiles[tile];
    uint32_t type = tile_object(word), tier = tile_tier(word);
    uint32_t taken = item_add(player, type, tier, world->item_quantity[tile]);
    if (taken == 0) return 0;
    if (taken == world->item_quantity[tile]) ground_clear_item(world, tile);
    else world->item_quantity[tile] = (uint8_t)(world->item_quantity[tile] - taken);
    inventory_refresh_carried(world, index);
    struct nmmo_event *event = event_add(world, NMMO_EVENT_PICK_UP, (nmmo_entity)index, -1, player->self.row,
                                         player->self.column);
    event->item = (uint8_t)type;
    event->tier = (uint8_t)tier;
    event->amount = (int32_t)taken;
    world->head->statistics.picked_up[type - 1] += taken;
    return 1;
}

int item_drop(struct nmmo_world *world, uint32_t index, uint32_t slot) {
    struct player *player = &world->players[index];
    struct nmmo_item item = player->inventory[slot];
    if (player->self.combat_ticks || item.type == 0 || item.worn) return 0;
    if (!ground_drop(world, player->tile, (nmmo_entity)index, item.type, item.tier, item.quantity)) return 0;
    item_take(player, slot, item.quantity);
    inventory_refresh_carried(world, index);
    return 1;
}

/* ---- use --------------------------------------------------------------------------------------------------- */

static struct nmmo_event *report(struct nmmo_world *world, uint32_t index, int kind, const struct nmmo_item *item) {
    const struct nmmo_self *self = &world->players[index].self;
    struct nmmo_event *event = event_add(world, kind, (nmmo_entity)index, -1, self->row, self->column);
    event->item = item->type;
    event->tier = item->tier;
    return event;
}

static uint8_t raised(uint32_t value, uint32_t by) { return (uint8_t)(value + by < 100 ? value + by : 100); }

static int eat(struct nmmo_world *world, uint32_t index, uint32_t slot) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    struct nmmo_item item = player->inventory[slot];
    const struct nmmo_item_content *meal = &nmmo_items[item.type];
    if (!meal->in_combat && self->combat_ticks) return 0;
    uint32_t tier = item.tier, food = meal->food + meal->food_per_tier * tier;
    self->health = raised(self->health, meal->health + meal->health_per_tier * tier);
    self->stamina = raised(self->stamina, meal->stamina);
    self->food = raised(self->food, food);
    self->water = raised(self->water, food);
    report(world, index, NMMO_EVENT_CONSUME, &item)->amount = 1;
    world->head->statistics.consumed[item.type - 1]++;
    item_take(player, slot, 1);
    inventory_refresh_carried(world, index);
    player_show(world, index);
    return 1;
}

int item_use(struct nmmo_world *world, uint32_t index, uint32_t slot) {
    struct player *player = &world->players[index];
    struct nmmo_item *item = &player->inventory[slot];
    if (item->type == 0) return 0;
    if (nmmo_items[item->type].role == NMMO_ROLE_FOOD) return eat(world, index, slot);
    if (player->self.combat_ticks || !(player->usable_slots >> slot & 1)) return 0;
    if (item->worn) {
        item->worn = 0;
    } else {
        uint32_t worn = player->worn_slot[nmmo_items[item->type].slot];
        if (worn) player->inventory[worn - 1].worn = 0; /* swapped: it stays in its slot */
        item->worn = 1;
        world->head->statistics.equipped[item->type - 1][item->tier - 1]++;
    }
    report(world, index, NMMO_EVENT_EQUIP, item)->amount = item->worn;
    player->reward_due = 1;
    inventory_refresh(world, index);
    player_show(world, index);
    return 1;
}

void item_spend_ammunition(struct nmmo_world *world, uint32_t index) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    uint32_t hand = self->worn_type[NMMO_HAND], ammunition = self->worn_type[NMMO_AMMUNITION];
    if (!item_matches(ammunition, hand)) return;
    uint32_t slot = player->worn_slot[NMMO_AMMUNITION] - 1u;
    item_take(player, slot, 1);
    world->head->statistics.consumed[ammunition - 1]++;
    if (player->inventory[slot].type) return; /* a smaller stack changes nothing else */
    player->reward_due = 1;                   /* the last piece takes its tier with it */
    inventory_refresh(world, index);
}
