/* Monsters: where they live, what they do, how they return. */
#include "monsters.h"

#include <string.h>

#include "body.h"
#include "combat.h"
#include "compiler.h"
#include "events.h"
#include "grid.h"
#include "ground.h"
#include "planes.h"
#include "players.h"
#include "random.h"
#include "tile.h"

static nmmo_entity entity_of(const struct nmmo_world *world, uint32_t index) {
    return (nmmo_entity)(world->n_players + index);
}

uint64_t monster_body(const struct monster *monster) {
    uint64_t style = monster->style | (uint64_t)monster->element << 2 | (uint64_t)(monster->combat_ticks != 0) << 5;
    return (uint64_t)monster->temper << TILE_OCCUPANT_SHIFT | (uint64_t)monster->level << TILE_LEVEL_SHIFT |
           (uint64_t)monster->health << TILE_HEALTH_SHIFT | style << TILE_STYLE_SHIFT;
}

void monster_show(struct nmmo_world *world, uint32_t index) {
    const struct monster *monster = &world->monsters[index];
    uint64_t *word = &world->tiles[monster->tile];
    *word = (*word & TILE_MAP_BITS) | monster_body(monster);
}

/* ---- flags ------------------------------------------------------------------------------------------ */

/* Most monsters have nothing to do in most ticks. The flags that say so are kept apart, a byte each and eight per word,
 * so that many monsters are passed over without a look at them. */
enum monster_flag {
    FLAG_SEEKS = 1,   /* idle and hostile: looks for players */
    FLAG_IDLE = 2,    /* idle otherwise: acts only when it wanders */
    FLAG_ENGAGED = 4, /* chasing or walking home */
    FLAG_TIMED = 8    /* something counts down */
};
#define EACH_BYTE 0x0101010101010101ull

static uint64_t flags_of(const struct monster *monster) {
    uint64_t flags = monster->combat_ticks ? FLAG_TIMED : 0;
    switch (monster->state) {
    case MONSTER_DEAD: return FLAG_TIMED;
    case MONSTER_IDLE: return flags | (monster->temper == NMMO_HOSTILE ? FLAG_SEEKS : FLAG_IDLE);
    case MONSTER_CHASING:
    case MONSTER_RETURNING: return flags | FLAG_ENGAGED;
    default: return 0; /* absent, or fallen and soon dead */
    }
}

void monster_update_flags(struct nmmo_world *world, uint32_t index) {
    uint64_t *word = &world->monster_flags[index / 8];
    uint32_t shift = index % 8 * 8;
    *word = (*word & ~(255ull << shift)) | flags_of(&world->monsters[index]) << shift;
}

void monsters_update_flags(struct nmmo_world *world) {
    uint32_t count = (uint32_t)world->head->config.n_monsters;
    memset(world->monster_flags, 0, (count + 7) / 8 * sizeof *world->monster_flags);
    for (uint32_t i = 0; i < count; i++) monster_update_flags(world, i);
}

/* ---- homes and returns ----------------------------------------------------------------------------- */

void monster_appear(struct nmmo_world *world, uint32_t index, uint32_t tile) {
    struct monster *monster = &world->monsters[index];
    monster->tile = tile;
    monster->row = (uint16_t)tile_row(world, tile);
    monster->column = (uint16_t)tile_column(world, tile);
    monster->health = NMMO_FULL_HEALTH;
    monster->combat_ticks = 0;
    monster->timer = 0;
    monster->target = -1;
    monster->target_life = 0;
    monster->state = MONSTER_IDLE;
    monster_update_flags(world, index);
    body_place(world, entity_of(world, index), tile, 0);
    monster_show(world, index);
    event_add(world, NMMO_EVENT_BIRTH, entity_of(world, index), -1, monster->row, monster->column);
}

/* Its home, or the nearest free tile: ring by ring, reading order within. 0 when all are taken. */
static uint32_t free_tile_near_home(const struct nmmo_world *world, const struct monster *monster) {
    uint32_t home = tile_at(world, monster->home_row, monster->home_column);
    for (int radius = 0; radius <= NMMO_RETURN_RADIUS; radius++) {
        for (int row = -radius; row <= radius; row++) {
            int whole_row = row == -radius || row == radius;
            for (int column = -radius; column <= radius; column += whole_row || radius == 0 ? 1 : 2 * radius) {
                uint32_t tile = home + (uint32_t)(row * world->stride + column);
                if (tile_free(world->tiles[tile])) return tile;
            }
        }
    }
    return 0;
}

