/* The random play of invariants.c, its worlds in turn, until its slots have taken so many steps under its checks.
 *
 *     long_play [--agent-steps N] [--seed N]
 */
#define main invariants_main /* its worlds, its players and its checks, without its command line */
int invariants_main(int argc, char **argv);
#include "invariants.c"
#undef main

enum { TICKS = 200 }; /* of a world before the next one has its turn */

int main(int argc, char **argv) {
    uint64_t seed = 0, wanted = 1000000, steps = 0;
    for (int k = 1; k < argc; k++) {
        if (!strcmp(argv[k], "--seed") && k + 1 < argc) seed = strtoull(argv[++k], NULL, 10);
        else if (!strcmp(argv[k], "--agent-steps") && k + 1 < argc) wanted = strtoull(argv[++k], NULL, 10);
        else {
            fprintf(stderr, "usage: long_play [--agent-steps N] [--seed N]\n");
            return 2;
        }
    }
    static struct coverage coverage;
    for (uint64_t round = 0; steps < wanted; round++) {
        for (int which = 0; which < WORLDS; which++) {
            uint64_t before = coverage.ticks;
            play(which, seed + round, TICKS, &coverage);
            steps += (coverage.ticks - before) * (uint64_t)config_of(which).n_players;
        }
    }
    int missing = report_coverage(&coverage, 0);
    printf("%llu agent-steps in %llu ticks, %d things never seen\n", (unsigned long long)steps,
           (unsigned long long)coverage.ticks, missing);
    return missing != 0;
}
