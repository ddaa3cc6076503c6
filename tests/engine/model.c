#include "model.h"

#include "../../engine/monsters.h"

char check_context[160] = "";

/* ---- the rules' tables, written down again --------------------------------------------------------------- */

int model_price(int step) {
    static const int prices[] = {0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675};
    CHECK(step >= 0 && step <= 16, "price step %d", step);
    return prices[step];
}

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }
static int size_of(int a) { return a < 0 ? -a : a; }
static int steps_between(int row, int column, int other_row, int other_column) {
    return most(size_of(row - other_row), size_of(column - other_column));
}
static int tier_of(int level) { return (level - 1) / 8 + 1; }
static int is_ammunition(int type) { return type >= NMMO_WHETSTONE && type <= NMMO_RUNE; }
static int stacks(int type) { return type >= NMMO_WHETSTONE && type <= NMMO_POTION; }

static int worn_where(int type) { /* -1: food */
    if (type == NMMO_HELM) return NMMO_HEAD;
    if (type == NMMO_CHEST) return NMMO_BODY;
    if (type == NMMO_LEGS) return NMMO_LEG;
    if (type >= NMMO_SWORD && type <= NMMO_ROD) return NMMO_HAND;
    if (type >= NMMO_EARTH_GEM && type <= NMMO_WATER_GEM) return NMMO_GEM;
    if (is_ammunition(type)) return NMMO_AMMUNITION;
    return -1;
}

static int combat_level(const struct model_player *player) {
    return most(most(player->level[NMMO_MELEE], player->level[NMMO_RANGED]), player->level[NMMO_MAGIC]);
}
static int harvest_level(const struct model_player *player) {
    int best = 0;
    for (int skill = NMMO_MINING; skill <= NMMO_FISHING; skill++) best = most(best, player->level[skill]);
    return best;
}
static int score_of(const struct model_player *player) { return least(combat_level(player), harvest_level(player)); }

static int may_wear(const struct model_player *player, int type, int tier) {
    int level;
    switch (type) {
    case NMMO_SWORD:
    case NMMO_WHETSTONE: level = player->level[NMMO_MELEE]; break;
    case NMMO_BOW:
    case NMMO_ARROW: level = player->level[NMMO_RANGED]; break;
    case NMMO_STAFF:
    case NMMO_RUNE: level = player->level[NMMO_MAGIC]; break;
    case NMMO_PICKAXE: level = player->level[NMMO_MINING]; break;
    case NMMO_AXE: level = player->level[NMMO_WOODCUTTING]; break;
    case NMMO_CHISEL: level = player->level[NMMO_ALCHEMY]; break;
    case NMMO_SICKLE: level = player->level[NMMO_HERBALISM]; break;
    case NMMO_ROD: level = player->level[NMMO_FISHING]; break;
    case NMMO_RATION:
    case NMMO_POTION: return 1;
    default: level = combat_level(player); break;
    }
    return tier_of(level) >= tier;
}

static struct nmmo_item *worn_item(const struct model_player *player, int where) {
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (item->worn && worn_where(item->type) == where) return (struct nmmo_item *)item;
    }
    return NULL;
}
static int worn_type(const struct model_player *player, int where) {
    return worn_item(player, where) ? worn_item(player, where)->type : 0;
}
static int worn_tier(const struct model_player *player, int where) {
    return worn_item(player, where) ? worn_item(player, where)->tier : 0;
}
static int style_of(const struct model_player *player) {
    int hand = worn_type(player, NMMO_HAND);
    return hand == NMMO_BOW ? NMMO_RANGED : hand == NMMO_STAFF ? NMMO_MAGIC : NMMO_MELEE;
}
static int element_of(const struct model_player *player) {
    int gem = worn_type(player, NMMO_GEM);
    return gem ? gem - NMMO_EARTH_GEM + 1 : 0;
}
static int range_of(int style) { return style == NMMO_MELEE ? 1 : 3; }

static int ammunition_fits(const struct model_player *player) {
    int hand = worn_type(player, NMMO_HAND), pieces = worn_type(player, NMMO_AMMUNITION);
    return (hand == NMMO_SWORD && pieces == NMMO_WHETSTONE) || (hand == NMMO_BOW && pieces == NMMO_ARROW) ||
           (hand == NMMO_STAFF && pieces == NMMO_RUNE);
}
static int tool_tier(const struct model_player *player, int node) { /* of the node's tool, in hand */
    return worn_type(player, NMMO_HAND) == NMMO_PICKAXE + node - NMMO_ORE ? worn_tier(player, NMMO_HAND) : 0;
}
static int attack_of(const struct model_player *player) {
    int hand = worn_type(player, NMMO_HAND), tier = worn_tier(player, NMMO_HAND);
    int attack = 24 + 2 * player->level[style_of(player)] + 3 * worn_tier(player, NMMO_GEM);
    if (hand == NMMO_SWORD) attack += 20 * tier;
    if (hand == NMMO_BOW || hand == NMMO_STAFF) attack += 10 * tier;
    if (ammunition_fits(player)) attack += 6 * worn_tier(player, NMMO_AMMUNITION);
    return attack;
}
static int defence_of(const struct model_player *player) {
    int defence = 2 * combat_level(player) + 3 * worn_tier(player, NMMO_HEAD) + 5 * worn_tier(player, NMMO_BODY) +
                  4 * worn_tier(player, NMMO_LEG);
    if (worn_type(player, NMMO_HAND) == NMMO_SWORD) defence += 9 * worn_tier(player, NMMO_HAND);
    return defence;
}
static int damage_of(int attack, int defence, int style, int other_style, int element, int other_element, int players) {
    static const int loses_to[] = {0, NMMO_AIR, NMMO_WATER_ELEMENT, NMMO_FIRE, NMMO_EARTH}; /* by element */
    int damage = most(attack / 8, attack - defence);
    if ((style + 1) % 3 == other_style) damage = damage * 3 / 2;
    if (element && other_element) {
        if (loses_to[other_element] == element) damage = damage * 5 / 4;
        else if (loses_to[element] == other_element) damage = damage * 3 / 4;
    }
    if (players) damage /= 2;
    return most(damage, 1);
}

/* ---- places -------------------------------------------------------------------------------------------------- */

static int inside(const struct model *model, int row, int column) {
    return row >= 0 && column >= 0 && row < model->height && column < model->width;
}
static int place(const struct model *model, int row, int column) { return row * model->width + column; }
static int ground_at(const struct model *model, int row, int column) {
    return inside(model, row, column) ? (int)(model->map[place(model, row, column)] & 255u) >> 2 : NMMO_VOID;
}
static int biome_at(const struct model *model, int row, int column) {
    return (int)(model->map[place(model, row, column)] & 3u);
}
static int danger_at(const struct model *model, int row, int column) {
    return (int)(model->map[place(model, row, column)] >> 20 & 15u);
}
static int node_at(const struct model *model, int row, int column) {
    return (int)(model->map[place(model, row, column)] >> 8 & 255u);
}
static int node_tier_at(const struct model *model, int row, int column) {
    return (int)(model->map[place(model, row, column)] >> 16 & 15u);
}
static int walkable_at(const struct model *model, int row, int column) {
    int ground = ground_at(model, row, column);
    return ground == NMMO_GRASS || ground == NMMO_SAND || ground == NMMO_DIRT;
}

static int in_sight(const struct model *model, int row, int column, int other_row, int other_column) {
    if (other_row < row || (other_row == row && other_column < column)) {
        int swap = row;
        row = other_row;
        other_row = swap;
        swap = column;
        column = other_column;
        other_column = swap;
    }
    int steps = steps_between(row, column, other_row, other_column);
    for (int step = 1; step < steps; step++) {
        /* rounded to the nearest, halves to the south and east; the turns added and taken away keep it positive */
        int rows = (2 * (other_row - row) * step + steps) / (2 * steps);
        int columns = (2 * (other_column - column) * step + steps + 2 * steps * 100) / (2 * steps) - 100;
        if (ground_at(model, row + rows, column + columns) == NMMO_STONE) return 0;
    }
    return 1;
}

static int can_lie(const struct model *model, int row, int column) {
    return walkable_at(model, row, column) && node_at(model, row, column) == 0 &&
           model->tiles[place(model, row, column)].item == 0;
}
/* The tile itself, then its neighbours in reading order. */
static int nearest_free_ground(const struct model *model, int row, int column, int *found_row, int *found_column) {
    if (can_lie(model, row, column)) return *found_row = row, *found_column = column, 1;
    for (int r = row - 1; r <= row + 1; r++)
        for (int c = column - 1; c <= column + 1; c++)
            if (can_lie(model, r, c)) return *found_row = r, *found_column = c, 1;
    return 0;
}

static void model_occupy(struct model *model) {
    memset(model->occupant, 0, sizeof model->occupant);
    for (int entity = 0; entity < model->config.n_players + model->config.n_monsters; entity++) {
        int row, column;
        if (entity < model->config.n_players) {
            if (!model->players[entity].alive) continue;
            row = model->players[entity].row;
            column = model->players[entity].column;
        } else {
            const struct model_monster *monster = &model->monsters[entity - model->config.n_players];
            if (!monster->alive) continue;
            row = monster->row;
            column = monster->column;
        }
        CHECK(inside(model, row, column) && walkable_at(model, row, column), "entity %d stands at %d, %d", entity, row,
              column);
        int *occupant = &model->occupant[place(model, row, column)];
        CHECK(*occupant == 0, "entities %d and %d stand on one tile, %d, %d", *occupant - 1, entity, row, column);
        *occupant = entity + 1;
    }
}

static int fog_margin(const struct model *model, int axis_length) {
    if (!model->config.fog || model->tick < (uint32_t)model->config.fog_start) return 0;
    int64_t margin = 1 + ((int64_t)model->tick - model->config.fog_start) / model->config.fog_period;
    /* it stops as soon as what remains is no longer than fog_final */
    int64_t stop = 0;
    while (axis_length - 2 * stop > model->config.fog_final) stop++;
    return (int)(margin < stop ? margin : stop);
}
static int fog_depth_at(const struct model *model, int row, int column) {
    int rows = fog_margin(model, model->height), columns = fog_margin(model, model->width);
    int above = rows - row, below = row - (model->height - 1 - rows);
    int left = columns - column, right = column - (model->width - 1 - columns);
    return most(most(above, below), most(left, right)); /* 0 and less: safe */
}

/* ---- inventories --------------------------------------------------------------------------------------------- */

static int room_for(const struct model_player *player, int type, int tier) {
    int room = 0;
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (item->type == 0) room += stacks(type) ? 99 : 1;
        else if (stacks(type) && item->type == type && item->tier == tier) room += 99 - item->quantity;
    }
    return room;
}

/* Existing stacks first, then empty slots, the lowest first; returns the pieces that fitted. */
static int put_in(struct model_player *player, int type, int tier, int quantity) {
    int left = quantity;
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS && left && stacks(type); slot++) {
        struct nmmo_item *item = &player->inventory[slot];
        if (item->type != type || item->tier != tier) continue;
        int fits = least(left, 99 - item->quantity);
        item->quantity = (uint8_t)(item->quantity + fits);
        left -= fits;
    }
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS && left; slot++) {
        struct nmmo_item *item = &player->inventory[slot];
        if (item->type) continue;
        int fits = stacks(type) ? least(left, 99) : 1;
        item->type = (uint8_t)type;
        item->tier = (uint8_t)tier;
        item->quantity = (uint8_t)fits;
        left -= fits;
    }
    return quantity - left;
}

static void take_out(struct nmmo_item *item, int quantity) {
    CHECK(item->quantity >= quantity, "%d of %d pieces taken", quantity, item->quantity);
    item->quantity = (uint8_t)(item->quantity - quantity);
    if (item->quantity == 0) memset(item, 0, sizeof *item);
}

