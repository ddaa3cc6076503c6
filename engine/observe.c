/* Observations: one row of bytes a player, true at the moment of observing. */
#include "world.h"

/* Rows are half of a tick. Where the processor has vectors of 32 bytes (AVX2) they are used: the same
 * functions are compiled twice, and which of them a world uses is settled when it is made. */
#if defined(__x86_64__) && defined(__GNUC__)
#include <emmintrin.h>
#define WIDE_VECTORS 1
#define INLINE static inline __attribute__((always_inline))
typedef uint64_t vector __attribute__((vector_size(32), aligned(1), may_alias));
#else
#define WIDE_VECTORS 0
#define INLINE static inline
#endif

/* ---- the mask --------------------------------------------------------------------------------------- */

INLINE uint64_t spread(uint64_t bits) { /* eight bits become eight bytes of 0 or 1, the lowest first */
    uint64_t each = (bits & 255) * 0x0101010101010101ull & 0x8040201008040201ull;
    return (each + 0x7F7F7F7F7F7F7F7Full) >> 7 & 0x0101010101010101ull;
}

#if WIDE_VECTORS
/* Likewise for each lane of a vector, the first of them from the lowest bits: by halves, without a product. */
INLINE void write_32_bits(uint32_t bits, uint8_t *mask) {
    vector lanes = ((vector){0} + bits) >> (vector){0, 8, 16, 24} & 255;
    lanes = (lanes | lanes << 28) & 0x0000000F0000000Full;
    lanes = (lanes | lanes << 14) & 0x0003000300030003ull;
    *(vector *)mask = (lanes | lanes << 7) & 0x0101010101010101ull;
}
#endif

INLINE void write_mask(uint64_t low, uint64_t high, uint8_t *mask, int wide) {
    (void)wide;
#if WIDE_VECTORS
    if (wide) {
        write_32_bits((uint32_t)low, mask);
        write_32_bits((uint32_t)(low >> 32), mask + 32);
    } else
#endif
    for (int byte = 0; byte < 8; byte++) {
        uint64_t eight = spread(low >> 8 * byte);
        memcpy(mask + 8 * byte, &eight, 8);
    }
    uint64_t rest = spread(high);
    memcpy(mask + 64, &rest, NMMO_ACTIONS - 64);
}

INLINE uint64_t all_if(int condition) { return condition ? ~0ull : 0; }

INLINE uint64_t free_directions(const struct nmmo_world *world, uint32_t tile) {
    const uint64_t *here = world->tiles + tile;
    return (uint64_t)tile_free(here[-world->stride]) | (uint64_t)tile_free(here[1]) << 1 |
           (uint64_t)tile_free(here[world->stride]) << 2 | (uint64_t)tile_free(here[-1]) << 3;
}

/* Who is adjacent can be hit, unless it fell in this tick; farther ones need a closer look. */
INLINE int monster_in_reach(const struct nmmo_world *world, uint32_t index, int among_fallen) {
    const struct player *player = &world->players[index];
    uint32_t start = player->tile - (uint32_t)world->stride - 1;
    uint64_t adjacent = plane_bits(world->monster_plane, start) |
                        plane_bits(world->monster_plane, start + (uint32_t)world->stride) |
                        plane_bits(world->monster_plane, start + 2 * (uint32_t)world->stride);
    if ((adjacent & 7) && !among_fallen) return 1;
    return ((adjacent & 7) || player->range > 1) && combat_has_target(world, index, TARGET_MONSTER);
}

/* Each bit says what the action function would find. What differs from player to player at random is
 * computed without branches: a wrongly guessed one costs more than the work it saves. */
