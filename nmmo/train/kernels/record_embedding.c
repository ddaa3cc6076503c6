/* Records of bytes: every byte names a row of its own part of a table, and a record is the sum of them. */
#include "vectors.h"

enum { BYTE_VALUES = 256 };

/* Sizes are parameters, so that the usual ones are constants where this is inlined. */
INLINE void embed_in(int format, size_t channels, size_t record_bytes, const struct records *records,
                     const float *table, void *out) {
    for (size_t row = 0; row < records->rows; row++) {
        const uint8_t *first = records->bytes + (ptrdiff_t)row * records->stride;
        const size_t base = row * records->count * channels;
        size_t channel = 0;
        for (; channel + 8 <= channels; channel += 8) {
            const uint8_t *record = first;
            size_t at = base + channel;
            for (size_t k = 0; k < records->count; k++, record += record_bytes, at += channels) {
                eight sum;
                load_eight(&sum, table, record[0] * channels + channel, KERNELS_FLOAT32);
                for (size_t byte = 1; byte < record_bytes; byte++)
                    add_eight(&sum, table + (byte * BYTE_VALUES + record[byte]) * channels + channel);
                zero_below(&sum, &sum);
                store_eight(out, at, format, &sum);
            }
        }
        for (; channel < channels; channel++) { /* of a number that eight does not divide */
            const uint8_t *record = first;
            size_t at = base + channel;
            for (size_t k = 0; k < records->count; k++, record += record_bytes, at += channels) {
                float sum = table[record[0] * channels + channel];
                for (size_t byte = 1; byte < record_bytes; byte++)
                    sum += table[(byte * BYTE_VALUES + record[byte]) * channels + channel];
                store(out, at, format, sum < 0.0f ? 0.0f : sum);
            }
        }
    }
}

INLINE void gradient_in(int format, size_t channels, size_t record_bytes, const struct records *records,
                        const void *out, const void *gradient, float *of_table) {
    for (size_t row = 0; row < records->rows; row++) {
        const uint8_t *first = records->bytes + (ptrdiff_t)row * records->stride;
        const size_t base = row * records->count * channels;
        size_t channel = 0;
        for (; channel + 8 <= channels; channel += 8) {
            const uint8_t *record = first;
            size_t at = base + channel;
            for (size_t k = 0; k < records->count; k++, record += record_bytes, at += channels) {
                eight embedded, add;
                load_eight(&embedded, out, at, format);
                load_eight(&add, gradient, at, format);
                zero_up_to(&add, &embedded);
                for (size_t byte = 0; byte < record_bytes; byte++) {
                    float *part = of_table + (byte * BYTE_VALUES + record[byte]) * channels + channel;
                    eight sum = add;
                    add_eight(&sum, part);
                    store_eight(part, 0, KERNELS_FLOAT32, &sum);
                }
            }
        }
        for (; channel < channels; channel++) {
            const uint8_t *record = first;
            size_t at = base + channel;
            for (size_t k = 0; k < records->count; k++, record += record_bytes, at += channels) {
                float add = load(out, at, format) <= 0.0f ? 0.0f : load(gradient, at, format);
                for (size_t byte = 0; byte < record_bytes; byte++)
                    of_table[(byte * BYTE_VALUES + record[byte]) * channels + channel] += add;
            }
        }
    }
}

INLINE void embed_sized(int format, const struct records *records, const float *table, void *out) {
    const size_t channels = records->channels, bytes = records->record_bytes;
    if (channels == 8 && bytes == 8) embed_in(format, 8, 8, records, table, out);
    else if (channels == 16 && bytes == 8) embed_in(format, 16, 8, records, table, out);
    else embed_in(format, channels, bytes, records, table, out);
}

INLINE void gradient_sized(int format, const struct records *records, const void *out, const void *gradient,
                           float *of_table) {
    const size_t channels = records->channels, bytes = records->record_bytes;
    if (channels == 8 && bytes == 8) gradient_in(format, 8, 8, records, out, gradient, of_table);
    else if (channels == 16 && bytes == 8) gradient_in(format, 16, 8, records, out, gradient, of_table);
    else gradient_in(format, channels, bytes, records, out, gradient, of_table);
}

INLINE void kernels_embed_records_inlined(const struct records *records, const float *table, void *out, int format) {
    if (format == KERNELS_FLOAT32) embed_sized(KERNELS_FLOAT32, records, table, out);
    else embed_sized(KERNELS_BFLOAT16, records, table, out);
}

INLINE void kernels_embed_records_backward_inlined(const struct records *records, const void *out, const void *gradient,
                                                   int format, float *of_table) {
    if (format == KERNELS_FLOAT32) gradient_sized(KERNELS_FLOAT32, records, out, gradient, of_table);
    else gradient_sized(KERNELS_BFLOAT16, records, out, gradient, of_table);
}

KERNEL(void, kernels_embed_records, (const struct records *records, const float *table, void *out, int format),
       (records, table, out, format))
KERNEL(void, kernels_embed_records_backward,
       (const struct records *records, const void *out, const void *gradient, int format, float *of_table),
       (records, out, gradient, format, of_table))
