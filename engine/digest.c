/* Digests: quick hashes of what changes from tick to tick, for replays, which keep one a section and
 * tick. They tell the first tick at which two runs part. Unlike a hash (hash.c) a digest leaves out what
 * stays as it is or follows from the rest, and is not meant to withstand anybody's intent.
 *
 * Words are folded by NH (Black, Halevi, Krawczyk, Krovetz, Rogaway: "UMAC", 1999), keyed by exclusive or:
 * the two halves of each word are multiplied and the products added. No product waits for another. */
#include <string.h>

#include "random.h"
#include "state.h"

#if defined(__SSE2__) && defined(__GNUC__)
#include <emmintrin.h>
#define TWO_AT_ONCE 1
#else
#define TWO_AT_ONCE 0
#endif

static uint64_t product(uint64_t word, uint64_t key) { /* of the halves of a keyed word */
    uint64_t keyed = word ^ key;
    return (keyed & 0xFFFFFFFFu) * (keyed >> 32);
}

static uint64_t fold(const void *bytes, size_t words) {
    const uint8_t *at = bytes;
    uint64_t sum = 0, key = RANDOM_STEP;
    size_t i = 0;
#if TWO_AT_ONCE
    __m128i sums = _mm_setzero_si128();
    __m128i keys = _mm_set_epi64x((int64_t)(2 * RANDOM_STEP), (int64_t)RANDOM_STEP);
    const __m128i step = _mm_set1_epi64x((int64_t)(2 * RANDOM_STEP));
    for (; i + 2 <= words; i += 2, keys = _mm_add_epi64(keys, step), key += 2 * RANDOM_STEP) {
        __m128i keyed = _mm_xor_si128(_mm_loadu_si128((const __m128i *)(at + 8 * i)), keys);
        sums = _mm_add_epi64(sums, _mm_mul_epu32(keyed, _mm_srli_epi64(keyed, 32)));
    }
    uint64_t halves[2];
    memcpy(halves, &sums, sizeof halves);
    sum = halves[0] + halves[1];
#endif
    for (; i < words; i++, key += RANDOM_STEP) {
        uint64_t word;
        memcpy(&word, at + 8 * i, 8);
        sum += product(word, key);
    }
    return sum;
}

/* Likewise bytes, of which the last few may be no whole word: zeros complete it. */
static uint64_t fold_bytes(const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    size_t words = size / 8, rest = size % 8;
    uint64_t last = 0;
    if (!rest) return fold(at, words);
    memcpy(&last, at + 8 * words, rest);
    return fold(at, words) + product(last, (words + 1) * RANDOM_STEP);
}

/* Gives a fold its place among others. */
static uint64_t with_position(uint64_t folded, uint64_t place) {
    return random_mix(folded + (place + 1) * RANDOM_STEP);
}

static uint64_t digest_clock(const struct header *head) {
    uint64_t words[] = {head->seed, head->tick, (uint64_t)head->bodies << 32 | head->waiting,
                        (uint64_t)head->statistics.births};
    return with_position(fold(words, sizeof words / 8), 0);
}

static uint64_t digest_players(const struct nmmo_world *world) {
    enum { SEEN = sizeof(struct nmmo_self) + NMMO_INVENTORY_SLOTS * sizeof(struct nmmo_item) };
    _Static_assert(SEEN % 8 == 0 && offsetof(struct player, inventory) == sizeof(struct nmmo_self), "whole words");
    uint64_t sum = 0;
    for (uint32_t i = 0; i < world->n_players; i++) {
        const struct player *player = &world->players[i];
        sum += with_position(fold(player, SEEN / 8) + player->state + (uint64_t)player->life, i);
    }
    return sum;
}

static uint64_t digest_monsters(const struct nmmo_world *world) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < (uint32_t)world->head->config.n_monsters; i++)
        sum += with_position(fold(&world->monsters[i], sizeof(struct monster) / 8), i);
    return sum;
}

/* Where items lie, and the nodes that are depleted: how many, and which was the last. */
static uint64_t digest_tiles(const struct nmmo_world *world) {
    const struct header *head = world->head;
    uint64_t nodes = (uint64_t)head->regrow_first << 32 | head->regrow_count;
    if (head->regrow_count) {
        const struct regrowth *last =
            &world->regrow[(head->regrow_first + head->regrow_count - 1) % head->node_capacity];
        nodes += random_mix((uint64_t)last->tile << 32 | last->tick);
    }
    return with_position(fold(world->item_plane, head->padded_tiles / 64), 0) + with_position(nodes, 1);
}

static uint64_t digest_market(const struct market *market) {
    uint64_t ends = (uint64_t)market->oldest << 32 | market->youngest;
    return with_position(fold_bytes(market->board, sizeof market->board), 0) +
           with_position(fold_bytes(market->steps, sizeof market->steps), 1) + with_position(ends, 2);
}
_Static_assert(sizeof(struct monster) % 8 == 0, "whole words");

const uint64_t *nmmo_world_ended_digests(const nmmo_world *world) { return world->ended_digests; }

void nmmo_world_digests(const nmmo_world *world, uint64_t digests[NMMO_SECTIONS]) {
    digests[NMMO_SECTION_CLOCK] = digest_clock(world->head);
    digests[NMMO_SECTION_PLAYERS] = digest_players(world);
    digests[NMMO_SECTION_MONSTERS] = digest_monsters(world);
    digests[NMMO_SECTION_TILES] = digest_tiles(world);
    digests[NMMO_SECTION_MARKET] = digest_market(world->market);
}
