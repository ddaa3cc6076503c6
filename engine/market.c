/* The market: one order book for the whole world.
 *
 * A listing's number is seller * LISTINGS + place. It stands in two queues at once: that of its
 * item, tier and price step, older first, from which buyers take; and that of all listings by
 * expiry, which is also by age, since all last equally long. */
#include "market.h"

#include <assert.h>
#include <string.h>

#include "compiler.h"
#include "events.h"
#include "items.h"
#include "players.h"

void market_fill_affordable(struct nmmo_world *world) {
    assert(price_of_step(NMMO_PRICE_STEPS) == NMMO_HIGHEST_PRICE);
    uint32_t step = 0;
    for (int gold = 0; gold <= NMMO_HIGHEST_PRICE; gold++) {
        while (step < NMMO_PRICE_STEPS && price_of_step(step + 1) <= gold) step++;
        world->affordable[gold] = (uint8_t)step;
    }
}

static uint32_t book_of(uint32_t type, uint32_t tier) { return (type - 1) * NMMO_TIERS + tier - 1; }

/* ---- the queues ------------------------------------------------------------------------------------ */

static void show_cheapest(struct market *market, uint32_t book) {
    uint32_t steps = market->steps[book];
    market->board[0][book] = steps ? (uint8_t)(lowest_bit(steps) + 1) : 0;
}

static void enqueue(struct nmmo_world *world, uint32_t id) {
    struct market *market = world->market;
    struct listing *listing = &world->listings[id];
    uint32_t book = book_of(listing->type, listing->tier);
    struct queue *queue = &market->queues[book][listing->step - 1];
    listing->queue_next = NO_LISTING;
    listing->queue_previous = queue->last;
    if (queue->last == NO_LISTING) queue->first = id;
    else world->listings[queue->last].queue_next = id;
    queue->last = id;
    market->steps[book] = (uint16_t)(market->steps[book] | 1u << (listing->step - 1));
    show_cheapest(market, book);

    listing->younger = NO_LISTING;
    listing->older = market->youngest;
    if (market->youngest == NO_LISTING) market->oldest = id;
    else world->listings[market->youngest].younger = id;
    market->youngest = id;
}

static void dequeue(struct nmmo_world *world, uint32_t id) {
    struct market *market = world->market;
    struct listing *listing = &world->listings[id];
    uint32_t book = book_of(listing->type, listing->tier);
    struct queue *queue = &market->queues[book][listing->step - 1];
    if (listing->queue_previous == NO_LISTING) queue->first = listing->queue_next;
    else world->listings[listing->queue_previous].queue_next = listing->queue_next;
    if (listing->queue_next == NO_LISTING) queue->last = listing->queue_previous;
    else world->listings[listing->queue_next].queue_previous = listing->queue_previous;
    if (queue->first == NO_LISTING)
        market->steps[book] = (uint16_t)(market->steps[book] & ~(1u << (listing->step - 1)));
    show_cheapest(market, book);

    if (listing->older == NO_LISTING) market->oldest = listing->younger;
    else world->listings[listing->older].younger = listing->younger;
    if (listing->younger == NO_LISTING) market->youngest = listing->older;
    else world->listings[listing->younger].older = listing->older;
}

static uint32_t seller_of(uint32_t id) { return id / NMMO_LISTINGS; }

static void refresh_sellable(struct nmmo_world *world, uint32_t index) {
    world->players[index].sellable_slots = (uint16_t)market_sellable(world, index);
}

/* Takes a listing off the market and frees its place; its pieces are the caller's to deal with. */
static void close_listing(struct nmmo_world *world, uint32_t id) {
    dequeue(world, id);
    memset(&world->listings[id], 0, sizeof world->listings[id]);
    world->players[seller_of(id)].listings--;
}

void market_clear(struct nmmo_world *world) {
    struct market *market = world->market;
    memset(market, 0, sizeof *market);
    memset(world->listings, 0, (size_t)world->n_players * NMMO_LISTINGS * sizeof *world->listings);
    for (int book = 0; book < NMMO_BOOKS; book++)
        for (int step = 0; step < NMMO_PRICE_STEPS; step++)
            market->queues[book][step] = (struct queue){NO_LISTING, NO_LISTING};
    market->oldest = market->youngest = NO_LISTING;
}

/* What was not sold in time comes back, as far as there is room. */
void market_upkeep(struct nmmo_world *world) {
    struct market *market = world->market;
    while (market->oldest != NO_LISTING && world->listings[market->oldest].expires_at <= world->head->tick) {
        uint32_t id = market->oldest, index = seller_of(id);
        struct listing listing = world->listings[id];
        close_listing(world, id);
        item_add(&world->players[index], listing.type, listing.tier, listing.quantity);
        inventory_refresh_carried(world, index);
    }
}

