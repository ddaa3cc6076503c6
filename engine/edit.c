/* Edits: placing and changing things from outside the game, for drawn worlds, tests and
 * curricula. Each checks that the world stays one that play could have left, then rebuilds what
 * follows. The caller rebuilds the observations. */
#include <string.h>

#include "body.h"
#include "compiler.h"
#include "errors.h"
#include "fog.h"
#include "grid.h"
#include "ground.h"
#include "items.h"
#include "levels.h"
#include "lives.h"
#include "map.h"
#include "market.h"
#include "monsters.h"
#include "players.h"
#include "rewards.h"
#include "tile.h"

static int bad(struct nmmo_error *error, const char *what, long long value, long long least, long long most) {
    return fail(error, NMMO_BAD_EDIT, "%s = %lld is out of range %lld..%lld", what, value, least, most);
}

static int check_place(const struct nmmo_world *world, int row, int column, struct nmmo_error *error) {
    const struct nmmo_config *config = &world->head->config;
    if (!world->head->ready) return fail(error, NMMO_BAD_EDIT, "the world has not been reset yet: call reset first");
    if (row < 0 || row >= config->height) return bad(error, "row", row, 0, config->height - 1);
    if (column < 0 || column >= config->width) return bad(error, "column", column, 0, config->width - 1);
    return NMMO_OK;
}

static int check_slot(const struct nmmo_world *world, int slot, struct nmmo_error *error) {
    if (!world->head->ready) return fail(error, NMMO_BAD_EDIT, "the world has not been reset yet: call reset first");
    if (slot < 0 || slot >= (int)world->n_players) return bad(error, "slot", slot, 0, (long long)world->n_players - 1);
    return NMMO_OK;
}

static int check_body(const struct nmmo_world *world, int slot, struct nmmo_error *error) {
    int status = check_slot(world, slot, error);
    if (status) return status;
    if (world->players[slot].state != LIFE_LIVING)
        return fail(error, NMMO_BAD_EDIT, "slot %d has no body: place the player first", slot);
    return NMMO_OK;
}

static int check_monster(const struct nmmo_world *world, int monster, struct nmmo_error *error) {
    if (!world->head->ready) return fail(error, NMMO_BAD_EDIT, "the world has not been reset yet: call reset first");
    if (monster < 0 || monster >= world->head->config.n_monsters)
        return bad(error, "monster", monster, 0, (long long)world->head->config.n_monsters - 1);
    return NMMO_OK;
}

static int check_free(const struct nmmo_world *world, int row, int column, struct nmmo_error *error) {
    int status = check_place(world, row, column, error);
    if (status) return status;
    uint64_t word = world->tiles[tile_at(world, (uint32_t)row, (uint32_t)column)];
    if (!tile_walkable(word)) return fail(error, NMMO_BAD_EDIT, "nobody can stand on row %d, column %d", row, column);
    if (tile_occupied(word)) return fail(error, NMMO_BAD_EDIT, "row %d, column %d is occupied", row, column);
    return NMMO_OK;
}

/* ---- the map ----------------------------------------------------------------------------------------- */

static void map_changed(struct nmmo_world *world) {
    map_index(world);
    world->head->map_source = MAP_UNKNOWN;
}

