/* Items: inventories, what can be worn, what is eaten, what is picked up and dropped. */
#ifndef NMMO_ITEMS_H
#define NMMO_ITEMS_H

#include "state.h"

/* Whether several pieces of a type share an inventory slot. */
static inline int item_stacks(uint32_t type) { return nmmo_items[type].stack > 1; }

/* Whether ammunition is that of a weapon; 0 where one of them is none. */
static inline int item_matches(uint32_t ammunition, uint32_t weapon) {
    return ammunition && nmmo_items[weapon].role == NMMO_ROLE_WEAPON &&
           nmmo_items[ammunition].skill == nmmo_items[weapon].skill;
}

/* ---- inventories: each function leaves what follows from them to inventory_refresh ---- */

/* How many of the wanted pieces would fit. */
uint32_t item_room(const struct player *player, uint32_t type, uint32_t tier, uint32_t wanted);

/* Adds pieces and returns how many fitted. */
uint32_t item_add(struct player *player, uint32_t type, uint32_t tier, uint32_t quantity);

/* Removes pieces of a slot, which must hold so many. */
void item_take(struct player *player, uint32_t slot, uint32_t quantity);

/* Computes all that follows from an inventory: equipment, levels' effects (player_refresh), bits by slot. */
void inventory_refresh(struct nmmo_world *world, uint32_t index);

/* Likewise without the equipment, where that is as it was. */
void inventory_refresh_carried(struct nmmo_world *world, uint32_t index);

/* Computes usable_types from the levels. */
void items_refresh_usable(struct player *player);

/* ---- actions: each returns 1 where it changed the world ---- */

/* Takes what lies on a tile, as far as there is room. */
int item_pick_up(struct nmmo_world *world, uint32_t index, uint32_t tile);

/* Wears, takes off or eats what a slot holds. */
int item_use(struct nmmo_world *world, uint32_t index, uint32_t slot);

/* Drops what a slot holds. */
int item_drop(struct nmmo_world *world, uint32_t index, uint32_t slot);

/* An attack has spent one piece of ammunition, if the player wears any that suits its weapon. */
void item_spend_ammunition(struct nmmo_world *world, uint32_t index);

#endif
