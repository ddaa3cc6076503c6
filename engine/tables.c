/* What the engine publishes about itself: the fields of every public record, and the rows of its tables. */
#include "config.h"
#include "state.h"

_Static_assert(sizeof(struct nmmo_tile) == 8, "a tile is one word");
_Static_assert(sizeof(struct nmmo_self) == 64, "published layout");
_Static_assert(sizeof(struct nmmo_own_listing) == 5, "published layout");
_Static_assert(sizeof(struct nmmo_event) == 28, "published layout");
_Static_assert(offsetof(struct nmmo_self, combat_level) == 28, "published layout");
_Static_assert(offsetof(struct nmmo_self, protection_ticks) == 46, "published layout");
_Static_assert(offsetof(struct nmmo_self, age) == 60, "published layout");

#define AT(record, member, code, text) \
    {.name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code}
#define ROW(record, member, code, n, text) \
    {.name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code, .rows = n}
#define GRID(record, member, code, n, m, text) \
    {.name = #member, .doc = text, .offset = offsetof(struct record, member), .type = code, .rows = n, .columns = m}
#define PART(record, member, part, n, text) \
    {.name = #member, .doc = text, .offset = offsetof(struct record, member), .type = 'T', .table = part, .rows = n}

static const struct nmmo_field tile_fields[] = {
    AT(nmmo_tile, ground, 'B', "kind * 4 + biome; kinds: {ground}"),
    AT(nmmo_tile, object, 'B',
       "0 none, 1-{ITEM_TYPES} item type, {FIRST_NODE}-{LAST_NODE} ripe node, up to {LAST_OBJECT} depleted node"),
    AT(nmmo_tile, tier, 'B', "tier of the object (0 none) | danger << 4"),
    AT(nmmo_tile, occupant, 'B', "{occupant} | spoken token << 3"),
    AT(nmmo_tile, level, 'B', "combat level of the occupant | gear << 6"),
    AT(nmmo_tile, health, 'B', "of the occupant, 0-{FULL_HEALTH}"),
    AT(nmmo_tile, style, 'B', "of the occupant: style | element << 2 | in combat << 5"),
    AT(nmmo_tile, team, 'B', "of the occupant; 0 none"),
};
static const struct nmmo_field self_fields[] = {
    AT(nmmo_self, row, 'H', "playable row, from the north"),
    AT(nmmo_self, column, 'H', "playable column, from the west"),
    AT(nmmo_self, gold, 'I', "gold carried"),
    AT(nmmo_self, health, 'B', "0-{FULL_HEALTH}"),
    AT(nmmo_self, stamina, 'B', "0-{FULL_STAMINA}"),
    AT(nmmo_self, food, 'B', "0-{FULL_FOOD}; stays {FULL_FOOD} unless survival is on"),
    AT(nmmo_self, water, 'B', "0-{FULL_FOOD}; stays {FULL_FOOD} unless survival is on"),
    ROW(nmmo_self, level, 'B', NMMO_SKILLS, "level of each skill, 1-{LEVELS}"),
    ROW(nmmo_self, progress, 'B', NMMO_SKILLS, "experience toward the next level of each skill, in 256ths"),
    AT(nmmo_self, combat_level, 'B', "the best of melee, ranged and magic"),
    AT(nmmo_self, harvest_level, 'B', "the best of the {PROFESSIONS} professions"),
    ROW(nmmo_self, worn_type, 'B', NMMO_EQUIPMENT_SLOTS, "item type worn, by slot ({equipment}); 0 none"),
    ROW(nmmo_self, worn_tier, 'B', NMMO_EQUIPMENT_SLOTS, "tier of what is worn there"),
    AT(nmmo_self, style, 'B', "style of the weapon in hand; melee without one"),
    AT(nmmo_self, element, 'B', "element of the worn gem; 0 none"),
    AT(nmmo_self, price_step, 'B', "asking price, step 1-{PRICE_STEPS} of the ladder"),
    AT(nmmo_self, combat_ticks, 'B', "ticks of combat left; 0 out of combat"),
    AT(nmmo_self, protection_ticks, 'H', "ticks in which no player can attack it"),
    AT(nmmo_self, stagnation_left, 'H', "ticks until a life without a gain in score ends; 0 where it never does"),
    AT(nmmo_self, team, 'B', "0 none"),
    AT(nmmo_self, danger, 'B', "danger underfoot, 1-{TIERS}"),
    AT(nmmo_self, biome, 'B', "biome underfoot"),
    AT(nmmo_self, monster_protection_ticks, 'B', "ticks in which no monster turns to it"),
    AT(nmmo_self, fog_distance, 'B', "tiles to the fog; 0 inside it; 255 for that or more, or no fog"),
    AT(nmmo_self, fog_damage, 'B', "health lost a tick to fog on this tile, now"),
    AT(nmmo_self, lives_left, 'B', "this one included; 255 for that or more, or endless"),
    AT(nmmo_self, reserved, 'B', "0"),
    AT(nmmo_self, age, 'I', "ticks of this life"),
};
static const struct nmmo_field item_fields[] = {
    AT(nmmo_item, type, 'B', "item type 1-{ITEM_TYPES}; 0 an empty slot"),
    AT(nmmo_item, tier, 'B', "1-{TIERS}"),
    AT(nmmo_item, quantity, 'B', "pieces, 1-{STACK_LIMIT}"),
    AT(nmmo_item, worn, 'B', "0 or 1"),
};
static const struct nmmo_field own_listing_fields[] = {
    AT(nmmo_own_listing, type, 'B', "item type; 0 no listing"),
    AT(nmmo_own_listing, tier, 'B', "1-{TIERS}"),
    AT(nmmo_own_listing, quantity, 'B', "pieces left"),
    AT(nmmo_own_listing, price_step, 'B', "1-{PRICE_STEPS}"),
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
    AT(nmmo_monster_record, temper, 'B', "as the occupant of its tile: {occupant}"),
    AT(nmmo_monster_record, level, 'B', "1-{LEVELS}"),
    AT(nmmo_monster_record, tier, 'B', "1-{TIERS}"),
    AT(nmmo_monster_record, health, 'B', "0-{FULL_HEALTH}"),
    AT(nmmo_monster_record, style, 'B', "the skill that is its style"),
    AT(nmmo_monster_record, element, 'B', "{element}"),
    AT(nmmo_monster_record, state, 'B', "{monster_state}"),
    AT(nmmo_monster_record, combat_ticks, 'B', "ticks of combat left"),
    AT(nmmo_monster_record, reserved, 'B', "0"),
    AT(nmmo_monster_record, timer, 'H', "dead: ticks until it returns; returning: ticks so far"),
};
static const struct nmmo_field node_fields[] = {
    AT(nmmo_node_record, row, 'H', "playable row"),
    AT(nmmo_node_record, column, 'H', "playable column"),
    AT(nmmo_node_record, kind, 'B', "object number of the ripe node, {FIRST_NODE}-{LAST_NODE}"),
    AT(nmmo_node_record, tier, 'B', "1-{TIERS}"),
    AT(nmmo_node_record, ripe, 'B', "0 or 1"),
    AT(nmmo_node_record, reserved, 'B', "0"),
    AT(nmmo_node_record, regrows_at, 'I', "tick at which it is ripe again; 0 when ripe"),
};
static const struct nmmo_field ground_item_fields[] = {
    AT(nmmo_ground_item_record, row, 'H', "playable row"),
    AT(nmmo_ground_item_record, column, 'H', "playable column"),
    AT(nmmo_ground_item_record, type, 'B', "item type"),
    AT(nmmo_ground_item_record, tier, 'B', "1-{TIERS}"),
    AT(nmmo_ground_item_record, quantity, 'B', "pieces"),
    AT(nmmo_ground_item_record, ticks_left, 'B', "until it vanishes"),
};
static const struct nmmo_field listing_fields[] = {
    AT(nmmo_listing_record, seller, 'i', "slot of the player"),
    AT(nmmo_listing_record, type, 'B', "item type"),
    AT(nmmo_listing_record, tier, 'B', "1-{TIERS}"),
    AT(nmmo_listing_record, quantity, 'B', "pieces left"),
    AT(nmmo_listing_record, price_step, 'B', "1-{PRICE_STEPS}"),
    AT(nmmo_listing_record, expires_at, 'I', "tick at which it comes back"),
};
static const struct nmmo_field event_fields[] = {
    AT(nmmo_event, tick, 'I', "tick in which it happened"),
    AT(nmmo_event, actor, 'i', "entity that did it or was affected; players 0.., monsters n_players.., -1 nobody"),
    AT(nmmo_event, target, 'i', "hit, kill: the victim; death: the killer; sale: the seller; else -1"),
    AT(nmmo_event, amount, 'i',
       "hit: damage; kill: experience before scaling; death: score of the life; level-up: the new level; "
       "harvest, consume, list, sale, pick-up, drop: pieces; equip: 1 put on, 0 taken off"),
    AT(nmmo_event, gold, 'i',
       "kill: gold taken from a monster; list: price; sale: gold paid; death: gold left to the killer"),
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
    GRID(nmmo_living, worn, 'q', NMMO_EQUIPMENT_SLOTS, NMMO_TIERS + 1,
         "players by equipment slot and tier worn; 0 nothing"),
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

static const struct nmmo_field item_content_fields[] = {
    AT(nmmo_item_content, role, 'B', "what it is to its owner"),
    AT(nmmo_item_content, slot, 'b', "where it is worn; -1: it is not worn but used up"),
    AT(nmmo_item_content, skill, 'b', "whose tier allows its use; {SKILLS}: the combat level's; -1: anybody's"),
    AT(nmmo_item_content, stack, 'B', "pieces in one inventory slot, at most"),
    AT(nmmo_item_content, lot, 'B', "pieces bought at a time, for the listed price"),
    AT(nmmo_item_content, element, 'B', "element of a gem; else 0"),
    AT(nmmo_item_content, attack, 'B', "per tier, while worn; of ammunition only with the weapon of its skill"),
    AT(nmmo_item_content, defence, 'B', "per tier, while worn"),
    AT(nmmo_item_content, health, 'B', "given when it is used up"),
    AT(nmmo_item_content, health_per_tier, 'B', "health given more per tier"),
    AT(nmmo_item_content, stamina, 'B', "given when it is used up"),
    AT(nmmo_item_content, food, 'B', "food and water given when it is used up"),
    AT(nmmo_item_content, food_per_tier, 'B', "food and water given more per tier"),
    AT(nmmo_item_content, in_combat, 'B', "1: it can be used in combat"),
};
static const struct nmmo_field yield_fields[] = {
    AT(nmmo_yield, pieces, 'B', "times {TOOL_FACTOR} with the matching tool"),
    AT(nmmo_yield, by_biome, 'B', "1: the biome of the tile decides which of the items; 0: one is drawn"),
    ROW(nmmo_yield, items, 'B', NMMO_YIELD_ITEMS, "item types; 0 past the last"),
};
static const struct nmmo_field node_content_fields[] = {
    AT(nmmo_node_content, object, 'B', "its object number while it is ripe"),
    AT(nmmo_node_content, skill, 'B', "that grows by it"),
    AT(nmmo_node_content, tool, 'B', "item type of the matching tool"),
    PART(nmmo_node_content, yields, NMMO_TABLE_YIELD, NMMO_YIELDS, "of which one is drawn, each as likely"),
};
static const struct nmmo_field monster_content_fields[] = {
    AT(nmmo_monster_content, homes, 'B', "percentage of all monsters that live on a danger up to this tier"),
    ROW(nmmo_monster_content, tempers, 'B', NMMO_TEMPER_DRAWS, "of which one is drawn, each as likely"),
    ROW(nmmo_monster_content, loot, 'B', NMMO_LOOT_DRAWS,
        "of which one is drawn, each as likely: the role of the item that a dead one leaves; 0 nothing"),
};
static const struct nmmo_field element_content_fields[] = {
    AT(nmmo_element_content, beats, 'B', "the element that it wins against"),
};
static const struct nmmo_field verb_content_fields[] = {
    AT(nmmo_verb_content, first, 'B', "number of its first action"),
    AT(nmmo_verb_content, count, 'B', "of its actions"),
    AT(nmmo_verb_content, group, 'B', "that its actions belong to"),
    AT(nmmo_verb_content, each, 'B', "for what there is one action of it"),
};
static const struct nmmo_field group_content_fields[] = {
    AT(nmmo_group_content, first, 'B', "number of its first action"),
    AT(nmmo_group_content, count, 'B', "of its actions"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct nmmo_field *nmmo_table_fields(enum nmmo_table table, size_t *count, size_t *record_bytes) {
    switch (table) {
    case NMMO_TABLE_CONFIG:
        return *count = config_field_count, *record_bytes = sizeof(struct nmmo_config), config_fields;
    case NMMO_TABLE_TILE: return *count = COUNT(tile_fields), *record_bytes = sizeof(struct nmmo_tile), tile_fields;
    case NMMO_TABLE_SELF: return *count = COUNT(self_fields), *record_bytes = sizeof(struct nmmo_self), self_fields;
    case NMMO_TABLE_ITEM: return *count = COUNT(item_fields), *record_bytes = sizeof(struct nmmo_item), item_fields;
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
    case NMMO_TABLE_EVENT: return *count = COUNT(event_fields), *record_bytes = sizeof(struct nmmo_event), event_fields;
    case NMMO_TABLE_STATISTICS:
        return *count = COUNT(statistics_fields), *record_bytes = sizeof(struct nmmo_statistics), statistics_fields;
    case NMMO_TABLE_LIVES: return *count = COUNT(lives_fields), *record_bytes = sizeof(struct nmmo_lives), lives_fields;
    case NMMO_TABLE_LIVING:
        return *count = COUNT(living_fields), *record_bytes = sizeof(struct nmmo_living), living_fields;
    case NMMO_TABLE_ITEM_CONTENT:
        return *count = COUNT(item_content_fields), *record_bytes = sizeof(struct nmmo_item_content),
               item_content_fields;
    case NMMO_TABLE_YIELD: return *count = COUNT(yield_fields), *record_bytes = sizeof(struct nmmo_yield), yield_fields;
    case NMMO_TABLE_NODE_CONTENT:
        return *count = COUNT(node_content_fields), *record_bytes = sizeof(struct nmmo_node_content),
               node_content_fields;
    case NMMO_TABLE_MONSTER_CONTENT:
        return *count = COUNT(monster_content_fields), *record_bytes = sizeof(struct nmmo_monster_content),
               monster_content_fields;
    case NMMO_TABLE_ELEMENT_CONTENT:
        return *count = COUNT(element_content_fields), *record_bytes = sizeof(struct nmmo_element_content),
               element_content_fields;
    case NMMO_TABLE_VERB_CONTENT:
        return *count = COUNT(verb_content_fields), *record_bytes = sizeof(struct nmmo_verb_content),
               verb_content_fields;
    case NMMO_TABLE_GROUP_CONTENT:
        return *count = COUNT(group_content_fields), *record_bytes = sizeof(struct nmmo_group_content),
               group_content_fields;
    case NMMO_TABLES: break;
    }
    return *count = 0, *record_bytes = 0, NULL;
}

const void *nmmo_table_rows(enum nmmo_table table, size_t *count) {
    switch (table) {
    case NMMO_TABLE_ITEM_CONTENT: return *count = COUNT(nmmo_items), nmmo_items;
    case NMMO_TABLE_NODE_CONTENT: return *count = COUNT(nmmo_nodes), nmmo_nodes;
    case NMMO_TABLE_MONSTER_CONTENT: return *count = COUNT(nmmo_monsters), nmmo_monsters;
    case NMMO_TABLE_ELEMENT_CONTENT: return *count = COUNT(nmmo_elements), nmmo_elements;
    case NMMO_TABLE_VERB_CONTENT: return *count = COUNT(nmmo_verbs), nmmo_verbs;
    case NMMO_TABLE_GROUP_CONTENT: return *count = COUNT(nmmo_groups), nmmo_groups;
    default: return *count = 0, NULL;
    }
}

uint32_t nmmo_rules_version(void) { return NMMO_RULES_VERSION; }

#ifndef NMMO_SOURCE_HASH
#define NMMO_SOURCE_HASH ""
#endif
const char *nmmo_source_hash(void) { return NMMO_SOURCE_HASH; }