/* ---- market --------------------------------------------------------------------------------------------------- */

static int lot_of(int type, int quantity) { return is_ammunition(type) ? least(12, quantity) : 1; }
static int cost_of(int type, int pieces, int step) {
    return is_ammunition(type) ? (model_price(step) * pieces + 11) / 12 : model_price(step);
}

/* The listing that `buyer` (-1: anybody) would buy of an item: the cheapest, the oldest of those. */
static struct model_listing *best_offer(struct model *model, int buyer, int type, int tier, int *seller) {
    struct model_listing *best = NULL;
    for (int i = 0; i < model->config.n_players; i++) {
        if (i == buyer) continue;
        for (int l = 0; l < NMMO_LISTINGS; l++) {
            struct model_listing *listing = &model->players[i].listings[l];
            if (listing->type != type || listing->tier != tier || type == 0) continue;
            if (best && (listing->step > best->step || (listing->step == best->step && listing->order > best->order)))
                continue;
            best = listing;
            *seller = i;
        }
    }
    return best;
}

/* The tier that player i would buy of a type, or 0. */
static int tier_to_buy(struct model *model, int i, int type) {
    const struct model_player *player = &model->players[i];
    if (!player->alive || player->combat > 0 || player->health == 0) return 0;
    for (int tier = NMMO_TIERS; tier >= 1; tier--) {
        int seller;
        if (!may_wear(player, type, tier)) continue;
        const struct model_listing *listing = best_offer(model, i, type, tier, &seller);
        if (!listing || listing->step > player->price_step || model_price(listing->step) > player->gold) continue;
        if (room_for(player, type, tier) < lot_of(type, listing->quantity)) continue;
        return tier;
    }
    return 0;
}

/* Where a sale of a slot would go; NULL where it cannot. */
static struct model_listing *place_to_list(struct model_player *player, int slot, int *pieces) {
    const struct nmmo_item *item = &player->inventory[slot];
    if (!player->alive || player->combat > 0 || player->health == 0 || item->type == 0 || item->worn) return NULL;
    for (int l = 0; l < NMMO_LISTINGS; l++) {
        struct model_listing *listing = &player->listings[l];
        if (listing->type != item->type || listing->tier != item->tier) continue;
        *pieces = least(least(12, item->quantity), 99 - listing->quantity);
        return *pieces > 0 ? listing : NULL;
    }
    *pieces = least(12, item->quantity);
    for (int l = 0; l < NMMO_LISTINGS; l++)
        if (player->listings[l].type == 0) return &player->listings[l];
    return NULL;
}

/* ---- gains ------------------------------------------------------------------------------------------------------ */

static void gain(struct model *model, int i, int skill, int amount, int source_tier) {
    struct model_player *player = &model->players[i];
    int below = most(0, tier_of(player->level[skill]) - source_tier);
    for (int k = 0; k < below; k++) amount /= 4;
    if (player->level[skill] == NMMO_LEVELS) return;
    model->counted.experience[skill] += amount;
    player->experience[skill] += amount;
    int before = player->level[skill];
    while (player->level[skill] < NMMO_LEVELS && player->experience[skill] >= 8 * player->level[skill]) {
        player->experience[skill] -= 8 * player->level[skill];
        player->level[skill]++;
    }
    if (player->level[skill] == NMMO_LEVELS) player->experience[skill] = 0;
    if (player->level[skill] > before) {
        CHECK(!player->levels_due, "player %d gained levels twice before the first was reported", i);
        player->levels_due = player->level[skill] - before;
        player->due_skill = skill;
        player->due_level = player->level[skill];
        model->counted.level_ups[skill] += player->level[skill] - before;
    }
    if (score_of(player) > player->score) {
        player->score = score_of(player);
        player->score_tick = model->tick;
        player->best_score = most(player->best_score, player->score);
    }
}

/* ---- beginning -------------------------------------------------------------------------------------------------- */

static void fresh_life(struct model *model, int i, int row, int column) {
    struct model_player *player = &model->players[i];
    player->alive = 1;
    player->row = player->old_row = player->birth_row = row;
    player->column = player->old_column = player->birth_column = column;
    player->health = player->stamina = player->food = player->water = 100;
    player->gold = 0;
    memset(player->inventory, 0, sizeof player->inventory);
    for (int skill = 0; skill < NMMO_SKILLS; skill++) {
        player->level[skill] = 1;
        player->experience[skill] = 0;
    }
    player->combat = 0;
    player->protection = model->config.protection_ticks;
    player->monster_protection = 8;
    player->token = 0;
    player->cause = 0;
    player->killer = -1;
    player->born = player->score_tick = model->tick;
    player->lives++;
    player->score = 1;
    player->best_score = most(player->best_score, 1);
    player->explored = 0;
    player->waiting = 0;
    player->net_sales = player->best_sales = 0;
    player->paid_combat = player->paid_harvest = 1;
    player->paid_worn = player->paid_strides = 0;
    player->paid_progress = player->paid_sales = 0;
    player->life_return = 0;
}

void model_begin(struct model *model, struct nmmo_world *world) {
    memset(model, 0, sizeof *model);
    model->config = *nmmo_world_config(world);
    nmmo_layout(&model->config, &model->layout);
    model->height = model->config.height;
    model->width = model->config.width;
    CHECK(model->config.n_players <= MAX_PLAYERS && model->config.n_monsters <= MAX_MONSTERS &&
              model->height * model->width <= MAX_TILES,
          "the model is too small");
    model->tick = nmmo_world_tick(world);
    CHECK(model->tick == 0, "the model begins at tick 0");
    nmmo_world_map(world, model->map);
    CHECK(nmmo_world_ground_items(world, NULL) == 0 && nmmo_world_listings(world, NULL) == 0, "an empty world");
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        const struct player *theirs = &world->players[i];
        player->price_step = NMMO_FIRST_PRICE_STEP;
        if (theirs->state == LIFE_NONE) {
            player->waiting = theirs->waiting != WAITING_NOT;
            continue;
        }
        fresh_life(model, i, theirs->self.row, theirs->self.column);
        /* what edits may have changed */
        player->health = theirs->self.health;
        player->stamina = theirs->self.stamina;
        player->food = theirs->self.food;
        player->water = theirs->self.water;
        player->gold = theirs->self.gold;
        player->price_step = theirs->self.price_step;
        player->combat = theirs->self.combat_ticks;
        player->protection = theirs->self.protection_ticks;
        player->monster_protection = theirs->self.monster_protection_ticks;
        memcpy(player->inventory, theirs->inventory, sizeof player->inventory);
        for (int skill = 0; skill < NMMO_SKILLS; skill++) {
            player->level[skill] = theirs->self.level[skill];
            player->experience[skill] = theirs->experience[skill];
        }
        player->score = score_of(player);
        player->best_score = theirs->best_score;
        player->paid_combat = theirs->paid_combat;
        player->paid_harvest = theirs->paid_harvest;
        player->paid_progress = theirs->paid_progress;
        player->paid_worn = theirs->paid_worn;
    }
    for (int m = 0; m < model->config.n_monsters; m++) {
        struct model_monster *monster = &model->monsters[m];
        const struct monster *theirs = &world->monsters[m];
        monster->present = theirs->state != MONSTER_ABSENT;
        monster->alive = monster->present;
        monster->row = monster->old_row = theirs->row;
        monster->column = monster->old_column = theirs->column;
        monster->home_row = theirs->home_row;
        monster->home_column = theirs->home_column;
        monster->health = theirs->health;
        monster->temper = theirs->temper;
        monster->level = theirs->level;
        monster->tier = theirs->tier;
        monster->style = theirs->style;
        monster->element = theirs->element;
        monster->killer = -1;
        if (!monster->present) continue;
        CHECK(monster->tier == tier_of(monster->level), "monster %d of level %d has tier %d", m, monster->level,
              monster->tier);
        CHECK(monster->health == 100 && monster->row == monster->home_row && monster->column == monster->home_column,
              "monster %d begins whole and at home", m);
        CHECK(monster->temper >= NMMO_PASSIVE && monster->temper <= NMMO_HOSTILE && monster->style < NMMO_STYLES &&
                  monster->element < NMMO_ELEMENTS,
              "monster %d has traits", m);
    }
    model->counted.births = nmmo_world_statistics(world)->births;
    model->events_read = world->event_count;
    model_occupy(model);
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

static void check_monster_choice(const struct model *model, int i, int target) {
    const struct model_player *player = &model->players[i];
    int range = range_of(style_of(player)), best = -1, best_distance = 0;
    for (int m = 0; m < model->config.n_monsters; m++) {
        const struct model_monster *monster = &model->monsters[m];
        if (!monster->alive || monster->health == 0) continue;
        int away = steps_between(player->row, player->column, monster->row, monster->column);
        if (away > range || !in_sight(model, player->row, player->column, monster->row, monster->column)) continue;
        if (best >= 0) {
            const struct model_monster *other = &model->monsters[best];
            if (away > best_distance) continue;
            if (away == best_distance && monster->health > other->health) continue;
            if (away == best_distance && monster->health == other->health &&
                (monster->row > other->row || (monster->row == other->row && monster->column > other->column)))
                continue;
        }
        best = m;
        best_distance = away;
    }
    CHECK(best + model->config.n_players == target && best >= 0, "player %d should hit monster %d, not %d", i, best,
          target - model->config.n_players);
}

