/* What a network's heads say, put together: a number for every logit and the value, and to the logits of what can be
 * done with the things at hand the product of a query with each thing. */
#include "vectors.h"

INLINE void apply_heads_in(int format, const struct output_heads *heads, float *logits, float *values) {
    const size_t columns = heads->columns, things = heads->things, channels = heads->channels;
    for (size_t row = 0; row < heads->rows; row++) {
        float *out = logits + row * columns;
        for (size_t column = 0; column < columns; column++)
            out[column] = load(heads->head, row * (columns + 1) + column, format);
        values[row] = load(heads->head, row * (columns + 1) + columns, format);
        out += heads->first;
        for (size_t query = 0; query < heads->queries; query++)
            for (size_t thing = 0; thing < things; thing++, out++) {
                eight sum, wanted, had;
                zero_eight(&sum);
                for (size_t channel = 0; channel < channels; channel += 8) {
                    load_eight(&wanted, heads->query, (row * heads->queries + query) * channels + channel, format);
                    load_eight(&had, heads->thing, (row * things + thing) * channels + channel, format);
                    add_product(&sum, &wanted, &had);
                }
                *out += sum_of_eight(&sum);
            }
    }
}

INLINE void apply_heads_backward_in(int format, const struct output_heads *heads, const float *of_logits,
                                    const float *of_values, void *of_head, void *of_query, void *of_thing) {
    const size_t columns = heads->columns, things = heads->things, channels = heads->channels;
    for (size_t row = 0; row < heads->rows; row++) {
        const float *given = of_logits + row * columns;
        for (size_t column = 0; column < columns; column++)
            store(of_head, row * (columns + 1) + column, format, given[column]);
        store(of_head, row * (columns + 1) + columns, format, of_values[row]);
        given += heads->first;
        for (size_t channel = 0; channel < channels; channel += 8) {
            eight sum, other;
            for (size_t query = 0; query < heads->queries; query++) {
                zero_eight(&sum);
                for (size_t thing = 0; thing < things; thing++) {
                    load_eight(&other, heads->thing, (row * things + thing) * channels + channel, format);
                    add_multiple(&sum, &other, given[query * things + thing]);
                }
                store_eight(of_query, (row * heads->queries + query) * channels + channel, format, &sum);
            }
            for (size_t thing = 0; thing < things; thing++) {
                zero_eight(&sum);
                for (size_t query = 0; query < heads->queries; query++) {
                    load_eight(&other, heads->query, (row * heads->queries + query) * channels + channel, format);
                    add_multiple(&sum, &other, given[query * things + thing]);
                }
                store_eight(of_thing, (row * things + thing) * channels + channel, format, &sum);
            }
        }
    }
}

INLINE void kernels_apply_heads_inlined(const struct output_heads *heads, float *logits, float *values) {
    if (heads->format == KERNELS_FLOAT32) apply_heads_in(KERNELS_FLOAT32, heads, logits, values);
    else apply_heads_in(KERNELS_BFLOAT16, heads, logits, values);
}

INLINE void kernels_apply_heads_backward_inlined(const struct output_heads *heads, const float *of_logits,
                                                 const float *of_values, void *of_head, void *of_query,
                                                 void *of_thing) {
    if (heads->format == KERNELS_FLOAT32)
        apply_heads_backward_in(KERNELS_FLOAT32, heads, of_logits, of_values, of_head, of_query, of_thing);
    else apply_heads_backward_in(KERNELS_BFLOAT16, heads, of_logits, of_values, of_head, of_query, of_thing);
}

KERNEL(void, kernels_apply_heads, (const struct output_heads *heads, float *logits, float *values),
       (heads, logits, values))
KERNEL(void, kernels_apply_heads_backward,
       (const struct output_heads *heads, const float *of_logits, const float *of_values, void *of_head, void *of_query,
        void *of_thing),
       (heads, of_logits, of_values, of_head, of_query, of_thing))
