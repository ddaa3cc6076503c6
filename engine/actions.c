/* Actions: reading them from the caller's arrays, and drawing possible ones. */
#include <string.h>

#include "compiler.h"
#include "errors.h"
#include "nmmo.h"
#include "random.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* ---- reading ---------------------------------------------------------------------------------------- */

/* A number of any integer type as int64; an unsigned 64-bit one beyond that becomes -1, which is
 * no action either. */
static int64_t number_at(const void *data, enum nmmo_integer type, size_t i) {
    switch (type) {
    case NMMO_INT8: return ((const int8_t *)data)[i];
    case NMMO_UINT8: return ((const uint8_t *)data)[i];
    case NMMO_INT16: return ((const int16_t *)data)[i];
    case NMMO_UINT16: return ((const uint16_t *)data)[i];
    case NMMO_INT32: return ((const int32_t *)data)[i];
    case NMMO_UINT32: return ((const uint32_t *)data)[i];
    case NMMO_INT64: return ((const int64_t *)data)[i];
    case NMMO_UINT64: {
        uint64_t value = ((const uint64_t *)data)[i];
        return value <= INT64_MAX ? (int64_t)value : -1;
    }
    }
    return -1;
}

static int bad_number(const void *data, enum nmmo_integer type, size_t at, size_t who, const char *what, int most,
                      struct nmmo_error *error) {
    if (type == NMMO_UINT64)
        return fail(error, NMMO_BAD_ACTION, "%s %llu of player %zu is out of range 0..%d", what,
                    (unsigned long long)((const uint64_t *)data)[at], who, most);
    return fail(error, NMMO_BAD_ACTION, "%s %lld of player %zu is out of range 0..%d", what,
                (long long)number_at(data, type, at), who, most);
}

/* The common types have loops of their own, which compilers turn into a few vector moves. */
static int all_below_int64(const int64_t *data, size_t n) {
    uint64_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t value = (uint64_t)data[i];
        most = value > most ? value : most;
    }
    return most < NMMO_ACTIONS;
}
static int all_below_int32(const int32_t *data, size_t n) {
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t value = (uint32_t)data[i];
        most = value > most ? value : most;
    }
    return most < NMMO_ACTIONS;
}
static int all_below_uint8(const uint8_t *data, size_t n) {
    uint8_t most = 0;
    for (size_t i = 0; i < n; i++) most = data[i] > most ? data[i] : most;
    return most < NMMO_ACTIONS;
}

static int load_fast(const void *data, enum nmmo_integer type, size_t n, uint8_t *actions) {
    if (type == NMMO_INT64 && all_below_int64(data, n)) {
        for (size_t i = 0; i < n; i++) actions[i] = (uint8_t)((const int64_t *)data)[i];
        return 1;
    }
    if (type == NMMO_INT32 && all_below_int32(data, n)) {
        for (size_t i = 0; i < n; i++) actions[i] = (uint8_t)((const int32_t *)data)[i];
        return 1;
    }
    if (type == NMMO_UINT8 && all_below_uint8(data, n)) {
        memcpy(actions, data, n);
        return 1;
    }
    return 0;
}

int nmmo_load_actions(const void *data, enum nmmo_integer type, size_t n, int vocabulary, uint8_t *actions,
                      uint8_t *tokens, struct nmmo_error *error) {
    if (!vocabulary && load_fast(data, type, n, actions)) return NMMO_OK;
    size_t width = vocabulary ? 2 : 1;
    for (size_t i = 0; i < n; i++) {
        int64_t action = number_at(data, type, i * width);
        if (action < 0 || action >= NMMO_ACTIONS)
            return bad_number(data, type, i * width, i, "action", NMMO_ACTIONS - 1, error);
        if (!vocabulary) continue;
        int64_t token = number_at(data, type, i * width + 1);
        if (token < 0 || token > vocabulary)
            return bad_number(data, type, i * width + 1, i, "token", vocabulary, error);
    }
    for (size_t i = 0; i < n; i++) {
        actions[i] = (uint8_t)number_at(data, type, i * width);
        if (vocabulary) tokens[i] = (uint8_t)number_at(data, type, i * width + 1);
    }
    return NMMO_OK;
}

/* ---- counting and finding bits ------------------------------------------------------------------------ */

#define EACH_BYTE 0x0101010101010101ull
#define TOP_BITS 0x8080808080808080ull

/* The bits of a row of the mask: the first 64 actions and the rest. */
struct possible {
    uint64_t low, high;
};

#if defined(__SSE2__)

static uint64_t gather_16(const uint8_t *bytes) { /* sixteen bytes of 0 or 1 become sixteen bits, the first lowest */
    __m128i loaded = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    return (uint64_t)_mm_movemask_epi8(_mm_slli_epi16(loaded, 7));
}

static struct possible gather(const uint8_t *mask) {
    enum { LAST = NMMO_ACTIONS - 16 }; /* the last sixteen overlap the others */
    return (struct possible){gather_16(mask) | gather_16(mask + 16) << 16 | gather_16(mask + 32) << 32 |
                                 gather_16(mask + 48) << 48,
                             gather_16(mask + LAST) >> (64 - LAST)};
}

#else

static uint64_t gather_8(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & EACH_BYTE) * 0x0102040810204080ull >> 56;
}

static struct possible gather(const uint8_t *mask) {
    enum { LAST = NMMO_ACTIONS - 8 };
    struct possible bits = {0, gather_8(mask + LAST) >> (64 - LAST)};
    for (int byte = 0; byte < 8; byte++) bits.low |= gather_8(mask + 8 * byte) << 8 * byte;
    return bits;
}

