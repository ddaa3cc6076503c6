/* Smooth integer noise: see noise.h.
 *
 * Fixed point: places and blends have 10 fractional bits, directions have length 512. A slope times a place is
 * then at most 512 * 1024 * sqrt 2, and two of them differ by less than 2^20.6. Without its lowest 6 bits, which
 * nobody would see, that fits 16 bits, so that every product per tile is one of two 16-bit numbers: compilers
 * turn those into vector code on any processor. Shifts of negative numbers to the right round down, as all
 * supported compilers do it.
 */
#include "noise.h"

#include <assert.h>
#include <string.h>

#include "random.h"

#define FRACTION_BITS 10
#define FRACTION_ONE (1 << FRACTION_BITS)
#define APART_SHIFT 6
#define DIRECTION_BITS 5 /* of NOISE_DIRECTIONS */

/* 32 directions, evenly round the circle and none along an axis, where they would draw straight lines. */
static const int16_t directions[NOISE_DIRECTIONS][2] = {
    {510, 50},   {490, 149},   {452, 241},   {396, 325},   {325, 396},   {241, 452},   {149, 490},   {50, 510},
    {-50, 510},  {-149, 490},  {-241, 452},  {-325, 396},  {-396, 325},  {-452, 241},  {-490, 149},  {-510, 50},
    {-510, -50}, {-490, -149}, {-452, -241}, {-396, -325}, {-325, -396}, {-241, -452}, {-149, -490}, {-50, -510},
    {50, -510},  {149, -490},  {241, -452},  {325, -396},  {396, -325},  {452, -241},  {490, -149},  {510, -50},
};

static struct noise_slope slope_at(const struct noise_layer *layer, int32_t lattice_row, int32_t lattice_column) {
    uint64_t draw = random_draw(layer->key, ((uint64_t)(uint32_t)lattice_row << 32) | (uint32_t)lattice_column);
    return layer->slopes[draw >> (64 - DIRECTION_BITS)];
}

/* On a lattice line, between the point above and the one below: value = base + column * distance from it. */
struct edge {
    int32_t base, column;
};

static struct edge edge_at(const struct noise_layer *layer, int32_t lattice_row, int32_t lattice_column, int32_t place,
                           int32_t ease) {
    struct noise_slope above = slope_at(layer, lattice_row, lattice_column);
    struct noise_slope below = slope_at(layer, lattice_row + 1, lattice_column);
    int32_t high = above.row * place;
    int32_t low = below.row * (place - FRACTION_ONE);
    struct edge edge = {high + (((low - high) * ease) >> FRACTION_BITS),
                        above.column + (((below.column - above.column) * ease) >> FRACTION_BITS)};
    return edge;
}

void noise_field_clear(struct noise_field *field) { field->count = 0; }

void noise_field_add(struct noise_field *field, uint64_t key, int32_t spacing, int32_t weight) {
    assert(field->count < NOISE_LAYERS && spacing >= 2 && spacing <= NOISE_SPACING);
    assert(weight >= 0 && weight <= NOISE_FULL_WEIGHT);
    struct noise_layer *layer = &field->layers[field->count++];
    uint64_t offsets = random_draw(key, UINT64_MAX - 1); /* no lattice point has this index */
    layer->key = key;
    layer->spacing = spacing;
    layer->row_offset = (int32_t)random_below(random_high(offsets), (uint32_t)spacing);
    layer->column_offset = (int32_t)random_below(random_low(offsets), (uint32_t)spacing);
    for (int32_t i = 0; i < NOISE_DIRECTIONS; i++) {
        layer->slopes[i].row = (int16_t)(directions[i][0] * weight / NOISE_FULL_WEIGHT);
        layer->slopes[i].column = (int16_t)(directions[i][1] * weight / NOISE_FULL_WEIGHT);
    }
    for (int32_t i = 0; i < spacing; i++) {
        int64_t t = (2 * i + 1) * FRACTION_ONE / (2 * spacing);
        /* 6 t^5 - 15 t^4 + 10 t^3 */
        int64_t inner = (6 * t - 15 * FRACTION_ONE) * t + 10 * FRACTION_ONE * FRACTION_ONE;
        layer->place[i] = (int16_t)t;
        layer->ease[i] = (int16_t)((t * t * t * inner) >> (4 * FRACTION_BITS));
    }
}

static void add_layer(const struct noise_layer *layer, int32_t row, int32_t column, int32_t count,
                      int32_t *restrict values) {
    int32_t spacing = layer->spacing;
    int32_t lattice_row = (row + layer->row_offset) / spacing;
    int32_t lattice_column = (column + layer->column_offset) / spacing;
    int32_t row_within = (row + layer->row_offset) % spacing;
    int32_t within = (column + layer->column_offset) % spacing;
    int32_t row_place = layer->place[row_within], row_ease = layer->ease[row_within];
    struct edge left = edge_at(layer, lattice_row, lattice_column, row_place, row_ease);
    while (count > 0) {
        struct edge right = edge_at(layer, lattice_row, lattice_column + 1, row_place, row_ease);
        int32_t length = spacing - within < count ? spacing - within : count;
        const int16_t *place = layer->place + within, *ease = layer->ease + within;
        int32_t step = right.base - left.base - right.column * FRACTION_ONE;
        int16_t turn = (int16_t)(right.column - left.column);
        int16_t rise = (int16_t)left.column;
        for (int32_t i = 0; i < length; i++) {
            int16_t apart = (int16_t)((step + turn * place[i]) >> APART_SHIFT);
            values[i] += left.base + rise * place[i] + ((apart * ease[i]) >> (FRACTION_BITS - APART_SHIFT));
        }
        values += length;
        count -= length;
        within = 0;
        lattice_column++;
        left = right;
    }
}

void noise_field_span(const struct noise_field *field, int32_t row, int32_t column, int32_t count, int32_t *values) {
    memset(values, 0, (size_t)count * sizeof *values);
    for (int32_t i = 0; i < field->count; i++) add_layer(&field->layers[i], row, column, count, values);
}
