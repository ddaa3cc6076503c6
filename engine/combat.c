/* Combat: who can be hit, how hard, and what a kill brings. */
#include "combat.h"

#include "compiler.h"
#include "events.h"
#include "grid.h"
#include "items.h"
#include "levels.h"
#include "lives.h"
#include "monsters.h"
#include "planes.h"
#include "players.h"
#include "tile.h"

/* ---- sight -------------------------------------------------------------------------------------- */

/* The shot passes, between its two ends, the tiles nearest to the straight line. It is traced from
 * the lower tile number to the higher, so that anyone who can shoot can be shot. */
int line_of_sight(const struct nmmo_world *world, uint32_t from, uint32_t to, int rows, int columns) {
    int row_steps = rows < 0 ? -rows : rows, column_steps = columns < 0 ? -columns : columns;
    int steps = row_steps > column_steps ? row_steps : column_steps;
    if (steps < 2) return 1;
    if (to < from) {
        from = to;
        rows = -rows;
        columns = -columns;
    }
    for (int k = 1; k < steps; k++) {
        /* rows >= 0 here; columns may be negative: shifted up by whole turns before dividing */
        int row = (2 * rows * k + steps) / (2 * steps);
        int column = (2 * (columns + steps) * k + steps) / (2 * steps) - k;
        if (tile_is_stone(world->tiles[from + (uint32_t)(row * world->stride + column)])) return 0;
    }
    return 1;
}

/* ---- targets ------------------------------------------------------------------------------------- */

/* Whether players may attack it, as far as that depends on it alone, unless it fell earlier in this tick. A slot
 * without a body stands on danger 0. Without branches: in a crowd they would be guessed wrong. */
static uint32_t may_be_attacked(const struct nmmo_self *self, int least_danger) {
    return (uint32_t)(self->protection_ticks == 0) & (uint32_t)(self->danger >= least_danger);
}

/* Where players are seldom near one another, a look at each who is costs less than a plane of those whom others
 * may attack, made once per tick. */
int combat_is_crowded(const struct nmmo_config *config) {
    enum { CROWDED_TILES_PER_PLAYER = 64 };
    return (int64_t)config->height * config->width < (int64_t)CROWDED_TILES_PER_PLAYER * config->n_players;
}

/* Of the plane only the bits of the last time are cleared. */
void combat_find_attackable(struct nmmo_world *world) {
    if (!world->crowded) return;
    const int least_danger = world->head->config.pvp_min_danger;
    uint32_t *tiles = world->attackable_tiles;
    for (uint32_t k = 0; k < world->attackable_count; k++) plane_clear(world->attackable_plane, tiles[k]);
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->n_players; i++) {
        tiles[count] = i;
        count += may_be_attacked(&world->players[i].self, least_danger);
    }
    for (uint32_t k = 0; k < count; k++) {
        tiles[k] = world->players[tiles[k]].tile;
        plane_set(world->attackable_plane, tiles[k]);
    }
    world->attackable_count = count;
}

static int of_one_team(const struct player *player, const struct player *other) {
    return player->self.team != 0 && other->self.team == player->self.team;
}

/* Anyone who stands there, unless it fell earlier in this tick: then its health is 0. */
static int is_legal(const struct nmmo_world *world, const struct player *player, uint32_t tile, enum target_kind kind) {
    if (kind == TARGET_MONSTER) return 1;
    const struct player *other = &world->players[world->ids[tile] - 1];
    return may_be_attacked(&other->self, world->head->config.pvp_min_danger) && !of_one_team(player, other);
}

/* Looks through the square of its range in reading order, among those set in a plane; returns a tile, or 0. With
 * any set, the first legal target will do; otherwise the nearest, then the one with least health, then the first. */
static uint32_t search(const struct nmmo_world *world, uint32_t index, enum target_kind kind, const uint8_t *plane,
                       int any) {
    const struct player *player = &world->players[index];
    if (kind == TARGET_PLAYER && player->self.danger < world->head->config.pvp_min_danger) return 0;
    const int range = player->range;
    const uint64_t window = (1ull << (2 * range + 1)) - 1;
    uint32_t best = 0;
    int best_distance = range + 1;
    uint32_t best_health = 0;
    for (int row = -range; row <= range; row++) {
        uint32_t start = player->tile + (uint32_t)(row * world->stride - range);
        uint64_t bits = plane_bits(plane, start) & window & ~((uint64_t)(row == 0) << range); /* not oneself */
        while (bits) {
            int offset = lowest_bit(bits);
            bits &= bits - 1;
            int column = offset - range;
            int away = distance(0, 0, row, column);
            uint32_t tile = start + (uint32_t)offset;
            uint32_t health = tile_health(world->tiles[tile]);
            if (health == 0 || away > best_distance || (away == best_distance && health >= best_health)) continue;
            if (!is_legal(world, player, tile, kind)) continue;
            if (!line_of_sight(world, player->tile, tile, row, column)) continue;
            if (any) return tile;
            best = tile;
            best_distance = away;
            best_health = health;
        }
    }
    return best;
}