int nmmo_edit_ground(nmmo_world *world, int row, int column, int ground, int biome, int danger,
                     struct nmmo_error *error) {
    int status = check_place(world, row, column, error);
    if (status) return status;
    if (ground < 0 || ground >= NMMO_GROUNDS) return bad(error, "ground", ground, 0, NMMO_GROUNDS - 1);
    if (biome < 0 || biome >= NMMO_BIOMES) return bad(error, "biome", biome, 0, NMMO_BIOMES - 1);
    if (danger < 1 || danger > NMMO_TIERS) return bad(error, "danger", danger, 1, NMMO_TIERS);
    uint32_t tile = tile_at(world, (uint32_t)row, (uint32_t)column);
    uint64_t word = world->tiles[tile];
    uint64_t place = (uint64_t)ground << 2 | (uint64_t)biome;
    if (!tile_walkable(place) && (tile_occupied(word) || tile_object(word)))
        return fail(error, NMMO_BAD_EDIT, "somebody or something is on row %d, column %d: it must stay walkable", row,
                    column);
    word &= ~(0xFFull | 0xFull << TILE_DANGER_SHIFT);
    world->tiles[tile] = word | place | (uint64_t)danger << TILE_DANGER_SHIFT;
    map_changed(world);
    uint32_t entity = world->ids[tile];
    if (entity && is_player(world, (nmmo_entity)entity - 1)) {
        world->players[entity - 1].self.danger = (uint8_t)danger;
        world->players[entity - 1].self.biome = (uint8_t)biome;
    }
    return NMMO_OK;
}

static void clear_object(struct nmmo_world *world, uint32_t tile) {
    uint32_t object = tile_object(world->tiles[tile]);
    if (object_is_item(object)) {
        ground_clear_item(world, tile);
        return;
    }
    if (object_is_depleted(object)) node_forget(world, tile);
    world->tiles[tile] &= ~(0xFFull << TILE_OBJECT_SHIFT | 0xFull << TILE_TIER_SHIFT);
}

int nmmo_edit_object(nmmo_world *world, int row, int column, int object, int tier, int quantity,
                     struct nmmo_error *error) {
    int status = check_place(world, row, column, error);
    if (status) return status;
    uint32_t tile = tile_at(world, (uint32_t)row, (uint32_t)column);
    uint32_t old = tile_object(world->tiles[tile]);
    if (object < 0 || object > NMMO_LAST_OBJECT) return bad(error, "object", object, 0, NMMO_LAST_OBJECT);
    if (object && (tier < 1 || tier > NMMO_TIERS)) return bad(error, "tier", tier, 1, NMMO_TIERS);
    if (object && !tile_walkable(world->tiles[tile]))
        return fail(error, NMMO_BAD_EDIT, "row %d, column %d is not walkable: nothing can lie or grow there", row,
                    column);
    int is_item = object_is_item((uint32_t)object), is_node = object && !is_item;
    int most = is_item ? nmmo_items[object].stack : 1;
    if (is_item && (quantity < 1 || quantity > most)) return bad(error, "quantity", quantity, 1, most);
    int was_node = old > NMMO_ITEM_TYPES;
    if (is_node && !was_node && world->head->node_count >= world->head->node_capacity)
        return fail(error, NMMO_BAD_EDIT, "the world holds at most %u nodes", world->head->node_capacity);
    clear_object(world, tile);
    if (is_item) ground_put_item(world, tile, (uint32_t)object, (uint32_t)tier, (uint32_t)quantity);
    if (is_node) {
        int ripe = object_is_ripe((uint32_t)object);
        uint64_t kind = (uint64_t)(ripe ? object : object - NMMO_DEPLETED);
        world->tiles[tile] |= kind << TILE_OBJECT_SHIFT | (uint64_t)tier << TILE_TIER_SHIFT;
        if (!ripe) node_deplete(world, tile);
    }
    if (is_node || was_node) map_changed(world);
    return NMMO_OK;
}

/* ---- players -------------------------------------------------------------------------------------------- */

/* What is changed from outside is not rewarded. */
static void settle(struct player *player) {
    player->paid_combat = player->self.combat_level;
    player->paid_harvest = player->self.harvest_level;
    player->paid_worn = player->worn_tiers;
    player->paid_progress = progress_of(player);
    player->paid_sales = player->best_sales;
    player->paid_explored = player->explored / NMMO_EXPLORE_STRIDE;
    player->reward_due = 0;
}

