/* Random play in several small worlds, with everything checked after every phase and tick against the naive model.
 *
 *     invariants [--seed N] [--ticks N] [--world NAME] [--require-coverage]
 *
 * Players choose by the mask, by aim (fight, trade, walk to what is worth walking to), or blindly. At the end it prints
 * what was seen; --require-coverage plays on, a few rounds, until every action, event, item of every tier and cause of
 * death was, and fails if something never is.
 */
#include "../../engine/random.h"
#include "model.h"

/* ---- the worlds ---------------------------------------------------------------------------------------------- */

enum { WORLDS = 8 };
static const char *const world_names[WORLDS] = {"plain",   "teams", "survival", "duels",
                                                "request", "dense", "wide",     "hunger"};

static struct nmmo_config config_of(int which) {
    struct nmmo_config config;
    CHECK(nmmo_config_preset("small", &config) == NMMO_OK, "the preset is there");
    config.height = config.width = 48;
    config.n_players = 40;
    config.n_monsters = 80;
    config.node_regrow_ticks = 11;
    config.monster_return_ticks = 7;
    config.listing_ticks = 24;
    config.stagnation_ticks = 150;
    config.view_row_radius = 4;
    config.view_column_radius = 5;
    config.w_progress = 0.125f;
    config.w_explore = 0.05f;
    switch (which) {
    case 1:
        config.width = 56;
        config.n_players = 48;
        config.team_size = 6;
        config.vocabulary = 31;
        config.pvp_min_danger = 2;
        config.w_gold = 0.3f;
        break;
    case 2:
        config.survival = 1;
        config.fog = 1;
        config.fog_start = 40;
        config.fog_period = 9;
        config.fog_final = 7;
        config.lives = 3;
        config.horizon = 120;
        break;
    case 3:
        config.height = config.width = 36;
        config.pvp_min_danger = 1;
        config.protection_ticks = 4;
        config.respawn = NMMO_RESPAWN_NEXT_TICK;
        config.stagnation_ticks = 0;
        config.view_row_radius = 5;
        config.view_column_radius = 7;
        break;
    case 4:
        config.respawn = NMMO_RESPAWN_ON_REQUEST;
        config.pvp_min_danger = 1;
        config.lives = 5;
        config.vocabulary = 3;
        config.stagnation_ticks = 60;
        break;
    case 5: /* as full as a world may be */
        config.height = config.width = 32;
        config.n_players = 96;
        config.n_monsters = 160;
        config.pvp_min_danger = 1;
        config.protection_ticks = 0;
        config.view_row_radius = config.view_column_radius = 2;
        break;
    case 6:
        config.height = 33;
        config.width = 96;
        config.view_row_radius = 1;
        config.view_column_radius = 15;
        config.listing_ticks = 8;
        config.node_regrow_ticks = 1;
        config.monster_return_ticks = 1;
        config.w_death = -3.7f;
        config.w_equipment = -0.1f;
        break;
    case 7: /* nobody fights here: what is left to die of is hunger, thirst and fog */
        config.survival = 1;
        config.n_players = 24;
        config.n_monsters = 0;
        config.stagnation_ticks = 2000;
        config.fog = 1;
        config.fog_start = 10;
        config.fog_period = 40;
        config.fog_final = 4096;
        break;
    default: break;
    }
    return config;
}

/* ---- a world under test ------------------------------------------------------------------------------------------ */

struct outputs {
    uint8_t *rows, *finals, *terminated, *truncated;
    float *rewards;
};

static void *array(size_t count, size_t size) {
    void *made = calloc(count ? count : 1, size);
    CHECK(made, "out of memory");
    return made;
}

static struct outputs bind_outputs(nmmo_world *world) {
    size_t n = (size_t)nmmo_world_config(world)->n_players;
    struct nmmo_layout layout;
    nmmo_layout(nmmo_world_config(world), &layout);
    struct outputs made = {array(n, layout.row_bytes), array(n, layout.row_bytes), array(n, 1), array(n, 1),
                           array(n, sizeof(float))};
    struct nmmo_outputs given = {made.rows, made.rewards, made.terminated, made.truncated, made.finals};
    nmmo_world_bind(world, &given);
    return made;
}

static void free_outputs(struct outputs *outputs) {
    free(outputs->rows);
    free(outputs->finals);
    free(outputs->terminated);
    free(outputs->truncated);
    free(outputs->rewards);
}

static uint64_t draws;
static uint32_t below(uint32_t bound) {
    draws += RANDOM_STEP;
    return random_below(random_high(random_mix(draws)), bound);
}

