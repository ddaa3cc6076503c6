/* What the engine publishes about itself: names, and the fields of every public record. */
#include "world.h"

_Static_assert(sizeof(struct nmmo_tile) == 8, "a tile is one word");
_Static_assert(sizeof(struct nmmo_self) == 64, "published layout");
_Static_assert(sizeof(struct nmmo_own_listing) == 5, "published layout");
_Static_assert(sizeof(struct nmmo_event) == 28, "published layout");
_Static_assert(offsetof(struct nmmo_self, combat_level) == 28, "published layout");
_Static_assert(offsetof(struct nmmo_self, protection_ticks) == 46, "published layout");
_Static_assert(offsetof(struct nmmo_self, age) == 60, "published layout");

extern const struct nmmo_field config_fields[];
extern const size_t config_field_count;

#define AT(record, member, code, text) \
    { .name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code }
#define ROW(record, member, code, n, text) \
    { .name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code, .rows = n }
#define GRID(record, member, code, n, m, text) \
    { .name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code, .rows = n, .columns = m }
#define PART(record, member, part, n, text) \
    { .name = #member, .doc = text, .offset = offsetof(struct record, member), .type = 'T', .table = part, .rows = n }

static const struct nmmo_field tile_fields[] = {
    AT(nmmo_tile, ground, 'B', "kind * 4 + biome; kinds: void 0, grass 1, sand 2, dirt 3, stone 4, water 5"),
    AT(nmmo_tile, object, 'B', "0 none, 1-20 item type, 21-25 ripe node, 26-30 depleted node"),
    AT(nmmo_tile, tier, 'B', "tier of the object (0 none) | danger << 4"),
    AT(nmmo_tile, occupant, 'B', "0 none, 1 player, 2 passive, 3 neutral, 4 hostile monster | spoken token << 3"),
    AT(nmmo_tile, level, 'B', "combat level of the occupant | gear << 6"),
    AT(nmmo_tile, health, 'B', "of the occupant, 0-100"),
    AT(nmmo_tile, style, 'B', "of the occupant: style | element << 2 | in combat << 5"),
    AT(nmmo_tile, team, 'B', "of the occupant; 0 none"),
};
static const struct nmmo_field self_fields[] = {
    AT(nmmo_self, row, 'H', "playable row, from the north"),
    AT(nmmo_self, column, 'H', "playable column, from the west"),
    AT(nmmo_self, gold, 'I', "gold carried"),
    AT(nmmo_self, health, 'B', "0-100"),
    AT(nmmo_self, stamina, 'B', "0-100"),
    AT(nmmo_self, food, 'B', "0-100; stays 100 unless survival is on"),
    AT(nmmo_self, water, 'B', "0-100; stays 100 unless survival is on"),
    ROW(nmmo_self, level, 'B', NMMO_SKILLS, "level of each skill, 1-40"),
    ROW(nmmo_self, progress, 'B', NMMO_SKILLS, "experience toward the next level of each skill, in 256ths"),
    AT(nmmo_self, combat_level, 'B', "the best of melee, ranged and magic"),
    AT(nmmo_self, harvest_level, 'B', "the best of the five professions"),
    ROW(nmmo_self, worn_type, 'B', NMMO_EQUIPMENT_SLOTS, "item type worn as head, body, legs, hand, gem, ammunition; 0 none"),
    ROW(nmmo_self, worn_tier, 'B', NMMO_EQUIPMENT_SLOTS, "tier of what is worn there"),
    AT(nmmo_self, style, 'B', "style of the weapon in hand; melee without one"),
    AT(nmmo_self, element, 'B', "element of the worn gem; 0 none"),
    AT(nmmo_self, price_step, 'B', "asking price, step 1-16 of the ladder"),
    AT(nmmo_self, combat_ticks, 'B', "ticks of combat left; 0 out of combat"),
    AT(nmmo_self, protection_ticks, 'H', "ticks in which no player can attack it"),
    AT(nmmo_self, stagnation_left, 'H', "ticks until a life without a gain in score ends; 0 where it never does"),
    AT(nmmo_self, team, 'B', "0 none"),
    AT(nmmo_self, danger, 'B', "danger underfoot, 1-5"),
    AT(nmmo_self, biome, 'B', "biome underfoot"),
    AT(nmmo_self, monster_protection_ticks, 'B', "ticks in which no monster turns to it"),
    AT(nmmo_self, fog_distance, 'B', "tiles to the fog; 0 inside it; 255 for that or more, or no fog"),
    AT(nmmo_self, fog_damage, 'B', "health lost a tick to fog on this tile, now"),
    AT(nmmo_self, lives_left, 'B', "this one included; 255 for that or more, or endless"),
    AT(nmmo_self, reserved, 'B', "0"),
    AT(nmmo_self, age, 'I', "ticks of this life"),
};
static const struct nmmo_field item_fields[] = {
    AT(nmmo_item, type, 'B', "item type 1-20; 0 an empty slot"),
    AT(nmmo_item, tier, 'B', "1-5"),
    AT(nmmo_item, quantity, 'B', "pieces, 1-99"),
    AT(nmmo_item, worn, 'B', "0 or 1"),
};
static const struct nmmo_field own_listing_fields[] = {
    AT(nmmo_own_listing, type, 'B', "item type; 0 no listing"),
    AT(nmmo_own_listing, tier, 'B', "1-5"),
    AT(nmmo_own_listing, quantity, 'B', "pieces left"),
    AT(nmmo_own_listing, price_step, 'B', "1-16"),
    AT(nmmo_own_listing, ticks_left_8, 'B', "ticks until it comes back, / 8"),
};
static const struct nmmo_field player_fields[] = {
    PART(nmmo_player_record, self, NMMO_TABLE_SELF, 0, "as in the player's observation; zeros without a body"),
    PART(nmmo_player_record, inventory, NMMO_TABLE_ITEM, NMMO_INVENTORY_SLOTS, "as in the observation"),
    ROW(nmmo_player_record, experience, 'H', NMMO_SKILLS, "toward the next level of each skill"),
    AT(nmmo_player_record, alive, 'B', "1 with a body"),
    AT(nmmo_player_record, score, 'B', "of this life: min(combat level, harvest level)"),
    AT(nmmo_player_record, best_score, 'B', "of any life since the reset"),
    AT(nmmo_player_record, token, 'B', "last spoken"),
    AT(nmmo_player_record, attack, 'H', "before style and element; ammunition counted if it matches"),
    AT(nmmo_player_record, defence, 'H', "before style and element"),
    AT(nmmo_player_record, life, 'I', "lives begun since the reset"),
    AT(nmmo_player_record, score_sum, 'q', "of the score over all ticks lived since the reset"),
    AT(nmmo_player_record, ticks_lived, 'q', "since the reset"),
    AT(nmmo_player_record, born_tick, 'I', "tick in which this life began"),
    AT(nmmo_player_record, birth_row, 'H', "where"),
    AT(nmmo_player_record, birth_column, 'H', "where"),
    AT(nmmo_player_record, life_return, 'f', "sum of this life's rewards"),
    AT(nmmo_player_record, net_sales, 'i', "gold from sales minus gold spent, in this life"),
};
static const struct nmmo_field monster_fields[] = {
    AT(nmmo_monster_record, row, 'H', "playable row"),
    AT(nmmo_monster_record, column, 'H', "playable column"),
    AT(nmmo_monster_record, home_row, 'H', "where it lives and returns to"),
    AT(nmmo_monster_record, home_column, 'H', "where it lives and returns to"),
    AT(nmmo_monster_record, target, 'i', "slot of the player it is after; -1 none"),
    AT(nmmo_monster_record, alive, 'B', "1 with a body"),
    AT(nmmo_monster_record, temper, 'B', "2 passive, 3 neutral, 4 hostile"),
    AT(nmmo_monster_record, level, 'B', "1-40"),
    AT(nmmo_monster_record, tier, 'B', "1-5"),
    AT(nmmo_monster_record, health, 'B', "0-100"),
    AT(nmmo_monster_record, style, 'B', "0 melee, 1 ranged, 2 magic"),
    AT(nmmo_monster_record, element, 'B', "0 none, 1 earth, 2 fire, 3 air, 4 water"),
    AT(nmmo_monster_record, state, 'B', "0 absent, 1 dead, 2 idle, 3 after a target, 4 walking home"),
    AT(nmmo_monster_record, combat_ticks, 'B', "ticks of combat left"),
    AT(nmmo_monster_record, reserved, 'B', "0"),
    AT(nmmo_monster_record, timer, 'H', "dead: ticks until it returns; walking home: ticks so far"),
};
static const struct nmmo_field node_fields[] = {
    AT(nmmo_node_record, row, 'H', "playable row"),
    AT(nmmo_node_record, column, 'H', "playable column"),
    AT(nmmo_node_record, kind, 'B', "21 ore, 22 tree, 23 crystal, 24 herb, 25 fish"),
    AT(nmmo_node_record, tier, 'B', "1-5"),
    AT(nmmo_node_record, ripe, 'B', "0 or 1"),
    AT(nmmo_node_record, reserved, 'B', "0"),
    AT(nmmo_node_record, regrows_at, 'I', "tick at which it is ripe again; 0 when ripe"),
};
static const struct nmmo_field ground_item_fields[] = {
    AT(nmmo_ground_item_record, row, 'H', "playable row"),
    AT(nmmo_ground_item_record, column, 'H', "playable column"),
    AT(nmmo_ground_item_record, type, 'B', "item type"),
    AT(nmmo_ground_item_record, tier, 'B', "1-5"),
    AT(nmmo_ground_item_record, quantity, 'B', "pieces"),
    AT(nmmo_ground_item_record, ticks_left, 'B', "until it vanishes"),
};
static const struct nmmo_field listing_fields[] = {
    AT(nmmo_listing_record, seller, 'i', "slot of the player"),
    AT(nmmo_listing_record, type, 'B', "item type"),
    AT(nmmo_listing_record, tier, 'B', "1-5"),
    AT(nmmo_listing_record, quantity, 'B', "pieces left"),
    AT(nmmo_listing_record, price_step, 'B', "1-16"),
    AT(nmmo_listing_record, expires_at, 'I', "tick at which it comes back"),
};
static const struct nmmo_field event_fields[] = {
    AT(nmmo_event, tick, 'I', "tick in which it happened"),
    AT(nmmo_event, actor, 'i', "entity that did it or whom it befell; players 0.., monsters n_players.., -1 nobody"),
    AT(nmmo_event, target, 'i', "hit, kill: the victim; death: the killer; sale: the seller; else -1"),
    AT(nmmo_event, amount, 'i',
       "hit: damage; kill: experience before scaling; death: score of the life; level-up: the new level; "
       "harvest, consume, list, sale, pick-up, drop: pieces; equip: 1 put on, 0 taken off"),
    AT(nmmo_event, gold, 'i', "kill: gold taken from a monster; list: price; sale: gold paid; death: gold left to the killer"),
    AT(nmmo_event, row, 'H', "of the actor; pick-up, drop: of the item"),
    AT(nmmo_event, column, 'H', "likewise"),
    AT(nmmo_event, kind, 'B', "see the event names"),
    AT(nmmo_event, item, 'B', "item type; harvest: node kind"),
    AT(nmmo_event, tier, 'B', "of the item or node; hit, kill, death: of a monster as victim"),
    AT(nmmo_event, detail, 'B', "hit: style; death: cause; level-up: skill; harvest: item type of the yield"),
};
static const struct nmmo_field lives_fields[] = {
    AT(nmmo_lives, lives, 'q', "lives ended"),
    ROW(nmmo_lives, causes, 'q', NMMO_CAUSES, "by what ended them"),
    AT(nmmo_lives, age, 'q', "sum of ticks lived"),
    AT(nmmo_lives, score, 'q', "sum of final scores"),
    AT(nmmo_lives, combat_level, 'q', "sum"),
    AT(nmmo_lives, harvest_level, 'q', "sum"),
    ROW(nmmo_lives, levels, 'q', NMMO_SKILLS, "sums by skill"),
    AT(nmmo_lives, worn_tiers, 'q', "sum of worn tiers at the end"),
    AT(nmmo_lives, gold, 'q', "sum of gold at the end"),
    AT(nmmo_lives, best_score, 'q', "the highest of one life"),
    AT(nmmo_lives, returns, 'd', "sum of rewards"),
};
static const struct nmmo_field living_fields[] = {
    AT(nmmo_living, lives, 'q', "players with a body"),
    AT(nmmo_living, age, 'q', "sum of ticks lived"),
    AT(nmmo_living, score, 'q', "sum of scores"),
    AT(nmmo_living, combat_level, 'q', "sum"),
    AT(nmmo_living, harvest_level, 'q', "sum"),
    ROW(nmmo_living, levels, 'q', NMMO_SKILLS, "sums by skill"),
    GRID(nmmo_living, worn, 'q', NMMO_EQUIPMENT_SLOTS, NMMO_TIERS + 1, "players by equipment slot and tier worn; 0 nothing"),
    AT(nmmo_living, gold, 'q', "sum of gold carried"),
    AT(nmmo_living, best_score, 'q', "the highest"),
    AT(nmmo_living, monsters, 'q', "monsters alive"),
    AT(nmmo_living, listings, 'q', "listings on the market"),
    AT(nmmo_living, returns, 'd', "sum of rewards so far"),
};
static const struct nmmo_field statistics_fields[] = {
    AT(nmmo_statistics, ticks, 'q', "ticks played"),
    ROW(nmmo_statistics, actions, 'q', NMMO_ACTIONS, "carried out, by action"),
    ROW(nmmo_statistics, refused, 'q', NMMO_ACTIONS, "not possible at their turn, by action"),
    AT(nmmo_statistics, births, 'q', "lives begun"),
    AT(nmmo_statistics, hits_by_players, 'q', ""),
    AT(nmmo_statistics, hits_by_monsters, 'q', ""),
    AT(nmmo_statistics, damage_by_players, 'q', "damage dealt, beyond the last health too"),
    AT(nmmo_statistics, damage_by_monsters, 'q', "damage dealt, beyond the last health too"),
    AT(nmmo_statistics, monster_kills, 'q', "monsters killed"),
    AT(nmmo_statistics, player_kills, 'q', "players killed by players"),
    ROW(nmmo_statistics, experience, 'q', NMMO_SKILLS, "gained, by skill"),
    ROW(nmmo_statistics, level_ups, 'q', NMMO_SKILLS, "levels gained, by skill"),
    GRID(nmmo_statistics, harvests, 'q', NMMO_PROFESSIONS, NMMO_TIERS, "by profession and tier of the node"),
    ROW(nmmo_statistics, picked_up, 'q', NMMO_ITEM_TYPES, "pieces, by item type"),
    ROW(nmmo_statistics, dropped, 'q', NMMO_ITEM_TYPES, "pieces that reached the ground, loot included"),
    GRID(nmmo_statistics, equipped, 'q', NMMO_ITEM_TYPES, NMMO_TIERS, "times put on"),
    ROW(nmmo_statistics, consumed, 'q', NMMO_ITEM_TYPES, "food eaten, ammunition spent"),
    ROW(nmmo_statistics, listed, 'q', NMMO_ITEM_TYPES, "pieces put on the market"),
    GRID(nmmo_statistics, sold, 'q', NMMO_ITEM_TYPES, NMMO_TIERS, "pieces"),
    GRID(nmmo_statistics, sales, 'q', NMMO_ITEM_TYPES, NMMO_TIERS, "purchases"),
    GRID(nmmo_statistics, turnover, 'q', NMMO_ITEM_TYPES, NMMO_TIERS, "gold"),
    AT(nmmo_statistics, gold_made, 'q', "by killing monsters"),
    AT(nmmo_statistics, gold_lost, 'q', "by lives that ended with nobody to take it"),
    PART(nmmo_statistics, finished, NMMO_TABLE_LIVES, 0, "sums over lives that ended"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct nmmo_field *nmmo_table_fields(enum nmmo_table table, size_t *count, size_t *record_bytes) {
    switch (table) {
    case NMMO_TABLE_CONFIG:
        return *count = config_field_count, *record_bytes = sizeof(struct nmmo_config), config_fields;
    case NMMO_TABLE_TILE:
        return *count = COUNT(tile_fields), *record_bytes = sizeof(struct nmmo_tile), tile_fields;
    case NMMO_TABLE_SELF:
        return *count = COUNT(self_fields), *record_bytes = sizeof(struct nmmo_self), self_fields;
    case NMMO_TABLE_ITEM:
        return *count = COUNT(item_fields), *record_bytes = sizeof(struct nmmo_item), item_fields;
    case NMMO_TABLE_OWN_LISTING:
        return *count = COUNT(own_listing_fields), *record_bytes = sizeof(struct nmmo_own_listing), own_listing_fields;
    case NMMO_TABLE_PLAYER:
        return *count = COUNT(player_fields), *record_bytes = sizeof(struct nmmo_player_record), player_fields;
    case NMMO_TABLE_MONSTER:
        return *count = COUNT(monster_fields), *record_bytes = sizeof(struct nmmo_monster_record), monster_fields;
    case NMMO_TABLE_NODE:
        return *count = COUNT(node_fields), *record_bytes = sizeof(struct nmmo_node_record), node_fields;
    case NMMO_TABLE_GROUND_ITEM:
        return *count = COUNT(ground_item_fields), *record_bytes = sizeof(struct nmmo_ground_item_record),
               ground_item_fields;
    case NMMO_TABLE_LISTING:
        return *count = COUNT(listing_fields), *record_bytes = sizeof(struct nmmo_listing_record), listing_fields;
    case NMMO_TABLE_EVENT:
        return *count = COUNT(event_fields), *record_bytes = sizeof(struct nmmo_event), event_fields;
    case NMMO_TABLE_STATISTICS:
        return *count = COUNT(statistics_fields), *record_bytes = sizeof(struct nmmo_statistics), statistics_fields;
    case NMMO_TABLE_LIVES:
        return *count = COUNT(lives_fields), *record_bytes = sizeof(struct nmmo_lives), lives_fields;
    case NMMO_TABLE_LIVING:
        return *count = COUNT(living_fields), *record_bytes = sizeof(struct nmmo_living), living_fields;
    case NMMO_TABLES: break;
    }
    return *count = 0, *record_bytes = 0, NULL;
}

/* ---- names ------------------------------------------------------------------------------------------- */

static const char *const ground_names[] = {"void", "grass", "sand", "dirt", "stone", "water"};
static const char *const biome_names[] = {"spring", "summer", "autumn", "winter"};
static const char *const element_names[] = {"none", "earth", "fire", "air", "water"};
static const char *const skill_names[] = {"melee", "ranged", "magic", "mining",
                                          "woodcutting", "alchemy", "herbalism", "fishing"};
static const char *const object_names[] = {
    "none", "helm", "chest", "legs", "sword", "bow", "staff", "pickaxe", "axe", "chisel", "sickle", "rod",
    "earth_gem", "fire_gem", "air_gem", "water_gem", "whetstone", "arrow", "rune", "ration", "potion",
    "ore", "tree", "crystal", "herb", "fish",
    "depleted_ore", "depleted_tree", "depleted_crystal", "depleted_herb", "depleted_fish"};
static const char *const occupant_names[] = {"nobody", "player", "passive", "neutral", "hostile"};
static const char *const equipment_names[] = {"head", "body", "legs", "hand", "gem", "ammunition"};
static const char *const cause_names[] = {"none", "monster", "player", "hunger", "thirst", "fog", "stagnation", "horizon"};
static const char *const event_names[] = {"none", "hit", "kill", "death", "birth", "level_up", "harvest", "equip",
                                          "consume", "list", "sale", "pick_up", "drop"};
static const char *const group_names[] = {"wait", "move", "run", "attack", "use", "sell", "drop", "buy", "price"};
static const char *const phase_names[] = {"upkeep", "players", "monsters", "bodies", "deaths", "rewards", "births",
                                          "observations"};
static const char *const section_names[] = {"clock", "players", "monsters", "tiles", "market"};
static const char *const vital_names[] = {"health", "stamina", "food", "water", "gold", "price_step", "combat_ticks",
                                          "protection", "monster_protection"};

struct action_row { const char *name; uint8_t group; const char *doc; };
#define SLOTS(verb, group, text) \
    {verb "_1", group, text}, {verb "_2", group, text}, {verb "_3", group, text}, {verb "_4", group, text}, \
    {verb "_5", group, text}, {verb "_6", group, text}, {verb "_7", group, text}, {verb "_8", group, text}, \
    {verb "_9", group, text}, {verb "_10", group, text}, {verb "_11", group, text}, {verb "_12", group, text}
#define MOVE_DOC "one tile; it must be walkable and free"
#define RUN_DOC "up to two tiles for 8 stamina; stops before what blocks the way"
#define BUY_DOC "the highest tier that can be used and had, at or below the asking price"

static const struct action_row action_rows[NMMO_ACTIONS] = {
    {"wait", NMMO_GROUP_WAIT, "do nothing"},
    {"move_north", NMMO_GROUP_MOVE, MOVE_DOC}, {"move_east", NMMO_GROUP_MOVE, MOVE_DOC},
    {"move_south", NMMO_GROUP_MOVE, MOVE_DOC}, {"move_west", NMMO_GROUP_MOVE, MOVE_DOC},
    {"run_north", NMMO_GROUP_RUN, RUN_DOC}, {"run_east", NMMO_GROUP_RUN, RUN_DOC},
    {"run_south", NMMO_GROUP_RUN, RUN_DOC}, {"run_west", NMMO_GROUP_RUN, RUN_DOC},
    {"attack_monster", NMMO_GROUP_ATTACK, "the nearest monster in range and sight, then the one with least health"},
    {"attack_player", NMMO_GROUP_ATTACK, "likewise a player, where both tiles are dangerous enough"},
    SLOTS("use", NMMO_GROUP_USE, "put on (swapping), take off, eat or drink what the inventory slot holds"),
    SLOTS("sell", NMMO_GROUP_SELL, "list up to 12 pieces of the unworn stack at the asking price"),
    SLOTS("drop", NMMO_GROUP_DROP, "lay the unworn stack on the ground"),
    {"buy_helm", NMMO_GROUP_BUY, BUY_DOC}, {"buy_chest", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_legs", NMMO_GROUP_BUY, BUY_DOC}, {"buy_sword", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_bow", NMMO_GROUP_BUY, BUY_DOC}, {"buy_staff", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_pickaxe", NMMO_GROUP_BUY, BUY_DOC}, {"buy_axe", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_chisel", NMMO_GROUP_BUY, BUY_DOC}, {"buy_sickle", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_rod", NMMO_GROUP_BUY, BUY_DOC}, {"buy_earth_gem", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_fire_gem", NMMO_GROUP_BUY, BUY_DOC}, {"buy_air_gem", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_water_gem", NMMO_GROUP_BUY, BUY_DOC}, {"buy_whetstone", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_arrow", NMMO_GROUP_BUY, BUY_DOC}, {"buy_rune", NMMO_GROUP_BUY, BUY_DOC},
    {"buy_ration", NMMO_GROUP_BUY, BUY_DOC}, {"buy_potion", NMMO_GROUP_BUY, BUY_DOC},
    {"price_up", NMMO_GROUP_PRICE, "raise the asking price by one step"},
    {"price_down", NMMO_GROUP_PRICE, "lower the asking price by one step"},
};

static const char *pick(const char *const *names, size_t count, int index) {
    return index >= 0 && (size_t)index < count ? names[index] : NULL;
}

const char *nmmo_ground_name(int ground) { return pick(ground_names, COUNT(ground_names), ground); }
const char *nmmo_biome_name(int biome) { return pick(biome_names, COUNT(biome_names), biome); }
const char *nmmo_element_name(int element) { return pick(element_names, COUNT(element_names), element); }
const char *nmmo_skill_name(int skill) { return pick(skill_names, COUNT(skill_names), skill); }
const char *nmmo_object_name(int object) { return pick(object_names, COUNT(object_names), object); }
const char *nmmo_occupant_name(int occupant) { return pick(occupant_names, COUNT(occupant_names), occupant); }
const char *nmmo_equipment_name(int slot) { return pick(equipment_names, COUNT(equipment_names), slot); }
const char *nmmo_cause_name(int cause) { return pick(cause_names, COUNT(cause_names), cause); }
const char *nmmo_event_name(int kind) { return pick(event_names, COUNT(event_names), kind); }
const char *nmmo_group_name(int group) { return pick(group_names, COUNT(group_names), group); }
const char *nmmo_phase_name(int phase) { return pick(phase_names, COUNT(phase_names), phase); }
const char *nmmo_section_name(int section) { return pick(section_names, COUNT(section_names), section); }
const char *nmmo_vital_name(int vital) { return pick(vital_names, COUNT(vital_names), vital); }

static const struct action_row *action_row(int action) {
    return action >= 0 && action < NMMO_ACTIONS ? &action_rows[action] : NULL;
}
const char *nmmo_action_name(int action) { return action_row(action) ? action_row(action)->name : NULL; }
const char *nmmo_action_doc(int action) { return action_row(action) ? action_row(action)->doc : NULL; }
int nmmo_action_group_of(int action) { return action_row(action) ? action_row(action)->group : -1; }

int nmmo_price(int step) { return step >= 1 && step <= NMMO_PRICE_STEPS ? price_of_step((uint32_t)step) : 0; }

uint32_t nmmo_rules_version(void) { return NMMO_RULES_VERSION; }

#ifndef NMMO_SOURCE_HASH
#define NMMO_SOURCE_HASH ""
#endif
const char *nmmo_source_hash(void) { return NMMO_SOURCE_HASH; }