int nmmo_edit_place_player(nmmo_world *world, int slot, int row, int column, struct nmmo_error *error) {
    int status = check_slot(world, slot, error);
    if (!status) status = check_place(world, row, column, error);
    if (status) return status;
    struct player *player = &world->players[slot];
    uint32_t tile = tile_at(world, (uint32_t)row, (uint32_t)column);
    if (player->tile == tile) return NMMO_OK; /* it stands there already */
    status = check_free(world, row, column, error);
    if (status) return status;
    if (player->state == LIFE_NONE) {
        int lives = world->head->config.lives;
        if (lives && player->life >= (uint32_t)lives)
            return fail(error, NMMO_BAD_EDIT, "slot %d has used up its %d lives", slot, lives);
        uint32_t events = world->event_count;
        player_birth(world, (uint32_t)slot, tile);
        world->event_count = events; /* an edit is no event */
        return NMMO_OK;
    }
    body_move(world, slot, player->tile, tile);
    near_players_add(world, player->self.row, player->self.column, -1);
    near_players_add(world, (uint32_t)row, (uint32_t)column, 1);
    player->tile = tile;
    player->self.row = (uint16_t)row;
    player->self.column = (uint16_t)column;
    player->self.danger = (uint8_t)tile_danger(world->tiles[tile]);
    player->self.biome = (uint8_t)tile_biome(world->tiles[tile]);
    fog_update_self(world, &player->self);
    int away = distance(row, column, player->birth_row, player->birth_column);
    if (away > player->explored) player->explored = (uint16_t)away;
    settle(player);
    return NMMO_OK;
}

int nmmo_edit_remove_player(nmmo_world *world, int slot, struct nmmo_error *error) {
    int status = check_body(world, slot, error);
    if (status) return status;
    player_settle_score(&world->players[slot]);
    world->players[slot].ticks_lived += world->players[slot].self.age;
    market_remove_listings(world, (uint32_t)slot);
    player_vacate(world, (uint32_t)slot);
    return NMMO_OK;
}

int nmmo_edit_give(nmmo_world *world, int slot, int type, int tier, int quantity, int worn, struct nmmo_error *error) {
    int status = check_body(world, slot, error);
    if (status) return status;
    if (type < 1 || type > NMMO_ITEM_TYPES) return bad(error, "type", type, 1, NMMO_ITEM_TYPES);
    if (tier < 1 || tier > NMMO_TIERS) return bad(error, "tier", tier, 1, NMMO_TIERS);
    struct player *player = &world->players[slot];
    int most = nmmo_items[type].stack;
    if (worn) {
        int place = nmmo_items[type].slot;
        if (quantity < 1 || quantity > most) return bad(error, "quantity of something worn", quantity, 1, most);
        if (place < 0) return fail(error, NMMO_BAD_EDIT, "%s cannot be worn", nmmo_name(NMMO_ENUM_OBJECT, type));
        if (!(player->usable_types[tier - 1] >> (type - 1) & 1))
            return fail(error, NMMO_BAD_EDIT,
                        "slot %d may not wear a %s of tier %d: raise the level of its skill first", slot,
                        nmmo_name(NMMO_ENUM_OBJECT, type), tier);
        if (!player->empty_slots) return fail(error, NMMO_BAD_EDIT, "the inventory of slot %d is full", slot);
        if (player->worn_slot[place]) player->inventory[player->worn_slot[place] - 1].worn = 0;
        struct nmmo_item *item = &player->inventory[lowest_bit(player->empty_slots)];
        *item = (struct nmmo_item){(uint8_t)type, (uint8_t)tier, (uint8_t)quantity, 1};
    } else {
        most *= NMMO_INVENTORY_SLOTS;
        if (quantity < 1 || quantity > most) return bad(error, "quantity", quantity, 1, most);
        if (item_room(player, (uint32_t)type, (uint32_t)tier, (uint32_t)quantity) < (uint32_t)quantity)
            return fail(error, NMMO_BAD_EDIT, "slot %d has no room for %d x %s", slot, quantity,
                        nmmo_name(NMMO_ENUM_OBJECT, type));
        item_add(player, (uint32_t)type, (uint32_t)tier, (uint32_t)quantity);
    }
    inventory_refresh(world, (uint32_t)slot);
    player_show(world, (uint32_t)slot);
    settle(player);
    return NMMO_OK;
}

