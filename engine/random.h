/* Randomness as a pure function of (seed, tick, purpose, index): no generator state, so a new
 * draw in one system never shifts another, and a snapshot hides nothing.
 *
 * Mixing is the 64-bit finaliser of MurmurHash3 with the constants of D. Stafford's variant
 * 13, as in SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
 * 2014): a key steps by the golden ratio an index and is then mixed.
 */
#ifndef NMMO_RANDOM_H
#define NMMO_RANDOM_H

#include <stdint.h>

/* append only: a number inserted in between would move every later draw */
enum random_purpose {
    RANDOM_TERRAIN = 1,
    RANDOM_NODE_PLACE,
    RANDOM_NODE_TIER,
    RANDOM_MONSTER_HOME,
    RANDOM_MONSTER_TRAITS,
    RANDOM_BIRTH_PLACE,
    RANDOM_TEAM_ANCHOR,
    RANDOM_PLAYER_ORDER,
    RANDOM_MONSTER_ORDER,
    RANDOM_WANDER,
    RANDOM_SIDESTEP,
    RANDOM_LOOT,
    RANDOM_HARVEST,
    RANDOM_SAMPLE_ACTION,
    RANDOM_DERIVE_SEED,
    RANDOM_EDIT,
    RANDOM_MAP
};

#define RANDOM_STEP 0x9E3779B97F4A7C15ull /* 2^64 / golden ratio */

static inline uint64_t random_mix(uint64_t x) {
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9ull;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBull;
    x ^= x >> 31;
    return x;
}

/* The key of all draws for one purpose in one tick. */
static inline uint64_t random_key(uint64_t seed, uint32_t tick, enum random_purpose purpose) {
    uint64_t when = ((uint64_t)tick << 8) | (uint64_t)purpose;
    return random_mix(random_mix(seed + RANDOM_STEP) + when * RANDOM_STEP);
}

static inline uint64_t random_draw(uint64_t key, uint64_t index) { return random_mix(key + (index + 1) * RANDOM_STEP); }

/* 0..bound-1 from 32 random bits, by multiply and shift; bias below bound / 2^32. */
static inline uint32_t random_below(uint32_t bits, uint32_t bound) {
    return (uint32_t)(((uint64_t)bits * bound) >> 32);
}

static inline uint32_t random_high(uint64_t draw) { return (uint32_t)(draw >> 32); }
static inline uint32_t random_low(uint64_t draw) { return (uint32_t)draw; }

/* Shuffles in place by Fisher and Yates' method; pure in the key. */
void random_shuffle(uint32_t *items, uint32_t count, uint64_t key);

#endif