static void on_hit(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    int n = model->config.n_players, damage;
    CHECK(event->target >= 0 && event->target < n + model->config.n_monsters, "target %d", event->target);
    if (event->actor < n) {
        struct model_player *player = &model->players[event->actor];
        CHECK(event->detail == style_of(player), "style %d", event->detail);
        CHECK(event->row == player->row && event->column == player->column, "who attacks does not move");
        if (event->target >= n) {
            struct model_monster *monster = &model->monsters[event->target - n];
            CHECK(actions[event->actor] == NMMO_ATTACK_MONSTER, "action %d", actions[event->actor]);
            CHECK(monster->alive && monster->health > 0, "monster %d is dead", event->target - n);
            check_monster_choice(model, event->actor, event->target);
            damage = damage_of(attack_of(player), 2 * monster->level + 18 * (monster->tier - 1), style_of(player),
                               monster->style, element_of(player), monster->element, 0);
            CHECK(event->amount == damage, "player %d hits monster %d for %d, expected %d", event->actor,
                  event->target - n, event->amount, damage);
            CHECK(event->tier == monster->tier, "tier %d", event->tier);
            model->counted.damage_by_players += damage;
            monster->health -= least(damage, monster->health);
            monster->combat = 5;
            if (monster->health == 0) monster->killer = event->actor;
        } else {
            struct model_player *other = &model->players[event->target];
            CHECK(actions[event->actor] == NMMO_ATTACK_PLAYER, "action %d", actions[event->actor]);
            CHECK(event->actor != event->target && other->alive && other->health > 0 && other->protection == 0,
                  "player %d is no target", event->target);
            CHECK(model->config.team_size == 1 ||
                      event->actor / model->config.team_size != event->target / model->config.team_size,
                  "players %d and %d are mates", event->actor, event->target);
            CHECK(danger_at(model, player->row, player->column) >= model->config.pvp_min_danger,
                  "player %d attacks from a peaceful tile", event->actor);
            int away = steps_between(player->row, player->column, other->row, other->column);
            int walks = actions[event->target] >= NMMO_MOVE && actions[event->target] < NMMO_RUN + 4;
            /* who walks may have done so before: where it was hit is then not known here */
            CHECK(away <= range_of(style_of(player)) + (walks ? 2 : 0), "player %d is too far", event->target);
            if (!walks)
                CHECK(danger_at(model, other->row, other->column) >= model->config.pvp_min_danger &&
                          in_sight(model, player->row, player->column, other->row, other->column),
                      "player %d is out of sight or on a peaceful tile", event->target);
            damage = damage_of(attack_of(player), defence_of(other), style_of(player), style_of(other),
                               element_of(player), element_of(other), 1);
            CHECK(event->amount == damage, "player %d hits player %d for %d, expected %d", event->actor, event->target,
                  event->amount, damage);
            model->counted.damage_by_players += damage;
            other->health -= least(damage, other->health);
            other->combat = 5;
            if (other->health == 0) {
                other->cause = NMMO_BY_PLAYER;
                other->killer = event->actor;
            }
        }
        player->combat = 5;
        player->protection = player->monster_protection = 0;
        if (ammunition_fits(player)) {
            struct nmmo_item *pieces = worn_item(player, NMMO_AMMUNITION);
            model->counted.consumed[pieces->type - 1]++;
            model->items_used[pieces->type][pieces->tier]++;
            take_out(pieces, 1);
        }
        model->counted.hits_by_players++;
    } else {
        struct model_monster *monster = &model->monsters[event->actor - n];
        CHECK(event->target < n, "monsters hit players");
        struct model_player *player = &model->players[event->target];
        CHECK(monster->alive && monster->health > 0 && monster->temper != NMMO_PASSIVE, "monster %d does not fight",
              event->actor - n);
        CHECK(player->alive && player->health > 0 && player->monster_protection == 0, "player %d is no target",
              event->target);
        CHECK(event->row == monster->row && event->column == monster->column, "a monster moves or attacks");
        CHECK(steps_between(monster->row, monster->column, player->row, player->column) <= range_of(monster->style) &&
                  in_sight(model, monster->row, monster->column, player->row, player->column),
              "monster %d cannot reach player %d", event->actor - n, event->target);
        CHECK(event->detail == monster->style, "style %d", event->detail);
        damage = damage_of(20 + 3 * monster->level, defence_of(player), monster->style, style_of(player),
                           monster->element, element_of(player), 0);
        CHECK(event->amount == damage, "monster %d hits player %d for %d, expected %d", event->actor - n, event->target,
              event->amount, damage);
        model->counted.damage_by_monsters += damage;
        player->health -= least(damage, player->health);
        player->combat = monster->combat = 5;
        if (player->health == 0) {
            player->cause = NMMO_BY_MONSTER;
            player->killer = event->actor;
        }
        model->counted.hits_by_monsters++;
    }
}

static void on_kill(struct model *model, const struct nmmo_event *event) {
    int n = model->config.n_players;
    CHECK(event->target >= 0 && event->target < n + model->config.n_monsters, "target %d", event->target);
    if (event->target >= n) {
        struct model_monster *monster = &model->monsters[event->target - n];
        CHECK(monster->health == 0 && monster->killer == event->actor, "monster %d has %d health", event->target - n,
              monster->health);
        CHECK(event->amount == 4 * monster->level && event->gold == 1 + monster->level / 4,
              "experience %d, gold %d for level %d", event->amount, event->gold, monster->level);
        CHECK(event->tier == monster->tier, "tier %d", event->tier);
        model->players[event->actor].gold += event->gold;
        model->counted.gold_made += event->gold;
        model->counted.monster_kills++;
        gain(model, event->actor, style_of(&model->players[event->actor]), event->amount, monster->tier);
        return;
    }
    struct model_player *dead = &model->players[event->target];
    CHECK(dead->health == 0 && dead->killer == event->actor, "player %d has %d health", event->target, dead->health);
    if (event->actor >= n) {
        CHECK(event->amount == 0 && event->gold == 0, "a monster gains nothing");
        return;
    }
    struct model_player *killer = &model->players[event->actor];
    int worthless = combat_level(killer) - combat_level(dead) > 8;
    CHECK(event->amount == (worthless ? 0 : 2 * combat_level(dead)) && event->gold == 0, "experience %d, gold %d",
          event->amount, event->gold);
    model->counted.player_kills++;
    gain(model, event->actor, style_of(killer), event->amount, tier_of(combat_level(dead)));
}

static void lay_down(struct model *model, const struct nmmo_event *event, int row, int column) {
    int to_row, to_column;
    CHECK(nearest_free_ground(model, row, column, &to_row, &to_column), "there is no room around %d, %d", row, column);
    CHECK(event->row == to_row && event->column == to_column, "dropped at %d, %d; expected %d, %d", event->row,
          event->column, to_row, to_column);
    struct model_tile *tile = &model->tiles[place(model, to_row, to_column)];
    tile->item = event->item;
    tile->tier = event->tier;
    tile->quantity = event->amount;
    tile->vanishes = model->tick + NMMO_GROUND_ITEM_TICKS;
    tile->dropped_upon = 1;
    model->counted.dropped[event->item - 1] += event->amount;
}

static size_t on_harvest(struct model *model, const struct nmmo_event *events, size_t next, size_t count) {
    const struct nmmo_event *event = &events[next++];
    struct model_player *player = &model->players[event->actor];
    CHECK(inside(model, event->row, event->column), "at %d, %d", event->row, event->column);
    CHECK(steps_between(player->row, player->column, event->row, event->column) <= 2, "harvested from afar");
    struct model_tile *tile = &model->tiles[place(model, event->row, event->column)];
    int kind = node_at(model, event->row, event->column), tier = node_tier_at(model, event->row, event->column);
    CHECK(event->item == kind && kind >= NMMO_ORE && event->tier == tier && tile->regrows == 0,
          "item %d tier %d, the tile has %d of tier %d", event->item, event->tier, kind, tier);
    int tool = tool_tier(player, kind), doubled = tool >= tier;
    CHECK(tier <= tool + 1, "player %d is not able to", event->actor);
    int yield = event->detail, biome = biome_at(model, event->row, event->column), pieces = 1;
    switch (kind) {
    case NMMO_ORE:
        CHECK((yield >= NMMO_HELM && yield <= NMMO_SWORD) || yield == NMMO_WHETSTONE, "ore yields %d", yield);
        if (yield == NMMO_WHETSTONE) pieces = 12;
        break;
    case NMMO_TREE:
        CHECK(yield == NMMO_BOW || yield == NMMO_ARROW, "a tree yields %d", yield);
        if (yield == NMMO_ARROW) pieces = 6;
        break;
    case NMMO_CRYSTAL:
        CHECK(yield == NMMO_EARTH_GEM + biome || yield == NMMO_STAFF || yield == NMMO_RUNE, "a crystal yields %d",
              yield);
        if (yield == NMMO_RUNE) pieces = 12;
        break;
    case NMMO_HERB: CHECK(yield == NMMO_POTION, "a herb yields %d", yield); break;
    default: CHECK(yield == NMMO_RATION, "fish yields %d", yield); break;
    }
    if (doubled) pieces *= 2;
    CHECK(event->amount == pieces, "%d pieces, expected %d", event->amount, pieces);
    tile->regrows = model->tick + (uint32_t)model->config.node_regrow_ticks;
    int skill = NMMO_MINING + kind - NMMO_ORE;
    model->counted.harvests[kind - NMMO_ORE][tier - 1]++;
    int kept = put_in(player, yield, tier, pieces), row, column;
    model->items_gained[yield][tier] += (uint64_t)kept;
    /* what has no room falls, as one heap if it stacks; what finds no place is lost */
    for (int left = pieces - kept, heap = stacks(yield) ? left : 1;
         left > 0 && nearest_free_ground(model, event->row, event->column, &row, &column); left -= heap) {
        CHECK(next < count, "%d pieces of item %d should fall", left, yield);
        const struct nmmo_event *drop = &events[next++];
        model->event_kinds[drop->kind]++;
        CHECK(drop->kind == NMMO_EVENT_DROP && drop->actor == event->actor && drop->item == yield &&
                  drop->tier == tier && drop->amount == heap,
              "%d of item %d fall, expected %d of %d", drop->amount, drop->item, heap, yield);
        lay_down(model, drop, event->row, event->column);
    }
    gain(model, event->actor, skill, 16 * tier * (doubled ? 2 : 1), tier);
    return next;
}

static void on_equip(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    struct model_player *player = &model->players[event->actor];
    int slot = actions[event->actor] - NMMO_USE;
    CHECK(slot >= 0 && slot < NMMO_INVENTORY_SLOTS && player->combat == 0, "action %d, combat %d",
          actions[event->actor], player->combat);
    struct nmmo_item *item = &player->inventory[slot];
    int where = worn_where(event->item);
    CHECK(where >= 0 && item->type == event->item && item->tier == event->tier, "slot %d holds %d of tier %d", slot,
          item->type, item->tier);
    CHECK(event->amount == !item->worn, "worn %d, event %d", item->worn, event->amount);
    if (item->worn) {
        item->worn = 0;
        return;
    }
    CHECK(may_wear(player, event->item, event->tier), "player %d may not wear %d of tier %d", event->actor, event->item,
          event->tier);
    if (worn_item(player, where)) worn_item(player, where)->worn = 0; /* swapped */
    item->worn = 1;
    model->counted.equipped[event->item - 1][event->tier - 1]++;
    model->items_used[event->item][event->tier]++;
}

static void on_consume(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    struct model_player *player = &model->players[event->actor];
    int slot = actions[event->actor] - NMMO_USE;
    CHECK(slot >= 0 && slot < NMMO_INVENTORY_SLOTS, "action %d", actions[event->actor]);
    struct nmmo_item *item = &player->inventory[slot];
    CHECK(item->type == event->item && item->tier == event->tier && event->amount == 1, "slot %d holds %d", slot,
          item->type);
    CHECK(event->item == NMMO_POTION || (event->item == NMMO_RATION && player->combat == 0), "item %d in combat %d",
          event->item, player->combat);
    player->health = least(100, player->health + 30 + 10 * event->tier);
    if (event->item == NMMO_RATION) {
        player->stamina = least(100, player->stamina + 50);
        if (model->config.survival) {
            player->food = least(100, player->food + 20 + 10 * event->tier);
            player->water = least(100, player->water + 20 + 10 * event->tier);
        }
    }
    take_out(item, 1);
    model->counted.consumed[event->item - 1]++;
    model->items_used[event->item][event->tier]++;
}

static void on_list(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    struct model_player *player = &model->players[event->actor];
    int slot = actions[event->actor] - NMMO_SELL, pieces = 0;
    CHECK(slot >= 0 && slot < NMMO_INVENTORY_SLOTS, "action %d", actions[event->actor]);
    struct nmmo_item *item = &player->inventory[slot];
    struct model_listing *listing = place_to_list(player, slot, &pieces);
    CHECK(listing && item->type == event->item && item->tier == event->tier && event->amount == pieces,
          "lists %d of item %d, the slot holds %d of %d", event->amount, event->item, item->quantity, item->type);
    CHECK(event->gold == model_price(player->price_step), "price %d at step %d", event->gold, player->price_step);
    listing->type = event->item;
    listing->tier = event->tier;
    listing->quantity += pieces;
    listing->step = player->price_step;
    listing->expires_at = model->tick + (uint32_t)model->config.listing_ticks;
    listing->order = ++model->listing_order;
    model->counted.listed[event->item - 1] += pieces;
    take_out(item, pieces);
}

