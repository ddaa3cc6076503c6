/* A pool of persistent threads. The thread that runs work takes part in it; the workers wait by spinning
 * for about as long as a tick takes, because waking a sleeping thread costs a third of a tick. */
#include "pool.h"

#if defined(_WIN32) || defined(__wasm__)

/* No threads here: the work is done in order by the caller. */
struct nmmo_pool {
    int threads;
};
static struct nmmo_pool the_only_thread = {1};
nmmo_pool *nmmo_pool_create(int threads) { return (void)threads, &the_only_thread; }
void nmmo_pool_destroy(nmmo_pool *pool) { (void)pool; }
int nmmo_pool_threads(const nmmo_pool *pool) { return pool ? pool->threads : 1; }
void pool_run(nmmo_pool *pool, void (*task)(void *, size_t), void *context, size_t n) {
    (void)pool;
    for (size_t i = 0; i < n; i++) task(context, i);
}

#else

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { SPINS = 3000, YIELDS = 200, MAX_THREADS = 1024 };

struct nmmo_pool {
    int threads;   /* asked for; the caller is one */
    int workers;   /* started; fewer where the system refuses */
    pid_t process; /* that started them: a fork has none */
    pthread_t *handles;
    pthread_mutex_t mutex;
    pthread_cond_t wake, done;
    void (*task)(void *context, size_t i);
    void *context;
    size_t n;
    atomic_size_t next; /* the next task to be taken */
    atomic_uint round;  /* counts runs; a change is the signal to work */
    atomic_int busy;    /* workers that have not finished the round */
    atomic_int stop;
};

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void take_part(struct nmmo_pool *pool) {
    size_t i;
    while ((i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->n)
        pool->task(pool->context, i);
}

static void wait_for_round(struct nmmo_pool *pool, unsigned seen) {
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen) return;
        pause_briefly();
    }
    for (int yield = 0; yield < YIELDS; yield++) {
        if (atomic_load_explicit(&pool->round, memory_order_acquire) != seen) return;
        sched_yield();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->round, memory_order_acquire) == seen)
        pthread_cond_wait(&pool->wake, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
    struct nmmo_pool *pool = argument;
    unsigned seen = 0;
    for (;;) {
        wait_for_round(pool, seen);
        seen++;
        if (atomic_load(&pool->stop)) return NULL;
        take_part(pool);
        if (atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

static void start_workers(struct nmmo_pool *pool) {
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    atomic_store(&pool->round, 0);
    atomic_store(&pool->busy, 0);
    atomic_store(&pool->stop, 0);
    pool->process = getpid();
    pool->workers = 0;
    while (pool->workers < pool->threads - 1 && pthread_create(&pool->handles[pool->workers], NULL, work, pool) == 0)
        pool->workers++;
}

nmmo_pool *nmmo_pool_create(int threads) {
    if (threads < 1) threads = 1;
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    struct nmmo_pool *pool = calloc(1, sizeof *pool);
    if (!pool) return NULL;
    pool->threads = threads;
    pool->handles = calloc((size_t)threads, sizeof *pool->handles);
    if (!pool->handles) {
        free(pool);
        return NULL;
    }
    start_workers(pool);
    return pool;
}

static void begin_round(struct nmmo_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add_explicit(&pool->round, 1, memory_order_release);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

void nmmo_pool_destroy(nmmo_pool *pool) {
    if (!pool) return;
    if (pool->process == getpid()) { /* after a fork there is nobody to stop */
        atomic_store(&pool->stop, 1);
        begin_round(pool);
        for (int i = 0; i < pool->workers; i++) pthread_join(pool->handles[i], NULL);
        pthread_mutex_destroy(&pool->mutex);
        pthread_cond_destroy(&pool->wake);
        pthread_cond_destroy(&pool->done);
    }
    free(pool->handles);
    free(pool);
}

int nmmo_pool_threads(const nmmo_pool *pool) { return pool ? pool->threads : 1; }

void pool_run(nmmo_pool *pool, void (*task)(void *, size_t), void *context, size_t n) {
    if (pool && pool->process != getpid()) start_workers(pool);
    if (!pool || pool->workers == 0 || n < 2) {
        for (size_t i = 0; i < n; i++) task(context, i);
        return;
    }
    pool->task = task;
    pool->context = context;
    pool->n = n;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->busy, pool->workers, memory_order_relaxed);
    begin_round(pool);
    take_part(pool);
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->busy, memory_order_acquire) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->busy, memory_order_acquire)) pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

#endif