nmmo_entity combat_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind) {
    const uint8_t *plane = kind == TARGET_PLAYER ? world->player_plane : world->monster_plane;
    uint32_t tile = search(world, index, kind, plane, 0);
    return tile ? (nmmo_entity)world->ids[tile] - 1 : -1;
}

int combat_has_target(const struct nmmo_world *world, uint32_t index, enum target_kind kind, const uint8_t *plane) {
    const struct player *player = &world->players[index];
    const int range = player->range;
    uint64_t bits = 0;
    uint32_t start = player->tile - (uint32_t)(range * world->stride + range);
    for (int row = -range; row <= range; row++, start += (uint32_t)world->stride)
        bits |= plane_bits(plane, start) & ~((uint64_t)(row == 0) << range); /* not oneself */
    if (!(bits & ((1ull << (2 * range + 1)) - 1))) return 0;                 /* the common case */
    return search(world, index, kind, plane, 1) != 0;
}

int combat_player_in_reach(const struct nmmo_world *world, uint32_t index, int among_fallen) {
    const struct player *player = &world->players[index];
    if (among_fallen || !world->crowded) return combat_has_target(world, index, TARGET_PLAYER, world->player_plane);
    const uint8_t *plane = world->attackable_plane;
    if (player->self.team == 0) { /* none of those is of its own */
        uint32_t west = player->tile - 1, stride = (uint32_t)world->stride;
        uint64_t adjacent = ((plane_bits(plane, west - stride) | plane_bits(plane, west + stride)) & 7) |
                            (plane_bits(plane, west) & 5);
        if (adjacent || player->range == NMMO_MELEE_RANGE) return adjacent != 0;
    }
    return combat_has_target(world, index, TARGET_PLAYER, plane);
}

/* ---- damage ---------------------------------------------------------------------------------------- */

struct fighter {
    int attack, defence;
    uint32_t style, element;
};

static struct fighter player_fighter(const struct player *player) {
    return (struct fighter){player->attack, player->defence, player->self.style, player->self.element};
}

static struct fighter monster_fighter(const struct monster *monster) {
    return (struct fighter){NMMO_MONSTER_ATTACK_BASE + NMMO_MONSTER_ATTACK_PER_LEVEL * monster->level,
                            NMMO_MONSTER_DEFENCE_PER_LEVEL * monster->level +
                                NMMO_MONSTER_DEFENCE_PER_TIER * (monster->tier - 1),
                            monster->style, monster->element};
}

static int style_beats(uint32_t style, uint32_t other) { /* melee > ranged > magic > melee */
    return other == (style + 1) % NMMO_STYLES;
}

static int element_beats(uint32_t element, uint32_t other) { /* water > fire > air > earth > water */
    return element != NMMO_NO_ELEMENT && nmmo_elements[element].beats == other;
}

static int damage_of(struct fighter attacker, struct fighter victim, int between_players) {
    int least = attacker.attack / NMMO_LEAST_DAMAGE_DIVISOR;
    int damage = attacker.attack - victim.defence;
    if (damage < least) damage = least;
    if (style_beats(attacker.style, victim.style)) damage = damage * 3 / 2;
    if (element_beats(attacker.element, victim.element)) damage = damage * 5 / 4;
    else if (element_beats(victim.element, attacker.element)) damage = damage * 3 / 4;
    if (between_players) damage /= 2;
    return damage < 1 ? 1 : damage;
}

static uint8_t reduced(uint8_t health, int damage) { return (uint8_t)(damage >= health ? 0 : health - damage); }

/* ---- hits -------------------------------------------------------------------------------------------- */

static void report_hit(struct nmmo_world *world, nmmo_entity actor, nmmo_entity target, int damage, uint32_t style,
                       uint32_t tier, uint32_t row, uint32_t column) {
    struct nmmo_event *event = event_add(world, NMMO_EVENT_HIT, actor, target, row, column);
    event->amount = damage;
    event->detail = (uint8_t)style;
    event->tier = (uint8_t)tier;
}