/* Levels, goods and gold of all kinds, so that play begins in the middle of the game. */
static void enrich(nmmo_world *world, int hungry) {
    struct nmmo_error error;
    const struct nmmo_config *config = nmmo_world_config(world);
    for (int i = 0; i < config->n_players; i++) {
        if (!world->players[i].tile) continue;
        if (i % 4) {
            for (int skill = 0; skill < NMMO_SKILLS; skill++) {
                int level = i % 4 == 1 ? NMMO_LEVELS - (int)below(8) : (int)below(NMMO_LEVELS) + 1;
                int experience = level == NMMO_LEVELS ? 0 : (int)below((uint32_t)(8 * level));
                CHECK(!nmmo_edit_level(world, i, skill, level, experience, &error), "%s", error.message);
            }
        }
        for (int k = (int)below(NMMO_INVENTORY_SLOTS * 2); k > 0; k--) {
            int type = (int)below(NMMO_ITEM_TYPES) + 1, tier = (int)below(NMMO_TIERS) + 1;
            int quantity = type < NMMO_WHETSTONE ? 1 : below(2) ? (int)below(99) + 1 : (int)below(3) + 1;
            nmmo_edit_give(world, i, type, tier, quantity, 0, &error); /* refused where it does not fit */
        }
        CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_GOLD, (int)below(1000), &error), "%s", error.message);
        CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_PRICE_STEP, (int)below(16) + 1, &error), "%s", error.message);
        CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_STAMINA, (int)below(101), &error), "%s", error.message);
        CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_PROTECTION, (int)below((uint32_t)config->protection_ticks + 1),
                               &error),
              "%s", error.message);
        if (hungry) {
            CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_FOOD, (int)below(20), &error), "%s", error.message);
            CHECK(!nmmo_edit_vital(world, i, NMMO_VITAL_WATER, (int)below(20), &error), "%s", error.message);
        }
    }
    nmmo_world_observe(world, NULL);
}

/* ---- players --------------------------------------------------------------------------------------------------------- */

/* A possible action of a range of actions, or 0. */
static int any_of(const uint8_t *mask, int first, int count) {
    int possible = 0, chosen = 0;
    for (int action = first; action < first + count; action++)
        if (mask[action] && below((uint32_t)++possible) == 0) chosen = action;
    return chosen;
}

/* One step towards the nearest thing in view: a ripe node, an item, another body. */
static int walk_to_something(const struct nmmo_layout *layout, const uint8_t *row) {
    const uint8_t *mask = row + layout->mask;
    int middle_row = (int)layout->view_rows / 2, middle_column = (int)layout->view_columns / 2;
    int best = 1000, toward_row = 0, toward_column = 0;
    for (int r = 0; r < (int)layout->view_rows; r++) {
        for (int c = 0; c < (int)layout->view_columns; c++) {
            struct nmmo_tile tile;
            memcpy(&tile, row + layout->tiles + ((size_t)r * layout->view_columns + (size_t)c) * sizeof tile,
                   sizeof tile);
            int away = abs(r - middle_row) + abs(c - middle_column);
            int worth = (tile.object >= 1 && tile.object <= NMMO_FISH) || (tile.occupant & 7);
            if (!worth || away == 0 || away >= best) continue;
            best = away;
            toward_row = r - middle_row;
            toward_column = c - middle_column;
        }
    }
    int direction = abs(toward_row) > abs(toward_column) ? (toward_row < 0 ? 0 : 2) : (toward_column > 0 ? 1 : 3);
    int action = (below(8) == 0 ? NMMO_RUN : NMMO_MOVE) + direction;
    return best < 1000 && mask[action] ? action : any_of(mask, NMMO_MOVE, 4);
}

static uint8_t choose(const struct nmmo_layout *layout, const uint8_t *row, int64_t sampled) {
    const uint8_t *mask = row + layout->mask;
    uint32_t mood = below(100);
    int action = 0;
    if (mood < 25) return (uint8_t)sampled;
    if (mood < 35) return (uint8_t)below(NMMO_ACTIONS);
    if (mood < 60) {
        action = any_of(mask, NMMO_ATTACK_MONSTER, 2);
        if (action) return (uint8_t)action;
    }
    if (mood < 68) action = any_of(mask, NMMO_BUY, NMMO_ITEM_TYPES);
    if (!action && mood < 71) action = any_of(mask, NMMO_SELL, NMMO_INVENTORY_SLOTS);
    if (!action && mood < 76) action = any_of(mask, NMMO_USE, NMMO_INVENTORY_SLOTS);
    if (!action && mood < 78) action = any_of(mask, NMMO_PRICE_UP, 2);
    return (uint8_t)(action ? action : walk_to_something(layout, row));
}

