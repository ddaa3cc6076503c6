/* What compilers offer beyond C17, with a plain substitute for those that do not. */
#ifndef NMMO_COMPILER_H
#define NMMO_COMPILER_H

#include <stdint.h>

/* Asks for a cache line that will be read soon; a hint, no more. */
static inline void prefetch(const void *address) {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    (void)address;
#endif
}

/* Likewise into the second-level cache only: for more than the first one holds. */
static inline void prefetch_beyond(const void *address) {
#if defined(__GNUC__)
    __builtin_prefetch(address, 0, 2);
#else
    (void)address;
#endif
}

/* The position of the lowest bit that is set, of a word that is not 0. */
static inline int lowest_bit(uint64_t bits) {
#if defined(__GNUC__)
    return __builtin_ctzll(bits);
#else
    int position = 0;
    while (!(bits & 1)) bits >>= 1, position++;
    return position;
#endif
}

#endif
