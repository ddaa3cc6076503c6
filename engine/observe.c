/* Observations: one row of bytes per player, true at the moment of observing. */
#include "observe.h"

#include <string.h>

#include "combat.h"
#include "compiler.h"
#include "ground.h"
#include "market.h"
#include "pool.h"
#include "tile.h"

/* Rows are half of a tick. Where the processor has vectors of 32 bytes (AVX2) they are used for rows with
 * the default view: the same functions are compiled twice, once for that case (wide), in which every size
 * and offset is known, and which of them a world uses is settled when it is made. */
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define WIDE_VECTORS 1
#define INLINE static inline __attribute__((always_inline))
typedef uint64_t vector __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint32_t halves __attribute__((vector_size(32), aligned(1), may_alias));
#else
#define WIDE_VECTORS 0
#define INLINE static inline
#endif

/* ---- the default view ---------------------------------------------------------------------------------- */

enum { DEFAULT_ROWS = 11, DEFAULT_COLUMNS = 15, DEFAULT_ROW_BYTES = 8 * DEFAULT_COLUMNS };
/* offsets, as nmmo_layout finds them */
enum {
    DEFAULT_SELF = DEFAULT_ROWS * DEFAULT_ROW_BYTES,
    DEFAULT_INVENTORY = DEFAULT_SELF + sizeof(struct nmmo_self),
    DEFAULT_LISTINGS = DEFAULT_INVENTORY + NMMO_INVENTORY_SLOTS * sizeof(struct nmmo_item),
    DEFAULT_MARKET = DEFAULT_LISTINGS + NMMO_LISTINGS * sizeof(struct nmmo_own_listing),
    DEFAULT_MASK = DEFAULT_MARKET + 2 * NMMO_BOOKS,
    DEFAULT_BYTES = (DEFAULT_MASK + NMMO_ACTIONS + 63) / 64 * 64
};
static const struct nmmo_layout default_layout = {
    .view_rows = DEFAULT_ROWS,
    .view_columns = DEFAULT_COLUMNS,
    .tiles = 0,
    .self = DEFAULT_SELF,
    .inventory = DEFAULT_INVENTORY,
    .listings = DEFAULT_LISTINGS,
    .market = DEFAULT_MARKET,
    .mask = DEFAULT_MASK,
    .row_bytes = DEFAULT_BYTES,
};

/* With wide vectors the last of them overlaps the one before, instead of smaller moves. */
INLINE void copy(uint8_t *out, const void *from, size_t bytes, int wide) {
    (void)wide;
#if WIDE_VECTORS
    if (wide) {
        const uint8_t *bytes_from = from;
        for (size_t at = 0; at + sizeof(vector) <= bytes; at += sizeof(vector))
            *(vector *)(out + at) = *(const vector *)(bytes_from + at);
        size_t last = bytes - sizeof(vector);
        *(vector *)(out + last) = *(const vector *)(bytes_from + last);
        return;
    }
#endif
    memcpy(out, from, bytes);
}

/* ---- the mask --------------------------------------------------------------------------------------- */

INLINE uint64_t spread(uint64_t bits) { /* eight bits become eight bytes of 0 or 1, the lowest first */
    uint64_t each = (bits & 255) * 0x0101010101010101ull & 0x8040201008040201ull;
    return (each + 0x7F7F7F7F7F7F7F7Full) >> 7 & 0x0101010101010101ull;
}

#if WIDE_VECTORS
/* Likewise, four bits in each lane: the product has its bit k at bit 8 k (and at others, which are dropped). */
INLINE void write_32_bits(uint32_t bits, uint8_t *mask) {
    halves fours = ((halves){0} + bits) >> (halves){0, 4, 8, 12, 16, 20, 24, 28} & 15;
    *(halves *)mask = fours * 0x00204081u & 0x01010101u;
}
_Static_assert(DEFAULT_MASK + 72 <= DEFAULT_BYTES, "zeros behind the mask, where its last word may spill");
#endif

INLINE void write_mask(uint64_t low, uint64_t high, uint8_t *mask, int wide) {
    (void)wide;
    uint64_t rest = spread(high);
#if WIDE_VECTORS
    if (wide) {
        write_32_bits((uint32_t)low, mask);
        write_32_bits((uint32_t)(low >> 32), mask + 32);
        memcpy(mask + 64, &rest, sizeof rest);
        return;
    }
#endif
    for (int byte = 0; byte < 8; byte++) {
        uint64_t eight = spread(low >> 8 * byte);
        memcpy(mask + 8 * byte, &eight, 8);
    }
    memcpy(mask + 64, &rest, NMMO_ACTIONS - 64);
}

INLINE uint64_t all_if(int condition) { return condition ? ~0ull : 0; }

