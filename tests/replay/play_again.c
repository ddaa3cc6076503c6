/* Plays a game that was recorded and compares the digests of every tick: verifying, without the package.
 *
 * Standard input has, as this machine's bytes: struct nmmo_config; u64 seed; u32 ticks; u32 tokens (0 or 1);
 * the map, u32 [height][width], if u32 map before it is 1; then for each tick the actions, the tokens if there
 * are any, and the five digests. Prints how many ticks agreed; the status is 1 when one did not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "nmmo.h"

static void take(void *into, size_t bytes) {
    if (fread(into, 1, bytes, stdin) != bytes) {
        fprintf(stderr, "the input is cut short\n");
        exit(2);
    }
}

static void *room(size_t bytes) {
    void *place = calloc(1, bytes + 64);
    if (!place) exit(3);
    return place;
}

int main(void) {
    struct nmmo_config config;
    struct nmmo_error error;
    struct nmmo_layout layout;
    uint64_t seed;
    uint32_t ticks, speech, given;
    take(&config, sizeof config);
    take(&seed, sizeof seed);
    take(&ticks, sizeof ticks);
    take(&speech, sizeof speech);
    take(&given, sizeof given);
    nmmo_world *world = nmmo_world_create(&config, &error);
    if (!world) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    size_t players = (size_t)config.n_players, tiles = (size_t)config.height * (size_t)config.width;
    nmmo_layout(&config, &layout);
    struct nmmo_outputs outputs = {.observations = room(players * layout.row_bytes),
                                   .rewards = room(players * sizeof(float)),
                                   .terminated = room(players),
                                   .truncated = room(players)};
    nmmo_world_bind(world, &outputs);
    int status;
    if (given) {
        uint32_t *map = room(tiles * sizeof *map);
        take(map, tiles * sizeof *map);
        status = nmmo_world_reset_on_map(world, seed, map, 1, &error);
    } else {
        status = nmmo_world_reset(world, seed, &error);
    }
    uint8_t *actions = room(players), *tokens = room(players);
    for (uint32_t tick = 1; tick <= ticks && !status; tick++) {
        uint64_t expected[NMMO_SECTIONS], found[NMMO_SECTIONS];
        take(actions, players);
        if (speech) take(tokens, players);
        take(expected, sizeof expected);
        status = nmmo_world_step_unseen(world, actions, speech ? tokens : NULL, &error);
        nmmo_world_digests(world, found);
        for (int section = 0; section < NMMO_SECTIONS && !status; section++) {
            if (found[section] == expected[section]) continue;
            printf("tick %" PRIu32 ": %s\n", tick, nmmo_name(NMMO_ENUM_SECTION, section));
            return 1;
        }
    }
    if (status) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    printf("%" PRIu32 " ticks agree\n", ticks);
    return 0;
}
