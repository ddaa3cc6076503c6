/* Randomness: what is more than a few instructions. */
#include "random.h"

#include "nmmo.h"

void random_shuffle(uint32_t *items, uint32_t count, uint64_t key) {
    uint64_t draw = 0;
    for (uint32_t i = count; i > 1; i--) {
        /* one draw serves two swaps: its high half the even steps, its low half the odd */
        uint32_t bits;
        if (i & 1) {
            bits = random_low(draw = random_draw(key, i));
        } else {
            if (i == count) draw = random_draw(key, (uint64_t)i + 1);
            bits = random_high(draw);
        }
        uint32_t j = random_below(bits, i);
        uint32_t swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
    }
}

uint64_t nmmo_derive_seed(uint64_t seed, uint64_t index) {
    return random_draw(random_key(seed, 0, RANDOM_DERIVE_SEED), index);
}