static void on_sale(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    int n = model->config.n_players, seller = -1;
    CHECK(event->target >= 0 && event->target < n && event->target != event->actor, "seller %d", event->target);
    struct model_player *buyer = &model->players[event->actor], *other = &model->players[event->target];
    CHECK(actions[event->actor] == NMMO_BUY + event->item - 1, "action %d buys %d", actions[event->actor], event->item);
    CHECK(tier_to_buy(model, event->actor, event->item) == event->tier, "tier %d, expected %d", event->tier,
          tier_to_buy(model, event->actor, event->item));
    struct model_listing *listing = best_offer(model, event->actor, event->item, event->tier, &seller);
    CHECK(seller == event->target, "seller %d, expected %d", event->target, seller);
    int pieces = lot_of(event->item, listing->quantity), cost = cost_of(event->item, pieces, listing->step);
    CHECK(event->amount == pieces && event->gold == cost, "%d pieces for %d, expected %d for %d", event->amount,
          event->gold, pieces, cost);
    buyer->gold -= cost;
    buyer->net_sales -= cost;
    other->gold += cost;
    other->net_sales += cost;
    if (other->net_sales > other->best_sales) other->best_sales = other->net_sales;
    other->sold = 1;
    CHECK(put_in(buyer, event->item, event->tier, pieces) == pieces, "it did not fit");
    model->last_sale[(event->item - 1) * NMMO_TIERS + event->tier - 1] = listing->step;
    listing->quantity -= pieces;
    if (listing->quantity == 0) memset(listing, 0, sizeof *listing);
    model->counted.sold[event->item - 1][event->tier - 1] += pieces;
    model->counted.sales[event->item - 1][event->tier - 1]++;
    model->counted.turnover[event->item - 1][event->tier - 1] += cost;
    model->items_gained[event->item][event->tier] += (uint64_t)pieces;
}

static void on_pick_up(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    struct model_player *player = &model->players[event->actor];
    CHECK(inside(model, event->row, event->column), "at %d, %d", event->row, event->column);
    struct model_tile *tile = &model->tiles[place(model, event->row, event->column)];
    CHECK(actions[event->actor] >= NMMO_MOVE && actions[event->actor] < NMMO_RUN + 4, "action %d picks up",
          actions[event->actor]);
    CHECK(steps_between(player->row, player->column, event->row, event->column) <= 2, "picked up from afar");
    int pieces = least(room_for(player, event->item, event->tier), tile->quantity);
    CHECK(tile->item == event->item && tile->tier == event->tier && event->amount == pieces && pieces > 0,
          "%d of item %d; there lie %d of %d", event->amount, event->item, tile->quantity, tile->item);
    put_in(player, event->item, event->tier, pieces);
    tile->quantity -= pieces;
    if (tile->quantity == 0) memset(tile, 0, sizeof *tile);
    model->counted.picked_up[event->item - 1] += pieces;
    model->items_gained[event->item][event->tier] += (uint64_t)pieces;
}

static void on_drop(struct model *model, const struct nmmo_event *event, const uint8_t *actions) {
    struct model_player *player = &model->players[event->actor];
    int slot = actions[event->actor] - NMMO_DROP;
    CHECK(slot >= 0 && slot < NMMO_INVENTORY_SLOTS && player->combat == 0, "action %d drops", actions[event->actor]);
    struct nmmo_item *item = &player->inventory[slot];
    CHECK(item->type == event->item && item->tier == event->tier && item->quantity == event->amount && !item->worn,
          "slot %d holds %d of item %d", slot, item->quantity, item->type);
    memset(item, 0, sizeof *item);
    lay_down(model, event, player->row, player->column);
}

/* The loot of a dead player, in order, against the events that follow its death. */
static size_t check_loot(struct model *model, const struct nmmo_event *events, size_t next, size_t count, int i) {
    struct model_player *player = &model->players[i];
    int taken[NMMO_INVENTORY_SLOTS] = {0};
    for (int k = 0; k < NMMO_DEATH_DROPS; k++) {
        int best = -1;
        for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
            const struct nmmo_item *item = &player->inventory[slot];
            if (item->type == 0 || taken[slot]) continue;
            if (best < 0 || item->tier > player->inventory[best].tier ||
                (item->tier == player->inventory[best].tier && item->type < player->inventory[best].type))
                best = slot;
        }
        if (best < 0) break;
        taken[best] = 1;
        int row, column;
        if (!nearest_free_ground(model, player->row, player->column, &row, &column)) continue; /* lost */
        CHECK(next < count, "the drop of item %d is missing", player->inventory[best].type);
        const struct nmmo_event *event = &events[next++];
        model->event_kinds[event->kind]++;
        CHECK(event->kind == NMMO_EVENT_DROP && event->actor == i && event->item == player->inventory[best].type &&
                  event->tier == player->inventory[best].tier && event->amount == player->inventory[best].quantity,
              "event %d: %d of item %d, expected %d of item %d", event->kind, event->amount, event->item,
              player->inventory[best].quantity, player->inventory[best].type);
        lay_down(model, event, player->row, player->column);
    }
    return next;
}

static void count_finished(struct model *model, int i, int cause) {
    struct model_player *player = &model->players[i];
    struct nmmo_lives *finished = &model->counted.finished;
    finished->lives++;
    finished->causes[cause]++;
    finished->age += (int64_t)(model->tick - player->born);
    finished->score += player->score;
    finished->combat_level += combat_level(player);
    finished->harvest_level += harvest_level(player);
    for (int skill = 0; skill < NMMO_SKILLS; skill++) finished->levels[skill] += player->level[skill];
    for (int where = 0; where < NMMO_EQUIPMENT_SLOTS; where++) finished->worn_tiers += worn_tier(player, where);
    finished->gold += player->gold;
    if (player->score > finished->best_score) finished->best_score = player->score;
    finished->returns += (double)player->life_return;
}

static void settle_reward(struct model *model, int i);

static size_t on_player_death(struct model *model, const struct nmmo_event *events, size_t next, size_t count) {
    const struct nmmo_event *event = &events[next++];
    int i = event->actor;
    struct model_player *player = &model->players[i];
    CHECK(player->alive, "player %d has no body", i);
    CHECK(event->row == player->row && event->column == player->column, "died at %d, %d", event->row, event->column);
    CHECK(event->amount == player->score, "score %d, expected %d", event->amount, player->score);
    int stagnant = model->config.stagnation_ticks &&
                   model->tick - player->score_tick >= (uint32_t)model->config.stagnation_ticks;
    int horizon = model->config.horizon && model->tick >= (uint32_t)model->config.horizon;
    if (player->health == 0) {
        CHECK(event->detail == player->cause, "player %d died by %d, expected %d", i, event->detail, player->cause);
        CHECK(event->target == player->killer, "player %d was killed by %d, expected %d", i, event->target,
              player->killer);
        player->ended = 1;
    } else {
        CHECK((horizon && event->detail == NMMO_BY_HORIZON) || (stagnant && event->detail == NMMO_BY_STAGNATION),
              "player %d ends by %d", i, event->detail);
        CHECK(event->target == -1 && event->gold == 0, "truncation has no killer");
        player->ended = 2;
    }
    settle_reward(model, i);
    count_finished(model, i, event->detail);
    int heir = player->ended == 1 && player->killer >= 0 && player->killer < model->config.n_players &&
               model->players[player->killer].alive && model->players[player->killer].health > 0;
    if (heir) {
        CHECK(event->gold == player->gold, "left %d of %lld gold", event->gold, (long long)player->gold);
        model->players[player->killer].gold += player->gold;
    } else {
        CHECK(event->gold == 0, "left %d gold to nobody", event->gold);
        model->counted.gold_lost += player->gold;
    }
    if (player->ended == 1) next = check_loot(model, events, next, count, i);
    player->ended_tick = model->tick;
    player->alive = 0;
    memset(player->inventory, 0, sizeof player->inventory);
    memset(player->listings, 0, sizeof player->listings);
    player->gold = 0;
    player->waiting = model->config.lives == 0 || player->lives < (uint32_t)model->config.lives;
    if (model->config.horizon && model->tick >= (uint32_t)model->config.horizon) player->waiting = 0;
    return next;
}

static size_t on_monster_death(struct model *model, const struct nmmo_event *events, size_t next, size_t count) {
    const struct nmmo_event *event = &events[next++];
    struct model_monster *monster = &model->monsters[event->actor - model->config.n_players];
    CHECK(monster->alive && monster->health == 0 && event->target == monster->killer,
          "monster %d has %d health, killed by %d", event->actor, monster->health, event->target);
    CHECK(event->row == monster->row && event->column == monster->column && event->tier == monster->tier &&
              event->detail == NMMO_BY_PLAYER,
          "at %d, %d tier %d cause %d", event->row, event->column, event->tier, event->detail);
    monster->alive = 0;
    monster->combat = 0;
    monster->died = model->tick;
    if (next < count && events[next].kind == NMMO_EVENT_DROP && events[next].actor == event->actor) {
        const struct nmmo_event *drop = &events[next++];
        model->event_kinds[drop->kind]++;
        CHECK(((drop->item >= NMMO_PICKAXE && drop->item <= NMMO_ROD) ||
               (drop->item >= NMMO_HELM && drop->item <= NMMO_LEGS)) &&
                  drop->tier == monster->tier && drop->amount == 1,
              "a monster drops %d of item %d, tier %d", drop->amount, drop->item, drop->tier);
        lay_down(model, drop, monster->row, monster->column);
    }
    return next;
}

static void on_birth(struct model *model, const struct nmmo_event *event) {
    int n = model->config.n_players;
    CHECK(inside(model, event->row, event->column) && walkable_at(model, event->row, event->column), "born at %d, %d",
          event->row, event->column);
    if (event->actor < n) {
        struct model_player *player = &model->players[event->actor];
        CHECK(!player->alive && player->waiting, "player %d is alive or has no life left", event->actor);
        if (model->config.respawn == NMMO_RESPAWN_NEXT_TICK)
            CHECK(player->ended_tick < model->tick, "player %d returns in the tick of its death", event->actor);
        fresh_life(model, event->actor, event->row, event->column);
        model->counted.births++;
        return;
    }
    struct model_monster *monster = &model->monsters[event->actor - n];
    CHECK(monster->present && !monster->alive, "monster %d is alive", event->actor - n);
    CHECK(model->tick - monster->died >= (uint32_t)model->config.monster_return_ticks, "monster %d returns early",
          event->actor - n);
    CHECK(steps_between(event->row, event->column, monster->home_row, monster->home_column) <= NMMO_RETURN_RADIUS,
          "monster %d returns at %d, %d", event->actor - n, event->row, event->column);
    monster->alive = 1;
    monster->health = 100;
    monster->combat = 0;
    monster->killer = -1;
    monster->row = monster->old_row = event->row;
    monster->column = monster->old_column = event->column;
}

