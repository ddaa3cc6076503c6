/* Smooth integer noise over the plane: sums of gradient-noise layers, evaluated a span of a row at a time.
 *
 * A layer has a random direction at every point of a square lattice; between four lattice points the four
 * slopes are blended with a quintic ease, as in K. Perlin, "Improving noise" (2002). Everything is integer
 * arithmetic on 32 bits, so a field is the same on every machine.
 */
#ifndef NMMO_NOISE_H
#define NMMO_NOISE_H

#include <stdint.h>

#define NOISE_LAYERS 6        /* most layers of one field */
#define NOISE_SPACING 160     /* greatest distance of lattice points, in tiles */
#define NOISE_FULL_WEIGHT 256 /* the weight at which a layer spans about +-NOISE_ONE / 2 */
#define NOISE_ONE_BITS 19
#define NOISE_ONE (1 << NOISE_ONE_BITS)

#define NOISE_DIRECTIONS 32

struct noise_slope {
    int16_t row, column; /* change of the value over one spacing */
};

struct noise_layer {
    uint64_t key;
    struct noise_slope slopes[NOISE_DIRECTIONS]; /* one of these at every lattice point */
    int32_t spacing;                             /* of the lattice, 2..NOISE_SPACING tiles */
    int32_t row_offset; /* of the lattice from the map, so that no two layers share their lines */
    int32_t column_offset;
    int16_t place[NOISE_SPACING]; /* of a tile's centre between two lattice lines, 0..1023 */
    int16_t ease[NOISE_SPACING];  /* the blend there, 0..1024 */
};

struct noise_field {
    struct noise_layer layers[NOISE_LAYERS];
    int32_t count;
};

/* An empty field; layers are added one by one, with weights 0..NOISE_FULL_WEIGHT. */
void noise_field_clear(struct noise_field *field);
void noise_field_add(struct noise_field *field, uint64_t key, int32_t spacing, int32_t weight);

/* values[i] = the field at (row, column + i), for i < count. */
void noise_field_span(const struct noise_field *field, int32_t row, int32_t column, int32_t count, int32_t *values);

/* A value as a number of so many bits, at most 20; 0 is in the middle, what is beyond +-NOISE_ONE at the ends. */
static inline uint32_t noise_to_bits(int32_t value, int32_t bits) {
    int32_t half = 1 << (bits - 1);
    int32_t number = (value >> (NOISE_ONE_BITS + 1 - bits)) + half;
    return (uint32_t)(number < 0 ? 0 : number >= 2 * half ? 2 * half - 1 : number);
}

#endif
