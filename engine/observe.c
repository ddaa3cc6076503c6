/* Observations: one row of bytes a player, true at the moment of observing. */
#include "world.h"

/* ---- the mask --------------------------------------------------------------------------------------- */

static uint64_t spread(uint64_t bits) { /* eight bits become eight bytes of 0 or 1, the lowest first */
    uint64_t each = (bits & 255) * 0x0101010101010101ull & 0x8040201008040201ull;
    return (each + 0x7F7F7F7F7F7F7F7Full) >> 7 & 0x0101010101010101ull;
}

static void write_mask(uint64_t low, uint64_t high, uint8_t *mask) {
    for (int byte = 0; byte < 8; byte++) {
        uint64_t eight = spread(low >> 8 * byte);
        memcpy(mask + 8 * byte, &eight, 8);
    }
    uint64_t rest = spread(high);
    memcpy(mask + 64, &rest, NMMO_ACTIONS - 64);
}

static uint64_t free_directions(const struct nmmo_world *world, uint32_t tile) {
    const uint64_t *here = world->tiles + tile;
    return (uint64_t)tile_free(here[-world->stride]) | (uint64_t)tile_free(here[1]) << 1 |
           (uint64_t)tile_free(here[world->stride]) << 2 | (uint64_t)tile_free(here[-1]) << 3;
}

/* Each bit says what the action function would find; cheap tests come first, since most players
 * have nobody in reach and nothing to sell. */
static void observe_mask(const struct nmmo_world *world, uint32_t index, uint8_t *mask) {
    const struct player *player = &world->players[index];
    uint64_t low = 1ull << NMMO_WAIT, high = 0;
    if (player->state == LIFE_LIVING) {
        uint64_t directions = free_directions(world, player->tile);
        low |= directions << NMMO_MOVE;
        if (player->self.stamina >= NMMO_RUN_STAMINA) low |= directions << NMMO_RUN;
        low |= (uint64_t)combat_has_target(world, index, TARGET_MONSTER) << NMMO_ATTACK_MONSTER;
        if (player->self.danger >= world->head->config.pvp_min_danger)
            low |= (uint64_t)combat_has_target(world, index, TARGET_PLAYER) << NMMO_ATTACK_PLAYER;
        if (player->self.combat_ticks) {
            low |= (uint64_t)player->potion_slots << NMMO_USE;
        } else {
            low |= (uint64_t)player->usable_slots << NMMO_USE;
            low |= (uint64_t)player->sellable_slots << NMMO_SELL;
            if (player->loose_slots && ground_has_room(world, player->tile))
                low |= (uint64_t)player->loose_slots << NMMO_DROP;
            uint64_t buyable = market_buyable(world, index);
            low |= buyable << NMMO_BUY;
            high |= buyable >> (64 - NMMO_BUY);
        }
        if (player->loose_slots || player->self.gold) {
            high |= (uint64_t)(player->self.price_step < NMMO_PRICE_STEPS) << (NMMO_PRICE_UP - 64);
            high |= (uint64_t)(player->self.price_step > 1) << (NMMO_PRICE_DOWN - 64);
        }
    }
    write_mask(low, high, mask);
}

/* ---- the rest of the row ------------------------------------------------------------------------------ */

static void observe_tiles(const struct nmmo_world *world, uint32_t tile, uint8_t *out) {
    const struct nmmo_config *config = &world->head->config;
    /* kept out of the loops: a byte written to out might, for all the compiler knows, change them */
    const ptrdiff_t rows = config->view_row_radius, columns = config->view_column_radius, stride = world->stride;
    const uint64_t *from = world->tiles + tile - rows * stride - columns;
    if (rows == 5 && columns == 7) { /* the default: sizes known here make each copy a few moves */
        for (int row = 0; row < 11; row++) memcpy(out + row * 15 * 8, from + row * stride, 15 * 8);
        return;
    }
    const size_t bytes = (size_t)(2 * columns + 1) * 8;
    for (ptrdiff_t row = 0; row <= 2 * rows; row++, from += stride, out += bytes) memcpy(out, from, bytes);
}

static void observe_listings(const struct nmmo_world *world, uint32_t index, uint8_t *out) {
    struct nmmo_own_listing shown[NMMO_LISTINGS];
    memset(shown, 0, sizeof shown);
    if (world->players[index].listings) {
        for (uint32_t i = 0; i < NMMO_LISTINGS; i++) {
            const struct listing *listing = &world->listings[index * NMMO_LISTINGS + i];
            if (!listing->type) continue;
            shown[i].type = listing->type;
            shown[i].tier = listing->tier;
            shown[i].quantity = listing->quantity;
            shown[i].price_step = listing->step;
            shown[i].ticks_left_8 = (uint8_t)((listing->expires_at - world->head->tick) / 8);
        }
    }
    memcpy(out, shown, sizeof shown);
}

void observe_row(struct nmmo_world *world, uint32_t index, uint8_t *row) {
    const struct player *player = &world->players[index];
    const struct nmmo_layout *layout = &world->layout;
    if (player->state == LIFE_NONE) {
        memset(row, 0, layout->row_bytes);
        row[layout->mask + NMMO_WAIT] = 1;
        return;
    }
    observe_tiles(world, player->tile, row + layout->tiles);
    /* self and inventory lie together, in the row as in the state */
    memcpy(row + layout->self, &player->self, sizeof player->self + sizeof player->inventory);
    observe_listings(world, index, row + layout->listings);
    memcpy(row + layout->market, world->market->board, sizeof world->market->board);
    observe_mask(world, index, row + layout->mask); /* the bytes behind it were cleared when the rows were bound */
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

static void prefetch_view(const struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    int rows = config->view_row_radius, columns = config->view_column_radius;
    uint32_t tile = world->players[index].tile;
    if (!tile) return; /* nobody */
    const uint64_t *from = world->tiles + tile - rows * world->stride - columns;
    for (int row = 0; row <= 2 * rows; row++, from += world->stride) {
        prefetch(from);
        prefetch(from + 2 * columns);
    }
    for (int row = -1; row <= 1; row++) /* where the mask looks for monsters */
        prefetch(&world->monster_plane[(tile + (uint32_t)(row * world->stride)) >> 3]);
}

static void prefetch_player(const struct player *player) {
    prefetch(player);
    prefetch(&player->tile);
    prefetch(&player->empty_slots);
}

/* Builds the rows of the players at places first to last of the order. */
static void observe_range(struct nmmo_world *world, uint32_t first, uint32_t last) {
    enum { VIEWS_AHEAD = 2, PLAYERS_AHEAD = 6 };
    const uint32_t *order = world->view_order;
    for (uint32_t k = first; k < last; k++) {
        if (k + PLAYERS_AHEAD < last) prefetch_player(&world->players[order[k + PLAYERS_AHEAD]]);
        if (k + VIEWS_AHEAD < last) prefetch_view(world, order[k + VIEWS_AHEAD]);
        observe_row(world, order[k], world->out.observations + (size_t)order[k] * world->layout.row_bytes);
    }
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