static void read_events(struct model *model, struct nmmo_world *world, enum nmmo_phase phase, const uint8_t *actions) {
    size_t count;
    const struct nmmo_event *events = nmmo_world_events(world, &count);
    CHECK(count <= world->event_capacity, "%zu events, capacity %u", count, world->event_capacity);
    int n = model->config.n_players, entities = n + model->config.n_monsters;
    size_t next = model->events_read;
    while (next < count) {
        const struct nmmo_event *event = &events[next];
        CHECK(event->kind >= 1 && event->kind < NMMO_EVENT_KINDS, "event kind %d", event->kind);
        CHECK(event->tick == model->tick, "event of tick %u", event->tick);
        CHECK(event->actor >= 0 && event->actor < entities, "actor %d", event->actor);
        CHECK(event->target >= -1 && event->target < entities, "target %d", event->target);
        CHECK(event->row < model->height && event->column < model->width, "at %d, %d", event->row, event->column);
        CHECK(event->item <= NMMO_LAST_OBJECT && event->tier <= NMMO_TIERS && event->amount >= 0 && event->gold >= 0,
              "item %d tier %d amount %d gold %d", event->item, event->tier, event->amount, event->gold);
        model->event_kinds[event->kind]++;
        if (event->kind == NMMO_EVENT_DEATH) {
            CHECK(phase == NMMO_PHASE_DEATHS, "a death in phase %d", phase);
            next = event->actor < n ? on_player_death(model, events, next, count)
                                    : on_monster_death(model, events, next, count);
            continue;
        }
        next++;
        if (event->kind == NMMO_EVENT_BIRTH) {
            CHECK(phase == NMMO_PHASE_BIRTHS, "a birth in phase %d", phase);
            on_birth(model, event);
            continue;
        }
        CHECK(phase == NMMO_PHASE_PLAYERS || phase == NMMO_PHASE_MONSTERS, "event kind %d in phase %d", event->kind,
              phase);
        if (event->actor >= n) {
            CHECK(phase == NMMO_PHASE_MONSTERS, "a monster acts in phase %d", phase);
            CHECK(event->kind == NMMO_EVENT_HIT || event->kind == NMMO_EVENT_KILL, "a monster does %d", event->kind);
            if (event->kind == NMMO_EVENT_HIT) on_hit(model, event, actions);
            else on_kill(model, event);
            continue;
        }
        CHECK(phase == NMMO_PHASE_PLAYERS, "a player acts in phase %d", phase);
        struct model_player *player = &model->players[event->actor];
        CHECK(player->alive && player->health > 0, "player %d acts with %d health", event->actor, player->health);
        player->acted = 1;
        switch (event->kind) {
        case NMMO_EVENT_HIT: on_hit(model, event, actions); break;
        case NMMO_EVENT_KILL: on_kill(model, event); break;
        case NMMO_EVENT_LEVEL_UP:
            CHECK(player->levels_due > 0 && event->detail == player->due_skill && event->amount == player->due_level,
                  "player %d rises to %d in %d; expected %d in %d", event->actor, event->amount, event->detail,
                  player->due_level, player->due_skill);
            player->levels_due = 0;
            break;
        case NMMO_EVENT_HARVEST: next = on_harvest(model, events, next - 1, count); break;
        case NMMO_EVENT_EQUIP: on_equip(model, event, actions); break;
        case NMMO_EVENT_CONSUME: on_consume(model, event, actions); break;
        case NMMO_EVENT_LIST: on_list(model, event, actions); break;
        case NMMO_EVENT_SALE: on_sale(model, event, actions); break;
        case NMMO_EVENT_PICK_UP: on_pick_up(model, event, actions); break;
        default: on_drop(model, event, actions); break;
        }
    }
    model->events_read = next;
}

/* ---- phases ------------------------------------------------------------------------------------------------------- */

static void upkeep_model(struct model *model) {
    model->tick++;
    model->counted.ticks++;
    model->events_read = 0;
    for (int at = 0; at < model->height * model->width; at++) {
        struct model_tile *tile = &model->tiles[at];
        if (tile->regrows && tile->regrows <= model->tick) tile->regrows = 0;
        if (tile->item && tile->vanishes <= model->tick) memset(tile, 0, sizeof *tile);
    }
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        player->acted = player->sold = player->ended = 0;
        player->reward = 0;
        player->old_row = player->row;
        player->old_column = player->column;
        for (int l = 0; l < NMMO_LISTINGS; l++) {
            struct model_listing *listing = &player->listings[l];
            if (!listing->type || listing->expires_at > model->tick) continue;
            put_in(player, listing->type, listing->tier, listing->quantity);
            memset(listing, 0, sizeof *listing);
        }
    }
    for (int m = 0; m < model->config.n_monsters; m++) {
        model->monsters[m].old_row = model->monsters[m].row;
        model->monsters[m].old_column = model->monsters[m].column;
    }
}

static int can_harvest_at(const struct model *model, const struct model_player *player, int row, int column) {
    return node_tier_at(model, row, column) <= tool_tier(player, node_at(model, row, column)) + 1;
}

static void players_acted(struct model *model, struct nmmo_world *world, const uint8_t *actions,
                          const uint8_t *tokens) {
    static const int rows[] = {-1, 0, 1, 0}, columns[] = {0, 1, 0, -1};
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        if (!player->alive) continue;
        const struct nmmo_self *self = &world->players[i].self;
        int action = actions[i], moved = 0;
        CHECK(!player->levels_due, "player %d: a level-up was not reported", i);
        player->row = self->row;
        player->column = self->column;
        if (player->row != player->old_row || player->column != player->old_column) {
            CHECK(action >= NMMO_MOVE && action < NMMO_RUN + 4, "player %d moved by action %d", i, action);
            int running = action >= NMMO_RUN, direction = action - (running ? NMMO_RUN : NMMO_MOVE);
            for (int step = 1; step <= (running ? 2 : 1); step++)
                if (player->row == player->old_row + step * rows[direction] &&
                    player->column == player->old_column + step * columns[direction])
                    moved = step;
            CHECK(moved, "player %d went from %d, %d to %d, %d by action %d", i, player->old_row, player->old_column,
                  player->row, player->column, action);
            for (int step = 1; step <= moved; step++)
                CHECK(walkable_at(model, player->old_row + step * rows[direction],
                                  player->old_column + step * columns[direction]),
                      "player %d ran through a wall", i);
            if (running) {
                CHECK(player->stamina >= 8, "player %d runs with stamina %d", i, player->stamina);
                player->stamina -= 8;
            }
            player->acted = 1;
            /* entering a tile harvests its node or picks up its item: nothing may be left undone */
            const struct model_tile *tile = &model->tiles[place(model, player->row, player->column)];
            if (node_at(model, player->row, player->column) && tile->regrows == 0)
                CHECK(!can_harvest_at(model, player, player->row, player->column), "player %d did not harvest", i);
            if (tile->item && !tile->dropped_upon)
                CHECK(room_for(player, tile->item, tile->tier) == 0, "player %d did not pick up", i);
            player->explored = most(
                player->explored, steps_between(player->row, player->column, player->birth_row, player->birth_column));
        }
        if (action == NMMO_PRICE_UP || action == NMMO_PRICE_DOWN) {
            int next = player->price_step + (action == NMMO_PRICE_UP ? 1 : -1);
            int has = player->gold > 0;
            for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++)
                has |= player->inventory[slot].type && !player->inventory[slot].worn;
            int allowed = has && next >= 1 && next <= NMMO_PRICE_STEPS;
            /* a sale or a death in the same tick may have come before its turn or after */
            if (!player->sold && player->health > 0)
                CHECK(self->price_step == (allowed ? next : player->price_step), "player %d asks step %d after %d", i,
                      self->price_step, player->price_step);
            else
                CHECK(self->price_step == player->price_step || (allowed && self->price_step == next),
                      "player %d asks step %d after %d", i, self->price_step, player->price_step);
            if (self->price_step != player->price_step) player->acted = 1;
            player->price_step = self->price_step;
        }
        int said = tokens ? tokens[i] : 0;
        if (player->health > 0) CHECK(world->players[i].token == said, "player %d says %d", i, world->players[i].token);
        else
            CHECK(world->players[i].token <= model->config.vocabulary, "player %d says %d", i, world->players[i].token);
        player->token = world->players[i].token;
        if (action && player->acted) {
            model->actions[action]++;
            model->counted.actions[action]++;
        }
    }
    for (int m = 0; m < model->config.n_monsters; m++) model->monsters[m].state = world->monsters[m].state;
    model_occupy(model);
}

/* Whom a hostile one sees it goes for: the nearest. */
static void check_mind(const struct model *model, int m, const struct monster *theirs) {
    const struct model_monster *monster = &model->monsters[m];
    int from_home = steps_between(monster->row, monster->column, monster->home_row, monster->home_column);
    int moved = monster->row != monster->old_row || monster->column != monster->old_column,
        nearest = NMMO_AGGRO_RADIUS + 1;
    if (theirs->state == MONSTER_CHASING) CHECK(from_home <= NMMO_LEASH_HOME, "monster %d is too far from home", m);
    if (monster->state != MONSTER_IDLE) return;
    if (moved && theirs->state == MONSTER_IDLE) CHECK(from_home <= NMMO_WANDER_RADIUS, "monster %d wanders too far", m);
    if (monster->temper != NMMO_HOSTILE || monster->health == 0) return;
    for (int i = 0; i < model->config.n_players; i++) {
        const struct model_player *player = &model->players[i];
        int away = steps_between(monster->old_row, monster->old_column, player->row, player->column);
        if (player->alive && player->health > 0 && player->monster_protection == 0) nearest = least(nearest, away);
    }
    if (nearest > NMMO_AGGRO_RADIUS) return;
    CHECK(theirs->target >= 0, "monster %d does not turn to a player %d away", m, nearest);
    const struct model_player *target = &model->players[theirs->target];
    CHECK(steps_between(monster->old_row, monster->old_column, target->row, target->column) <= nearest,
          "monster %d turns to player %d, but one is only %d away", m, theirs->target, nearest);
}

static void monsters_acted(struct model *model, struct nmmo_world *world) {
    for (int m = 0; m < model->config.n_monsters; m++) {
        struct model_monster *monster = &model->monsters[m];
        const struct monster *theirs = &world->monsters[m];
        if (!monster->alive) continue;
        monster->row = theirs->row;
        monster->column = theirs->column;
        int moved = size_of(monster->row - monster->old_row) + size_of(monster->column - monster->old_column);
        if (moved > 1)
            CHECK(steps_between(monster->row, monster->column, monster->home_row, monster->home_column) <=
                          NMMO_RETURN_RADIUS &&
                      theirs->state == MONSTER_IDLE,
                  "monster %d leapt to %d, %d", m, monster->row, monster->column);
        if (moved) CHECK(monster->health > 0, "monster %d moved with 0 health", m);
        /* whole again on arriving */
        if (theirs->health == 100 && monster->health > 0 && monster->health < 100 && theirs->state == MONSTER_IDLE)
            monster->health = 100;
        CHECK(theirs->health == monster->health, "monster %d has %d health, expected %d", m, theirs->health,
              monster->health);
        check_mind(model, m, theirs);
    }
    model_occupy(model);
}

static void bodies_of_model(struct model *model) {
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        if (!player->alive) continue;
        player->score_sum += player->score;
        player->ticks_lived++;
        int fell_before = player->health == 0,
            in_combat = player->combat > 0; /* its clocks run on, but it neither heals nor suffers */
        player->combat = most(0, player->combat - 1);
        player->protection = most(0, player->protection - 1);
        player->monster_protection = most(0, player->monster_protection - 1);
        if (fell_before) continue;
        int age = (int)(model->tick - player->born);
        int fed = !model->config.survival || (player->food > 50 && player->water > 50);
        if (!in_combat && fed) player->health = least(100, player->health + 2);
        player->stamina = least(100, player->stamina + 2);
        if (model->config.survival) {
            if (age % 4 == 0) {
                player->food = most(0, player->food - 1);
                player->water = most(0, player->water - 1);
            }
            int beside = 0;
            for (int row = -1; row <= 1; row++)
                for (int column = -1; column <= 1; column++)
                    beside |= ground_at(model, player->row + row, player->column + column) == NMMO_WATER;
            if (beside) player->water = least(100, player->water + 10);
        }
        int hurts[3] = {0, 0, 0}, causes[3] = {NMMO_BY_HUNGER, NMMO_BY_THIRST, NMMO_BY_FOG};
        if (model->config.survival) {
            hurts[0] = player->food == 0 ? 2 : 0;
            hurts[1] = player->water == 0 ? 2 : 0;
        }
        hurts[2] = most(0, least(10, fog_depth_at(model, player->row, player->column)));
        for (int k = 0; k < 3 && player->health > 0; k++) {
            player->health = most(0, player->health - hurts[k]);
            if (player->health == 0) player->cause = causes[k];
        }
    }
    for (int m = 0; m < model->config.n_monsters; m++)
        if (model->monsters[m].alive && model->monsters[m].health > 0)
            model->monsters[m].combat = most(0, model->monsters[m].combat - 1);
}

