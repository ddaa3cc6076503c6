/* What the trainer computes on a CPU in one pass, where PyTorch would take many.
 *
 * Plain C over plain arrays; nmmo/train/_kernels.pyx checks them first. Every sum has one order, and multiplications
 * are not fused with additions: the results are the same bits on every processor. */
#ifndef NMMO_TRAIN_KERNELS_H
#define NMMO_TRAIN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { KERNELS_ANYWHERE, KERNELS_AVX2, KERNELS_AVX512 }; /* kinds of processors */
int kernels_best(void);                                  /* of them, on this machine */
extern int kernels_kind;                                 /* of them, the one in use */

enum { KERNELS_FLOAT32, KERNELS_BFLOAT16 }; /* formats of numbers in memory; arithmetic is in float32 */

/* ---- record_embedding.c: records of bytes, each the sum of its bytes' rows of a table, then ReLU ---- */

struct records {
    const uint8_t *bytes; /* of the first row */
    ptrdiff_t stride;     /* bytes from row to row */
    size_t rows;
    size_t count; /* records in a row, side by side */
    size_t record_bytes;
    size_t channels; /* of the table, [record_bytes * 256][channels] */
};

void kernels_embed_records(const struct records *records, const float *table, void *out, int format);

/* Adds to the table's gradient. The output tells where ReLU let through. */
void kernels_embed_records_backward(const struct records *records, const void *out, const void *gradient, int format,
                                    float *of_table);

/* ---- action_head.c: actions in two levels, first a group, then an action of it ---- */

enum { KERNELS_MOST_ACTIONS = 128 }; /* groups and actions together */

struct action_head {
    const float *logits;     /* [rows][groups + actions] */
    ptrdiff_t logits_stride; /* numbers from row to row */
    const uint8_t *mask;     /* [rows][actions], not 0 where an action is possible */
    ptrdiff_t mask_stride;   /* bytes from row to row */
    size_t rows;
    size_t groups;
    const int32_t *sizes; /* actions of each group, in their order */
};

/* The logarithm of each row's action's probability, and the entropy of its choice. */
void kernels_evaluate_actions(const struct action_head *head, const int64_t *actions, float *log_probability,
                              float *entropy);

/* What both mean for the logits, [rows][groups + actions]. */
void kernels_evaluate_actions_backward(const struct action_head *head, const int64_t *actions,
                                       const float *of_log_probability, const float *of_entropy, float *of_logits);

/* An action for each row by inversion: the first whose cumulative probability is above the row's share of the sum,
 * 0 to 1 - 2^-23; where the logits are not numbers, the first possible one. Returns the first row in which nothing is
 * possible or whose share is too large, or the number of rows. */
size_t kernels_sample_actions(const struct action_head *head, const float *shares, int64_t *actions);

/* ---- mingru.c: the gates and the recurrence of a minGRU ---- */

struct mingru_layer {
    const void *gates;      /* [steps][rows][2 * width]: of the update, then of the candidate */
    int format;             /* of the gates and of the output */
    const float *state;     /* before the first step, [rows][width] */
    ptrdiff_t state_stride; /* numbers from row to row */
    const float *not_done;  /* [steps][rows] */
    size_t steps, rows, width;
};

/* Writes the memory after each step, [steps][rows][width]: as float32, and, in that format, as bfloat16. */
void kernels_mingru(const struct mingru_layer *layer, float *states, void *out);

/* From the gradients of the output and of the last memory to those of the gates and of the first memory: of_state
 * [rows][width] holds the one and receives the other. */
void kernels_mingru_backward(const struct mingru_layer *layer, const float *states, const void *of_out, float *of_state,
                             void *of_gates);

/* ---- output_heads.c: logits and values ---- */

struct output_heads {
    int format;        /* of what follows */
    const void *head;  /* [rows][columns + 1]: for every logit, then for the value */
    const void *query; /* [rows][queries][channels] */
    const void *thing; /* [rows][things][channels] */
    size_t rows;
    size_t columns; /* logits */
    size_t first;   /* logit that the product of the first query with the first thing is added to; then of the first
                         * query with the others, then of the other queries */
    size_t queries, things;
    size_t channels; /* a multiple of eight */
};

void kernels_apply_heads(const struct output_heads *heads, float *logits, float *values);

void kernels_apply_heads_backward(const struct output_heads *heads, const float *of_logits, const float *of_values,
                                  void *of_head, void *of_query, void *of_thing);

/* ---- tile_attention.c: attention over the tiles of a view ---- */

enum { KERNELS_MOST_CHANNELS = 64 };

struct attention_layer {
    const void *keys;           /* [rows][tiles][channels] */
    const void *query;          /* [rows][queries][channels] */
    int format;                 /* of both, and of what comes out */
    const float *position_bias; /* added to the scores, [queries][tiles] */
    size_t rows, queries, tiles, channels;
};

size_t kernels_tile_attention_scratch(
    const struct attention_layer *attention); /* numbers that both of these need to work with */

/* For each query how much each tile counts, [rows][queries][tiles]: the softmax of the products of query and tile; and
 * the mean of the tiles, [rows][queries][channels]. */
void kernels_tile_attention(const struct attention_layer *attention, float *scratch, void *found, void *weights);

/* From the gradients of both to those of everything that is read. */
void kernels_tile_attention_backward(const struct attention_layer *attention, float *scratch, const void *weights,
                                     const void *of_found, const void *of_weights, void *of_keys, void *of_query,
                                     float *of_position_bias);

#endif
