/* A stand-alone program for perf and valgrind: no Python.
 *
 *     cc -O3 -std=c17 -g -Iengine engine/[a-z]*.c engine/programs/profile.c -pthread -o profile
 *     ./profile [PRESET] [TICKS] [SEED]    random possible play
 *     ./profile load FILE [TIMES]          a game that `nmmo bench --write-workload FILE` wrote
 *
 * Prints nanoseconds per agent-step by phase (sampling of actions apart), and the hash of each
 * section at the end. It is not part of the library. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nmmo.h"
#include "nmmo_testing.h"

/* What a file of --write-workload holds, after its magic and three sizes. Little-endian machines only. */
struct load {
    uint64_t snapshot_bytes, ticks, agents;
    uint8_t *snapshot;
    uint8_t *actions; /* [ticks, agents] */
};

struct game {
    nmmo_world *world;
    struct nmmo_layout layout;
    size_t agents;
    struct nmmo_outputs outputs;
    int64_t *sampled; /* [agents] */
    uint8_t *actions; /* [agents] */
};

struct profile {
    uint64_t by_phase[NMMO_PHASES], sampling; /* nanoseconds */
    uint64_t ticks;
};

static uint64_t now(void) {
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static _Noreturn void quit(const char *problem) {
    fprintf(stderr, "profile: %s\n", problem);
    exit(1);
}

static void *memory(size_t bytes) {
    void *made = calloc(bytes ? bytes : 1, 1);
    if (!made) quit("out of memory");
    return made;
}

static struct game open_game(const struct nmmo_config *config) {
    struct nmmo_error error;
    struct game game = {.world = nmmo_world_create(config, &error), .agents = (size_t)config->n_players};
    if (!game.world) quit(error.message);
    nmmo_layout(config, &game.layout);
    game.outputs = (struct nmmo_outputs){
        .observations = aligned_alloc(64, game.agents * game.layout.row_bytes),
        .rewards = memory(game.agents * sizeof(float)),
        .terminated = memory(game.agents),
        .truncated = memory(game.agents),
    };
    if (!game.outputs.observations) quit("out of memory");
    game.sampled = memory(game.agents * sizeof *game.sampled);
    game.actions = memory(game.agents);
    nmmo_world_bind(game.world, &game.outputs);
    return game;
}

static void close_game(struct game *game) {
    nmmo_world_destroy(game->world);
    free(game->outputs.observations);
    free(game->outputs.rewards);
    free(game->outputs.terminated);
    free(game->outputs.truncated);
    free(game->sampled);
    free(game->actions);
}

/* One tick, with a clock between the phases. */
static void play_tick(struct game *game, const uint8_t *actions, struct profile *profile) {
    uint64_t begin = now();
    for (int phase = 0; phase < NMMO_PHASES; phase++) {
        nmmo_world_phase(game->world, (enum nmmo_phase)phase, actions, NULL, NULL);
        uint64_t end = now();
        profile->by_phase[phase] += end - begin;
        begin = end;
    }
    profile->ticks++;
}

static void play_at_random(struct game *game, uint64_t ticks, uint64_t seed, struct profile *profile) {
    struct nmmo_error error;
    for (uint64_t tick = 0; tick < ticks && !nmmo_world_over(game->world); tick++) {
        uint64_t start = now();
        nmmo_sample_actions(game->outputs.observations + game->layout.mask, game->layout.row_bytes, game->agents,
                            seed + tick, game->sampled);
        nmmo_load_actions(game->sampled, NMMO_INT64, game->agents, 0, game->actions, NULL, &error);
        profile->sampling += now() - start;
        play_tick(game, game->actions, profile);
    }
}

static struct load read_load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) quit("the file can't be opened");
    char magic[8];
    struct load load = {0};
    if (fread(magic, 1, 8, file) != 8 || memcmp(magic, "NMMOLOAD", 8) || fread(&load, 8, 3, file) != 3)
        quit("this is no file of `nmmo bench --write-workload`");
    if (load.snapshot_bytes > (uint64_t)1 << 31 || !load.agents || load.agents > 65535 || load.ticks > 1000000)
        quit("the file is damaged");
    load.snapshot = memory(load.snapshot_bytes);
    load.actions = memory(load.ticks * load.agents);
    if (fread(load.snapshot, 1, load.snapshot_bytes, file) != load.snapshot_bytes ||
        fread(load.actions, 1, load.ticks * load.agents, file) != load.ticks * load.agents)
        quit("the file is cut off");
    fclose(file);
    for (uint64_t i = 0; i < load.ticks * load.agents; i++)
        if (load.actions[i] >= NMMO_ACTIONS) quit("the file is damaged");
    return load;
}