static void deaths_of_model(struct model *model) {
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        CHECK(!player->alive || player->health > 0, "player %d keeps its body", i);
        if (!player->alive) continue;
        CHECK(!model->config.horizon || model->tick < (uint32_t)model->config.horizon, "player %d outlives the world",
              i);
        CHECK(!model->config.stagnation_ticks ||
                  model->tick - player->score_tick < (uint32_t)model->config.stagnation_ticks,
              "player %d stagnates", i);
    }
    for (int m = 0; m < model->config.n_monsters; m++)
        CHECK(!model->monsters[m].alive || model->monsters[m].health > 0, "monster %d keeps its body", m);
}

static void births_of_model(struct model *model) {
    model_occupy(model);
    int safest = NMMO_TIERS + 1;
    for (int row = 0; row < model->height; row++)
        for (int column = 0; column < model->width; column++)
            if (walkable_at(model, row, column) && !model->occupant[place(model, row, column)])
                safest = least(safest, danger_at(model, row, column));
    for (int i = 0; i < model->config.n_players; i++) {
        struct model_player *player = &model->players[i];
        if (player->alive && player->born == model->tick && model->config.team_size == 1)
            CHECK(danger_at(model, player->row, player->column) <= safest,
                  "player %d is born at danger %d while danger %d is free", i,
                  danger_at(model, player->row, player->column), safest);
        int due = player->waiting && !player->alive &&
                  (model->config.respawn == NMMO_RESPAWN_SAME_TICK ||
                   (model->config.respawn == NMMO_RESPAWN_NEXT_TICK && player->ended_tick < model->tick));
        CHECK(!due, "player %d was not born", i);
    }
    for (int m = 0; m < model->config.n_monsters; m++) {
        const struct model_monster *monster = &model->monsters[m];
        if (!monster->present || monster->alive) continue;
        uint32_t gone = model->tick - monster->died;
        CHECK(gone < (uint32_t)model->config.monster_return_ticks + 1 ||
                  model->occupant[place(model, monster->home_row, monster->home_column)],
              "monster %d has been gone for %u ticks", m, gone);
    }
}

/* One reward, from the account of a life alone: float32, added in the documented order. */
static void settle_reward(struct model *model, int i) {
    struct model_player *player = &model->players[i];
    const struct nmmo_config *config = &model->config;
    int combat = combat_level(player), harvest = harvest_level(player), worn = 0;
    int strides = player->explored / NMMO_EXPLORE_STRIDE;
    int64_t progress = 0; /* fractions of a level, in 65536ths, each truncated */
    for (int where = 0; where < NMMO_EQUIPMENT_SLOTS; where++) worn += worn_tier(player, where);
    for (int skill = 0; skill < NMMO_SKILLS; skill++)
        progress += (int64_t)(player->level[skill] - 1) * 65536 +
                    (int64_t)player->experience[skill] * 65536 / (8 * player->level[skill]);
    float reward = config->w_combat * (float)(combat - player->paid_combat);
    reward += config->w_harvest * (float)(harvest - player->paid_harvest);
    reward += config->w_progress * ((float)(progress - player->paid_progress) / 65536.0f);
    reward += config->w_equipment * ((float)(worn - player->paid_worn) / 6.0f);
    reward += config->w_gold * (float)(player->best_sales - player->paid_sales);
    reward += config->w_explore * (float)(strides - player->paid_strides);
    if (player->health == 0) reward += config->w_death;
    player->paid_combat = combat;
    player->paid_harvest = harvest;
    player->paid_progress = progress;
    player->paid_worn = worn;
    player->paid_sales = player->best_sales;
    player->paid_strides = strides;
    player->reward = reward;
    player->life_return += reward;
}

void model_after_phase(struct model *model, struct nmmo_world *world, enum nmmo_phase phase, const uint8_t *actions,
                       const uint8_t *tokens) {
    for (int at = 0; at < model->height * model->width; at++) model->tiles[at].dropped_upon = 0;
    switch (phase) {
    case NMMO_PHASE_UPKEEP:
        upkeep_model(model);
        read_events(model, world, phase, actions);
        break;
    case NMMO_PHASE_PLAYERS:
        read_events(model, world, phase, actions);
        players_acted(model, world, actions, tokens);
        break;
    case NMMO_PHASE_MONSTERS:
        read_events(model, world, phase, actions);
        monsters_acted(model, world);
        break;
    case NMMO_PHASE_BODIES:
        bodies_of_model(model);
        read_events(model, world, phase, actions);
        break;
    case NMMO_PHASE_DEATHS:
        read_events(model, world, phase, actions);
        deaths_of_model(model);
        model_occupy(model);
        break;
    case NMMO_PHASE_REWARDS:
        for (int i = 0; i < model->config.n_players; i++)
            if (model->players[i].alive) settle_reward(model, i);
        read_events(model, world, phase, actions);
        break;
    case NMMO_PHASE_BIRTHS:
        read_events(model, world, phase, actions);
        births_of_model(model);
        break;
    default: read_events(model, world, phase, actions); break;
    }
}

/* ---- what is seen --------------------------------------------------------------------------------------------- */

static int gear_of(const struct model_player *player) {
    int hand = worn_type(player, NMMO_HAND);
    int tiers = worn_tier(player, NMMO_HEAD) + worn_tier(player, NMMO_BODY) + worn_tier(player, NMMO_LEG);
    if (hand == NMMO_SWORD || hand == NMMO_BOW || hand == NMMO_STAFF) tiers += worn_tier(player, NMMO_HAND);
    return tiers == 0 ? 0 : tiers < 7 ? 1 : tiers < 14 ? 2 : 3;
}

static int team_of(const struct model *model, int i) {
    return model->config.team_size > 1 ? i / model->config.team_size + 1 : 0;
}

static uint64_t word_of(const struct model *model, int row, int column) {
    struct nmmo_tile tile;
    memset(&tile, 0, sizeof tile);
    if (!inside(model, row, column)) return 0;
    const struct model_tile *lies = &model->tiles[place(model, row, column)];
    int entity = model->occupant[place(model, row, column)] - 1, node = node_at(model, row, column);
    tile.ground = (uint8_t)(ground_at(model, row, column) * 4 + biome_at(model, row, column));
    tile.tier = (uint8_t)(danger_at(model, row, column) << 4);
    if (node) {
        CHECK(lies->item == 0, "an item lies on the node at %d, %d", row, column);
        tile.object = (uint8_t)(lies->regrows ? node + 5 : node);
        tile.tier = (uint8_t)(tile.tier + node_tier_at(model, row, column));
    } else if (lies->item) {
        CHECK(lies->quantity >= 1 && lies->quantity <= (stacks(lies->item) ? 99 : 1), "%d pieces at %d, %d",
              lies->quantity, row, column);
        tile.object = (uint8_t)lies->item;
        tile.tier = (uint8_t)(tile.tier + lies->tier);
    }
    if (entity >= model->config.n_players) {
        const struct model_monster *monster = &model->monsters[entity - model->config.n_players];
        tile.occupant = (uint8_t)monster->temper;
        tile.level = (uint8_t)monster->level;
        tile.health = (uint8_t)monster->health;
        tile.style = (uint8_t)(monster->style + 4 * monster->element + (monster->combat ? 32 : 0));
    } else if (entity >= 0) {
        const struct model_player *player = &model->players[entity];
        tile.occupant = (uint8_t)(NMMO_PLAYER + 8 * player->token);
        tile.level = (uint8_t)(combat_level(player) + 64 * gear_of(player));
        tile.health = (uint8_t)player->health;
        tile.style = (uint8_t)(style_of(player) + 4 * element_of(player) + (player->combat ? 32 : 0));
        tile.team = (uint8_t)team_of(model, entity);
    }
    uint64_t word;
    memcpy(&word, &tile, sizeof word);
    return word;
}

void model_words(struct model *model) {
    model_occupy(model);
    for (int row = 0; row < model->height; row++)
        for (int column = 0; column < model->width; column++)
            model->words[place(model, row, column)] = word_of(model, row, column);
}

static void self_of(const struct model *model, int i, struct nmmo_self *self) {
    const struct model_player *player = &model->players[i];
    const struct nmmo_config *config = &model->config;
    memset(self, 0, sizeof *self);
    self->row = (uint16_t)player->row;
    self->column = (uint16_t)player->column;
    self->gold = (uint32_t)player->gold;
    self->health = (uint8_t)player->health;
    self->stamina = (uint8_t)player->stamina;
    self->food = (uint8_t)player->food;
    self->water = (uint8_t)player->water;
    for (int skill = 0; skill < NMMO_SKILLS; skill++) {
        self->level[skill] = (uint8_t)player->level[skill];
        self->progress[skill] = (uint8_t)(player->experience[skill] * 256 / (8 * player->level[skill]));
    }
    self->combat_level = (uint8_t)combat_level(player);
    self->harvest_level = (uint8_t)harvest_level(player);
    for (int where = 0; where < NMMO_EQUIPMENT_SLOTS; where++) {
        self->worn_type[where] = (uint8_t)worn_type(player, where);
        self->worn_tier[where] = (uint8_t)worn_tier(player, where);
    }
    self->style = (uint8_t)style_of(player);
    self->element = (uint8_t)element_of(player);
    self->price_step = (uint8_t)player->price_step;
    self->combat_ticks = (uint8_t)player->combat;
    self->protection_ticks = (uint16_t)player->protection;
    self->monster_protection_ticks = (uint8_t)player->monster_protection;
    if (config->stagnation_ticks)
        self->stagnation_left = (uint16_t)(config->stagnation_ticks - (int)(model->tick - player->score_tick));
    self->team = (uint8_t)team_of(model, i);
    self->danger = (uint8_t)danger_at(model, player->row, player->column);
    self->biome = (uint8_t)biome_at(model, player->row, player->column);
    self->fog_distance = 255;
    if (config->fog) {
        int depth = fog_depth_at(model, player->row, player->column);
        int moving = model->tick >= (uint32_t)config->fog_start;
        self->fog_distance = (uint8_t)(depth > 0 ? 0 : least(255, 1 - depth));
        self->fog_damage = (uint8_t)(moving && depth > 0 ? least(depth, 10) : 0);
    }
    self->lives_left = 255;
    if (config->lives) self->lives_left = (uint8_t)least(255, config->lives - (int)player->lives + 1);
    self->age = model->tick - player->born;
}

