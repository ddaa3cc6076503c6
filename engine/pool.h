/* The thread pool, as the engine's own code uses it; creating and destroying one is in nmmo.h. */
#ifndef NMMO_POOL_H
#define NMMO_POOL_H

#include "nmmo.h"

/* Runs task(context, i) for i in 0..n-1 on the threads of the pool, the caller's among them, and returns when all
 * are done. Without a pool (NULL) they run here, in order. */
void pool_run(nmmo_pool *pool, void (*task)(void *context, size_t i), void *context, size_t n);

#endif
