/* The choice of an action in two levels, sixteen rows side by side: what happens to one number happens to all.
 *
 * With x the logits of a group's possible actions and m the largest: e = exp(x - m), and the probability of each
 * within the group is e / sum e; likewise of the groups in which something is possible. */
#include "vectors.h"

enum { SIDE = 16, COLUMNS = KERNELS_MOST_ACTIONS };
static const float NEVER = -1e9f; /* the logit of what is not possible, as in nmmo/train/actions.py */

typedef float side[SIDE];

/* One level's numbers: of all groups, or of the actions of one. */
struct level {
    side most, sum, log_sum;
};

struct block {
    side logit[COLUMNS], open[COLUMNS], part[COLUMNS]; /* groups, then actions; part: e, not yet divided */
    struct level groups, within[COLUMNS];              /* within: by group */
};

INLINE size_t count_of_actions(const struct action_head *head) {
    size_t count = 0;
    for (size_t group = 0; group < head->groups; group++) count += (size_t)head->sizes[group];
    return count;
}

INLINE void measure(struct block *block, struct level *level, size_t first, size_t end) {
    for (int i = 0; i < SIDE; i++) level->most[i] = NEVER, level->sum[i] = 0.0f;
    for (size_t at = first; at < end; at++)
        for (int i = 0; i < SIDE; i++)
            level->most[i] = either(block->logit[at][i] > level->most[i], block->logit[at][i], level->most[i]);
    for (size_t at = first; at < end; at++)
        for (int i = 0; i < SIDE; i++) {
            float part = exp_of_negative(block->logit[at][i] - level->most[i]);
            part = either(block->open[at][i] != 0.0f, part, 0.0f);
            block->part[at][i] = part;
            level->sum[i] += part;
        }
    for (int i = 0; i < SIDE; i++) {
        level->sum[i] = either(level->sum[i] == 0.0f, 1.0f, level->sum[i]); /* nothing is possible: every part is 0 */
        level->log_sum[i] = log_of_positive(level->sum[i]);
    }
}

/* Read rows from `first` on and work out both levels; places behind the last row repeat it. */
INLINE void read_block(const struct action_head *head, size_t first, struct block *block) {
    const size_t groups = head->groups, actions = count_of_actions(head);
    for (size_t i = 0; i < SIDE; i++) {
        const size_t row = first + i < head->rows ? first + i : head->rows - 1;
        const float *logits = head->logits + (ptrdiff_t)row * head->logits_stride;
        const uint8_t *mask = head->mask + (ptrdiff_t)row * head->mask_stride;
        for (size_t group = 0; group < groups; group++) block->logit[group][i] = logits[group];
        for (size_t action = 0; action < actions; action++) {
            block->logit[groups + action][i] = mask[action] ? logits[groups + action] : NEVER;
            block->open[groups + action][i] = mask[action] ? 1.0f : 0.0f;
        }
    }
    size_t at = groups;
    for (size_t group = 0; group < groups; group++) {
        const size_t end = at + (size_t)head->sizes[group];
        measure(block, &block->within[group], at, end);
        for (int i = 0; i < SIDE; i++) block->open[group][i] = 0.0f;
        for (; at < end; at++)
            for (int i = 0; i < SIDE; i++) block->open[group][i] += block->open[at][i];
        for (int i = 0; i < SIDE; i++)
            block->logit[group][i] = either(block->open[group][i] != 0.0f, block->logit[group][i], NEVER);
    }
    measure(block, &block->groups, 0, groups);
}

/* ln p of a number of a level. */
INLINE float log_share(const struct block *block, const struct level *level, size_t at, int i) {
    float log_p = block->logit[at][i] - level->most[i] - level->log_sum[i];
    return either(block->open[at][i] != 0.0f, log_p, NEVER);
}

/* Of one level: p ln p, summed; what is not possible adds nothing. */
INLINE void sum_of_p_log_p(const struct block *block, const struct level *level, size_t first, size_t end, float *sum) {
    for (int i = 0; i < SIDE; i++) sum[i] = 0.0f;
    for (size_t at = first; at < end; at++)
        for (int i = 0; i < SIDE; i++) sum[i] += block->part[at][i] / level->sum[i] * log_share(block, level, at, i);
}

INLINE size_t rows_of_block(const struct action_head *head, size_t first) {
    return head->rows - first < SIDE ? head->rows - first : SIDE;
}

INLINE size_t group_of(const struct action_head *head, size_t action) {
    size_t group = 0;
    for (; action >= (size_t)head->sizes[group]; group++) action -= (size_t)head->sizes[group];
    return group;
}

INLINE void kernels_evaluate_actions_inlined(const struct action_head *head, const int64_t *actions,
                                             float *log_probability, float *entropy) {
    struct block block;
    const size_t groups = head->groups;
    for (size_t first = 0; first < head->rows; first += SIDE) {
        read_block(head, first, &block);
        side total, inner;
        sum_of_p_log_p(&block, &block.groups, 0, groups, total);
        size_t at = groups;
        for (size_t group = 0; group < groups; group++) {
            const size_t end = at + (size_t)head->sizes[group];
            sum_of_p_log_p(&block, &block.within[group], at, end, inner);
            for (int i = 0; i < SIDE; i++) total[i] += block.part[group][i] / block.groups.sum[i] * inner[i];
            at = end;
        }
        for (size_t i = 0; i < rows_of_block(head, first); i++) {
            const size_t action = (size_t)actions[first + i], group = group_of(head, action);
            log_probability[first + i] = log_share(&block, &block.within[group], groups + action, (int)i) +
                                         log_share(&block, &block.groups, group, (int)i);
            entropy[first + i] = -total[i];
        }
    }
}