INLINE void observe_mask(const struct nmmo_world *world, uint32_t index, uint8_t *mask, int wide, int among_fallen) {
    const struct player *player = &world->players[index];
    uint64_t low = 1ull << NMMO_WAIT, high = 0;
    if (player->state == LIFE_LIVING) {
        uint64_t calm = all_if(player->self.combat_ticks == 0);
        uint64_t directions = free_directions(world, player->tile);
        low |= directions << NMMO_MOVE;
        low |= (directions & all_if(player->self.stamina >= NMMO_RUN_STAMINA)) << NMMO_RUN;
        low |= (uint64_t)monster_in_reach(world, index, among_fallen) << NMMO_ATTACK_MONSTER;
        if (player->self.danger >= world->head->config.pvp_min_danger)
            low |= (uint64_t)combat_has_target(world, index, TARGET_PLAYER) << NMMO_ATTACK_PLAYER;
        low |= ((player->usable_slots & calm) | (player->potion_slots & ~calm)) << NMMO_USE;
        low |= (player->sellable_slots & calm) << NMMO_SELL;
        uint64_t room = ~0ull; /* where nothing lies yet, the common case */
        if (tile_object(world->tiles[player->tile])) room = all_if(ground_has_room(world, player->tile));
        low |= (player->loose_slots & calm & room) << NMMO_DROP;
        uint64_t buyable = market_buyable(world, index) & calm;
        low |= buyable << NMMO_BUY;
        high |= buyable >> (64 - NMMO_BUY);
        uint64_t prices = (uint64_t)(player->self.price_step < NMMO_PRICE_STEPS) << (NMMO_PRICE_UP - 64) |
                          (uint64_t)(player->self.price_step > 1) << (NMMO_PRICE_DOWN - 64);
        high |= prices & all_if((player->loose_slots | player->self.gold) != 0);
    }
    write_mask(low, high, mask, wide);
}

/* ---- the rest of the row ------------------------------------------------------------------------------ */

enum { USUAL_ROWS = 11, USUAL_COLUMNS = 15, USUAL_ROW_BYTES = 8 * USUAL_COLUMNS };

/* One row of tiles, as wide as the usual view. The last vector overlaps the one before. */
INLINE void copy_tiles(uint8_t *out, const uint64_t *from, int wide) {
    (void)wide;
#if WIDE_VECTORS
    if (wide) {
        for (int k = 0; k < 3; k++) *(vector *)(out + 32 * k) = *(const vector *)(from + 4 * k);
        *(vector *)(out + USUAL_ROW_BYTES - 32) = *(const vector *)(from + USUAL_COLUMNS - 4);
        return;
    }
#endif
    memcpy(out, from, USUAL_ROW_BYTES);
}

INLINE void observe_tiles(const struct nmmo_world *world, uint32_t tile, uint8_t *out, int wide) {
    const struct nmmo_config *config = &world->head->config;
    /* kept out of the loops: a byte written to out might, for all the compiler knows, change them */
    const ptrdiff_t rows = config->view_row_radius, columns = config->view_column_radius, stride = world->stride;
    const uint64_t *from = world->tiles + tile - rows * stride - columns;
    if (rows == USUAL_ROWS / 2 && columns == USUAL_COLUMNS / 2) { /* sizes known here: a few moves a copy */
        for (int row = 0; row < USUAL_ROWS; row++) copy_tiles(out + row * USUAL_ROW_BYTES, from + row * stride, wide);
        return;
    }
    const size_t bytes = (size_t)(2 * columns + 1) * 8;
    for (ptrdiff_t row = 0; row <= 2 * rows; row++, from += stride, out += bytes) memcpy(out, from, bytes);
}

/* Written for all four places alike, taken or not: a free one is all zero but for its time. */
INLINE void observe_listings(const struct nmmo_world *world, uint32_t index, uint8_t *out) {
    const struct listing *listings = &world->listings[index * NMMO_LISTINGS];
    uint32_t tick = world->head->tick;
    for (int i = 0; i < NMMO_LISTINGS; i++, out += sizeof(struct nmmo_own_listing)) {
        memcpy(out, &listings[i], 4); /* type, tier, quantity, price step */
        out[4] = (uint8_t)((listings[i].expires_at - tick) / 8 & all_if(listings[i].type != 0));
    }
}

