/* What the kernels share: processors, formats, and functions that compilers turn into vector code.
 *
 * A kernel is written once, as an inlined function whose loops compilers can vectorise, and compiled for several
 * kinds of processors; KERNEL makes the function that picks one. */
#ifndef NMMO_TRAIN_KERNELS_VECTORS_H
#define NMMO_TRAIN_KERNELS_VECTORS_H

#include <math.h>
#include <string.h>

#include "kernels.h"

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define INLINE static __forceinline
#else
#define INLINE static inline
#endif

#if defined(__GNUC__) && defined(__x86_64__)
#define KERNELS_DISPATCH 1
#if defined(__clang__)
#define FOR_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define FOR_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512")))
#endif
#define KERNEL(result, name, parameters, arguments) \
    __attribute__((target("avx2"))) static result name##_avx2 parameters { return name##_inlined arguments; } \
    FOR_AVX512 static result name##_avx512 parameters { return name##_inlined arguments; } \
    result name parameters { \
        if (kernels_kind == KERNELS_AVX512) return name##_avx512 arguments; \
        if (kernels_kind == KERNELS_AVX2) return name##_avx2 arguments; \
        return name##_inlined arguments; \
    }
#else
#define KERNELS_DISPATCH 0
#define KERNEL(result, name, parameters, arguments) \
    result name parameters { return name##_inlined arguments; }
#endif

/* ---- formats ----------------------------------------------------------------------------------------- */

INLINE float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINE uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* condition ? yes : no, of numbers that were worked out already. Written in bits, so that there is no branch to be taken
 * out of a loop: compilers do that late, rarely (a conditional operation might trap), and gcc 12 in one case wrongly. */
INLINE float either(int condition, float yes, float no) {
    const uint32_t all = (uint32_t)0 - (uint32_t)condition;
    return from_bits((to_bits(yes) & all) | (to_bits(no) & ~all));
}

INLINE float load(const void *numbers, size_t at, int format) {
    if (format == KERNELS_FLOAT32) return ((const float *)numbers)[at];
    return from_bits((uint32_t)((const uint16_t *)numbers)[at] << 16);
}

INLINE void store(void *numbers, size_t at, int format, float x) {
    if (format == KERNELS_FLOAT32) {
        ((float *)numbers)[at] = x;
        return;
    }
    uint32_t bits = to_bits(x), nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16; /* ties to even */
    ((uint16_t *)numbers)[at] = (uint16_t)(x == x ? nearest : 0x7FC0);              /* not a number stays so */
}

/* ---- eight numbers at once, where a compiler would not see that it can ----------------------------------------- */

#if defined(__GNUC__)
typedef float eight __attribute__((vector_size(32)));
typedef float eight_anywhere __attribute__((vector_size(32), aligned(4), may_alias));
typedef uint32_t eight_words __attribute__((vector_size(32)));
typedef int32_t eight_choices __attribute__((vector_size(32)));
typedef uint16_t eight_halves __attribute__((vector_size(16), aligned(2), may_alias));

INLINE void add_eight(eight *sum, const float *add) { *sum += *(const eight_anywhere *)add; }

INLINE void load_eight(eight *out, const void *numbers, size_t at, int format) {
    if (format == KERNELS_FLOAT32) *out = *(const eight_anywhere *)((const float *)numbers + at);
    else
        *out = (eight)(__builtin_convertvector(*(const eight_halves *)((const uint16_t *)numbers + at), eight_words)
                       << 16);
}

INLINE void store_eight(void *numbers, size_t at, int format, const eight *x) {
    if (format == KERNELS_FLOAT32) {
        *(eight_anywhere *)((float *)numbers + at) = *x;
        return;
    }
    eight_words bits = (eight_words)*x, nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    eight_words number = (eight_words)(*x == *x); /* all ones where it is one */
    nearest = (nearest & number) | (0x7FC0 & ~number);
    *(eight_halves *)((uint16_t *)numbers + at) = __builtin_convertvector(nearest, eight_halves);
}

INLINE void zero_eight(eight *x) { *x = (eight){0}; }
INLINE void add_product(eight *sum, const eight *one, const eight *other) { *sum += *one * *other; }
INLINE void add_multiple(eight *sum, const eight *x, float by) { *sum += *x * (eight){by, by, by, by, by, by, by, by}; }
INLINE float part_of_eight(const eight *x, int at) { return (*x)[at]; }

/* x where it is not below (at most) 0 in `of`, else 0. */
INLINE void zero_below(eight *x, const eight *of) { *x = (eight)((eight_words)*x & ~(eight_words)(*of < 0.0f)); }
INLINE void zero_up_to(eight *x, const eight *of) { *x = (eight)((eight_words)*x & ~(eight_words)(*of <= 0.0f)); }
#else
typedef struct {
    float x[8];
} eight;

INLINE void add_eight(eight *sum, const float *add) {
    for (int i = 0; i < 8; i++) sum->x[i] += add[i];
}

INLINE void load_eight(eight *out, const void *numbers, size_t at, int format) {
    for (int i = 0; i < 8; i++) out->x[i] = load(numbers, at + (size_t)i, format);
}

INLINE void store_eight(void *numbers, size_t at, int format, const eight *x) {
    for (int i = 0; i < 8; i++) store(numbers, at + (size_t)i, format, x->x[i]);
}

INLINE void zero_eight(eight *x) {
    for (int i = 0; i < 8; i++) x->x[i] = 0.0f;
}

INLINE void add_multiple(eight *sum, const eight *x, float by) {
    for (int i = 0; i < 8; i++) sum->x[i] += x->x[i] * by;
}

INLINE void add_product(eight *sum, const eight *one, const eight *other) {
    for (int i = 0; i < 8; i++) sum->x[i] += one->x[i] * other->x[i];
}

INLINE float part_of_eight(const eight *x, int at) { return x->x[at]; }

INLINE void zero_below(eight *x, const eight *of) {
    for (int i = 0; i < 8; i++) x->x[i] = of->x[i] < 0.0f ? 0.0f : x->x[i];
}

INLINE void zero_up_to(eight *x, const eight *of) {
    for (int i = 0; i < 8; i++) x->x[i] = of->x[i] <= 0.0f ? 0.0f : x->x[i];
}
#endif

INLINE float sum_of_eight(const eight *x) {
    float sum = part_of_eight(x, 0);
    for (int i = 1; i < 8; i++) sum += part_of_eight(x, i);
    return sum;
}

/* ---- functions, to about one unit in the last place; not a number stays so ------------------------------------ */

/* e^x for x <= 0. By x = n ln 2 + r, |r| <= ln 2 / 2, and a polynomial that is nearest to e^r in relative error. */
INLINE float exp_of_negative(float x) {
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float shifted = x * 1.44269504f + magic;
    float n = shifted - magic;
    float r = (x - n * 0.693359375f) - n * -2.12194440e-4f; /* ln 2 in two parts: n times the first is exact */
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * (r * r) + r) + 1.0f;
    float power = from_bits((to_bits(shifted) - to_bits(magic) + 127) << 23);
    float found = p * power;
    return either(x < -87.0f, 0.0f, found);
}