/* Those whose time the bodies phase found to be up. One that finds no room tries again next tick. */
void monsters_return(struct nmmo_world *world) {
    for (uint32_t k = 0; k < world->returning_count; k++) {
        uint32_t i = world->turn_order[k];
        uint32_t tile = free_tile_near_home(world, &world->monsters[i]);
        if (tile) monster_appear(world, i, tile);
    }
}

/* Of n monsters the first 45%, say, live on danger 1, the next on danger 2 ... */
static uint32_t home_danger(const struct header *head, uint32_t index) {
    uint32_t percent = (uint32_t)((uint64_t)index * 100 / (uint32_t)head->config.n_monsters);
    uint32_t danger = 1;
    while (percent >= nmmo_monsters[danger - 1].homes) danger++;
    uint32_t wanted = danger;
    while (danger > 1 && head->walkable_start[danger] == head->walkable_start[danger - 1]) danger--;
    if (head->walkable_start[danger] > head->walkable_start[danger - 1]) return danger;
    for (danger = wanted; danger < NMMO_TIERS; danger++)
        if (head->walkable_start[danger] > head->walkable_start[danger - 1]) break;
    return danger;
}

static int fit_for_home(uint64_t word) { return tile_free(word) && tile_object(word) == 0; }

/* A random free tile of the danger without a node; 0 when a bounded search finds none. */
static uint32_t find_home(const struct nmmo_world *world, uint32_t index, uint32_t danger) {
    enum { TRIES = 16, PROBES = 4096 };
    const struct header *head = world->head;
    uint32_t start = head->walkable_start[danger - 1], count = head->walkable_start[danger] - start;
    if (count == 0) return 0;
    uint64_t key = random_key(head->seed, 0, RANDOM_MONSTER_HOME);
    uint32_t place = 0;
    for (uint32_t try = 0; try < TRIES; try++) {
        place = random_below(random_high(random_draw(key, (uint64_t)index * TRIES + try)), count);
        if (fit_for_home(world->tiles[world->walkable[start + place]])) return world->walkable[start + place];
    }
    for (uint32_t probe = 0; probe < count && probe < PROBES; probe++) {
        place = place + 1 == count ? 0 : place + 1;
        if (fit_for_home(world->tiles[world->walkable[start + place]])) return world->walkable[start + place];
    }
    return 0;
}

static uint32_t draw_temper(uint32_t tier, uint32_t bits) {
    return nmmo_monsters[tier - 1].tempers[random_below(bits, NMMO_TEMPER_DRAWS)];
}

void monsters_populate(struct nmmo_world *world) {
    struct header *head = world->head;
    uint64_t key = random_key(head->seed, 0, RANDOM_MONSTER_TRAITS);
    uint32_t count = (uint32_t)head->config.n_monsters;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t danger = home_danger(head, i);
        uint32_t tile = find_home(world, i, danger);
        for (uint32_t other = 1; !tile && other <= NMMO_TIERS; other++) tile = find_home(world, i, other);
        if (!tile) continue; /* a map without room: it stays absent */
        struct monster *monster = &world->monsters[i];
        uint64_t level_and_style = random_draw(key, 2 * (uint64_t)i), rest = random_draw(key, 2 * (uint64_t)i + 1);
        uint32_t tier = tile_danger(world->tiles[tile]);
        monster->home_row = (uint16_t)tile_row(world, tile);
        monster->home_column = (uint16_t)tile_column(world, tile);
        monster->tier = (uint8_t)tier;
        monster->level = (uint8_t)((tier - 1) * NMMO_LEVELS_PER_TIER + 1 +
                                   random_below(random_high(level_and_style), NMMO_LEVELS_PER_TIER));
        monster->style = (uint8_t)random_below(random_low(level_and_style), NMMO_STYLES);
        monster->temper = (uint8_t)draw_temper(tier, random_high(rest));
        monster->element = (uint8_t)(tier >= 2 ? tile_biome(world->tiles[tile]) + 1 : NMMO_NO_ELEMENT);
        monster_appear(world, i, tile);
    }
}

/* ---- deaths ------------------------------------------------------------------------------------------ */

