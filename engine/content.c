/* The tables of what the game contains, made of content.def and constants.def. */
#include "content.h"

#include "market.h"
#include "nmmo.h"
#include "nmmo_testing.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(NMMO_ITEM_TYPES <= 32, "sets of item types are 32 bits, see struct player");
_Static_assert(NMMO_LAST_OBJECT <= 255, "an object is a byte");
_Static_assert(NMMO_ACTIONS <= 72, "the mask is written as nine words of eight bytes, see observe.c");
_Static_assert(NMMO_GRASS + 1 == NMMO_SAND && NMMO_SAND + 1 == NMMO_DIRT, "the walkable grounds are one range");
_Static_assert((int)NMMO_ELEMENTS == (int)NMMO_BIOMES + 1, "the element of a biome is biome + 1");
_Static_assert((int)NMMO_NODE_KINDS == (int)NMMO_PROFESSIONS, "one kind of node a profession");
_Static_assert(NMMO_STACK_LIMIT < 256 && NMMO_GROUND_ITEM_TICKS < 256, "kept in bytes");

/* ---- tables ------------------------------------------------------------------------------------------- */

const struct nmmo_item_content nmmo_items[NMMO_ITEM_TYPES + 1] = {
#define ITEM(NAME, name, ROLE, SLOT, SKILL, pieces, bought, meaning, ...) \
    [NMMO_##NAME] = {.role = NMMO_ROLE_##ROLE, \
                     .slot = NMMO_##SLOT, \
                     .skill = NMMO_##SKILL, \
                     .stack = (pieces), \
                     .lot = (bought), \
                     __VA_ARGS__},
#include "content.def"
};

#define YIELD(...) YIELD_OF(0, __VA_ARGS__)
#define BY_BIOME(...) YIELD_OF(1, __VA_ARGS__)
#define YIELD_OF(biome, number, ...) \
    { \
        .pieces = (number), .by_biome = (biome), .items = {__VA_ARGS__} \
    }
