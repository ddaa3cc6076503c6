/* The market: one order book for the whole world. */
#ifndef NMMO_MARKET_H
#define NMMO_MARKET_H

#include "state.h"

/* Gold per piece (ammunition: per dozen) at a price step, 1..NMMO_PRICE_STEPS. */
int price_of_step(uint32_t step);

/* Fills world->affordable; once, when the world is made. */
void market_fill_affordable(struct nmmo_world *world);

/* Empties the market, for a reset. */
void market_clear(struct nmmo_world *world);

/* Upkeep: what was not sold in time comes back to its seller, as far as there is room. */
void market_upkeep(struct nmmo_world *world);

/* The player's listings are lost: its life has ended. */
void market_remove_listings(struct nmmo_world *world, uint32_t index);

/* ---- actions: each returns 1 where it changed the world ---- */

int market_sell(struct nmmo_world *world, uint32_t index, uint32_t slot);
int market_buy(struct nmmo_world *world, uint32_t index, uint32_t type);
int market_change_price(struct nmmo_world *world, uint32_t index, int change);

/* ---- what can be sold and bought: for the masks ---- */

/* Bit slot: what the slot holds can be listed. */
uint32_t market_sellable(const struct nmmo_world *world, uint32_t index);

/* Computes world->buyable and world->sole_seller from the market as it is now. */
void market_refresh_offers(struct nmmo_world *world);

/* The highest step that the player's asking price and gold allow. */
static inline uint32_t market_highest_step(const struct nmmo_world *world, const struct player *player) {
    uint32_t gold = player->self.gold < NMMO_HIGHEST_PRICE ? player->self.gold : NMMO_HIGHEST_PRICE;
    uint32_t affordable = world->affordable[gold];
    return affordable < player->self.price_step ? affordable : player->self.price_step;
}

static inline uint32_t market_offered_to(const struct player *player, const uint32_t offers[NMMO_TIERS]) {
    const uint32_t *usable = player->usable_types;
    return (offers[0] & usable[0]) | (offers[1] & usable[1]) | (offers[2] & usable[2]) | (offers[3] & usable[3]) |
           (offers[4] & usable[4]);
}
_Static_assert(NMMO_TIERS == 5, "written out above");

/* As market_buyable, where the player's own listings or a full inventory call for a closer look. */
uint32_t market_buyable_closely(const struct nmmo_world *world, uint32_t index);

/* Bit type - 1: the player can buy it. market_refresh_offers must have been called since the market changed. */
static inline uint32_t market_buyable(const struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    if (world->sole_seller[index] || !player->empty_slots) return market_buyable_closely(world, index);
    return market_offered_to(player, world->buyable[market_highest_step(world, player)]);
}

#endif