/* One of the item types of a role, each as likely. */
static uint32_t item_of_role(uint32_t role, uint32_t bits) {
    uint32_t count = 0, type = 0;
    for (uint32_t any = 1; any <= NMMO_ITEM_TYPES; any++) count += nmmo_items[any].role == role;
    uint32_t chosen = random_below(bits, count);
    do type++;
    while (nmmo_items[type].role != role || chosen--);
    return type;
}

void monster_die(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    nmmo_entity entity = entity_of(world, index);
    struct nmmo_event *event = event_add(world, NMMO_EVENT_DEATH, entity, monster->target, monster->row,
                                         monster->column);
    event->detail = NMMO_BY_PLAYER;
    event->tier = monster->tier;
    uint32_t tile = monster->tile;
    body_remove(world, entity, tile);
    monster->tile = 0;
    monster->state = MONSTER_DEAD;
    monster->health = 0;
    monster->combat_ticks = 0;
    monster->target = -1;
    monster->target_life = 0;
    monster->timer = (uint16_t)world->head->config.monster_return_ticks;
    monster_update_flags(world, index);

    uint64_t draw = random_draw(random_key(world->head->seed, world->head->tick, RANDOM_LOOT), index);
    uint32_t role = nmmo_monsters[monster->tier - 1].loot[random_below(random_high(draw), NMMO_LOOT_DRAWS)];
    if (role != NMMO_ROLE_NONE)
        ground_drop(world, tile, entity, item_of_role(role, random_low(draw)), monster->tier, 1);
}

/* Counts down combat, and the wait of the dead; lists those whose wait is over. */
void monsters_timers(struct nmmo_world *world) {
    uint32_t words = ((uint32_t)world->head->config.n_monsters + 7) / 8;
    world->returning_count = 0;
    for (uint32_t word = 0; word < words; word++) {
        for (uint64_t timed = world->monster_flags[word] & FLAG_TIMED * EACH_BYTE; timed; timed &= timed - 1) {
            uint32_t i = word * 8 + (uint32_t)lowest_bit(timed) / 8;
            struct monster *monster = &world->monsters[i];
            if (monster->state == MONSTER_DEAD) {
                if (monster->timer) monster->timer--;
                if (monster->timer == 0) world->turn_order[world->returning_count++] = i;
            } else if (--monster->combat_ticks == 0) {
                monster_update_flags(world, i);
                monster_show(world, i);
            }
        }
    }
}

/* ---- moving -------------------------------------------------------------------------------------------- */

static int step(struct nmmo_world *world, uint32_t index, int rows, int columns) {
    struct monster *monster = &world->monsters[index];
    uint32_t tile = monster->tile + (uint32_t)(rows * world->stride + columns);
    if (!tile_free(world->tiles[tile])) return 0;
    body_move(world, entity_of(world, index), monster->tile, tile);
    monster->tile = tile;
    monster->row = (uint16_t)(monster->row + rows);
    monster->column = (uint16_t)(monster->column + columns);
    return 1;
}

static int sign(int value) { return (value > 0) - (value < 0); }

/* One tile closer along the longer axis, or the shorter one, or aside to get round an obstacle. */
static void step_toward(struct nmmo_world *world, uint32_t index, int row, int column) {
    struct monster *monster = &world->monsters[index];
    int rows = row - monster->row, columns = column - monster->column;
    int row_length = rows < 0 ? -rows : rows, column_length = columns < 0 ? -columns : columns;
    uint64_t draw = random_draw(random_key(world->head->seed, world->head->tick, RANDOM_SIDESTEP), index);
    int rows_first = row_length > column_length || (row_length == column_length && (draw & 1));
    int toward_row = sign(rows), toward_column = sign(columns);
    if (rows_first) {
        if (step(world, index, toward_row, 0)) return;
        if (toward_column && step(world, index, 0, toward_column)) return;
        int aside = draw & 2 ? 1 : -1;
        if (step(world, index, 0, toward_column ? -toward_column : aside)) return;
        if (!toward_column) step(world, index, 0, -aside);
    } else {
        if (toward_column && step(world, index, 0, toward_column)) return;
        if (toward_row && step(world, index, toward_row, 0)) return;
        int aside = draw & 2 ? 1 : -1;
        if (step(world, index, toward_row ? -toward_row : aside, 0)) return;
        if (!toward_row) step(world, index, -aside, 0);
    }
}

/* ---- minds ---------------------------------------------------------------------------------------------- */