#endif

/* How many bits are set in the bytes up to and including each byte; the last byte has them all. */
static uint64_t running_counts(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555ull;
    bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
    return ((bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Full) * EACH_BYTE;
}

/* Eight times the first byte whose running count exceeds k; there must be one. */
static inline uint32_t first_above(uint64_t counts, uint64_t k) {
    uint64_t not_above = (k * EACH_BYTE | TOP_BITS) - counts;
    return (uint32_t)lowest_bit(~not_above & TOP_BITS) & 56;
}

/* The place of one of the set bits, each as likely; there must be one. Without a branch: which it
 * is is random, and a wrong guess costs more than all of this (the method is that of Vigna,
 * "Broadword implementation of rank/select queries", 2008). */
static inline uint32_t draw_bit(uint64_t bits, uint32_t random) {
    uint64_t counts = running_counts(bits);
    uint64_t k = random_below(random, (uint32_t)(counts >> 56));
    uint32_t shift = first_above(counts, k);
    uint64_t before = (counts << 8) >> shift & 255;
    uint64_t spread = (bits >> shift & 255) * EACH_BYTE & 0x8040201008040201ull;
    uint64_t singles = (spread + ~TOP_BITS) >> 7 & EACH_BYTE;
    return shift + first_above(singles * EACH_BYTE, k - before) / 8;
}

/* Likewise of nine bits, which takes half the work: the lowest apart, the others as the bytes of a word. */
static inline uint32_t draw_of_nine(uint32_t bits, uint32_t random) {
    uint64_t lowest = bits & 1;
    uint64_t spread = (uint64_t)(bits >> 1) * EACH_BYTE & 0x8040201008040201ull;
    uint64_t counts = ((spread + ~TOP_BITS) >> 7 & EACH_BYTE) * EACH_BYTE + lowest * EACH_BYTE;
    uint64_t k = random_below(random, (uint32_t)(counts >> 56));
    return k < lowest ? 0 : 1 + first_above(counts, k) / 8;
}
_Static_assert(NMMO_ACTION_GROUPS == 9, "draw_of_nine draws the group");

/* ---- drawing ------------------------------------------------------------------------------------------- */

/* First action of each group, and the end of the last. */
static const uint8_t group_start[NMMO_ACTION_GROUPS + 1] = {
#define GROUP(NAME, name, FIRST, LAST, meaning) NMMO_##FIRST,
#include "content.def"
    NMMO_ACTIONS,
};

static inline uint32_t any(uint64_t bits, uint32_t first, uint32_t end) {
    return (bits >> first & ((1ull << (end - first)) - 1)) != 0;
}

/* One bit a group that has a possible action. Written out, so that every mask is a constant. */
static inline uint32_t groups_with_actions(struct possible bits) {
    return any(bits.low, NMMO_WAIT, NMMO_MOVE) << NMMO_GROUP_WAIT |
           any(bits.low, NMMO_MOVE, NMMO_RUN) << NMMO_GROUP_MOVE |
           any(bits.low, NMMO_RUN, NMMO_ATTACK_MONSTER) << NMMO_GROUP_RUN |
           any(bits.low, NMMO_ATTACK_MONSTER, NMMO_USE) << NMMO_GROUP_ATTACK |
           any(bits.low, NMMO_USE, NMMO_SELL) << NMMO_GROUP_USE |
           any(bits.low, NMMO_SELL, NMMO_DROP) << NMMO_GROUP_SELL |
           any(bits.low, NMMO_DROP, NMMO_BUY) << NMMO_GROUP_DROP |
           (any(bits.low, NMMO_BUY, 64) | any(bits.high, 0, NMMO_PRICE_UP - 64)) << NMMO_GROUP_BUY |
           any(bits.high, NMMO_PRICE_UP - 64, NMMO_ACTIONS - 64) << NMMO_GROUP_PRICE;
}

/* The bits of one group, its first action lowest. */
static inline uint64_t group_bits(struct possible bits, uint32_t group) {
    uint32_t first = group_start[group], length = group_start[group + 1] - first;
    uint64_t from = first < 64 ? bits.low >> first | (bits.high << 1) << (63 - first) : bits.high >> (first - 64);
    return from & ((1ull << length) - 1);
}

enum { BLOCK = 32 };

/* Each stage runs over a block of rows before the next begins: within one row every step waits for
 * the one before, and side by side the rows fill those waits. */
static void sample_block(const uint8_t *mask, size_t stride, size_t n, uint64_t key, size_t first, int64_t *out) {
    struct possible bits[BLOCK];
    uint64_t draws[BLOCK];
    uint32_t groups[BLOCK];
    for (size_t i = 0; i < n; i++) bits[i] = gather(mask + i * stride);
    for (size_t i = 0; i < n; i++) {
        /* a mask of this engine always allows to wait; on any other, doing nothing is the safe reading */
        bits[i].low |= (uint64_t)(bits[i].low == 0 && bits[i].high == 0) << NMMO_WAIT;
        draws[i] = random_draw(key, first + i);
        groups[i] = draw_of_nine(groups_with_actions(bits[i]), random_high(draws[i]));
    }
    for (size_t i = 0; i < n; i++)
        out[i] = group_start[groups[i]] + draw_bit(group_bits(bits[i], groups[i]), random_low(draws[i]));
}

void nmmo_sample_actions(const uint8_t *mask, size_t stride, size_t n, uint64_t seed, int64_t *out) {
    uint64_t key = random_key(seed, 0, RANDOM_SAMPLE_ACTION);
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        sample_block(mask + first * stride, stride, count, key, first, out + first);
    }
}
