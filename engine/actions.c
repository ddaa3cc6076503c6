/* Actions: reading them from the caller's arrays, and drawing possible ones. */
#include "world.h"

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

/* ---- drawing ------------------------------------------------------------------------------------------- */

static const uint8_t group_start[NMMO_ACTION_GROUPS + 1] = {
    NMMO_WAIT, NMMO_MOVE, NMMO_RUN, NMMO_ATTACK_MONSTER, NMMO_USE, NMMO_SELL, NMMO_DROP, NMMO_BUY, NMMO_PRICE_UP,
    NMMO_ACTIONS};

static uint64_t gather(const uint8_t *bytes) { /* eight bytes of 0 or 1 become eight bits, the first lowest */
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & 0x0101010101010101ull) * 0x0102040810204080ull >> 56;
}

#define EACH_BYTE 0x0101010101010101ull
#define TOP_BITS 0x8080808080808080ull

/* The number of set bits in each byte. */
static uint64_t count_in_bytes(uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555ull;
    bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
    return (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0Full;
}

static uint32_t count_bits(uint64_t bits) { return (uint32_t)(count_in_bytes(bits) * EACH_BYTE >> 56); }

/* How many of eight running sums, one a byte, do not exceed k. */
static uint32_t sums_up_to(uint64_t sums, uint64_t k) {
    uint64_t not_above = ((k * EACH_BYTE | TOP_BITS) - sums) & TOP_BITS;
    return (uint32_t)((not_above >> 7) * EACH_BYTE >> 56);
}

/* The place of the k-th set bit, counted from 0; there must be so many. Without a branch: which
 * one it is is random, and a wrong guess costs more than all of this (the method is that of
 * Vigna, "Broadword implementation of rank/select queries", 2008). */
static uint32_t nth_bit(uint64_t bits, uint32_t k) {
    uint64_t sums = count_in_bytes(bits) * EACH_BYTE;
    uint32_t byte = sums_up_to(sums, k);
    uint64_t before = (sums << 8) >> 8 * byte & 255;
    uint64_t spread = (bits >> 8 * byte & 255) * EACH_BYTE & 0x8040201008040201ull;
    uint64_t singles = (spread + ~TOP_BITS) >> 7 & EACH_BYTE;
    return 8 * byte + sums_up_to(singles * EACH_BYTE, k - before);
}

/* The bits of one group, its first action lowest. high holds the bits from 64 on. */
static uint64_t group_bits(uint64_t low, uint64_t high, uint32_t group) {
    uint32_t start = group_start[group], length = group_start[group + 1] - start;
    uint64_t bits = start >= 64 ? high >> (start - 64) : low >> start;
    if (start < 64 && start + length > 64) bits |= high << (64 - start);
    return bits & ((1ull << length) - 1);
}

void nmmo_sample_actions(const uint8_t *mask, size_t stride, size_t n, uint64_t seed, int64_t *out) {
    uint64_t key = random_key(seed, 0, RANDOM_SAMPLE_ACTION);
    for (size_t i = 0; i < n; i++, mask += stride) {
        uint64_t low = 0, high = 0;
        for (int byte = 0; byte < 8; byte++) low |= gather(mask + 8 * byte) << 8 * byte;
        high = gather(mask + NMMO_ACTIONS - 8) >> (8 - (NMMO_ACTIONS - 64)); /* the last eight bytes overlap */
        uint32_t groups = 0;
        for (uint32_t group = 0; group < NMMO_ACTION_GROUPS; group++)
            groups |= (uint32_t)(group_bits(low, high, group) != 0) << group;
        uint64_t draw = random_draw(key, i);
        if (!groups) { /* not a mask of this engine's: wait is always possible */
            out[i] = NMMO_WAIT;
            continue;
        }
        uint32_t group = nth_bit(groups, random_below(random_high(draw), count_bits(groups)));
        uint64_t bits = group_bits(low, high, group);
        out[i] = group_start[group] + nth_bit(bits, random_below(random_low(draw), count_bits(bits)));
    }
}