void model_mask(struct model *model, int i, uint8_t *mask) {
    static const int rows[] = {-1, 0, 1, 0}, columns[] = {0, 1, 0, -1};
    const struct nmmo_config *config = &model->config;
    struct model_player *player = &model->players[i];
    memset(mask, 0, NMMO_ACTIONS);
    mask[NMMO_WAIT] = 1;
    if (!player->alive || player->health == 0) return;
    for (int direction = 0; direction < 4; direction++) {
        int row = player->row + rows[direction], column = player->column + columns[direction];
        int free = walkable_at(model, row, column) && !model->occupant[place(model, row, column)];
        mask[NMMO_MOVE + direction] = (uint8_t)free;
        mask[NMMO_RUN + direction] = (uint8_t)(free && player->stamina >= 8);
    }
    int range = range_of(style_of(player));
    for (int m = 0; m < config->n_monsters; m++) {
        const struct model_monster *monster = &model->monsters[m];
        if (monster->alive && monster->health > 0 &&
            steps_between(player->row, player->column, monster->row, monster->column) <= range &&
            in_sight(model, player->row, player->column, monster->row, monster->column))
            mask[NMMO_ATTACK_MONSTER] = 1;
    }
    for (int j = 0; j < config->n_players; j++) {
        const struct model_player *other = &model->players[j];
        if (j == i || !other->alive || other->health == 0 || other->protection > 0) continue;
        if (config->team_size > 1 && team_of(model, i) == team_of(model, j)) continue;
        if (danger_at(model, player->row, player->column) < config->pvp_min_danger ||
            danger_at(model, other->row, other->column) < config->pvp_min_danger)
            continue;
        if (steps_between(player->row, player->column, other->row, other->column) <= range &&
            in_sight(model, player->row, player->column, other->row, other->column))
            mask[NMMO_ATTACK_PLAYER] = 1;
    }
    int unworn = 0, ignored_row, ignored_column, pieces;
    int room = nearest_free_ground(model, player->row, player->column, &ignored_row, &ignored_column);
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (item->type == 0) continue;
        unworn |= !item->worn;
        int usable = item->type == NMMO_POTION ||
                     (player->combat == 0 && (item->worn || may_wear(player, item->type, item->tier)));
        mask[NMMO_USE + slot] = (uint8_t)usable;
        mask[NMMO_SELL + slot] = place_to_list(player, slot, &pieces) != NULL;
        mask[NMMO_DROP + slot] = player->combat == 0 && !item->worn && room;
    }
    for (int type = 1; type <= NMMO_ITEM_TYPES; type++) mask[NMMO_BUY + type - 1] = tier_to_buy(model, i, type) != 0;
    mask[NMMO_PRICE_UP] = (unworn || player->gold > 0) && player->price_step < NMMO_PRICE_STEPS;
    mask[NMMO_PRICE_DOWN] = (unworn || player->gold > 0) && player->price_step > 1;
}

static void board_of(struct model *model, uint8_t board[2][NMMO_BOOKS]) {
    memset(board, 0, 2 * NMMO_BOOKS);
    for (int i = 0; i < model->config.n_players; i++) {
        for (int l = 0; l < NMMO_LISTINGS; l++) {
            const struct model_listing *listing = &model->players[i].listings[l];
            if (!listing->type) continue;
            uint8_t *cheapest = &board[0][(listing->type - 1) * NMMO_TIERS + listing->tier - 1];
            if (*cheapest == 0 || listing->step < *cheapest) *cheapest = (uint8_t)listing->step;
        }
    }
    for (int book = 0; book < NMMO_BOOKS; book++) board[1][book] = (uint8_t)model->last_sale[book];
}

void model_row(struct model *model, int i, uint8_t *row) {
    const struct nmmo_layout *layout = &model->layout;
    const struct model_player *player = &model->players[i];
    memset(row, 0, layout->row_bytes);
    if (!player->alive) {
        row[layout->mask] = 1;
        return;
    }
    uint8_t *out = row + layout->tiles;
    for (int r = player->row - model->config.view_row_radius; r <= player->row + model->config.view_row_radius; r++) {
        for (int c = player->column - model->config.view_column_radius;
             c <= player->column + model->config.view_column_radius; c++, out += sizeof(struct nmmo_tile)) {
            uint64_t word = inside(model, r, c) ? model->words[place(model, r, c)] : 0;
            memcpy(out, &word, sizeof word);
        }
    }
    struct nmmo_self self;
    self_of(model, i, &self);
    memcpy(row + layout->self, &self, sizeof self);
    memcpy(row + layout->inventory, player->inventory, sizeof player->inventory);
    for (int l = 0; l < NMMO_LISTINGS; l++) {
        const struct model_listing *listing = &player->listings[l];
        if (!listing->type) continue;
        struct nmmo_own_listing shown = {(uint8_t)listing->type, (uint8_t)listing->tier, (uint8_t)listing->quantity,
                                         (uint8_t)listing->step, (uint8_t)((listing->expires_at - model->tick) / 8)};
        memcpy(row + layout->listings + (size_t)l * sizeof shown, &shown, sizeof shown);
    }
    uint8_t board[2][NMMO_BOOKS];
    board_of(model, board);
    memcpy(row + layout->market, board, sizeof board);
    model_mask(model, i, row + layout->mask);
}

/* ---- comparing ------------------------------------------------------------------------------------------------- */

static void compare_places(struct model *model, struct nmmo_world *world) {
    struct header *head = world->head;
    int stride = (int)head->stride;
    CHECK(head->tick == model->tick, "tick %u, expected %u", head->tick, model->tick);
    CHECK(stride == model->width + 2 * NMMO_BORDER, "stride %d", stride);
    uint32_t ripe_again = 0, nodes = 0;
    for (uint32_t tile = 0; tile < head->padded_tiles; tile++) {
        int row = (int)tile / stride - NMMO_BORDER, column = (int)tile % stride - NMMO_BORDER;
        uint64_t word = 0;
        int entity = -1, item = 0, quantity = 0;
        uint32_t vanishes = 0;
        if (inside(model, row, column)) {
            const struct model_tile *lies = &model->tiles[place(model, row, column)];
            word = model->words[place(model, row, column)];
            entity = model->occupant[place(model, row, column)] - 1;
            item = lies->item;
            quantity = lies->quantity;
            vanishes = lies->vanishes;
            ripe_again += lies->regrows != 0;
            nodes += node_at(model, row, column) != 0;
        }
        CHECK(world->tiles[tile] == word, "tile %d, %d is %016llx, expected %016llx", row, column,
              (unsigned long long)world->tiles[tile], (unsigned long long)word);
        CHECK(world->ids[tile] == (uint32_t)(entity + 1), "id at %d, %d is %u, expected %d", row, column,
              world->ids[tile], entity + 1);
        int is_body = entity >= 0, is_a_player = is_body && entity < model->config.n_players;
        CHECK((world->player_plane[tile / 8] >> tile % 8 & 1) == is_a_player, "player plane at %d, %d", row, column);
        CHECK((world->monster_plane[tile / 8] >> tile % 8 & 1) == (is_body && !is_a_player), "monster plane at %d, %d",
              row, column);
        CHECK((world->item_plane[tile / 8] >> tile % 8 & 1) == (item != 0), "item plane at %d, %d", row, column);
        CHECK(world->item_quantity[tile] == quantity, "%d pieces at %d, %d, expected %d", world->item_quantity[tile],
              row, column, quantity);
        CHECK(world->item_vanishes[tile] == (uint8_t)vanishes, "what lies at %d, %d vanishes at %d, expected %u", row,
              column, world->item_vanishes[tile], vanishes);
    }
    CHECK(head->regrow_count == ripe_again && head->node_count == nodes, "%u of %u nodes grow, expected %u of %u",
          head->regrow_count, head->node_count, ripe_again, nodes);
    for (uint32_t k = 0; k < head->regrow_count; k++) {
        struct regrowth due = world->regrow[(head->regrow_first + k) % head->node_capacity];
        int row = (int)due.tile / stride - NMMO_BORDER, column = (int)due.tile % stride - NMMO_BORDER;
        CHECK(inside(model, row, column) && model->tiles[place(model, row, column)].regrows == due.tick,
              "the node at %d, %d is due at %u", row, column, due.tick);
    }
    uint32_t columns = head->cell_columns;
    for (uint32_t cell = 0; cell < head->cells; cell++) {
        int cell_row = (int)(cell / columns) - 1, cell_column = (int)(cell % columns) - 1;
        uint32_t near = 0;
        for (int i = 0; i < model->config.n_players; i++) {
            const struct model_player *player = &model->players[i];
            near += player->alive && size_of(player->row / 16 - cell_row) <= 1 &&
                    size_of(player->column / 16 - cell_column) <= 1;
        }
        CHECK(world->near_players[cell] == near, "cell %d, %d has %u players near, expected %u", cell_row, cell_column,
              world->near_players[cell], near);
    }
    static uint64_t marks[(MAX_MONSTERS + 7) / 8]; /* kept up to date, as if made again */
    size_t bytes = ((size_t)model->config.n_monsters + 7) / 8 * sizeof *marks;
    memcpy(marks, world->monster_flags, bytes);
    monsters_update_flags(world);
    CHECK(!memcmp(marks, world->monster_flags, bytes), "the marks of %d monsters are not up to date",
          model->config.n_monsters);
}

static void compare_players(struct model *model, struct nmmo_world *world) {
    static struct nmmo_player_record records[MAX_PLAYERS];
    CHECK(nmmo_world_players(world, records) == (size_t)model->config.n_players, "number of players");
    uint32_t bodies = 0;
    for (int i = 0; i < model->config.n_players; i++) {
        const struct model_player *player = &model->players[i];
        const struct nmmo_player_record *record = &records[i];
        const struct player *theirs = &world->players[i];
        CHECK(record->alive == player->alive, "player %d is alive: %d, expected %d", i, record->alive, player->alive);
        CHECK(theirs->self.price_step == player->price_step, "player %d asks step %d, expected %d", i,
              theirs->self.price_step, player->price_step);
        CHECK(record->life == player->lives, "player %d lives for the %u. time, expected %u", i, record->life,
              player->lives);
        CHECK(record->best_score == player->best_score, "player %d's best score is %d, expected %d", i,
              record->best_score, player->best_score);
        CHECK(record->score_sum == player->score_sum && record->ticks_lived == player->ticks_lived,
              "player %d: score sum %lld in %lld ticks, expected %lld in %lld", i, (long long)record->score_sum,
              (long long)record->ticks_lived, (long long)player->score_sum, (long long)player->ticks_lived);
        CHECK((theirs->waiting != WAITING_NOT) == player->waiting, "player %d waits: %d, expected %d", i,
              theirs->waiting, player->waiting);
        if (!player->alive) {
            static const struct nmmo_item nothing[NMMO_INVENTORY_SLOTS];
            CHECK(theirs->tile == 0 && theirs->state == LIFE_NONE && record->score == 0 &&
                      !memcmp(theirs->inventory, nothing, sizeof nothing),
                  "slot %d is not empty", i);
            continue;
        }
        bodies++;
        int worn[NMMO_EQUIPMENT_SLOTS] = {0};
        for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
            const struct nmmo_item *item = &theirs->inventory[slot];
            CHECK(!memcmp(item, &player->inventory[slot], sizeof *item),
                  "player %d slot %d: %d pieces of item %d.%d worn %d, expected %d of %d.%d worn %d", i, slot,
                  item->quantity, item->type, item->tier, item->worn, player->inventory[slot].quantity,
                  player->inventory[slot].type, player->inventory[slot].tier, player->inventory[slot].worn);
            CHECK(!memcmp(item, &record->inventory[slot], sizeof *item), "player %d slot %d of the record", i, slot);
            if (!item->type) continue;
            CHECK(item->type <= NMMO_ITEM_TYPES && item->tier >= 1 && item->tier <= NMMO_TIERS && item->quantity >= 1 &&
                      item->quantity <= (stacks(item->type) ? 99 : 1),
                  "player %d slot %d", i, slot);
            if (!item->worn) continue;
            CHECK(worn_where(item->type) >= 0 && !worn[worn_where(item->type)]++, "player %d wears slot %d", i, slot);
            CHECK(may_wear(player, item->type, item->tier), "player %d wears %d.%d", i, item->type, item->tier);
        }
        for (int skill = 0; skill < NMMO_SKILLS; skill++)
            CHECK(record->experience[skill] == player->experience[skill] &&
                      theirs->self.level[skill] == player->level[skill],
                  "player %d skill %d: level %d + %d, expected %d + %d", i, skill, theirs->self.level[skill],
                  record->experience[skill], player->level[skill], player->experience[skill]);
        CHECK(theirs->self.health == player->health && theirs->self.gold == player->gold &&
                  theirs->self.stamina == player->stamina,
              "player %d: health %d gold %u stamina %d, expected %d, %lld, %d", i, theirs->self.health,
              theirs->self.gold, theirs->self.stamina, player->health, (long long)player->gold, player->stamina);
        CHECK(record->attack == attack_of(player) && record->defence == defence_of(player),
              "player %d: attack %d defence %d, expected %d, %d", i, record->attack, record->defence, attack_of(player),
              defence_of(player));
        CHECK(record->score == player->score && record->token == player->token && record->born_tick == player->born,
              "player %d: score %d token %d born %u", i, record->score, record->token, record->born_tick);
        CHECK(record->birth_row == player->birth_row && record->birth_column == player->birth_column,
              "player %d was born at %d, %d", i, record->birth_row, record->birth_column);
        CHECK(record->net_sales == player->net_sales, "player %d sold for %d, expected %lld", i, record->net_sales,
              (long long)player->net_sales);
        CHECK(record->life_return == player->life_return, "player %d returned %.9g, expected %.9g", i,
              (double)record->life_return, (double)player->life_return);
        struct nmmo_self self;
        self_of(model, i, &self);
        CHECK(!memcmp(&self, &record->self, sizeof self), "player %d's record of itself differs", i);
    }
    CHECK(world->head->bodies == bodies, "%u bodies, expected %u", world->head->bodies, bodies);
}

