/* Which kind of processor the kernels run on. */
#include "vectors.h"

int kernels_kind = KERNELS_ANYWHERE;

int kernels_best(void) {
#if KERNELS_DISPATCH
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return KERNELS_AVX512;
    if (__builtin_cpu_supports("avx2")) return KERNELS_AVX2;
#endif
    return KERNELS_ANYWHERE;
}