INLINE uint32_t free_directions(const struct nmmo_world *world, uint32_t tile) {
    const uint64_t *here = world->tiles + tile, *north = here - world->stride, *south = here + world->stride;
    uint32_t west = (uint32_t)tile_free(here[-1]); /* the highest bit; each doubling makes room for the next */
    uint32_t southward = west + west + (uint32_t)tile_free(*south);
    uint32_t eastward = southward + southward + (uint32_t)tile_free(here[1]);
    return eastward + eastward + (uint32_t)tile_free(*north);
}

/* Bits that only the kinds of monsters have; those who stand around may be looked at together. */
#define MONSTER_BITS (6ull << TILE_OCCUPANT_SHIFT)
_Static_assert(!(NMMO_PLAYER & 6) && (NMMO_PASSIVE & 6) != 0 && (NMMO_NEUTRAL & 6) != 0 && (NMMO_HOSTILE & 6) != 0,
               "the kinds of monsters have one of two bits that a player's does not have");

INLINE int monster_adjacent(const struct nmmo_world *world, uint32_t tile) {
    const uint64_t *here = world->tiles + tile, *north = here - world->stride, *south = here + world->stride;
    return ((north[-1] | north[0] | north[1] | here[-1] | here[1] | south[-1] | south[0] | south[1]) & MONSTER_BITS) !=
           0;
}

/* Who is adjacent can be hit, unless it fell in this tick; farther ones need a closer look. */
INLINE int monster_in_reach(const struct nmmo_world *world, uint32_t index, int among_fallen) {
    const struct player *player = &world->players[index];
    int adjacent = monster_adjacent(world, player->tile);
    if (!among_fallen && player->range == NMMO_MELEE_RANGE) return adjacent;
    if (adjacent && !among_fallen) return 1;
    return (adjacent || player->range > NMMO_MELEE_RANGE) &&
           combat_has_target(world, index, TARGET_MONSTER, world->monster_plane);
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
            low |= (uint64_t)combat_player_in_reach(world, index, among_fallen) << NMMO_ATTACK_PLAYER;
        low |= ((player->usable_slots & calm) | (player->potion_slots & ~calm)) << NMMO_USE;
        low |= (player->sellable_slots & calm) << NMMO_SELL;
        uint64_t room = ~0ull; /* where nothing lies yet, the common case */
        if (tile_object(world->tiles[player->tile])) room = all_if(ground_has_room(world, player->tile));
        low |= (player->unworn_slots & calm & room) << NMMO_DROP;
        uint64_t buyable = market_buyable(world, index) & calm;
        low |= buyable << NMMO_BUY;
        high |= buyable >> (64 - NMMO_BUY);
        uint64_t prices = (uint64_t)(player->self.price_step < NMMO_PRICE_STEPS) << (NMMO_PRICE_UP - 64) |
                          (uint64_t)(player->self.price_step > 1) << (NMMO_PRICE_DOWN - 64);
        high |= prices & all_if((player->unworn_slots | player->self.gold) != 0);
    }
    write_mask(low, high, mask, wide);
}

/* ---- the rest of the row ------------------------------------------------------------------------------ */

INLINE void observe_tiles(const struct nmmo_world *world, uint32_t tile, const struct nmmo_layout *layout, uint8_t *out,
                          int wide) {
    const ptrdiff_t rows = layout->view_rows, columns = layout->view_columns, stride = world->stride;
    const uint64_t *from = world->tiles + tile - rows / 2 * stride - columns / 2;
    if (rows == DEFAULT_ROWS && columns == DEFAULT_COLUMNS) { /* sizes known here: a few moves per copy */
        for (int row = 0; row < DEFAULT_ROWS; row++)
            copy(out + row * DEFAULT_ROW_BYTES, from + row * stride, DEFAULT_ROW_BYTES, wide);
        return;
    }
    const size_t bytes = (size_t)columns * sizeof(uint64_t);
    for (ptrdiff_t row = 0; row < rows; row++, from += stride, out += bytes) memcpy(out, from, bytes);
}

/* Written for all four places alike, taken or not: a free one is all zero but for its time. */
INLINE void observe_listings(const struct nmmo_world *world, uint32_t index, uint8_t *out, int wide) {
    (void)wide;
    const struct listing *listings = &world->listings[index * NMMO_LISTINGS];
    uint32_t tick = world->head->tick;
#if WIDE_VECTORS
    if (wide) { /* what a place's eight bytes spill over is written next: the place behind it, or the market */
        uint64_t word[NMMO_LISTINGS];
        for (int i = 0; i < NMMO_LISTINGS; i++) memcpy(&word[i], &listings[i], sizeof word[i]);
        vector held = {word[0], word[1], word[2], word[3]};
        vector time = (held - ((uint64_t)tick << 32)) >> 35 << 32;
        held = (held & 0xFFFFFFFFu) | (time & (vector)(held != 0));
        for (int i = 0; i < NMMO_LISTINGS; i++) {
            uint64_t shown = held[i];
            memcpy(out + i * (int)sizeof(struct nmmo_own_listing), &shown, sizeof shown);
        }
        return;
    }
#endif
    for (int i = 0; i < NMMO_LISTINGS; i++, out += sizeof(struct nmmo_own_listing)) {
        memcpy(out, &listings[i], 4); /* type, tier, quantity, price step */
        out[4] = (uint8_t)((listings[i].expires_at - tick) / 8 & all_if(listings[i].type != 0));
    }
}
_Static_assert(NMMO_LISTINGS == 4 && offsetof(struct listing, expires_at) == 4, "a vector of them, written out above");

