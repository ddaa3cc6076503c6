/* Players: the order in which they act, what an action does, where they stand, what gold they have. */
#ifndef NMMO_PLAYERS_H
#define NMMO_PLAYERS_H

#include "state.h"

/* ---- acting ---- */

/* The players phase: each says its token (tokens may be NULL) and carries out its action, in a random order. */
void players_act(struct nmmo_world *world, const uint8_t *actions, const uint8_t *tokens);

/* Carries out one action of a living player. Returns 1 where it changed the world. */
int player_act(struct nmmo_world *world, uint32_t index, uint32_t action);

/* ---- bodies ---- */

/* A player's part of a tile word. */
uint64_t player_body(const struct player *player);

/* Writes the body into its tile word, after any change that others can see. */
void player_show(struct nmmo_world *world, uint32_t index);

/* ---- rest cells: monsters rest where no player is near ---- */

/* The cell of a place; there is one ring of cells around the map. */
static inline uint32_t cell_at(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return ((row >> NMMO_CELL_SHIFT) + 1) * world->head->cell_columns + (column >> NMMO_CELL_SHIFT) + 1;
}

/* Whether a player stands in the cell of a place or one of the eight around it. */
static inline int player_near(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return world->near_players[cell_at(world, row, column)] != 0;
}

/* A player has come to a place (change 1) or left it (-1). */
void near_players_add(struct nmmo_world *world, uint32_t row, uint32_t column, int change);

/* ---- gold: sums that play could overflow stay at their bounds, which a snapshot may not pass either ---- */

static inline void add_gold(struct player *player, uint32_t gold) {
    player->self.gold = gold < MAX_GOLD - player->self.gold ? player->self.gold + gold : MAX_GOLD;
}
static inline int32_t sum_of_sales(int32_t sales, int32_t gold) {
    int64_t sum = (int64_t)sales + gold;
    return sum > MAX_GOLD ? MAX_GOLD : sum < -MAX_GOLD ? -MAX_GOLD : (int32_t)sum;
}

#endif