/* ---- the mask, by playing -------------------------------------------------------------------------------------------- */

/* Each action alone, played by the phase itself in a copy of the world: the mask has a 1 exactly where that changes
 * something. The copy is taken of the whole state at once, so nothing can be left out. With ask set, the engine's own
 * answer to the same question is compared too. */
static void check_mask(nmmo_world *world, nmmo_world *copy, const struct outputs *outputs, int first, int step,
                       int ask) {
    const struct nmmo_config *config = nmmo_world_config(world);
    size_t bytes = nmmo_state_bytes(config);
    struct nmmo_layout layout;
    nmmo_layout(config, &layout);
    uint8_t *actions = array((size_t)config->n_players, 1);
    struct nmmo_statistics statistics = world->head->statistics;
    memcpy(copy->head, world->head, bytes);
    for (int i = first; i < config->n_players; i += step) {
        const uint8_t *mask = outputs->rows + (size_t)i * layout.row_bytes + layout.mask;
        for (int action = 1; action < NMMO_ACTIONS; action++) {
            copy->event_count = copy->fallen_count = 0;
            actions[i] = (uint8_t)action;
            nmmo_world_phase(copy, NMMO_PHASE_PLAYERS, actions, NULL, NULL);
            copy->head->statistics = statistics;
            int changed = memcmp(copy->head, world->head, bytes) != 0;
            CHECK(changed == mask[action], "player %d: the mask of %s is %d", i, nmmo_name(NMMO_ENUM_ACTION, action),
                  mask[action]);
            if (ask)
                CHECK(nmmo_world_would_change(world, (uint32_t)i, (uint8_t)action) == changed,
                      "player %d: would_change of %s", i, nmmo_name(NMMO_ENUM_ACTION, action));
            if (changed) memcpy(copy->head, world->head, bytes);
        }
        actions[i] = NMMO_WAIT;
        CHECK(memcmp(copy->head, world->head, bytes) == 0, "would_change of player %d has changed something", i);
    }
    free(actions);
}

/* ---- play ------------------------------------------------------------------------------------------------------------ */

struct coverage {
    uint64_t actions[NMMO_ACTIONS], refused, events[NMMO_EVENT_KINDS], causes[NMMO_CAUSES];
    uint64_t gained[NMMO_ITEM_TYPES + 1][NMMO_TIERS + 1], used[NMMO_ITEM_TYPES + 1][NMMO_TIERS + 1];
    uint64_t ticks, ends;
};

static void add_coverage(struct coverage *coverage, const struct model *model, const nmmo_world *world) {
    const struct nmmo_statistics *statistics = nmmo_world_statistics(world);
    for (int action = 0; action < NMMO_ACTIONS; action++) {
        coverage->actions[action] += action ? model->actions[action] : (uint64_t)statistics->actions[0];
        coverage->refused += (uint64_t)statistics->refused[action];
    }
    for (int kind = 0; kind < NMMO_EVENT_KINDS; kind++) coverage->events[kind] += model->event_kinds[kind];
    for (int cause = 0; cause < NMMO_CAUSES; cause++)
        coverage->causes[cause] += (uint64_t)model->counted.finished.causes[cause];
    for (int type = 1; type <= NMMO_ITEM_TYPES; type++) {
        for (int tier = 1; tier <= NMMO_TIERS; tier++) {
            coverage->gained[type][tier] += model->items_gained[type][tier];
            coverage->used[type][tier] += model->items_used[type][tier];
        }
    }
}

static void compare_rows(const struct model *model, const uint8_t *rows, const uint8_t *expected, int i,
                         const char *what) {
    size_t bytes = model->layout.row_bytes;
    const uint8_t *row = rows + (size_t)i * bytes;
    expected += (size_t)i * bytes;
    for (size_t byte = 0; byte < bytes; byte++) {
        const struct nmmo_layout *layout = &model->layout;
        CHECK(row[byte] == expected[byte],
              "%s row of player %d, byte %zu (self at %u, inventory %u, listings %u, market %u, mask %u) is %d, "
              "expected %d",
              what, i, byte, layout->self, layout->inventory, layout->listings, layout->market, layout->mask, row[byte],
              expected[byte]);
    }
}

static void compare_all_rows(struct model *model, const struct outputs *outputs, uint8_t *expected) {
    for (int i = 0; i < model->config.n_players; i++) {
        model_row(model, i, expected + (size_t)i * model->layout.row_bytes);
        compare_rows(model, outputs->rows, expected, i, "observation");
    }
}