INLINE void observe_row_with(struct nmmo_world *world, uint32_t index, uint8_t *row, int wide, int among_fallen) {
    const struct player *player = &world->players[index];
    const struct nmmo_layout *layout = wide ? &default_layout : &world->layout;
    if (player->state == LIFE_NONE) {
        memset(row, 0, layout->row_bytes);
        row[layout->mask + NMMO_WAIT] = 1;
        return;
    }
    observe_tiles(world, player->tile, layout, row + layout->tiles, wide);
    /* self and inventory lie together, in the row as in the state */
    copy(row + layout->self, &player->self, sizeof player->self + sizeof player->inventory, wide);
    observe_listings(world, index, row + layout->listings, wide);
    copy(row + layout->market, world->market->board, sizeof world->market->board, wide);
    observe_mask(world, index, row + layout->mask, wide, among_fallen);
    /* the bytes behind it were cleared when the rows were bound */
}

void observe_row(struct nmmo_world *world, uint32_t index, uint8_t *row) { observe_row_with(world, index, row, 0, 1); }

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

/* ---- what is far in memory, fetched ahead ------------------------------------------------------------------- */

#if WIDE_VECTORS
/* The middle of a view: as many rows as the default one has, so that the loop is unrolled. */
INLINE void prefetch_view(const struct nmmo_world *world, uint32_t index) {
    const ptrdiff_t stride = world->stride;
    uint32_t tile = world->players[index].tile;
    if (!tile) return; /* nobody */
    const uint64_t *from = world->tiles + tile - DEFAULT_ROWS / 2 * stride - DEFAULT_COLUMNS / 2;
    for (int row = 0; row < DEFAULT_ROWS; row++) {
        prefetch(from + row * stride);
        prefetch(from + row * stride + DEFAULT_COLUMNS - 1);
    }
}

/* Where views together are about as large as the map, it is fetched as it lies, row by row, in front of those
 * who look at it: memory that is read in order comes in much faster than the same lines one view after another. */
struct sweep {
    ptrdiff_t next, end; /* tiles still to be fetched */
    ptrdiff_t lead;      /* from a player's tile to where the sweep should be when its turn comes */
    int possible;        /* 0: views cover too little of the map */
};

enum { TILES_PER_LINE = 64 / sizeof(uint64_t), LINES_PER_VIEW = 40, LEAD_ROWS = DEFAULT_ROWS / 2 + 8 };

/* From the northernmost of the first in the order to the southernmost of the last: one alone may have begun
 * another life elsewhere since the order was made. */
static struct sweep begin_sweep(const struct nmmo_world *world, uint32_t first, uint32_t last) {
    enum { ASKED = 8 };
    const ptrdiff_t tiles = world->head->padded_tiles, stride = world->stride;
    struct sweep sweep = {.next = tiles, .end = 0, .lead = LEAD_ROWS * stride};
    sweep.possible = tiles / TILES_PER_LINE <= LINES_PER_VIEW * (ptrdiff_t)world->n_players;
    for (uint32_t k = 0; sweep.possible && k < ASKED && k < last - first; k++) {
        ptrdiff_t north = world->players[world->view_order[first + k]].tile;
        ptrdiff_t south = world->players[world->view_order[last - 1 - k]].tile;
        if (north && north < sweep.next) sweep.next = north; /* 0 has no body, and sees nothing */
        if (south > sweep.end) sweep.end = south;
    }
    sweep.end += DEFAULT_ROWS / 2 * stride + DEFAULT_COLUMNS;
    if (sweep.end > tiles) sweep.end = tiles;
    return sweep;
}

/* A part of what it is behind: so that lines come in steadily, none waits for a crowd of others. */
INLINE void sweep_on(const struct nmmo_world *world, struct sweep *sweep, uint32_t index) {
    enum { PART = 16, MOST_LINES = 96 };
    ptrdiff_t behind = world->players[index].tile + sweep->lead - sweep->next;
    ptrdiff_t lines = behind / (TILES_PER_LINE * PART), left = (sweep->end - sweep->next) / TILES_PER_LINE;
    if (lines > left) lines = left;
    if (lines > MOST_LINES) lines = MOST_LINES;
    for (ptrdiff_t line = 0; line < lines; line++, sweep->next += TILES_PER_LINE)
        prefetch_beyond(&world->tiles[sweep->next]);
}