int nmmo_edit_clear_inventory(nmmo_world *world, int slot, struct nmmo_error *error) {
    int status = check_body(world, slot, error);
    if (status) return status;
    memset(world->players[slot].inventory, 0, sizeof world->players[slot].inventory);
    inventory_refresh(world, (uint32_t)slot);
    player_show(world, (uint32_t)slot);
    settle(&world->players[slot]);
    return NMMO_OK;
}

/* Something worn must stay allowed: a level cannot be lowered below it. */
static int check_worn(const struct player *player, int slot, struct nmmo_error *error) {
    for (int i = 0; i < NMMO_INVENTORY_SLOTS; i++) {
        const struct nmmo_item *item = &player->inventory[i];
        if (item->worn && !(player->usable_types[item->tier - 1] >> (item->type - 1) & 1))
            return fail(error, NMMO_BAD_EDIT,
                        "slot %d wears a %s of tier %d, which that level does not allow: clear it first", slot,
                        nmmo_name(NMMO_ENUM_OBJECT, item->type), item->tier);
    }
    return NMMO_OK;
}

int nmmo_edit_level(nmmo_world *world, int slot, int skill, int level, int experience, struct nmmo_error *error) {
    int status = check_body(world, slot, error);
    if (status) return status;
    if (skill < 0 || skill >= NMMO_SKILLS) return bad(error, "skill", skill, 0, NMMO_SKILLS - 1);
    if (level < 1 || level > NMMO_LEVELS) return bad(error, "level", level, 1, NMMO_LEVELS);
    int most = level == NMMO_LEVELS ? 0 : NMMO_EXPERIENCE_PER_LEVEL * level - 1;
    if (experience < 0 || experience > most) return bad(error, "experience", experience, 0, most);
    struct player *player = &world->players[slot];
    struct player changed = *player;
    changed.self.level[skill] = (uint8_t)level;
    items_refresh_usable(&changed);
    status = check_worn(&changed, slot, error);
    if (status) return status;
    changed.experience[skill] = (uint16_t)experience;
    changed.self.progress[skill] = (uint8_t)(experience * 256 / (NMMO_EXPERIENCE_PER_LEVEL * level));
    player_settle_score(player);
    changed.score_sum = player->score_sum;
    changed.scored_age = player->scored_age;
    *player = changed;
    inventory_refresh(world, (uint32_t)slot);
    player_show(world, (uint32_t)slot);
    if (player_score(player) > player->best_score) player->best_score = (uint8_t)player_score(player);
    settle(player);
    return NMMO_OK;
}

struct vital_range {
    int least, most;
};