/* Team mates begin near one another: within the square around their anchor, unless it is full. */
static void check_teams(const nmmo_world *world) {
    const struct nmmo_config *config = nmmo_world_config(world);
    int pairs = 0, near = 0;
    for (int i = 0; i < config->n_players; i++) {
        for (int j = i + 1; j < config->n_players; j++) {
            const struct nmmo_self *one = &world->players[i].self, *other = &world->players[j].self;
            if (config->team_size == 1 || i / config->team_size != j / config->team_size) continue;
            pairs++;
            near += abs(one->row - other->row) <= 2 * NMMO_TEAM_BIRTH_RADIUS &&
                    abs(one->column - other->column) <= 2 * NMMO_TEAM_BIRTH_RADIUS;
        }
    }
    CHECK(near * 10 >= pairs * 9, "%d of %d pairs of mates begin near one another", near, pairs);
}

static void play(int which, uint64_t seed, int ticks, struct coverage *coverage) {
    static struct model model;
    struct nmmo_error error;
    struct nmmo_config config = config_of(which);
    nmmo_world *world = nmmo_world_create(&config, &error), *copy = nmmo_world_create(&config, &error);
    CHECK(world && copy, "%s", error.message);
    struct outputs outputs = bind_outputs(world), ignored = bind_outputs(copy);
    struct nmmo_layout layout;
    nmmo_layout(&config, &layout);
    size_t n = (size_t)config.n_players;
    uint8_t *expected = array(n, layout.row_bytes), *actions = array(n, 1), *tokens = array(n, 1);
    int64_t *sampled = array(n, sizeof *sampled);
    draws = seed * 977 + (uint64_t)which;
    uint64_t episode = seed;
    int fresh = 1;
    CHECK(!nmmo_world_reset(copy, seed, &error), "%s", error.message);
    for (int played = 0; played < ticks; played++) {
        if (fresh) {
            snprintf(check_context, sizeof check_context, "world %s, seed %llu, reset %llu", world_names[which],
                     (unsigned long long)seed, (unsigned long long)episode);
            for (size_t i = 0; i < n; i++) /* so that a byte that is not written shows */
                memset(outputs.finals + i * layout.row_bytes, 0xA5, layout.mask + NMMO_ACTIONS);
            CHECK(!nmmo_world_reset(world, episode, &error), "%s", error.message);
            if (episode % 2 == seed % 2) enrich(world, which == 7);
            check_teams(world);
            model_begin(&model, world);
            model_words(&model);
            model_compare(&model, world);
            compare_all_rows(&model, &outputs, expected);
            episode++;
            fresh = 0;
        }
        snprintf(check_context, sizeof check_context, "world %s, seed %llu, episode %llu, tick %u", world_names[which],
                 (unsigned long long)seed, (unsigned long long)episode - 1, nmmo_world_tick(world) + 1);
        nmmo_sample_actions(outputs.rows + layout.mask, layout.row_bytes, n, seed + (uint64_t)played, sampled);
        for (size_t i = 0; i < n; i++) {
            const uint8_t *row = outputs.rows + i * layout.row_bytes;
            CHECK(sampled[i] >= 0 && sampled[i] < NMMO_ACTIONS && row[layout.mask + (size_t)sampled[i]], "sampled %lld",
                  (long long)sampled[i]);
            actions[i] = choose(&layout, row, sampled[i]);
            tokens[i] = (uint8_t)below((uint32_t)config.vocabulary + 1);
        }
        const uint8_t *spoken = config.vocabulary ? tokens : NULL;
        for (int phase = 0; phase < NMMO_PHASES; phase++) {
            if (phase == NMMO_PHASE_DEATHS) { /* where the last observation of an ending life is taken */
                model_words(&model);
                for (size_t i = 0; i < n; i++) model_row(&model, (int)i, expected + i * layout.row_bytes);
            }
            nmmo_world_phase(world, (enum nmmo_phase)phase, actions, spoken, NULL);
            model_after_phase(&model, world, (enum nmmo_phase)phase, actions, spoken);
            if (phase == NMMO_PHASE_DEATHS) {
                for (size_t i = 0; i < n; i++)
                    if (model.players[i].ended) compare_rows(&model, outputs.finals, expected, (int)i, "final");
            }
        }
        model_words(&model);
        model_compare(&model, world);
        compare_all_rows(&model, &outputs, expected);
        if (played % 100 == 5) check_mask(world, copy, &outputs, 0, 1, 0);
        else if (played % 8 == 0) check_mask(world, copy, &outputs, played / 8 % (int)n, (int)n, 1);
        if (config.respawn == NMMO_RESPAWN_ON_REQUEST && below(3) == 0) {
            uint8_t *wanted = actions; /* they are played already */
            uint32_t waiting = 0;
            for (size_t i = 0; i < n; i++) {
                wanted[i] = (uint8_t)below(2);
                waiting += wanted[i] && model.players[i].waiting;
            }
            CHECK(nmmo_world_respawn(world, wanted) == waiting, "not all lives that were asked for began");
            model_after_phase(&model, world, NMMO_PHASE_BIRTHS, actions, spoken);
            model_words(&model);
            model_compare(&model, world);
            compare_all_rows(&model, &outputs, expected);
        }
        coverage->ticks++;
        if (nmmo_world_over(world)) {
            int left = 0;
            for (size_t i = 0; i < n; i++) left += model.players[i].alive || model.players[i].waiting;
            CHECK(left == 0, "the world is over, but %d slots have a life left", left);
            CHECK(nmmo_world_step(world, actions, spoken, NULL, &error) == NMMO_WORLD_OVER, "stepped after the end");
            coverage->ends++;
            fresh = 1;
        }
        if (fresh || played + 1 == ticks) add_coverage(coverage, &model, world);
    }
    free(expected);
    free(actions);
    free(tokens);
    free(sampled);
    free_outputs(&outputs);
    free_outputs(&ignored);
    nmmo_world_destroy(world);
    nmmo_world_destroy(copy);
}