/* The nearest living player in the square of its aggro radius whom it may turn to, then the first
 * in reading order; -1 none. */
static nmmo_entity nearest_player(const struct nmmo_world *world, const struct monster *monster) {
    enum { SIDE = 2 * NMMO_AGGRO_RADIUS + 1 };
    nmmo_entity best = -1;
    int best_distance = NMMO_AGGRO_RADIUS + 1;
    uint32_t corner = monster->tile - (uint32_t)(NMMO_AGGRO_RADIUS * world->stride + NMMO_AGGRO_RADIUS);
    for (int row = 0; row < SIDE; row++) {
        uint32_t start = corner + (uint32_t)(row * world->stride);
        uint64_t bits = plane_bits(world->player_plane, start) & ((1ull << SIDE) - 1);
        while (bits) {
            int column = lowest_bit(bits);
            bits &= bits - 1;
            int away = distance(NMMO_AGGRO_RADIUS, NMMO_AGGRO_RADIUS, row, column);
            if (away >= best_distance) continue;
            nmmo_entity entity = (nmmo_entity)world->ids[start + (uint32_t)column] - 1;
            const struct player *player = &world->players[entity];
            if (player->state != LIFE_LIVING || player->self.monster_protection_ticks) continue;
            best = entity;
            best_distance = away;
        }
    }
    return best;
}

static int has_target(const struct nmmo_world *world, const struct monster *monster) {
    if (monster->target < 0) return 0;
    const struct player *player = &world->players[monster->target];
    return player->state == LIFE_LIVING && player->life == monster->target_life;
}

static int can_strike(const struct nmmo_world *world, const struct monster *monster, const struct player *player) {
    int range = monster->style == NMMO_MELEE ? NMMO_MELEE_RANGE : NMMO_SHOT_RANGE;
    int rows = player->self.row - monster->row, columns = player->self.column - monster->column;
    return distance(0, 0, rows, columns) <= range && line_of_sight(world, monster->tile, player->tile, rows, columns);
}

static void forget_target(struct monster *monster) {
    monster->target = -1;
    monster->target_life = 0;
}

static void settle_at_home(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    forget_target(monster);
    monster->state = MONSTER_IDLE;
    monster_update_flags(world, index);
    monster->timer = 0;
    monster->health = NMMO_FULL_HEALTH;
    monster_show(world, index);
}

/* It has arrived on its home tile, or beside it when somebody else stands there. */
static int is_home(const struct nmmo_world *world, const struct monster *monster) {
    int away = distance(monster->row, monster->column, monster->home_row, monster->home_column);
    if (away == 0) return 1;
    return away == 1 && tile_occupied(world->tiles[tile_at(world, monster->home_row, monster->home_column)]);
}

static void walk_home(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    if (has_target(world, monster) && can_strike(world, monster, &world->players[monster->target])) {
        monster_attack(world, index, (uint32_t)monster->target); /* pays back one hit */
        forget_target(monster);
        return;
    }
    forget_target(monster);
    if (!is_home(world, monster) && monster->timer >= NMMO_WALK_HOME_TICKS) {
        uint32_t tile = free_tile_near_home(world, monster);
        if (!tile) return;
        body_move(world, entity_of(world, index), monster->tile, tile);
        monster->tile = tile;
        monster->row = (uint16_t)tile_row(world, tile);
        monster->column = (uint16_t)tile_column(world, tile);
        settle_at_home(world, index);
        return;
    }
    if (!is_home(world, monster)) {
        monster->timer++;
        step_toward(world, index, monster->home_row, monster->home_column);
    }
    if (is_home(world, monster)) settle_at_home(world, index);
}

static void chase(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    int from_home = distance(monster->row, monster->column, monster->home_row, monster->home_column);
    if (has_target(world, monster) && from_home < NMMO_LEASH_HOME) {
        const struct player *player = &world->players[monster->target];
        if (distance(monster->row, monster->column, player->self.row, player->self.column) <= NMMO_LEASH_TARGET) {
            if (can_strike(world, monster, player)) monster_attack(world, index, (uint32_t)monster->target);
            else step_toward(world, index, player->self.row, player->self.column);
            return;
        }
    }
    forget_target(monster);
    monster->state = MONSTER_RETURNING;
    monster_update_flags(world, index);
    monster->timer = 0;
    walk_home(world, index);
}