/* ln x for x > 0; of smaller x that of the least normal number. By x = 2^n m, m within sqrt(1/2)..sqrt(2). */
INLINE float log_of_positive(float x) {
    float clamped = either(x < 1.17549435e-38f, 1.17549435e-38f, x);
    uint32_t bits = to_bits(clamped) - 0x3F3504F3u; /* sqrt(1/2) becomes 0 */
    float n = (float)((int32_t)bits >> 23);
    float m = from_bits((bits & 0x007FFFFFu) + 0x3F3504F3u) - 1.0f;
    float square = m * m;
    float p = 7.0376836292e-2f;
    p = p * m - 1.1514610310e-1f;
    p = p * m + 1.1676998740e-1f;
    p = p * m - 1.2420140846e-1f;
    p = p * m + 1.4249322787e-1f;
    p = p * m - 1.6668057665e-1f;
    p = p * m + 2.0000714765e-1f;
    p = p * m - 2.4999993993e-1f;
    p = p * m + 3.3333331174e-1f;
    float tail = p * m * square + n * -2.12194440e-4f - 0.5f * square;
    float found = (m + tail) + n * 0.693359375f;
    return either(x == x, found, x);
}

INLINE float sigmoid(float x) {
    float e = exp_of_negative(-fabsf(x));
    return either(x < 0.0f, e, 1.0f) / (1.0f + e);
}

INLINE float tanh_of(float x) {
    float size = fabsf(x), square = x * x;
    float e = exp_of_negative(-2.0f * size);
    float far = copysignf((1.0f - e) / (1.0f + e), x);
    float p = -5.70498872745e-3f;
    p = p * square + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    float near = p * square * x + x;
    return either(size < 0.625f, near, far);
}

#endif