const struct nmmo_node_content nmmo_nodes[NMMO_NODE_KINDS] = {
#define NODE(NAME, name, SKILL, TOOL, meaning, ...) \
    {.object = NMMO_##NAME, .skill = NMMO_##SKILL, .tool = NMMO_##TOOL, .yields = {__VA_ARGS__}},
#include "content.def"
};

const struct nmmo_monster_content nmmo_monsters[NMMO_TIERS] = {
#define MONSTERS(...) {__VA_ARGS__},
#include "content.def"
};

const struct nmmo_element_content nmmo_elements[NMMO_ELEMENTS] = {
#define ELEMENT(NAME, name, BEATS, meaning) {NMMO_##BEATS},
#include "content.def"
};

const struct nmmo_verb_content nmmo_verbs[NMMO_VERBS] = {
#define ACTION(NAME, name, GROUP, EACH, meaning) {NMMO_##NAME, NMMO_COUNT_OF_##EACH, NMMO_GROUP_##GROUP, NMMO_##EACH},
#include "content.def"
};

const struct nmmo_group_content nmmo_groups[NMMO_ACTION_GROUPS] = {
#define GROUP(NAME, name, FIRST, LAST, meaning) {NMMO_##FIRST, NMMO_LAST_##LAST - NMMO_##FIRST + 1},
#include "content.def"
};

/* ---- constants ------------------------------------------------------------------------------------------ */

static const struct nmmo_constant constants[] = {
#define NUMBER(NAME, value, meaning) {#NAME, meaning, NMMO_##NAME},
#define COUNT(NAME, meaning) {#NAME, meaning, NMMO_##NAME},
#include "constants.def"
};

const struct nmmo_constant *nmmo_constants(size_t *count) { return *count = COUNT_OF(constants), constants; }

static const int16_t price_ladder[NMMO_PRICE_STEPS] = {NMMO_PRICE_LADDER};

int price_of_step(uint32_t step) { return price_ladder[step - 1]; }
int nmmo_price(int step) { return step >= 1 && step <= NMMO_PRICE_STEPS ? price_of_step((uint32_t)step) : 0; }

/* ---- names ------------------------------------------------------------------------------------------------ */

static const struct nmmo_member ground[] = {
#define GROUND(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member biome[] = {
#define BIOME(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member element[] = {
#define ELEMENT(NAME, name, BEATS, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member skill[] = {
#define STYLE(NAME, name, meaning) {#name, meaning},
#define PROFESSION(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member object[NMMO_LAST_OBJECT + 1] = {
    [0] = {"none", "nothing"},
#define ITEM(NAME, name, ROLE, SLOT, SKILL, stack, lot, meaning, ...) [NMMO_##NAME] = {#name, meaning},
#define NODE(NAME, name, SKILL, TOOL, meaning, ...) \
    [NMMO_##NAME] = {#name, meaning}, [NMMO_##NAME + NMMO_DEPLETED] = {"depleted_" #name, "harvested; it regrows"},
#include "content.def"
};
static const struct nmmo_member role[] = {
    {"none", "nothing"},
#define ROLE(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member occupant[] = {
#define OCCUPANT(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member monster_state[] = {
#define MONSTER_STATE(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member equipment[] = {
#define SLOT(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member cause[] = {
#define CAUSE(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member event[] = {
    {"none", "no event"},
#define EVENT(NAME, name, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member verb[] = {
#define ACTION(NAME, name, GROUP, EACH, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member group[] = {
#define GROUP(NAME, name, FIRST, LAST, meaning) {#name, meaning},
#include "content.def"
};
static const struct nmmo_member each[] = {
    {"once", ""}, {"direction", "north, east, south, west"}, {"inventory_slot", ""}, {"item_type", ""}};
static const struct nmmo_member phase[NMMO_PHASES] = {{"upkeep", ""}, {"players", ""},     {"monsters", ""},
                                                      {"bodies", ""}, {"deaths", ""},      {"rewards", ""},
                                                      {"births", ""}, {"observations", ""}};
static const struct nmmo_member section[NMMO_SECTIONS] = {
    {"clock", ""}, {"players", ""}, {"monsters", ""}, {"tiles", ""}, {"market", ""}};
static const struct nmmo_member vital[NMMO_VITALS] = {
    {"health", ""},       {"stamina", ""},    {"food", ""},
    {"water", ""},        {"gold", ""},       {"price_step", ""},
    {"combat_ticks", ""}, {"protection", ""}, {"monster_protection", ""}};

/* The actions of each row, named after what there is one of them for; what they do is said of their row (verbs). */
#define NAMES_OF_ONCE(first, verb) [first] = {verb, ""},
#define NAMES_OF_DIRECTION(first, verb) \
    [first] = {verb "_north", ""}, {verb "_east", ""}, {verb "_south", ""}, {verb "_west", ""},
#define NAMES_OF_INVENTORY_SLOT(first, verb) \
    [first] = {verb "_1", ""}, {verb "_2", ""}, {verb "_3", ""}, {verb "_4", ""}, {verb "_5", ""}, {verb "_6", ""}, \
    {verb "_7", ""}, {verb "_8", ""}, {verb "_9", ""}, {verb "_10", ""}, {verb "_11", ""}, {verb "_12", ""},
#define NAMES_OF_ITEM_TYPE(first, verb) /* by the rows of the items */
_Static_assert(NMMO_INVENTORY_SLOTS == 12, "named above");

static const struct nmmo_member action[NMMO_ACTIONS] = {
#define ACTION(NAME, name, GROUP, EACH, meaning) NAMES_OF_##EACH(NMMO_##NAME, #name)
#define ITEM(NAME, name, ...) [NMMO_BUY + NMMO_##NAME - 1] = {"buy_" #name, ""},
#include "content.def"
};

#define ENUMERATION(array) {#array, array, COUNT_OF(array)}
static const struct {
    const char *name;
    const struct nmmo_member *members;
    size_t count;
} enumerations[NMMO_ENUMERATIONS] = {
    [NMMO_ENUM_GROUND] = ENUMERATION(ground),
    [NMMO_ENUM_BIOME] = ENUMERATION(biome),
    [NMMO_ENUM_ELEMENT] = ENUMERATION(element),
    [NMMO_ENUM_SKILL] = ENUMERATION(skill),
    [NMMO_ENUM_OBJECT] = ENUMERATION(object),
    [NMMO_ENUM_ROLE] = ENUMERATION(role),
    [NMMO_ENUM_OCCUPANT] = ENUMERATION(occupant),
    [NMMO_ENUM_EQUIPMENT] = ENUMERATION(equipment),
    [NMMO_ENUM_MONSTER_STATE] = ENUMERATION(monster_state),
    [NMMO_ENUM_CAUSE] = ENUMERATION(cause),
    [NMMO_ENUM_EVENT] = ENUMERATION(event),
    [NMMO_ENUM_ACTION] = ENUMERATION(action),
    [NMMO_ENUM_VERB] = ENUMERATION(verb),
    [NMMO_ENUM_GROUP] = ENUMERATION(group),
    [NMMO_ENUM_EACH] = ENUMERATION(each),
    [NMMO_ENUM_VITAL] = ENUMERATION(vital),
    [NMMO_ENUM_PHASE] = ENUMERATION(phase),
    [NMMO_ENUM_SECTION] = ENUMERATION(section),
};

const struct nmmo_member *nmmo_members(enum nmmo_enumeration enumeration, size_t *count) {
    return *count = enumerations[enumeration].count, enumerations[enumeration].members;
}

const char *nmmo_name(enum nmmo_enumeration enumeration, int number) {
    size_t count;
    const struct nmmo_member *members = nmmo_members(enumeration, &count);
    return number >= 0 && (size_t)number < count ? members[number].name : NULL;
}

const char *nmmo_enumeration_name(int enumeration) {
    return enumeration >= 0 && enumeration < NMMO_ENUMERATIONS ? enumerations[enumeration].name : NULL;
}
