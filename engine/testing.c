/* What only tests and benchmarks of the engine call. */
#include "nmmo_testing.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "monsters.h"
#include "players.h"
#include "state.h"

int nmmo_world_would_change(nmmo_world *world, uint32_t player, uint8_t action) {
    size_t state_bytes = (size_t)world->head->state_bytes;
    uint8_t *before = malloc(state_bytes);
    if (!before) return -1;
    uint32_t events = world->event_count;
    memcpy(before, world->head, state_bytes);
    int changed = world->players[player].state == LIFE_LIVING && player_act(world, player, action);
    memcpy(world->head, before, state_bytes);
    monsters_update_flags(world);
    world->event_count = events;
    world->fallen_count = 0;
    free(before);
    return changed;
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
