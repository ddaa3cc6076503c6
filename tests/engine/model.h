/* A second, naive account of a world: slow, plain, and written from the rules rather than from the engine.
 *
 * It is handed the actions of a tick and the events that the engine reports, works out what the world must look like
 * after each phase, and compares. What no event tells (where bodies moved) it reads from the engine and only checks
 * for legality. A failed check prints the place and ends the program.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engine/nmmo_testing.h"
#include "../../engine/state.h"

enum { MAX_PLAYERS = 1024, MAX_MONSTERS = 1024, MAX_TILES = 128 * 128 };

extern char check_context[160]; /* what was being played, for the message */
#define CHECK(condition, ...) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s\n  %s: ", __FILE__, __LINE__, #condition, check_context); \
            fprintf(stderr, __VA_ARGS__); \
            fprintf(stderr, "\n"); \
            exit(1); \
        } \
    } while (0)

struct model_listing {
    int type, tier, quantity, step; /* type 0: a free place */
    uint32_t expires_at;
    uint64_t order; /* of two at one price the lower is the older */
};

struct model_player {
    int alive; /* has a body, be it at health 0 */
    int row, column;
    int old_row, old_column; /* before this tick's moves */
    int health, stamina, food, water;
    int64_t gold;
    int level[NMMO_SKILLS];
    int experience[NMMO_SKILLS];
    struct nmmo_item inventory[NMMO_INVENTORY_SLOTS];
    struct model_listing listings[NMMO_LISTINGS];
    int price_step;
    int combat, protection, monster_protection;
    int token;
    int cause; /* once health is 0 */
    int killer;
    uint32_t born, score_tick, lives;
    int score, best_score;
    int birth_row, birth_column;
    int explored;
    int acted;      /* an event of this tick shows that the action was carried out */
    int sold;       /* somebody bought of it this tick */
    int levels_due; /* level-ups that events must still report */
    int due_skill, due_level;
    int ended; /* this tick: 0, 1 terminated, 2 truncated */
    int waiting;
    uint32_t ended_tick;
    int64_t net_sales, best_sales;
    int64_t score_sum, ticks_lived;
    /* what rewards have been paid for */
    int paid_combat, paid_harvest, paid_worn, paid_strides;
    int64_t paid_progress, paid_sales;
    float life_return, reward;
};

struct model_monster {
    int present, alive;
    int row, column, old_row, old_column, home_row, home_column;
    int health, combat, temper, level, tier, style, element;
    int killer;
    int state; /* before the monsters act */
    uint32_t died;
};

/* what lies there */
struct model_tile {
    int item, tier, quantity;
    uint32_t vanishes;
    uint32_t regrows; /* 0: the node, if any, is ripe */
    int dropped_upon; /* in this phase */
};

struct model {
    struct nmmo_config config;
    struct nmmo_layout layout;
    int height, width;
    uint32_t tick;
    uint32_t map[MAX_TILES]; /* ground, ripe nodes, danger */
    struct model_tile tiles[MAX_TILES];
    int occupant[MAX_TILES]; /* entity + 1, by model_occupy */
    uint64_t words[MAX_TILES];
    struct model_player players[MAX_PLAYERS];
    struct model_monster monsters[MAX_MONSTERS];
    int last_sale[NMMO_BOOKS];
    uint64_t listing_order;
    uint64_t actions[NMMO_ACTIONS]; /* carried out, as the model sees it */
    uint64_t event_kinds[NMMO_EVENT_KINDS];
    uint64_t items_gained[NMMO_ITEM_TYPES + 1][NMMO_TIERS + 1];
    uint64_t items_used[NMMO_ITEM_TYPES + 1][NMMO_TIERS + 1];
    struct nmmo_statistics counted;
    size_t events_read;
};

/* Takes over what the engine holds now as the truth to start from. */
void model_begin(struct model *model, struct nmmo_world *world);
/* Counts what is reported but was not yet read, in this phase. */
void model_after_phase(struct model *model, struct nmmo_world *world, enum nmmo_phase phase, const uint8_t *actions,
                       const uint8_t *tokens);
/* Every plane, word, record and derived field of the engine against the model. */
void model_compare(struct model *model, struct nmmo_world *world);
/* The row of observation of player i, from the model alone. */
void model_row(struct model *model, int i, uint8_t *row);
/* Fills words: to be called before model_row. */
void model_words(struct model *model);
void model_mask(struct model *model, int i, uint8_t *mask);
int model_price(int step);

#endif