static void report(const struct game *game, const struct profile *profile) {
    double steps = (double)profile->ticks * (double)game->agents, total = 0;
    for (int phase = 0; phase < NMMO_PHASES; phase++) {
        printf("%-14s %7.2f ns per agent-step\n", nmmo_name(NMMO_ENUM_PHASE, phase),
               (double)profile->by_phase[phase] / steps);
        total += (double)profile->by_phase[phase];
    }
    printf("%-14s %7.2f ns per agent-step, %.2f M agent-steps/s; sampling %.2f ns\n", "step", total / steps,
           steps / total * 1e3, (double)profile->sampling / steps);
    for (int section = 0; section < NMMO_SECTIONS; section++)
        printf("%-14s %016" PRIx64 "\n", nmmo_name(NMMO_ENUM_SECTION, section),
               nmmo_world_hash(game->world, (enum nmmo_section)section));
}

static void profile_load(const char *path, long times) {
    struct load load = read_load(path);
    struct nmmo_config config;
    struct nmmo_error error;
    if (nmmo_snapshot_config(load.snapshot, load.snapshot_bytes, &config, &error)) quit(error.message);
    if ((uint64_t)config.n_players != load.agents || config.vocabulary) quit("the file is damaged");
    struct game game = open_game(&config);
    struct profile profile = {0};
    for (long time = 0; time < times; time++) {
        if (nmmo_world_restore(game.world, load.snapshot, load.snapshot_bytes, &error)) quit(error.message);
        for (uint64_t tick = 0; tick < load.ticks && !nmmo_world_over(game.world); tick++)
            play_tick(&game, load.actions + tick * load.agents, &profile);
    }
    printf("%" PRIu64 " players, %ld times %" PRIu64 " ticks\n", load.agents, times, load.ticks);
    report(&game, &profile);
    close_game(&game);
    free(load.snapshot);
    free(load.actions);
}

static void profile_preset(const char *preset, uint64_t ticks, uint64_t seed) {
    struct nmmo_config config;
    struct nmmo_error error;
    if (nmmo_config_preset(preset, &config)) quit("there is no such preset");
    struct game game = open_game(&config);
    uint64_t start = now();
    nmmo_world_reset(game.world, seed, &error);
    uint64_t reset_new = now() - start;
    start = now();
    nmmo_world_reset(game.world, seed, &error);
    printf("reset: %.2f ms with a new map, %.2f ms on the same; %.2f MB state, %.2f MB with scratch, %.2f MB rows\n",
           (double)reset_new / 1e6, (double)(now() - start) / 1e6, (double)nmmo_state_bytes(&config) / 1e6,
           (double)nmmo_world_bytes(&config) / 1e6, (double)game.agents * game.layout.row_bytes / 1e6);
    struct profile profile = {0};
    play_at_random(&game, ticks, seed, &profile);
    report(&game, &profile);
    close_game(&game);
}

int main(int argc, char **argv) {
    if (argc > 2 && !strcmp(argv[1], "load")) {
        long times = argc > 3 ? strtol(argv[3], NULL, 10) : 3;
        if (times < 1) quit("TIMES must be at least 1");
        profile_load(argv[2], times);
    } else {
        profile_preset(argc > 1 ? argv[1] : "large", argc > 2 ? strtoull(argv[2], NULL, 10) : 1000,
                       argc > 3 ? strtoull(argv[3], NULL, 10) : 7);
    }
    return 0;
}