static void compare_monsters(struct model *model, struct nmmo_world *world) {
    static struct nmmo_monster_record records[MAX_MONSTERS];
    CHECK(nmmo_world_monsters(world, records) == (size_t)model->config.n_monsters, "number of monsters");
    for (int m = 0; m < model->config.n_monsters; m++) {
        const struct model_monster *monster = &model->monsters[m];
        const struct nmmo_monster_record *record = &records[m];
        CHECK(record->alive == monster->alive, "monster %d is alive: %d", m, record->alive);
        CHECK((record->state == 0) == !monster->present, "monster %d is in state %d", m, record->state);
        if (!monster->present) continue;
        CHECK(record->temper == monster->temper && record->level == monster->level && record->tier == monster->tier &&
                  record->style == monster->style && record->element == monster->element &&
                  record->home_row == monster->home_row && record->home_column == monster->home_column,
              "monster %d has changed its nature", m);
        if (!monster->alive) {
            CHECK(record->state == 1 && record->target == -1, "dead monster %d is in state %d", m, record->state);
            continue;
        }
        CHECK(record->row == monster->row && record->column == monster->column && record->health == monster->health &&
                  record->combat_ticks == monster->combat,
              "monster %d: health %d combat %d, expected %d, %d", m, record->health, record->combat_ticks,
              monster->health, monster->combat);
        CHECK(record->state >= 2 && record->state <= 4 && record->target >= -1 &&
                  record->target < model->config.n_players,
              "monster %d: state %d target %d", m, record->state, record->target);
        if (record->temper == NMMO_PASSIVE) CHECK(record->target == -1, "passive monster %d has a target", m);
    }
}

static void compare_market(struct model *model, struct nmmo_world *world) {
    static struct nmmo_listing_record records[MAX_PLAYERS * NMMO_LISTINGS];
    size_t count = nmmo_world_listings(world, records), expected = 0, queued = 0, aged = 0;
    for (int i = 0; i < model->config.n_players; i++) {
        int places = 0;
        for (int l = 0; l < NMMO_LISTINGS; l++) {
            const struct model_listing *listing = &model->players[i].listings[l];
            const struct listing *theirs = &world->listings[i * NMMO_LISTINGS + l];
            CHECK(theirs->type == listing->type && theirs->tier == listing->tier &&
                      theirs->quantity == listing->quantity && theirs->step == listing->step &&
                      theirs->expires_at == listing->expires_at,
                  "player %d listing %d: %d of %d.%d at %d until %u, expected %d of %d.%d at %d until %u", i, l,
                  theirs->quantity, theirs->type, theirs->tier, theirs->step, theirs->expires_at, listing->quantity,
                  listing->type, listing->tier, listing->step, listing->expires_at);
            if (!listing->type) continue;
            CHECK(listing->quantity >= 1 && listing->quantity <= 99, "player %d lists %d", i, listing->quantity);
            for (int other = 0; other < l; other++)
                CHECK(model->players[i].listings[other].type != listing->type ||
                          model->players[i].listings[other].tier != listing->tier,
                      "player %d lists one item twice", i);
            int found = 0;
            for (size_t k = 0; k < count; k++)
                found += records[k].seller == i && records[k].type == listing->type &&
                         records[k].tier == listing->tier && records[k].quantity == listing->quantity &&
                         records[k].price_step == listing->step && records[k].expires_at == listing->expires_at;
            CHECK(found == 1, "the table holds the listing %d times", found);
            places++;
            expected++;
        }
        CHECK(world->players[i].listings == places, "player %d has %d listings, expected %d", i,
              world->players[i].listings, places);
    }
    CHECK(count == expected, "%zu listings, expected %zu", count, expected);
    uint8_t board[2][NMMO_BOOKS];
    board_of(model, board);
    CHECK(!memcmp(board, world->market->board, sizeof board), "the board differs");
    for (int book = 0; book < NMMO_BOOKS; book++) {
        for (int step = 1; step <= NMMO_PRICE_STEPS; step++) {
            uint64_t order = 0;
            uint32_t before = NO_LISTING, id = world->market->queues[book][step - 1].first;
            CHECK((world->market->steps[book] >> (step - 1) & 1) == (id != NO_LISTING), "steps of book %d", book);
            for (; id != NO_LISTING; before = id, id = world->listings[id].queue_next) {
                CHECK(id < (uint32_t)model->config.n_players * NMMO_LISTINGS, "listing %u", id);
                const struct model_listing *listing = &model->players[id / NMMO_LISTINGS].listings[id % NMMO_LISTINGS];
                CHECK((listing->type - 1) * NMMO_TIERS + listing->tier - 1 == book && listing->step == step &&
                          listing->order > order && world->listings[id].queue_previous == before,
                      "listing %u stands in the wrong queue", id);
                order = listing->order;
                queued++;
                CHECK(queued <= count, "a queue has no end");
            }
            CHECK(world->market->queues[book][step - 1].last == before, "the end of a queue");
        }
    }
    uint32_t before = NO_LISTING, expires = 0;
    for (uint32_t id = world->market->oldest; id != NO_LISTING; before = id, id = world->listings[id].younger) {
        CHECK(world->listings[id].older == before && world->listings[id].expires_at >= expires, "listing %u by age",
              id);
        expires = world->listings[id].expires_at;
        aged++;
        CHECK(aged <= count, "the queue by age has no end");
    }
    CHECK(world->market->youngest == before && aged == count && queued == count, "%zu queued, %zu by age, %zu listings",
          queued, aged, count);
}

static void compare_tables(struct model *model, struct nmmo_world *world) {
    static struct nmmo_node_record nodes[MAX_TILES];
    static struct nmmo_ground_item_record items[MAX_TILES];
    static uint64_t words[MAX_TILES];
    size_t node_count = nmmo_world_nodes(world, nodes), item_count = nmmo_world_ground_items(world, items);
    size_t expected_nodes = 0, expected_items = 0;
    for (int at = 0; at < model->height * model->width; at++) {
        expected_nodes += (model->map[at] >> 8 & 255) != 0;
        expected_items += model->tiles[at].item != 0;
    }
    CHECK(node_count == expected_nodes && item_count == expected_items, "%zu nodes, %zu items; expected %zu, %zu",
          node_count, item_count, expected_nodes, expected_items);
    for (size_t k = 0; k < node_count; k++) {
        const struct nmmo_node_record *node = &nodes[k];
        const struct model_tile *tile = &model->tiles[place(model, node->row, node->column)];
        CHECK(node->kind == node_at(model, node->row, node->column) &&
                  node->tier == node_tier_at(model, node->row, node->column) && node->ripe == (tile->regrows == 0) &&
                  node->regrows_at == tile->regrows,
              "the node at %d, %d", node->row, node->column);
    }
    for (size_t k = 0; k < item_count; k++) {
        const struct nmmo_ground_item_record *item = &items[k];
        const struct model_tile *tile = &model->tiles[place(model, item->row, item->column)];
        CHECK(item->type == tile->item && item->tier == tile->tier && item->quantity == tile->quantity &&
                  item->ticks_left == tile->vanishes - model->tick,
              "the item at %d, %d", item->row, item->column);
    }
    nmmo_world_tiles(world, words);
    CHECK(!memcmp(words, model->words, sizeof *words * (size_t)(model->height * model->width)), "the tiles differ");
}

static void compare_living(struct model *model, struct nmmo_world *world) {
    struct nmmo_living living, expected;
    nmmo_world_living(world, &living);
    memset(&expected, 0, sizeof expected);
    for (int i = 0; i < model->config.n_players; i++) {
        const struct model_player *player = &model->players[i];
        if (!player->alive) continue;
        expected.lives++;
        expected.age += (int64_t)(model->tick - player->born);
        expected.score += player->score;
        expected.combat_level += combat_level(player);
        expected.harvest_level += harvest_level(player);
        for (int skill = 0; skill < NMMO_SKILLS; skill++) expected.levels[skill] += player->level[skill];
        for (int where = 0; where < NMMO_EQUIPMENT_SLOTS; where++) expected.worn[where][worn_tier(player, where)]++;
        expected.gold += player->gold;
        if (player->score > expected.best_score) expected.best_score = player->score;
        for (int l = 0; l < NMMO_LISTINGS; l++) expected.listings += player->listings[l].type != 0;
        expected.returns += (double)player->life_return;
    }
    for (int m = 0; m < model->config.n_monsters; m++) expected.monsters += model->monsters[m].alive;
    CHECK(!memcmp(&living, &expected, sizeof living), "the sums over the living differ");
}

static void compare_statistics(struct model *model, struct nmmo_world *world) {
    const struct nmmo_statistics *theirs = nmmo_world_statistics(world);
    struct nmmo_statistics counted = model->counted;
    for (int action = 1; action < NMMO_ACTIONS; action++)
        CHECK(theirs->actions[action] == counted.actions[action], "%s was carried out %lld times, expected %lld",
              nmmo_name(NMMO_ENUM_ACTION, action), (long long)theirs->actions[action],
              (long long)counted.actions[action]);
    /* waits and refusals follow no event */
    memcpy(counted.actions, theirs->actions, sizeof counted.actions);
    memcpy(counted.refused, theirs->refused, sizeof counted.refused);
    double gap = theirs->finished.returns - counted.finished.returns;
    CHECK(gap < 1e-6 && gap > -1e-6, "returns %.9g, expected %.9g", theirs->finished.returns, counted.finished.returns);
    counted.finished.returns = theirs->finished.returns;
    const int64_t *a = (const int64_t *)theirs, *b = (const int64_t *)&counted;
    for (size_t k = 0; k < sizeof counted / sizeof *a; k++)
        CHECK(a[k] == b[k], "statistic at byte %zu is %lld, expected %lld", k * sizeof *a, (long long)a[k],
              (long long)b[k]);
}

void model_compare(struct model *model, struct nmmo_world *world) {
    compare_places(model, world);
    compare_players(model, world);
    compare_monsters(model, world);
    compare_market(model, world);
    compare_tables(model, world);
    compare_living(model, world);
    compare_statistics(model, world);
    for (int i = 0; i < model->config.n_players; i++) {
        const struct model_player *player = &model->players[i];
        float paid = world->out.rewards[i];
        CHECK(paid == player->reward && (paid == 0 || !memcmp(&paid, &player->reward, sizeof paid)),
              "player %d is paid %.9g, expected %.9g", i, (double)paid, (double)player->reward);
        CHECK(world->out.terminated[i] == (player->ended == 1) && world->out.truncated[i] == (player->ended == 2),
              "player %d: terminated %d truncated %d, expected %d", i, world->out.terminated[i],
              world->out.truncated[i], player->ended);
    }
}
