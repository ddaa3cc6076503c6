/* The fog: it closes in from the edges of the map, and hurts everyone outside the safe area. */
#ifndef NMMO_FOG_H
#define NMMO_FOG_H

#include "state.h"

/* Upkeep: moves the fog to where it is in this tick. */
void fog_advance(struct nmmo_world *world);

/* Tiles outside the safe part of a line; 0 or less: inside, that near its end. */
static inline int fog_tiles_outside(int place, int length, int margin) {
    int before = margin - place, after = place - (length - 1 - margin);
    return before > after ? before : after;
}

/* Tiles outside the safe area; 0 or less inside it. Before the fog moves, its edge is the map's. */
static inline int fog_depth(const struct nmmo_world *world, int row, int column) {
    const struct header *head = world->head;
    int rows = fog_tiles_outside(row, head->config.height, head->fog_row_margin);
    int columns = fog_tiles_outside(column, head->config.width, head->fog_column_margin);
    return rows > columns ? rows : columns;
}

/* Damage per tick at a depth. */
static inline int fog_damage(int depth) {
    return depth <= 0 ? 0 : depth < NMMO_FOG_DAMAGE_LIMIT ? depth : NMMO_FOG_DAMAGE_LIMIT;
}

/* Computes a player's fog_distance and fog_damage from its place. */
static inline void fog_update_self(const struct nmmo_world *world, struct nmmo_self *self) {
    if (!world->head->config.fog) {
        self->fog_distance = 255;
        return;
    }
    int depth = fog_depth(world, self->row, self->column);
    int inside = depth > 0 ? 0 : 1 - depth;
    self->fog_distance = (uint8_t)(inside < 255 ? inside : 255);
    self->fog_damage = (uint8_t)(world->head->fog_reached ? fog_damage(depth) : 0);
}

#endif
