/* The minGRU: z = sigmoid(gate), c = tanh(candidate), h_t = (1 - z) keep h_{t-1} + z c. */
#include "inside.h"

INLINE void remember_in(int format, const struct memory *memory, float *states, void *out) {
    const size_t width = memory->width;
    for (size_t step = 0; step < memory->steps; step++)
        for (size_t row = 0; row < memory->rows; row++) {
            const size_t at = step * memory->rows + row, numbers = at * width;
            const float *before = step ? states + (at - memory->rows) * width : memory->state + (ptrdiff_t)row * memory->state_stride;
            const float keep = memory->keep[at];
            for (size_t i = 0; i < width; i++) {
                const float z = sigmoid(load(memory->gates, 2 * numbers + i, format));
                const float c = tanh_of(load(memory->gates, 2 * numbers + width + i, format));
                const float h = (1.0f - z) * keep * before[i] + z * c;
                states[numbers + i] = h;
                if (format != KERNELS_FLOAT32) store(out, numbers + i, format, h);
            }
        }
}

INLINE void remember_gradient_in(int format, const struct memory *memory, const float *states, const void *of_out,
                                 float *of_state, void *of_gates) {
    const size_t width = memory->width;
    for (size_t step = memory->steps; step-- > 0;)
        for (size_t row = 0; row < memory->rows; row++) {
            const size_t at = step * memory->rows + row, numbers = at * width;
            const float *before = step ? states + (at - memory->rows) * width : memory->state + (ptrdiff_t)row * memory->state_stride;
            const float keep = memory->keep[at];
            float *carried = of_state + row * width;
            for (size_t i = 0; i < width; i++) {
                const float z = sigmoid(load(memory->gates, 2 * numbers + i, format));
                const float c = tanh_of(load(memory->gates, 2 * numbers + width + i, format));
                const float of_h = carried[i] + load(of_out, numbers + i, format);
                store(of_gates, 2 * numbers + i, format, of_h * (c - keep * before[i]) * (z * (1.0f - z)));
                store(of_gates, 2 * numbers + width + i, format, of_h * z * (1.0f - c * c));
                carried[i] = of_h * ((1.0f - z) * keep);
            }
        }
}

INLINE void kernels_remember_inlined(const struct memory *memory, float *states, void *out) {
    if (memory->format == KERNELS_FLOAT32) remember_in(KERNELS_FLOAT32, memory, states, out);
    else remember_in(KERNELS_BFLOAT16, memory, states, out);
}

INLINE void kernels_remember_gradient_inlined(const struct memory *memory, const float *states, const void *of_out,
                                              float *of_state, void *of_gates) {
    if (memory->format == KERNELS_FLOAT32)
        remember_gradient_in(KERNELS_FLOAT32, memory, states, of_out, of_state, of_gates);
    else remember_gradient_in(KERNELS_BFLOAT16, memory, states, of_out, of_state, of_gates);
}

KERNEL(void, kernels_remember, (const struct memory *memory, float *states, void *out), (memory, states, out))
KERNEL(void, kernels_remember_gradient,
       (const struct memory *memory, const float *states, const void *of_out, float *of_state, void *of_gates),
       (memory, states, of_out, of_state, of_gates))