static void hit_monster(struct nmmo_world *world, uint32_t index, nmmo_entity target) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    struct monster *monster = monster_of(world, target);
    struct nmmo_statistics *statistics = &world->head->statistics;
    uint32_t style = self->style;
    int damage = damage_of(player_fighter(player), monster_fighter(monster), 0);
    report_hit(world, (nmmo_entity)index, target, damage, style, monster->tier, self->row, self->column);
    statistics->damage_by_players += damage;
    monster->health = reduced(monster->health, damage);
    monster->combat_ticks = NMMO_COMBAT_TICKS;
    if (monster->health) {
        if (monster->temper != NMMO_PASSIVE && monster->target < 0) {
            monster->target = (nmmo_entity)index;
            monster->target_life = player->life;
            if (monster->state == MONSTER_IDLE) monster->state = MONSTER_CHASING;
        }
        monster_update_flags(world, (uint32_t)target - world->n_players);
        monster_show(world, (uint32_t)target - world->n_players);
        return;
    }
    monster->state = MONSTER_FALLEN;
    monster_update_flags(world, (uint32_t)target - world->n_players);
    monster->target = (nmmo_entity)index; /* its killer, for the event of its death */
    monster_show(world, (uint32_t)target - world->n_players);
    world->fallen[world->fallen_count++] = (uint32_t)target;
    uint32_t experience = NMMO_MONSTER_KILL_EXPERIENCE * (uint32_t)monster->level;
    uint32_t gold = NMMO_KILL_GOLD_BASE + (uint32_t)monster->level / NMMO_KILL_GOLD_DIVISOR;
    struct nmmo_event *event = event_add(world, NMMO_EVENT_KILL, (nmmo_entity)index, target, self->row, self->column);
    event->amount = (int32_t)experience;
    event->gold = (int32_t)gold;
    event->tier = monster->tier;
    add_gold(player, gold);
    statistics->gold_made += gold;
    statistics->monster_kills++;
    player_gain(world, index, style, experience, monster->tier);
}

static void hit_player(struct nmmo_world *world, uint32_t index, uint32_t target) {
    struct player *player = &world->players[index];
    struct nmmo_self *self = &player->self;
    struct player *other = &world->players[target];
    struct nmmo_statistics *statistics = &world->head->statistics;
    uint32_t style = self->style;
    int damage = damage_of(player_fighter(player), player_fighter(other), 1);
    report_hit(world, (nmmo_entity)index, (nmmo_entity)target, damage, style, 0, self->row, self->column);
    statistics->damage_by_players += damage;
    other->self.health = reduced(other->self.health, damage);
    other->self.combat_ticks = NMMO_COMBAT_TICKS;
    if (other->self.health) {
        player_show(world, target);
        return;
    }
    player_fall(world, target, NMMO_BY_PLAYER, (nmmo_entity)index);
    uint32_t level = other->self.combat_level;
    uint32_t experience = level + NMMO_WORTHLESS_KILL_GAP < self->combat_level ? 0
                                                                               : NMMO_PLAYER_KILL_EXPERIENCE * level;
    struct nmmo_event *event = event_add(world, NMMO_EVENT_KILL, (nmmo_entity)index, (nmmo_entity)target, self->row,
                                         self->column);
    event->amount = (int32_t)experience;
    statistics->player_kills++;
    player_gain(world, index, style, experience, tier_of_level(level));
}

void player_attack(struct nmmo_world *world, uint32_t index, nmmo_entity target) {
    struct player *player = &world->players[index];
    player->self.protection_ticks = 0;
    player->self.monster_protection_ticks = 0;
    player->self.combat_ticks = NMMO_COMBAT_TICKS;
    world->head->statistics.hits_by_players++;
    if (is_player(world, target)) hit_player(world, index, (uint32_t)target);
    else hit_monster(world, index, target);
    item_spend_ammunition(world, index);
    player_show(world, index);
}

void monster_attack(struct nmmo_world *world, uint32_t index, uint32_t target) {
    struct monster *monster = &world->monsters[index];
    struct player *player = &world->players[target];
    struct nmmo_statistics *statistics = &world->head->statistics;
    nmmo_entity entity = (nmmo_entity)(world->n_players + index);
    int damage = damage_of(monster_fighter(monster), player_fighter(player), 0);
    report_hit(world, entity, (nmmo_entity)target, damage, monster->style, 0, monster->row, monster->column);
    statistics->hits_by_monsters++;
    statistics->damage_by_monsters += damage;
    if (monster->combat_ticks != NMMO_COMBAT_TICKS) {
        monster->combat_ticks = NMMO_COMBAT_TICKS;
        monster_update_flags(world, index);
        monster_show(world, index);
    }
    player->self.health = reduced(player->self.health, damage);
    player->self.combat_ticks = NMMO_COMBAT_TICKS;
    if (player->self.health) {
        player_show(world, target);
        return;
    }
    player_fall(world, target, NMMO_BY_MONSTER, entity);
    event_add(world, NMMO_EVENT_KILL, entity, (nmmo_entity)target, monster->row, monster->column);
}