/* ---- what was seen ------------------------------------------------------------------------------------------------------ */

static int report(int aloud, const char *what, const char *name, uint64_t count) {
    if (aloud) printf("  %-10s %-18s %10llu%s\n", what, name, (unsigned long long)count, count ? "" : "  NEVER");
    return count == 0;
}

/* How much never was. */
static int report_coverage(const struct coverage *coverage, int aloud) {
    int missing = 0;
    if (aloud)
        printf("%llu ticks, %llu ends of worlds, %llu actions refused\n", (unsigned long long)coverage->ticks,
               (unsigned long long)coverage->ends, (unsigned long long)coverage->refused);
    for (int action = 0; action < NMMO_ACTIONS; action++)
        missing += report(aloud, "action", nmmo_name(NMMO_ENUM_ACTION, action), coverage->actions[action]);
    for (int kind = 1; kind < NMMO_EVENT_KINDS; kind++)
        missing += report(aloud, "event", nmmo_name(NMMO_ENUM_EVENT, kind), coverage->events[kind]);
    for (int cause = 1; cause < NMMO_CAUSES; cause++)
        missing += report(aloud, "ended by", nmmo_name(NMMO_ENUM_CAUSE, cause), coverage->causes[cause]);
    for (int type = 1; type <= NMMO_ITEM_TYPES; type++) {
        uint64_t gained = 0;
        for (int tier = 1; tier <= NMMO_TIERS; tier++) {
            char name[32];
            snprintf(name, sizeof name, "%s %d", nmmo_name(NMMO_ENUM_OBJECT, type), tier);
            gained += coverage->gained[type][tier];
            missing += report(aloud, "used", name, coverage->used[type][tier]);
        }
        missing += report(aloud, "gained", nmmo_name(NMMO_ENUM_OBJECT, type), gained);
    }
    missing += report(aloud, "", "ends of worlds", coverage->ends);
    missing += report(aloud, "", "refusals", coverage->refused);
    return missing;
}

int main(int argc, char **argv) {
    uint64_t seed = 0;
    int ticks = 300, require = 0, only = -1;
    for (int k = 1; k < argc; k++) {
        if (!strcmp(argv[k], "--require-coverage")) require = 1;
        else if (!strcmp(argv[k], "--seed") && k + 1 < argc) seed = strtoull(argv[++k], NULL, 10);
        else if (!strcmp(argv[k], "--ticks") && k + 1 < argc) ticks = atoi(argv[++k]);
        else if (!strcmp(argv[k], "--world") && k + 1 < argc) {
            k++;
            for (int which = 0; which < WORLDS; which++)
                if (!strcmp(argv[k], world_names[which])) only = which;
            CHECK(only >= 0, "no world is called %s", argv[k]);
        } else {
            fprintf(stderr, "usage: invariants [--seed N] [--ticks N] [--world NAME] [--require-coverage]\n");
            return 2;
        }
    }
    static struct coverage coverage;
    /* what is rare may need another round */
    for (int round = 0; round < (require ? 6 : 1) && report_coverage(&coverage, 0); round++)
        for (int which = 0; which < WORLDS; which++)
            if (only < 0 || only == which) play(which, seed + (uint64_t)round, ticks, &coverage);
    int missing = report_coverage(&coverage, 1);
    if (require && missing) fprintf(stderr, "%d things never happened\n", missing);
    return require && missing;
}
