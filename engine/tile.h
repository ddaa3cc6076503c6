/* The tile word: all there is to see of a tile in 64 bits, kept exactly as agents observe it.
 *
 * Of the body that stands there, as player_body and monster_body make it; 0 where none does (TILE_BODY_BITS):
 *
 *   bit 63       56 55 54 53 52     50 49   48 47       40 39  38 37       32 31       27 26        24
 *      +-----------+-----+--+---------+-------+-----------+------+-----------+-----------+------------+
 *      |   team    |  0  |c | element | style |  health   | gear |   level   |   token   |    kind    |
 *      +-----------+-----+--+---------+-------+-----------+------+-----------+-----------+------------+
 *        0 none,          |                      0-100      0-3      1-40      0 silent    0 nobody,
 *        1-255            1 in combat                                                      nmmo_occupant
 *
 * Of the place, as map.c and ground.c make it (TILE_MAP_BITS):
 *
 *   bit 23       20 19     16 15                    8 7              2 1     0
 *      +-----------+---------+-----------------------+----------------+-------+
 *      |  danger   |  tier   |        object         |     ground     | biome |
 *      +-----------+---------+-----------------------+----------------+-------+
 *         1-5        of the    0 none, an item type,    nmmo_ground
 *                    object    a ripe node, or a
 *                              depleted node
 *
 * Outside the map the whole word is 0 (the ground "void"). In memory the word is little-endian: its lowest byte is
 * the first of struct nmmo_tile. */
#ifndef NMMO_TILE_H
#define NMMO_TILE_H

#include "nmmo.h"

/* where fields begin; by bytes they are struct nmmo_tile (nmmo.h) */
enum {
    TILE_OBJECT_SHIFT = 8,
    TILE_TIER_SHIFT = 16,
    TILE_DANGER_SHIFT = 20,
    TILE_OCCUPANT_SHIFT = 24,
    TILE_LEVEL_SHIFT = 32,
    TILE_HEALTH_SHIFT = 40,
    TILE_STYLE_SHIFT = 48,
    TILE_TEAM_SHIFT = 56
};
#define TILE_MAP_BITS 0x0000000000FFFFFFull    /* what belongs to the place */
#define TILE_BODY_BITS 0xFFFFFFFFFF000000ull   /* what belongs to who stands there */
#define TILE_NOBODY_MASK 0x0000000007000000ull /* the occupant's kind */

static inline uint32_t tile_ground(uint64_t word) { return (uint32_t)(word >> 2) & 63u; }
static inline uint32_t tile_biome(uint64_t word) { return (uint32_t)word & 3u; }
static inline uint32_t tile_object(uint64_t word) { return (uint32_t)(word >> TILE_OBJECT_SHIFT) & 255u; }
static inline uint32_t tile_tier(uint64_t word) { return (uint32_t)(word >> TILE_TIER_SHIFT) & 15u; }
static inline uint32_t tile_danger(uint64_t word) { return (uint32_t)(word >> TILE_DANGER_SHIFT) & 15u; }
static inline uint32_t tile_health(uint64_t word) { return (uint32_t)(word >> TILE_HEALTH_SHIFT) & 255u; }
static inline int tile_walkable(uint64_t word) { return ((uint32_t)word & 255u) - 4u < 12u; }
static inline int tile_occupied(uint64_t word) { return (word & TILE_NOBODY_MASK) != 0; }
/* Walkable and not occupied, in one comparison, because what a neighbouring tile holds cannot be predicted: the
 * occupant's kind lies above the ground's byte, so that anybody there makes the number too large. */
static inline int tile_free(uint64_t word) { return ((uint32_t)word & ((uint32_t)TILE_NOBODY_MASK | 255u)) - 4u < 12u; }
static inline int tile_is_stone(uint64_t word) { return tile_ground(word) == NMMO_STONE; }

static inline int object_is_item(uint32_t object) { return object - 1u < NMMO_ITEM_TYPES; }
static inline int object_is_ripe(uint32_t object) { return object - NMMO_FIRST_NODE < NMMO_NODE_KINDS; }
static inline int object_is_depleted(uint32_t object) { return object - NMMO_FIRST_DEPLETED < NMMO_NODE_KINDS; }

#endif
