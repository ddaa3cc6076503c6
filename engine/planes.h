/* Planes: one bit per padded tile, so that a square is searched in a few shifted words. */
#ifndef NMMO_PLANES_H
#define NMMO_PLANES_H

#include <stdint.h>
#include <string.h>

#define PLANE_SLACK 16 /* bytes behind a plane, for the word reads of its last tiles */

/* 57 or more bits starting at a tile, the lowest first. */
static inline uint64_t plane_bits(const uint8_t *plane, uint32_t tile) {
    uint64_t word;
    memcpy(&word, plane + (tile >> 3), sizeof word);
    return word >> (tile & 7);
}
static inline void plane_set(uint8_t *plane, uint32_t tile) { plane[tile >> 3] |= (uint8_t)(1u << (tile & 7)); }
static inline void plane_clear(uint8_t *plane, uint32_t tile) { plane[tile >> 3] &= (uint8_t)~(1u << (tile & 7)); }
static inline int plane_get(const uint8_t *plane, uint32_t tile) { return plane[tile >> 3] >> (tile & 7) & 1; }

#endif