void market_remove_listings(struct nmmo_world *world, uint32_t index) {
    for (uint32_t id = index * NMMO_LISTINGS; id < (index + 1) * NMMO_LISTINGS; id++)
        if (world->listings[id].type) close_listing(world, id);
}

/* ---- selling -------------------------------------------------------------------------------------------- */

/* The player's listing of this item and tier, else a free place, else NO_LISTING. */
static uint32_t place_for(const struct nmmo_world *world, uint32_t index, uint32_t type, uint32_t tier) {
    uint32_t free = NO_LISTING;
    for (uint32_t id = index * NMMO_LISTINGS; id < (index + 1) * NMMO_LISTINGS; id++) {
        const struct listing *listing = &world->listings[id];
        if (listing->type == type && listing->tier == tier) return id;
        if (listing->type == 0 && free == NO_LISTING) free = id;
    }
    return free;
}

uint32_t market_sellable(const struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    const struct listing *own = &world->listings[index * NMMO_LISTINGS];
    uint32_t sellable = player->unworn_slots;
    int full = 0;
    for (int i = 0; i < NMMO_LISTINGS; i++) full |= own[i].quantity == NMMO_STACK_LIMIT;
    if (player->listings < NMMO_LISTINGS && !full) return sellable; /* there is a place for anything */
    for (uint32_t slots = sellable; slots; slots &= slots - 1) {
        uint32_t slot = (uint32_t)lowest_bit(slots);
        const struct nmmo_item *item = &player->inventory[slot];
        uint32_t id = place_for(world, index, item->type, item->tier);
        if (id == NO_LISTING || world->listings[id].quantity == NMMO_STACK_LIMIT) sellable &= ~(1u << slot);
    }
    return sellable;
}

int market_sell(struct nmmo_world *world, uint32_t index, uint32_t slot) {
    struct player *player = &world->players[index];
    if (player->self.combat_ticks || !(player->sellable_slots >> slot & 1)) return 0;
    struct nmmo_item item = player->inventory[slot];
    uint32_t id = place_for(world, index, item.type, item.tier);
    struct listing *listing = &world->listings[id];
    uint32_t pieces = item.quantity < NMMO_LOT ? item.quantity : NMMO_LOT;
    if (pieces > NMMO_STACK_LIMIT - (uint32_t)listing->quantity)
        pieces = NMMO_STACK_LIMIT - (uint32_t)listing->quantity;
    if (listing->type) dequeue(world, id);
    else player->listings++;
    listing->type = item.type;
    listing->tier = item.tier;
    listing->quantity = (uint8_t)(listing->quantity + pieces);
    listing->step = player->self.price_step;
    listing->expires_at = world->head->tick + (uint32_t)world->head->config.listing_ticks;
    enqueue(world, id);
    item_take(player, slot, pieces);
    inventory_refresh_carried(world, index);
    struct nmmo_event *event = event_add(world, NMMO_EVENT_LIST, (nmmo_entity)index, -1, player->self.row,
                                         player->self.column);
    event->item = item.type;
    event->tier = item.tier;
    event->amount = (int32_t)pieces;
    event->gold = price_of_step(listing->step);
    world->head->statistics.listed[item.type - 1] += pieces;
    return 1;
}

int market_change_price(struct nmmo_world *world, uint32_t index, int change) {
    struct player *player = &world->players[index];
    int step = player->self.price_step + change;
    if (step < 1 || step > NMMO_PRICE_STEPS || (!player->unworn_slots && !player->self.gold)) return 0;
    player->self.price_step = (uint8_t)step;
    return 1;
}

/* ---- buying ----------------------------------------------------------------------------------------------- */

/* What is sold in lots goes by the dozen, say, or what is left of it at its share of the price, rounded up. The price
 * of the whole lot is what must be within the asking price and the gold. */
static uint32_t lot_of(const struct listing *listing) {
    uint32_t lot = nmmo_items[listing->type].lot;
    return listing->quantity < lot ? listing->quantity : lot;
}
static uint32_t cost_of(const struct listing *listing) {
    uint32_t price = (uint32_t)price_of_step(listing->step), lot = nmmo_items[listing->type].lot;
    return (price * lot_of(listing) + lot - 1) / lot;
}

/* The cheapest listing of the book that is not the player's own, oldest first, at or below a step. */
static uint32_t cheapest_for(const struct nmmo_world *world, uint32_t index, uint32_t book, uint32_t most) {
    uint32_t steps = world->market->steps[book] & ((1u << most) - 1);
    for (; steps; steps &= steps - 1) {
        uint32_t id = world->market->queues[book][lowest_bit(steps)].first;
        if (seller_of(id) == index) id = world->listings[id].queue_next; /* one has one listing a book */
        if (id != NO_LISTING) return id;
    }
    return NO_LISTING;
}