/* The gradients of ln p of one and of the entropy -sum p ln p for the logits of a level: 1 - p (others: -p), and
 * -p (ln p + entropy). Of the second level's entropy, the groups' probabilities count as constants. */
INLINE void kernels_evaluate_actions_backward_inlined(const struct action_head *head, const int64_t *actions,
                                                      const float *of_log_probability, const float *of_entropy,
                                                      float *of_logits) {
    struct block block;
    side of_log_p, of_spread, sum, found[COLUMNS];
    const size_t groups = head->groups, columns = groups + count_of_actions(head);
    for (size_t first = 0; first < head->rows; first += SIDE) {
        const size_t rows = rows_of_block(head, first);
        read_block(head, first, &block);
        for (size_t i = 0; i < SIDE; i++) {
            const size_t row = i < rows ? first + i : first;
            of_log_p[i] = of_log_probability[row];
            of_spread[i] = of_entropy[row];
        }
        sum_of_p_log_p(&block, &block.groups, 0, groups, sum);
        for (size_t at = 0; at < groups; at++)
            for (int i = 0; i < SIDE; i++) {
                const float p = block.part[at][i] / block.groups.sum[i];
                const float log_p = log_share(&block, &block.groups, at, i);
                found[at][i] = -p * (of_log_p[i] + of_spread[i] * (log_p - sum[i]));
            }
        size_t at = groups;
        for (size_t group = 0; group < groups; group++) {
            const struct level *level = &block.within[group];
            const size_t begin = at, end = at + (size_t)head->sizes[group];
            side chosen, weight;
            sum_of_p_log_p(&block, level, at, end, sum);
            for (size_t i = 0; i < SIDE; i++) {
                const size_t action = groups + (size_t)actions[i < rows ? first + i : first];
                chosen[i] = action >= begin && action < end ? of_log_p[i] : 0.0f;
                weight[i] = of_spread[i] * (block.part[group][i] / block.groups.sum[i]);
            }
            for (; at < end; at++)
                for (int i = 0; i < SIDE; i++) {
                    const float p = block.part[at][i] / level->sum[i];
                    const float log_p = log_share(&block, level, at, i);
                    found[at][i] = -p * (chosen[i] + weight[i] * (log_p - sum[i]));
                }
        }
        for (size_t i = 0; i < rows; i++) {
            float *out = of_logits + (first + i) * columns;
            for (size_t column = 0; column < columns; column++) out[column] = found[column][i];
            const size_t action = (size_t)actions[first + i], group = group_of(head, action);
            if (block.open[group][i] != 0.0f) out[group] += of_log_p[i];
            if (block.open[groups + action][i] != 0.0f) out[groups + action] += of_log_p[i];
        }
    }
}

INLINE size_t kernels_sample_actions_inlined(const struct action_head *head, const float *shares, int64_t *actions) {
    struct block block;
    const size_t groups = head->groups;
    for (size_t first = 0; first < head->rows; first += SIDE) {
        const size_t rows = rows_of_block(head, first);
        read_block(head, first, &block);
        side total, limit, scale, passed;
        for (int i = 0; i < SIDE; i++) total[i] = 0.0f, passed[i] = 0.0f;
        size_t at = groups;
        for (size_t group = 0; group < groups; group++) {
            for (int i = 0; i < SIDE; i++)
                scale[i] = block.part[group][i] / (block.groups.sum[i] * block.within[group].sum[i]);
            for (const size_t end = at + (size_t)head->sizes[group]; at < end; at++)
                for (int i = 0; i < SIDE; i++) {
                    total[i] += block.part[at][i] * scale[i];
                    block.part[at][i] = total[i]; /* cumulative from here on */
                }
        }
        for (size_t i = 0; i < SIDE; i++) limit[i] = shares[i < rows ? first + i : first] * total[i];
        for (size_t column = groups; column < at; column++)
            for (int i = 0; i < SIDE; i++) passed[i] += either(block.part[column][i] <= limit[i], 1.0f, 0.0f);
        for (size_t i = 0; i < rows; i++) {
            size_t action = (size_t)passed[i];
            if (!(total[i] > 0.0f)) /* nothing is possible, or something is not a number */
                for (action = 0; groups + action < at && block.open[groups + action][i] == 0.0f;) action++;
            if (groups + action >= at) return first + i;
            actions[first + i] = (int64_t)action;
        }
    }
    return head->rows;
}

KERNEL(void, kernels_evaluate_actions,
       (const struct action_head *head, const int64_t *actions, float *log_probability, float *entropy),
       (head, actions, log_probability, entropy))
KERNEL(void, kernels_evaluate_actions_backward,
       (const struct action_head *head, const int64_t *actions, const float *of_log_probability,
        const float *of_entropy, float *of_logits),
       (head, actions, of_log_probability, of_entropy, of_logits))
KERNEL(size_t, kernels_sample_actions, (const struct action_head *head, const float *shares, int64_t *actions),
       (head, shares, actions))
