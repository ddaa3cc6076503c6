/* The minGRU: z = sigmoid(gate), c = tanh(candidate), h_t = (1 - z) not_done h_{t-1} + z c. */
#include "vectors.h"

INLINE void mingru_in(int format, const struct mingru_layer *layer, float *states, void *out) {
    const size_t width = layer->width;
    for (size_t step = 0; step < layer->steps; step++)
        for (size_t row = 0; row < layer->rows; row++) {
            const size_t at = step * layer->rows + row, numbers = at * width;
            const float *before = step ? states + (at - layer->rows) * width
                                       : layer->state + (ptrdiff_t)row * layer->state_stride;
            const float not_done = layer->not_done[at];
            for (size_t i = 0; i < width; i++) {
                const float z = sigmoid(load(layer->gates, 2 * numbers + i, format));
                const float c = tanh_of(load(layer->gates, 2 * numbers + width + i, format));
                const float h = (1.0f - z) * not_done * before[i] + z * c;
                states[numbers + i] = h;
                if (format != KERNELS_FLOAT32) store(out, numbers + i, format, h);
            }
        }
}

INLINE void mingru_backward_in(int format, const struct mingru_layer *layer, const float *states, const void *of_out,
                               float *of_state, void *of_gates) {
    const size_t width = layer->width;
    for (size_t step = layer->steps; step-- > 0;)
        for (size_t row = 0; row < layer->rows; row++) {
            const size_t at = step * layer->rows + row, numbers = at * width;
            const float *before = step ? states + (at - layer->rows) * width
                                       : layer->state + (ptrdiff_t)row * layer->state_stride;
            const float not_done = layer->not_done[at];
            float *carried = of_state + row * width;
            for (size_t i = 0; i < width; i++) {
                const float z = sigmoid(load(layer->gates, 2 * numbers + i, format));
                const float c = tanh_of(load(layer->gates, 2 * numbers + width + i, format));
                const float of_h = carried[i] + load(of_out, numbers + i, format);
                store(of_gates, 2 * numbers + i, format, of_h * (c - not_done * before[i]) * (z * (1.0f - z)));
                store(of_gates, 2 * numbers + width + i, format, of_h * z * (1.0f - c * c));
                carried[i] = of_h * ((1.0f - z) * not_done);
            }
        }
}

INLINE void kernels_mingru_inlined(const struct mingru_layer *layer, float *states, void *out) {
    if (layer->format == KERNELS_FLOAT32) mingru_in(KERNELS_FLOAT32, layer, states, out);
    else mingru_in(KERNELS_BFLOAT16, layer, states, out);
}

INLINE void kernels_mingru_backward_inlined(const struct mingru_layer *layer, const float *states, const void *of_out,
                                            float *of_state, void *of_gates) {
    if (layer->format == KERNELS_FLOAT32)
        mingru_backward_in(KERNELS_FLOAT32, layer, states, of_out, of_state, of_gates);
    else mingru_backward_in(KERNELS_BFLOAT16, layer, states, of_out, of_state, of_gates);
}

KERNEL(void, kernels_mingru, (const struct mingru_layer *layer, float *states, void *out), (layer, states, out))
KERNEL(void, kernels_mingru_backward,
       (const struct mingru_layer *layer, const float *states, const void *of_out, float *of_state, void *of_gates),
       (layer, states, of_out, of_state, of_gates))