/* What buying this type would take: of the highest tier that the player may use, can pay and
 * has room for. */
static uint32_t find_offer(const struct nmmo_world *world, uint32_t index, uint32_t type) {
    const struct player *player = &world->players[index];
    uint32_t most = market_highest_step(world, player);
    for (uint32_t tier = NMMO_TIERS; tier >= 1; tier--) {
        if (!(player->usable_types[tier - 1] >> (type - 1) & 1)) continue;
        uint32_t id = cheapest_for(world, index, book_of(type, tier), most);
        if (id == NO_LISTING) continue;
        uint32_t lot = lot_of(&world->listings[id]);
        if (item_room(player, type, tier, lot) == lot) return id;
    }
    return NO_LISTING;
}

int market_buy(struct nmmo_world *world, uint32_t index, uint32_t type) {
    struct player *player = &world->players[index];
    struct nmmo_statistics *statistics = &world->head->statistics;
    if (player->self.combat_ticks) return 0;
    uint32_t id = find_offer(world, index, type);
    if (id == NO_LISTING) return 0;
    struct listing *listing = &world->listings[id];
    uint32_t seller_index = seller_of(id), tier = listing->tier, book = book_of(type, tier);
    uint32_t lot = lot_of(listing), cost = cost_of(listing), step = listing->step;
    struct player *seller = &world->players[seller_index];
    player->self.gold -= cost;
    player->net_sales = sum_of_sales(player->net_sales, -(int32_t)cost);
    add_gold(seller, cost);
    seller->net_sales = sum_of_sales(seller->net_sales, (int32_t)cost);
    if (seller->net_sales > seller->best_sales) {
        seller->best_sales = seller->net_sales;
        seller->reward_due = 1;
    }
    world->market->board[1][book] = (uint8_t)step;
    if (lot == listing->quantity) close_listing(world, id);
    else listing->quantity = (uint8_t)(listing->quantity - lot);
    refresh_sellable(world, seller_index);
    item_add(player, type, tier, lot);
    inventory_refresh_carried(world, index);

    struct nmmo_event *event = event_add(world, NMMO_EVENT_SALE, (nmmo_entity)index, (nmmo_entity)seller_index,
                                         player->self.row, player->self.column);
    event->item = (uint8_t)type;
    event->tier = (uint8_t)tier;
    event->amount = (int32_t)lot;
    event->gold = (int32_t)cost;
    statistics->sold[type - 1][tier - 1] += lot;
    statistics->sales[type - 1][tier - 1]++;
    statistics->turnover[type - 1][tier - 1] += cost;
    return 1;
}

/* ---- masks -------------------------------------------------------------------------------------------------- */

void market_refresh_offers(struct nmmo_world *world) {
    const struct market *market = world->market;
    memset(world->buyable, 0, sizeof world->buyable);
    memset(world->sole_seller, 0, world->n_players);
    for (uint32_t type = 1; type <= NMMO_ITEM_TYPES; type++) {
        for (uint32_t tier = 1; tier <= NMMO_TIERS; tier++) {
            uint32_t book = book_of(type, tier), step = market->board[0][book];
            if (step == 0) continue;
            world->buyable[step][tier - 1] |= 1u << (type - 1);
            const struct queue *queue = &market->queues[book][step - 1];
            if (queue->first == queue->last) world->sole_seller[seller_of(queue->first)] = 1;
        }
    }
    for (int step = 1; step <= NMMO_PRICE_STEPS; step++)
        for (int tier = 0; tier < NMMO_TIERS; tier++) world->buyable[step][tier] |= world->buyable[step - 1][tier];
}

/* As offered_to, without what only the player itself offers at or below a step. */
static uint32_t offered_by_others(const struct nmmo_world *world, uint32_t index, uint32_t most) {
    uint32_t offers[NMMO_TIERS];
    memcpy(offers, world->buyable[most], sizeof offers);
    for (uint32_t id = index * NMMO_LISTINGS; id < (index + 1) * NMMO_LISTINGS; id++) {
        const struct listing *own = &world->listings[id];
        if (!own->type || own->step > most) continue;
        if (cheapest_for(world, index, book_of(own->type, own->tier), most) == NO_LISTING)
            offers[own->tier - 1] &= ~(1u << (own->type - 1));
    }
    return market_offered_to(&world->players[index], offers);
}

uint32_t market_buyable_closely(const struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    uint32_t offered = offered_by_others(world, index, market_highest_step(world, player));
    if (player->empty_slots) return offered;
    uint32_t fitting = 0; /* a full inventory: only a stack may have room */
    for (uint32_t open = offered & player->stacked_types; open; open &= open - 1) {
        uint32_t type = (uint32_t)lowest_bit(open) + 1;
        if (find_offer(world, index, type) != NO_LISTING) fitting |= 1u << (type - 1);
    }
    return fitting;
}
