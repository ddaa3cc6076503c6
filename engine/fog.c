/* The fog: where it is in each tick. */
#include "fog.h"

static int32_t margin_now(const struct header *head, int32_t length) {
    uint32_t margin = 1 + (head->tick - (uint32_t)head->config.fog_start) / (uint32_t)head->config.fog_period;
    int32_t most = (length - head->config.fog_final + 1) / 2;
    if (most < 0) most = 0;
    return margin < (uint32_t)most ? (int32_t)margin : most;
}

void fog_advance(struct nmmo_world *world) {
    struct header *head = world->head;
    head->fog_reached = head->config.fog && head->tick >= (uint32_t)head->config.fog_start;
    head->fog_row_margin = head->fog_reached ? margin_now(head, head->config.height) : 0;
    head->fog_column_margin = head->fog_reached ? margin_now(head, head->config.width) : 0;
}