int nmmo_edit_vital(nmmo_world *world, int slot, int vital, int value, struct nmmo_error *error) {
    static const struct vital_range ranges[NMMO_VITALS] = {{1, NMMO_FULL_HEALTH},
                                                           {0, NMMO_FULL_STAMINA},
                                                           {0, NMMO_FULL_FOOD},
                                                           {0, NMMO_FULL_FOOD},
                                                           {0, 1000000000},
                                                           {1, NMMO_PRICE_STEPS},
                                                           {0, NMMO_COMBAT_TICKS},
                                                           {0, 60000},
                                                           {0, NMMO_MONSTER_PROTECTION_TICKS}};
    int status = check_body(world, slot, error);
    if (status) return status;
    if (vital < 0 || vital >= NMMO_VITALS) return bad(error, "vital", vital, 0, NMMO_VITALS - 1);
    int most = vital == NMMO_VITAL_PROTECTION ? world->head->config.protection_ticks : ranges[vital].most;
    if (value < ranges[vital].least || value > most)
        return bad(error, nmmo_name(NMMO_ENUM_VITAL, vital), value, ranges[vital].least, most);
    struct nmmo_self *self = &world->players[slot].self;
    switch (vital) {
    case NMMO_VITAL_HEALTH: self->health = (uint8_t)value; break;
    case NMMO_VITAL_STAMINA: self->stamina = (uint8_t)value; break;
    case NMMO_VITAL_FOOD: self->food = (uint8_t)value; break;
    case NMMO_VITAL_WATER: self->water = (uint8_t)value; break;
    case NMMO_VITAL_GOLD: self->gold = (uint32_t)value; break;
    case NMMO_VITAL_PRICE_STEP: self->price_step = (uint8_t)value; break;
    case NMMO_VITAL_COMBAT_TICKS: self->combat_ticks = (uint8_t)value; break;
    case NMMO_VITAL_PROTECTION: self->protection_ticks = (uint16_t)value; break;
    case NMMO_VITAL_MONSTER_PROTECTION: self->monster_protection_ticks = (uint8_t)value; break;
    }
    player_show(world, (uint32_t)slot);
    return NMMO_OK;
}

/* ---- monsters ------------------------------------------------------------------------------------------------ */

static void take_away(struct nmmo_world *world, uint32_t index) {
    struct monster *monster = &world->monsters[index];
    if (monster->tile) body_remove(world, (nmmo_entity)(world->n_players + index), monster->tile);
    memset(monster, 0, sizeof *monster);
    monster->target = -1;
    monster_update_flags(world, index);
}

int nmmo_edit_place_monster(nmmo_world *world, int monster, int row, int column, int temper, int level, int style,
                            int element, struct nmmo_error *error) {
    int status = check_monster(world, monster, error);
    if (!status) status = check_free(world, row, column, error);
    if (status) return status;
    if (temper < NMMO_PASSIVE || temper > NMMO_HOSTILE) return bad(error, "temper", temper, NMMO_PASSIVE, NMMO_HOSTILE);
    if (level < 1 || level > NMMO_LEVELS) return bad(error, "level", level, 1, NMMO_LEVELS);
    if (style < 0 || style >= NMMO_STYLES) return bad(error, "style", style, 0, NMMO_STYLES - 1);
    if (element < 0 || element >= NMMO_ELEMENTS) return bad(error, "element", element, 0, NMMO_ELEMENTS - 1);
    take_away(world, (uint32_t)monster);
    struct monster *placed = &world->monsters[monster];
    placed->home_row = (uint16_t)row;
    placed->home_column = (uint16_t)column;
    placed->temper = (uint8_t)temper;
    placed->level = (uint8_t)level;
    placed->tier = (uint8_t)tier_of_level((uint32_t)level);
    placed->style = (uint8_t)style;
    placed->element = (uint8_t)element;
    uint32_t events = world->event_count;
    monster_appear(world, (uint32_t)monster, tile_at(world, (uint32_t)row, (uint32_t)column));
    world->event_count = events;
    return NMMO_OK;
}

int nmmo_edit_remove_monster(nmmo_world *world, int monster, struct nmmo_error *error) {
    int status = check_monster(world, monster, error);
    if (status) return status;
    take_away(world, (uint32_t)monster);
    return NMMO_OK;
}

int nmmo_edit_monster_health(nmmo_world *world, int monster, int health, struct nmmo_error *error) {
    int status = check_monster(world, monster, error);
    if (status) return status;
    if (health < 1 || health > NMMO_FULL_HEALTH) return bad(error, "health", health, 1, NMMO_FULL_HEALTH);
    if (world->monsters[monster].state < MONSTER_IDLE)
        return fail(error, NMMO_BAD_EDIT, "monster %d has no body: place it first", monster);
    world->monsters[monster].health = (uint8_t)health;
    monster_show(world, (uint32_t)monster);
    return NMMO_OK;
}
