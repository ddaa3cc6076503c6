/* The grid: rows and columns, and the numbers of tiles.
 *
 * Tiles are numbered row by row over the padded map: tile = (row + NMMO_BORDER) * stride + column + NMMO_BORDER. */
#ifndef NMMO_GRID_H
#define NMMO_GRID_H

#include "state.h"

static inline uint32_t tile_at(const struct nmmo_world *world, uint32_t row, uint32_t column) {
    return (row + NMMO_BORDER) * (uint32_t)world->stride + column + NMMO_BORDER;
}
static inline uint32_t tile_row(const struct nmmo_world *world, uint32_t tile) {
    return tile / (uint32_t)world->stride - NMMO_BORDER;
}
static inline uint32_t tile_column(const struct nmmo_world *world, uint32_t tile) {
    return tile % (uint32_t)world->stride - NMMO_BORDER;
}

/* Chebyshev distance. */
static inline int distance(int row, int column, int other_row, int other_column) {
    int rows = row > other_row ? row - other_row : other_row - row;
    int columns = column > other_column ? column - other_column : other_column - column;
    return rows > columns ? rows : columns;
}

/* Directions in the order of the actions: north, east, south, west. */
static inline int direction_rows(int direction) { return (direction == 2) - (direction == 0); }
static inline int direction_columns(int direction) { return (direction == 1) - (direction == 3); }

#endif