INLINE void observe_row_with(struct nmmo_world *world, uint32_t index, uint8_t *row, int wide, int among_fallen) {
    const struct player *player = &world->players[index];
    const struct nmmo_layout *layout = &world->layout;
    if (player->state == LIFE_NONE) {
        memset(row, 0, layout->row_bytes);
        row[layout->mask + NMMO_WAIT] = 1;
        return;
    }
    observe_tiles(world, player->tile, row + layout->tiles, wide);
    /* self and inventory lie together, in the row as in the state */
    memcpy(row + layout->self, &player->self, sizeof player->self + sizeof player->inventory);
    observe_listings(world, index, row + layout->listings);
    memcpy(row + layout->market, world->market->board, sizeof world->market->board);
    observe_mask(world, index, row + layout->mask, wide, among_fallen);
    /* the bytes behind it were cleared when the rows were bound */
}

void observe_row(struct nmmo_world *world, uint32_t index, uint8_t *row) {
    observe_row_with(world, index, row, 0, 1);
}

/* ---- all rows --------------------------------------------------------------------------------------------- */

/* Rows are built in the order in which their players stand on the map, north to south: views that
 * overlap then meet in the cache, and the map is read once instead of from all over. The order
 * changes nothing else, and players move slowly, so it is renewed only now and then (a counting
 * sort by row of the map). */
static void sort_views(struct nmmo_world *world) {
    enum { RENEWAL = 16 };
    uint32_t tick = world->head->tick, height = (uint32_t)world->head->config.height;
    if (world->view_order_tick <= tick && tick - world->view_order_tick < RENEWAL) return;
    world->view_order_tick = tick;
    memset(world->row_starts, 0, (height + 1) * sizeof *world->row_starts);
    for (uint32_t i = 0; i < world->n_players; i++) world->row_starts[world->players[i].self.row + 1u]++;
    for (uint32_t row = 0; row < height; row++) world->row_starts[row + 1] += world->row_starts[row];
    for (uint32_t i = 0; i < world->n_players; i++)
        world->view_order[world->row_starts[world->players[i].self.row]++] = i;
}

/* The middle of a view: as many rows as the usual one has, so that the loop is unrolled. */
INLINE void prefetch_view(const struct nmmo_world *world, uint32_t index) {
    const ptrdiff_t stride = world->stride;
    uint32_t tile = world->players[index].tile;
    if (!tile) return; /* nobody */
    const uint64_t *from = world->tiles + tile - USUAL_ROWS / 2 * stride - USUAL_COLUMNS / 2;
    for (int row = 0; row < USUAL_ROWS; row++) {
        prefetch(from + row * stride);
        prefetch(from + row * stride + USUAL_COLUMNS - 1);
    }
}

static void prefetch_player(const struct nmmo_world *world, uint32_t index) {
    const struct player *player = &world->players[index];
    prefetch(player);
    prefetch(&player->tile);
    prefetch(&player->empty_slots);
    prefetch(&world->listings[index * NMMO_LISTINGS]);
    prefetch(&world->listings[index * NMMO_LISTINGS + NMMO_LISTINGS - 1]);
}

/* Builds the rows of the players at places first to last of the order. */
INLINE void observe_range_with(struct nmmo_world *world, uint32_t first, uint32_t last, int wide) {
    enum { AHEAD = 6 };
    const uint32_t *order = world->view_order;
    for (uint32_t k = first; k < last; k++) {
        if (k + AHEAD < last) prefetch_player(world, order[k + AHEAD]);
        uint8_t *row = world->out.observations + (size_t)order[k] * world->layout.row_bytes;
        observe_row_with(world, order[k], row, wide, 0);
    }
}

_Static_assert((2 * NMMO_MAX_VIEW_RADIUS + 1) * (2 * NMMO_MAX_VIEW_RADIUS + 1) * 8 + sizeof(struct nmmo_self) +
                       NMMO_INVENTORY_SLOTS * sizeof(struct nmmo_item) + NMMO_LISTINGS * sizeof(struct nmmo_own_listing) +
                       2 * NMMO_BOOKS + NMMO_ACTIONS + 63 <= MOST_ROW_BYTES, "room for the largest row");

