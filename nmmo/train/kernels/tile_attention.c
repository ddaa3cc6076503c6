/* Attention over the tiles of a view: each query weighs them by the softmax of its products with them.
 *
 * Inside, the numbers of all tiles lie side by side, channel by channel, padded to whole eights: every loop runs over
 * eight tiles at once. */
#include "vectors.h"

enum { MOST = KERNELS_MOST_CHANNELS };
#define NOWHERE (-1e30f) /* the score of the padding: its weight is 0 */

INLINE size_t eights(size_t tiles) { return (tiles + 7) / 8; }

size_t kernels_tile_attention_scratch(const struct attention_layer *attention) {
    return 8 * eights(attention->tiles) * (2 * attention->channels + 2 * attention->queries + 2);
}

/* ---- eight tiles at once ------------------------------------------------------------------------------------------ */

INLINE void read_eight(eight *out, const float *from) { load_eight(out, from, 0, KERNELS_FLOAT32); }
INLINE void write_eight(float *to, const eight *x) { store_eight(to, 0, KERNELS_FLOAT32, x); }

/* Eight rows of eight become its eight columns. */
INLINE void transpose(eight *x) {
#if defined(__GNUC__) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define HAS_SHUFFLES 1
#endif
#endif
#ifdef HAS_SHUFFLES
    eight pairs[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        pairs[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i += 4)
        for (int j = i; j < i + 2; j++) {
            fours[j] = __builtin_shufflevector(pairs[j], pairs[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
            fours[j + 2] = __builtin_shufflevector(pairs[j], pairs[j + 2], 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 4; i++) {
        x[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        x[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
#else
    float from[8][8], to[8][8];
    memcpy(from, x, sizeof from);
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) to[j][i] = from[i][j];
    memcpy(x, to, sizeof to);
#endif
}

/* ---- the layout inside -------------------------------------------------------------------------------------------- */

/* [tiles][channels] as [channels][8 * eights], padded with zeros. */
INLINE void spread(int format, const void *numbers, size_t at, size_t tiles, size_t channels, float *out) {
    const size_t n = 8 * eights(tiles);
    const size_t whole = channels % 8 ? 0 : tiles / 8 * 8;
    for (size_t tile = 0; tile < whole; tile += 8)
        for (size_t channel = 0; channel < channels; channel += 8) {
            eight x[8];
            for (size_t i = 0; i < 8; i++) load_eight(&x[i], numbers, at + (tile + i) * channels + channel, format);
            transpose(x);
            for (size_t i = 0; i < 8; i++) write_eight(out + (channel + i) * n + tile, &x[i]);
        }
    for (size_t channel = 0; channel < channels; channel++)
        for (size_t tile = whole; tile < n; tile++)
            out[channel * n + tile] = tile < tiles ? load(numbers, at + tile * channels + channel, format) : 0.0f;
}

/* And back. */
INLINE void gather(int format, const float *from, size_t tiles, size_t channels, void *numbers, size_t at) {
    const size_t n = 8 * eights(tiles);
    const size_t whole = channels % 8 ? 0 : tiles / 8 * 8;
    for (size_t tile = 0; tile < whole; tile += 8)
        for (size_t channel = 0; channel < channels; channel += 8) {
            eight x[8];
            for (size_t i = 0; i < 8; i++) read_eight(&x[i], from + (channel + i) * n + tile);
            transpose(x);
            for (size_t i = 0; i < 8; i++) store_eight(numbers, at + (tile + i) * channels + channel, format, &x[i]);
        }
    for (size_t tile = whole; tile < tiles; tile++)
        for (size_t channel = 0; channel < channels; channel++)
            store(numbers, at + tile * channels + channel, format, from[channel * n + tile]);
}

/* [tiles] as eights; and back. Both ends may be in memory's format. */
INLINE void read_line(int format, const void *numbers, size_t at, size_t tiles, float padding, float *out) {
    const size_t n = 8 * eights(tiles), whole = tiles / 8 * 8;
    for (size_t tile = 0; tile < whole; tile += 8) {
        eight x;
        load_eight(&x, numbers, at + tile, format);
        write_eight(out + tile, &x);
    }
    for (size_t tile = whole; tile < n; tile++) out[tile] = tile < tiles ? load(numbers, at + tile, format) : padding;
}

INLINE void write_line(int format, const float *from, size_t tiles, void *numbers, size_t at) {
    const size_t whole = tiles / 8 * 8;
    for (size_t tile = 0; tile < whole; tile += 8) {
        eight x;
        read_eight(&x, from + tile);
        store_eight(numbers, at + tile, format, &x);
    }
    for (size_t tile = whole; tile < tiles; tile++) store(numbers, at + tile, format, from[tile]);
}

/* ---- forward ------------------------------------------------------------------------------------------------------ */

INLINE void softmax(float *restrict scores, size_t n) {
    float most[8];
    memcpy(most, scores, sizeof most);
    for (size_t tile = 8; tile < n; tile += 8)
        for (size_t i = 0; i < 8; i++) most[i] = scores[tile + i] > most[i] ? scores[tile + i] : most[i];
    for (int i = 1; i < 8; i++) most[0] = most[i] > most[0] ? most[i] : most[0];
    const float top = most[0];
    for (size_t tile = 0; tile < n; tile++) scores[tile] = exp_of_negative(scores[tile] - top);
    eight sum;
    zero_eight(&sum);
    for (size_t tile = 0; tile < n; tile += 8) add_eight(&sum, scores + tile);
    const float share = 1.0f / sum_of_eight(&sum);
    for (size_t tile = 0; tile < n; tile++) scores[tile] *= share;
}

/* out[channel] = the product of x with the channel's line. */
INLINE void products(size_t channels, const float *x, const float *lines, size_t n, float *out) {
    eight sums[MOST];
    for (size_t channel = 0; channel < channels; channel++) zero_eight(&sums[channel]);
    for (size_t tile = 0; tile < n; tile += 8) {
        eight with;
        read_eight(&with, x + tile);
        for (size_t channel = 0; channel < channels; channel++) {
            eight line;
            read_eight(&line, lines + channel * n + tile);
            add_product(&sums[channel], &with, &line);
        }
    }
    for (size_t channel = 0; channel < channels; channel++) out[channel] = sum_of_eight(&sums[channel]);
}

/* x += the lines, each as often as `by` says. */
INLINE void add_lines(size_t channels, float *x, const float *lines, const float *by, size_t n) {
    for (size_t tile = 0; tile < n; tile += 8) {
        eight sum;
        read_eight(&sum, x + tile);
        for (size_t channel = 0; channel < channels; channel++) {
            eight line;
            read_eight(&line, lines + channel * n + tile);
            add_multiple(&sum, &line, by[channel]);
        }
        write_eight(x + tile, &sum);
    }
}

INLINE void tile_attention_in(int format, size_t channels, const struct attention_layer *attention, float *scratch,
                              void *found, void *weights) {
    const size_t tiles = attention->tiles, n = 8 * eights(tiles), queries = attention->queries;
    float *keys = scratch, *position_bias = keys + channels * n, *scores = position_bias + queries * n;
    for (size_t query = 0; query < queries; query++)
        read_line(KERNELS_FLOAT32, attention->position_bias, query * tiles, tiles, NOWHERE, position_bias + query * n);
    for (size_t row = 0; row < attention->rows; row++) {
        spread(format, attention->keys, row * tiles * channels, tiles, channels, keys);
        for (size_t query = 0; query < queries; query++) {
            const size_t at = row * queries + query;
            float wanted[MOST], mean[MOST];
            for (size_t channel = 0; channel < channels; channel++)
                wanted[channel] = load(attention->query, at * channels + channel, format);
            memcpy(scores, position_bias + query * n, n * sizeof *scores);
            add_lines(channels, scores, keys, wanted, n);
            softmax(scores, n);
            write_line(format, scores, tiles, weights, at * tiles);
            products(channels, scores, keys, n, mean);
            for (size_t channel = 0; channel < channels; channel++)
                store(found, at * channels + channel, format, mean[channel]);
        }
    }
}

/* ---- backward ----------------------------------------------------------------------------------------------------- */

/* Each channel's line of `back` += scores * query + weights * given, of that channel. */
INLINE void spread_back(size_t channels, float *back, const float *scores, const float *query, const float *weights,
                        const float *given, size_t n) {
    for (size_t tile = 0; tile < n; tile += 8) {
        eight score, weight;
        read_eight(&score, scores + tile);
        read_eight(&weight, weights + tile);
        for (size_t channel = 0; channel < channels; channel++) {
            eight sum;
            read_eight(&sum, back + channel * n + tile);
            add_multiple(&sum, &score, query[channel]);
            add_multiple(&sum, &weight, given[channel]);
            write_eight(back + channel * n + tile, &sum);
        }
    }
}

/* From the gradient of the weights to that of the scores, which is added to that of the position_bias as well. */
INLINE void scores_back(float *restrict of_weight, const float *restrict weight, float mean, float *restrict sum,
                        size_t n) {
    for (size_t tile = 0; tile < n; tile++) {
        of_weight[tile] = weight[tile] * (of_weight[tile] - mean);
        sum[tile] += of_weight[tile];
    }
}

INLINE void tile_attention_backward_in(int format, size_t channels, const struct attention_layer *attention,
                                       float *scratch, const void *weights, const void *of_found,
                                       const void *of_weights, void *of_keys, void *of_query, float *of_position_bias) {
    const size_t tiles = attention->tiles, n = 8 * eights(tiles), queries = attention->queries;
    float *keys = scratch, *back = keys + channels * n, *near = back + channels * n;
    float *weight = near + queries * n, *score = weight + n;
    memset(near, 0, queries * n * sizeof *near);
    for (size_t row = 0; row < attention->rows; row++) {
        spread(format, attention->keys, row * tiles * channels, tiles, channels, keys);
        memset(back, 0, channels * n * sizeof *back);
        for (size_t query = 0; query < queries; query++) {
            const size_t at = row * queries + query;
            float wanted[MOST], given[MOST], product[MOST];
            for (size_t channel = 0; channel < channels; channel++) {
                wanted[channel] = load(attention->query, at * channels + channel, format);
                given[channel] = load(of_found, at * channels + channel, format);
            }
            read_line(format, weights, at * tiles, tiles, 0.0f, weight);
            read_line(format, of_weights, at * tiles, tiles, 0.0f, score);
            add_lines(channels, score, keys, given, n);
            products(1, score, weight, n, product);
            scores_back(score, weight, product[0], near + query * n, n);
            products(channels, score, keys, n, product);
            for (size_t channel = 0; channel < channels; channel++)
                store(of_query, at * channels + channel, format, product[channel]);
            spread_back(channels, back, score, wanted, weight, given, n);
        }
        gather(format, back, tiles, channels, of_keys, row * tiles * channels);
    }
    for (size_t query = 0; query < queries; query++)
        write_line(KERNELS_FLOAT32, near + query * n, tiles, of_position_bias, query * tiles);
}

/* ---- sizes: parameters, so that the usual ones are constants where this is inlined -------------------------------- */

INLINE void kernels_tile_attention_inlined(const struct attention_layer *attention, float *scratch, void *found,
                                           void *weights) {
    const size_t channels = attention->channels;
    if (attention->format == KERNELS_FLOAT32)
        tile_attention_in(KERNELS_FLOAT32, channels, attention, scratch, found, weights);
    else if (channels == 8) tile_attention_in(KERNELS_BFLOAT16, 8, attention, scratch, found, weights);
    else if (channels == 16) tile_attention_in(KERNELS_BFLOAT16, 16, attention, scratch, found, weights);
    else tile_attention_in(KERNELS_BFLOAT16, channels, attention, scratch, found, weights);
}

INLINE void kernels_tile_attention_backward_inlined(const struct attention_layer *attention, float *scratch,
                                                    const void *weights, const void *of_found, const void *of_weights,
                                                    void *of_keys, void *of_query, float *of_position_bias) {
    const size_t channels = attention->channels;
#define OF(format, channels) \
    tile_attention_backward_in(format, channels, attention, scratch, weights, of_found, of_weights, of_keys, of_query, \
                               of_position_bias)
    if (attention->format == KERNELS_FLOAT32) OF(KERNELS_FLOAT32, channels);
    else if (channels == 8) OF(KERNELS_BFLOAT16, 8);
    else if (channels == 16) OF(KERNELS_BFLOAT16, 16);
    else OF(KERNELS_BFLOAT16, channels);
#undef OF
}

KERNEL(void, kernels_tile_attention,
       (const struct attention_layer *attention, float *scratch, void *found, void *weights),
       (attention, scratch, found, weights))
KERNEL(void, kernels_tile_attention_backward,
       (const struct attention_layer *attention, float *scratch, const void *weights, const void *of_found,
        const void *of_weights, void *of_keys, void *of_query, float *of_position_bias),
       (attention, scratch, weights, of_found, of_weights, of_keys, of_query, of_position_bias))