INLINE void fetch_ahead(const struct nmmo_world *world, struct sweep *sweep, uint32_t index) {
    if (sweep->possible) sweep_on(world, sweep, index);
    else prefetch_view(world, index);
}
#endif

/* ---- ranges of rows -------------------------------------------------------------------------------------------- */

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
                       NMMO_INVENTORY_SLOTS * sizeof(struct nmmo_item) +
                       NMMO_LISTINGS * sizeof(struct nmmo_own_listing) + 2 * NMMO_BOOKS + NMMO_ACTIONS + 63 <=
                   MAX_ROW_BYTES,
               "room for the largest row");

#if WIDE_VECTORS
static inline void write_past_caches(uint8_t *row, const uint8_t *built, size_t bytes) {
    for (size_t at = 0; at < bytes; at += sizeof(__m128i))
        _mm_stream_si128((__m128i *)(row + at), _mm_load_si128((const __m128i *)(built + at)));
}
__attribute__((target("avx2"))) static inline void write_past_caches_wide(uint8_t *row, const uint8_t *built,
                                                                          size_t bytes) {
    for (size_t at = 0; at < bytes; at += sizeof(__m256i))
        _mm256_stream_si256((__m256i *)(row + at), _mm256_load_si256((const __m256i *)(built + at)));
}

/* Likewise for rows that no cache can hold: each is built aside and then written past the caches, which
 * saves reading what it overwrites; and what is far in memory is fetched ahead. A row is written when the
 * next one has been built: read back at once, it would be waited for. */
INLINE void observe_range_streaming(struct nmmo_world *world, uint32_t first, uint32_t last, int wide) {
    enum { VIEWS_AHEAD = 4, PLAYERS_AHEAD = 12 };
    _Alignas(64) uint8_t built[2][MAX_ROW_BYTES];
    const uint32_t *order = world->view_order;
    const size_t row_bytes = wide ? DEFAULT_BYTES : world->layout.row_bytes;
    struct sweep sweep = begin_sweep(world, first, last);
    for (int i = 0; i < 2; i++) memset(built[i], 0, row_bytes); /* what lies behind the mask stays 0 */
    for (uint32_t k = first; k <= last; k++) {
        if (k + PLAYERS_AHEAD < last) prefetch_player(world, order[k + PLAYERS_AHEAD]);
        if (k + VIEWS_AHEAD < last) fetch_ahead(world, &sweep, order[k + VIEWS_AHEAD]);
        if (k < last) observe_row_with(world, order[k], built[k & 1], wide, 0);
        if (k == first) continue;
        uint8_t *row = world->out.observations + (size_t)order[k - 1] * row_bytes;
        if (wide) write_past_caches_wide(row, built[(k - 1) & 1], row_bytes);
        else write_past_caches(row, built[(k - 1) & 1], row_bytes);
    }
    _mm_sfence();
}
#endif

#if WIDE_VECTORS
__attribute__((target("avx2"))) static void observe_range_wide(struct nmmo_world *world, uint32_t first,
                                                               uint32_t last) {
    if (world->stream_rows) observe_range_streaming(world, first, last, 1);
    else observe_range_with(world, first, last, 1);
}
#endif

int observe_suits_wide_vectors(const struct nmmo_layout *layout) {
#if WIDE_VECTORS
    return __builtin_cpu_supports("avx2") && memcmp(layout, &default_layout, sizeof default_layout) == 0;
#else
    (void)layout;
    return 0;
#endif
}

static void observe_range(struct nmmo_world *world, uint32_t first, uint32_t last) {
#if WIDE_VECTORS
    if (world->wide_vectors) {
        observe_range_wide(world, first, last);
        return;
    }
    if (world->stream_rows) {
        observe_range_streaming(world, first, last, 0);
        return;
    }
#endif
    observe_range_with(world, first, last, 0);
}

enum { ROWS_PER_TASK = 64 };

static void observe_task(void *context, size_t task) {
    struct nmmo_world *world = context;
    uint32_t first = (uint32_t)task * ROWS_PER_TASK;
    uint32_t last = first + ROWS_PER_TASK < world->n_players ? first + ROWS_PER_TASK : world->n_players;
    observe_range(world, first, last);
}

void nmmo_world_observe(nmmo_world *world, nmmo_pool *pool) {
    market_refresh_offers(world);
    combat_find_attackable(world);
    sort_views(world);
    if (pool) pool_run(pool, observe_task, world, (world->n_players + ROWS_PER_TASK - 1) / ROWS_PER_TASK);
    else observe_range(world, 0, world->n_players);
}