#if WIDE_VECTORS
/* Likewise for rows that no cache can hold: each is built aside and then written past the caches, which
 * saves reading what it overwrites; and what is far in memory is fetched ahead. */
INLINE void observe_range_streaming(struct nmmo_world *world, uint32_t first, uint32_t last, int wide) {
    enum { VIEWS_AHEAD = 4, PLAYERS_AHEAD = 12 };
    _Alignas(64) uint8_t built[MOST_ROW_BYTES];
    const uint32_t *order = world->view_order;
    const size_t row_bytes = world->layout.row_bytes;
    memset(built, 0, row_bytes); /* what lies behind the mask stays 0 */
    for (uint32_t k = first; k < last; k++) {
        if (k + PLAYERS_AHEAD < last) prefetch_player(world, order[k + PLAYERS_AHEAD]);
        if (k + VIEWS_AHEAD < last) prefetch_view(world, order[k + VIEWS_AHEAD]);
        observe_row_with(world, order[k], built, wide, 0);
        __m128i *row = (__m128i *)(world->out.observations + (size_t)order[k] * row_bytes);
        for (size_t i = 0; i < row_bytes / sizeof *row; i++)
            _mm_stream_si128(row + i, _mm_load_si128((const __m128i *)built + i));
    }
    _mm_sfence();
}
#endif

#if WIDE_VECTORS
__attribute__((target("avx2"))) static void observe_range_wide(struct nmmo_world *world, uint32_t first, uint32_t last) {
    if (world->stream_rows) observe_range_streaming(world, first, last, 1);
    else observe_range_with(world, first, last, 1);
}
#endif

int observe_has_wide_vectors(void) {
#if WIDE_VECTORS
    return __builtin_cpu_supports("avx2") != 0;
#else
    return 0;
#endif
}

static void observe_range(struct nmmo_world *world, uint32_t first, uint32_t last) {
#if WIDE_VECTORS
    if (world->wide_vectors) {
        observe_range_wide(world, first, last);
        return;
    }
#endif
    observe_range_with(world, first, last, 0);
}

enum { ROWS_A_TASK = 64 };

static void observe_task(void *context, size_t task) {
    struct nmmo_world *world = context;
    uint32_t first = (uint32_t)task * ROWS_A_TASK;
    uint32_t last = first + ROWS_A_TASK < world->n_players ? first + ROWS_A_TASK : world->n_players;
    observe_range(world, first, last);
}

void nmmo_world_observe(nmmo_world *world, nmmo_pool *pool) {
    market_refresh_offers(world);
    sort_views(world);
    if (pool) pool_run(pool, observe_task, world, (world->n_players + ROWS_A_TASK - 1) / ROWS_A_TASK);
    else observe_range(world, 0, world->n_players);
}

uint64_t nmmo_view_copy_limit(const uint64_t *plane, const uint32_t *centres, size_t rows, uint8_t *out,
                              size_t row_bytes) {
    enum { STRIDE = 544, ROWS = 11, COLUMNS = 15, AHEAD = 2 };
    static const uint8_t rest[4096];
    size_t tiles = ROWS * COLUMNS * 8, tail = row_bytes - tiles;
    uint64_t sum = 0;
    for (size_t i = 0; i < rows; i++, out += row_bytes) {
        if (i + AHEAD < rows) {
            const uint64_t *next = plane + centres[i + AHEAD] - 5 * STRIDE - 7;
            for (int row = 0; row < ROWS; row++, next += STRIDE) {
                prefetch(next);
                prefetch(next + 7);
                prefetch(next + 14);
            }
        }
        const uint64_t *from = plane + centres[i] - 5 * STRIDE - 7;
        for (int row = 0; row < ROWS; row++) memcpy(out + row * COLUMNS * 8, from + row * STRIDE, COLUMNS * 8);
        memcpy(out + tiles, rest, tail < sizeof rest ? tail : sizeof rest);
        sum += out[i % row_bytes];
    }
    return sum;
}