/* One draw serves eight monsters, a byte each: three bits decide whether it wanders, two say where. */
static void draw_wandering(struct nmmo_world *world) {
    uint64_t key = random_key(world->head->seed, world->head->tick, RANDOM_WANDER);
    uint32_t draws = ((uint32_t)world->head->config.n_monsters + 7) / 8;
    for (uint32_t i = 0; i < draws; i++) world->wandering[i] = random_draw(key, i);
}
static uint32_t wandering_of(const struct nmmo_world *world, uint32_t index) {
    return (uint32_t)(world->wandering[index / 8] >> (index % 8 * 8)) & 255u;
}
static int wants_to_wander(uint32_t drawn) { return drawn % NMMO_WANDER_ONE_IN == 0; }
static int wandering_direction(uint32_t drawn) { return (int)(drawn / NMMO_WANDER_ONE_IN & 3); }
_Static_assert(NMMO_WANDER_ONE_IN <= 64 && (NMMO_WANDER_ONE_IN & (NMMO_WANDER_ONE_IN - 1)) == 0, "bits of a byte");

static void idle(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    if (monster->temper == NMMO_HOSTILE) {
        nmmo_entity prey = nearest_player(world, monster);
        if (prey >= 0) {
            monster->target = prey;
            monster->target_life = world->players[prey].life;
            monster->state = MONSTER_CHASING;
            monster_update_flags(world, index);
            chase(world, index);
            return;
        }
    }
    uint32_t drawn = wandering_of(world, index);
    if (!wants_to_wander(drawn)) return;
    int direction = wandering_direction(drawn);
    int rows = direction_rows(direction), columns = direction_columns(direction);
    if (distance(monster->row + rows, monster->column + columns, monster->home_row, monster->home_column) <=
        NMMO_WANDER_RADIUS)
        step(world, index, rows, columns);
}

/* Of eight monsters: the lowest bit of a byte says whether there may be something for that one to do. */
static uint64_t may_act(uint64_t flags, uint64_t drawn) {
    uint64_t wanders = ~((drawn & (NMMO_WANDER_ONE_IN - 1) * EACH_BYTE) + 0x7F * EACH_BYTE) >>
                       7; /* none of those bits */
    return (flags / FLAG_SEEKS | (flags / FLAG_IDLE & wanders) | flags / FLAG_ENGAGED) & EACH_BYTE;
}

/* Lists the monsters that act, in the order of their numbers, and returns how many: an idle one rests where no player
 * is near. */
static uint32_t list_acting(const struct nmmo_world *world, uint32_t *order) {
    uint32_t words = ((uint32_t)world->head->config.n_monsters + 7) / 8, acting = 0;
    for (uint32_t word = 0; word < words; word++) {
        uint64_t engaged = world->monster_flags[word] / FLAG_ENGAGED;
        for (uint64_t open = may_act(world->monster_flags[word], world->wandering[word]); open; open &= open - 1) {
            uint32_t bit = (uint32_t)lowest_bit(open), i = word * 8 + bit / 8;
            order[acting] = i; /* without a branch, which would mostly be guessed wrong */
            acting += (uint32_t)(engaged >> bit & 1) |
                      (uint32_t)player_near(world, world->monsters[i].row, world->monsters[i].column);
        }
    }
    return acting;
}

/* Where it stands, and where it may step to. */
static void prefetch_surroundings(const struct nmmo_world *world, uint32_t index) {
    const uint64_t *here = &world->tiles[world->monsters[index].tile];
    prefetch(here);
    prefetch(here - world->stride);
    prefetch(here + world->stride);
}

void monsters_act(struct nmmo_world *world) {
    enum { AHEAD = 8 };
    uint32_t *order = world->turn_order;
    draw_wandering(world);
    uint32_t acting = list_acting(world, order); /* who rests is left out before the shuffle; the rest is as random */
    random_shuffle(order, acting, random_key(world->head->seed, world->head->tick, RANDOM_MONSTER_ORDER));
    for (uint32_t k = 0; k < acting; k++) {
        if (k + AHEAD < acting) prefetch_surroundings(world, order[k + AHEAD]);
        uint32_t i = order[k];
        switch (world->monsters[i].state) {
        case MONSTER_IDLE: idle(world, i); break;
        case MONSTER_CHASING: chase(world, i); break;
        case MONSTER_RETURNING: walk_home(world, i); break;
        default: break;
        }
    }
}
