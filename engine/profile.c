/* A stand-alone program for perf and valgrind: random possible play, no Python.
 *
 *     cc -O3 -std=c17 -g engine/[!p]*.c engine/players.c engine/pool.c engine/profile.c -pthread -o profile
 *     ./profile [preset] [ticks] [seed]
 *
 * Prints nanoseconds an agent-step by phase (sampling of actions apart), and the hash of each
 * section at the end. It is not part of the library. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nmmo.h"

static uint64_t now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int main(int argc, char **argv) {
    const char *preset = argc > 1 ? argv[1] : "large";
    long ticks = argc > 2 ? strtol(argv[2], NULL, 10) : 1000;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 7;
    struct nmmo_config config;
    struct nmmo_error error;
    if (nmmo_config_preset(preset, &config)) return fprintf(stderr, "no preset %s\n", preset), 2;
    nmmo_world *world = nmmo_world_create(&config, &error);
    if (!world) return fprintf(stderr, "%s\n", error.message), 1;

    struct nmmo_layout layout;
    nmmo_layout(&config, &layout);
    size_t n = (size_t)config.n_players;
    struct nmmo_outputs outputs = {
        .observations = aligned_alloc(64, n * layout.row_bytes),
        .rewards = calloc(n, sizeof(float)),
        .terminated = calloc(n, 1),
        .truncated = calloc(n, 1),
    };
    int64_t *sampled = calloc(n, sizeof *sampled);
    uint8_t *actions = calloc(n, 1);
    if (!outputs.observations || !outputs.rewards || !outputs.terminated || !outputs.truncated || !sampled || !actions)
        return fprintf(stderr, "out of memory\n"), 1;
    nmmo_world_bind(world, &outputs);
    uint64_t start = now();
    nmmo_world_reset(world, seed, &error);
    uint64_t reset_new = now() - start;
    start = now();
    nmmo_world_reset(world, seed, &error);
    printf("reset: %.2f ms with a new map, %.2f ms on the same; %.2f MB state, %.2f MB with scratch, %.2f MB rows\n",
           (double)reset_new / 1e6, (double)(now() - start) / 1e6, (double)nmmo_state_bytes(&config) / 1e6,
           (double)nmmo_world_bytes(&config) / 1e6, (double)n * layout.row_bytes / 1e6);

    uint64_t by_phase[NMMO_PHASES] = {0}, sampling = 0;
    long tick = 0;
    for (; tick < ticks && !nmmo_world_over(world); tick++) {
        start = now();
        nmmo_sample_actions(outputs.observations + layout.mask, layout.row_bytes, n, seed + (uint64_t)tick, sampled);
        nmmo_load_actions(sampled, NMMO_INT64, n, 0, actions, NULL, &error);
        uint64_t begin = now();
        sampling += begin - start;
        for (int phase = 0; phase < NMMO_PHASES; phase++) {
            nmmo_world_phase(world, (enum nmmo_phase)phase, actions, NULL, NULL);
            uint64_t end = now();
            by_phase[phase] += end - begin;
            begin = end;
        }
    }
    double steps = (double)tick * (double)n, total = 0;
    for (int phase = 0; phase < NMMO_PHASES; phase++) {
        printf("%-14s %7.2f ns an agent-step\n", nmmo_phase_name(phase), (double)by_phase[phase] / steps);
        total += (double)by_phase[phase];
    }
    printf("%-14s %7.2f ns an agent-step, %.2f M agent-steps/s; sampling %.2f ns\n", "step", total / steps,
           steps / total * 1e3, (double)sampling / steps);
    for (int section = 0; section < NMMO_SECTIONS; section++)
        printf("%-14s %016" PRIx64 "\n", nmmo_section_name(section), nmmo_world_hash(world, (enum nmmo_section)section));
    nmmo_world_destroy(world);
    free(outputs.observations);
    free(outputs.rewards);
    free(outputs.terminated);
    free(outputs.truncated);
    free(sampled);
    free(actions);
    return 0;
}
