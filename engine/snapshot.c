/* Snapshots: a copy of the arena behind a short header, and taking one back.
 *
 * Restoring reads strangers' bytes. They are copied into a spare arena; every count, index,
 * enumeration and agreement between tables is checked there; what merely follows from the rest is
 * computed again. Only then is the world overwritten. A checksum tells damage early, but proves
 * nothing: anyone who forges a snapshot can forge that too. */
#include <stdlib.h>
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
#include "monsters.h"
#include "planes.h"
#include "players.h"
#include "random.h"
#include "state.h"
#include "tile.h"

#define SNAPSHOT_FORMAT 1u
static const char snapshot_magic[8] = "NMMOSNAP";

struct snapshot_header {
    char magic[8];
    uint32_t format;
    uint32_t rules_version;
    uint64_t state_bytes;
    uint64_t checksum;
};

static uint64_t checksum_of(const uint8_t *bytes, size_t n) { /* n is a multiple of 64 */
    uint64_t lanes[4] = {1, 2, 3, 4};
    for (size_t i = 0; i + 32 <= n; i += 32) {
        for (size_t lane = 0; lane < 4; lane++) {
            uint64_t word;
            memcpy(&word, bytes + i + 8 * lane, 8);
            lanes[lane] = (lanes[lane] ^ word) * RANDOM_STEP;
            lanes[lane] ^= lanes[lane] >> 29;
        }
    }
    uint64_t sum = n;
    for (size_t lane = 0; lane < 4; lane++) sum = random_mix(sum + lanes[lane]);
    return sum;
}

size_t nmmo_snapshot_bytes(const nmmo_world *world) {
    return sizeof(struct snapshot_header) + (size_t)world->head->state_bytes;
}

void nmmo_world_snapshot(const nmmo_world *world, void *out) {
    struct snapshot_header header = {
        .format = SNAPSHOT_FORMAT, .rules_version = NMMO_RULES_VERSION, .state_bytes = world->head->state_bytes};
    uint8_t *arena = (uint8_t *)out + sizeof header;
    memcpy(header.magic, snapshot_magic, sizeof header.magic);
    memcpy(arena, world->head, (size_t)world->head->state_bytes);
    header.checksum = checksum_of(arena, (size_t)header.state_bytes);
    memcpy(out, &header, sizeof header);
}

/* ---- checks ------------------------------------------------------------------------------------------ */

static int damaged(struct nmmo_error *error, const char *what, uint64_t where) {
    return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot is damaged: %s (%llu)", what, (unsigned long long)where);
}

static int check_envelope(const void *snapshot, size_t bytes, struct snapshot_header *header,
                          struct nmmo_error *error) {
    if (bytes < sizeof *header) return fail(error, NMMO_BAD_SNAPSHOT, "%zu bytes are too few for a snapshot", bytes);
    memcpy(header, snapshot, sizeof *header);
    if (memcmp(header->magic, snapshot_magic, sizeof header->magic))
        return fail(error, NMMO_BAD_SNAPSHOT, "this is not a snapshot of a world: its first bytes are foreign");
    if (header->format != SNAPSHOT_FORMAT)
        return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot has format %u; this version reads format %u",
                    header->format, SNAPSHOT_FORMAT);
    if (header->rules_version != NMMO_RULES_VERSION)
        return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot is of rules version %u; this is version %u",
                    header->rules_version, NMMO_RULES_VERSION);
    if (header->state_bytes != bytes - sizeof *header || header->state_bytes < sizeof(struct header) ||
        header->state_bytes % 64)
        return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot has %zu bytes but declares %llu", bytes - sizeof *header,
                    (unsigned long long)header->state_bytes);
    if (header->checksum != checksum_of((const uint8_t *)snapshot + sizeof *header, (size_t)header->state_bytes))
        return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot is damaged: its checksum does not agree");
    return NMMO_OK;
}

int nmmo_snapshot_config(const void *snapshot, size_t bytes, struct nmmo_config *config, struct nmmo_error *error) {
    struct snapshot_header header;
    int status = check_envelope(snapshot, bytes, &header, error);
    if (status) return status;
    struct nmmo_config found;
    memcpy(&found, (const uint8_t *)snapshot + sizeof header + offsetof(struct header, config), sizeof found);
    if (nmmo_config_check(&found, error)) {
        if (error) error->status = NMMO_BAD_SNAPSHOT;
        return NMMO_BAD_SNAPSHOT;
    }
    if (nmmo_state_bytes(&found) != header.state_bytes)
        return fail(error, NMMO_BAD_SNAPSHOT, "the snapshot is damaged: its size is not that of its configuration");
    *config = found;
    return NMMO_OK;
}

/* Everything in the header that the configuration fixes, and ranges for the rest. */
static int check_header(const struct header *head, const struct header *own, struct nmmo_error *error) {
    if (memcmp(&head->config, &own->config, sizeof head->config))
        return fail(error, NMMO_BAD_SNAPSHOT,
                    "the snapshot is of another configuration: make a world of it (World.from_snapshot)");
    if (memcmp(head->magic, own->magic, sizeof head->magic) || head->rules_version != own->rules_version ||
        head->header_bytes != own->header_bytes || head->state_bytes != own->state_bytes ||
        head->stride != own->stride || head->padded_tiles != own->padded_tiles ||
        head->cell_columns != own->cell_columns || head->cells != own->cells ||
        head->node_capacity != own->node_capacity)
        return damaged(error, "its header contradicts its configuration", 0);
    if (head->ready != 1 || head->map_source > MAP_GIVEN)
        return damaged(error, "unknown state of readiness", head->ready);
    if (head->regrow_first >= head->node_capacity || head->regrow_count > head->node_capacity)
        return damaged(error, "more nodes regrow than there can be", head->regrow_count);
    if (head->tick > MAX_TICK) return damaged(error, "tick", head->tick);
    const uint8_t *statistics = (const uint8_t *)&head->statistics;
    size_t returns = offsetof(struct nmmo_statistics, finished) + offsetof(struct nmmo_lives, returns);
    for (size_t at = 0; at < sizeof head->statistics; at += 8) {
        int64_t value;
        memcpy(&value, statistics + at, 8);
        if (at != returns && (value < 0 || value > INT64_MAX / 4)) return damaged(error, "a statistic", at);
    }
    if (!(head->statistics.finished.returns > -1e300 && head->statistics.finished.returns < 1e300))
        return damaged(error, "the sum of returns", 0);
    return NMMO_OK;
}

static int check_item(const struct nmmo_item *item) {
    if (item->type == 0) return item->tier == 0 && item->quantity == 0 && item->worn == 0;
    if (item->type > NMMO_ITEM_TYPES || item->tier < 1 || item->tier > NMMO_TIERS || item->worn > 1) return 0;
    return item->quantity >= 1 && item->quantity <= nmmo_items[item->type].stack;
}

/* Within the ranges of the published fields, and agreeing with one another where no function of
 * the engine computes one from the other. */
static int check_life(const struct nmmo_world *world, const struct player *player) {
    const struct nmmo_config *config = &world->head->config;
    const struct nmmo_self *self = &player->self;
    if (self->health < 1 || self->health > NMMO_FULL_HEALTH || self->stamina > NMMO_FULL_STAMINA) return 0;
    if (self->food > NMMO_FULL_FOOD || self->water > NMMO_FULL_FOOD) return 0;
    if (self->combat_ticks > NMMO_COMBAT_TICKS || self->protection_ticks > config->protection_ticks) return 0;
    if (self->monster_protection_ticks > NMMO_MONSTER_PROTECTION_TICKS || self->reserved) return 0;
    if (config->stagnation_ticks ? self->stagnation_left < 1 || self->stagnation_left > config->stagnation_ticks
                                 : self->stagnation_left != 0)
        return 0;
    for (int skill = 0; skill < NMMO_SKILLS; skill++) {
        uint32_t level = self->level[skill], experience = player->experience[skill];
        if (level < 1 || level > NMMO_LEVELS) return 0;
        if (level == NMMO_LEVELS ? experience != 0 : experience >= NMMO_EXPERIENCE_PER_LEVEL * level) return 0;
        if (self->progress[skill] != experience * 256 / (NMMO_EXPERIENCE_PER_LEVEL * level)) return 0;
    }
    uint32_t worn_places = 0;
    for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++) {
        const struct nmmo_item *item = &player->inventory[slot];
        if (!check_item(item)) return 0;
        if (!item->worn) continue;
        int place = nmmo_items[item->type].slot;
        if (place < 0 || worn_places >> place & 1) return 0;
        worn_places |= 1u << place;
    }
    if (player->token > config->vocabulary || player->cause || player->killer != -1) return 0;
    if (player->born_tick > world->head->tick || self->age != world->head->tick - player->born_tick) return 0;
    if (player->birth_row >= config->height || player->birth_column >= config->width) return 0;
    if (player->explored > NMMO_EXPLORE_STRIDE * 512 || player->waiting) return 0;
    if (player->life < 1 || (config->lives && player->life > (uint32_t)config->lives)) return 0;
    uint32_t lives_left = config->lives ? (uint32_t)config->lives - player->life + 1 : 255;
    if (self->lives_left != (lives_left < 255 ? lives_left : 255)) return 0;
    return 1;
}

static int numbers_in_range(const struct player *player) {
    if (player->self.price_step < 1 || player->self.price_step > NMMO_PRICE_STEPS) return 0;
    if (player->best_score > NMMO_LEVELS || player->listings > NMMO_LISTINGS || player->reward_due) return 0;
    if (player->waiting > WAITING_TICK || player->life > MAX_LIVES) return 0;
    if (player->score_sum < 0 || player->score_sum > INT64_MAX / 4) return 0;
    if (player->ticks_lived < 0 || player->ticks_lived > INT64_MAX / 4) return 0;
    if (player->net_sales < -MAX_GOLD || player->net_sales > MAX_GOLD || player->best_sales < 0 ||
        player->best_sales > MAX_GOLD || player->paid_sales < 0 || player->paid_sales > MAX_GOLD ||
        player->self.gold > MAX_GOLD)
        return 0;
    if (!(player->life_return > -1e30f && player->life_return < 1e30f)) return 0;
    if (player->padding || player->scored_age > player->self.age) return 0;
    for (size_t i = 0; i < sizeof player->more_padding; i++)
        if (player->more_padding[i]) return 0;
    return 1;
}

/* A slot without a body is what player_vacate leaves; it waits for another life only if it has one left. */
static int check_empty_slot(const struct nmmo_world *world, const struct player *player) {
    const uint64_t lives = (uint64_t)world->head->config.lives, begun = player->life;
    if (lives && begun + (player->waiting != WAITING_NOT) > lives) return 0;
    struct nmmo_self held;
    memset(&held, 0, sizeof held);
    held.price_step = player->self.price_step;
    static const struct nmmo_item nothing[NMMO_INVENTORY_SLOTS];
    static const uint16_t no_experience[NMMO_SKILLS];
    return !memcmp(&held, &player->self, sizeof held) && !memcmp(nothing, player->inventory, sizeof nothing) &&
           !memcmp(no_experience, player->experience, sizeof no_experience) && player->tile == 0 &&
           player->token == 0 && player->cause == 0 && player->killer == -1 && player->listings == 0;
}

static int check_body(const struct nmmo_world *world, nmmo_entity entity, uint32_t tile, uint32_t row, uint32_t column,
                      uint64_t body) {
    const struct nmmo_config *config = &world->head->config;
    if (row >= (uint32_t)config->height || column >= (uint32_t)config->width) return 0;
    if (tile != tile_at(world, row, column) || world->ids[tile] != (uint32_t)entity + 1) return 0;
    if (!tile_walkable(world->tiles[tile]) || (world->tiles[tile] & TILE_BODY_BITS) != body) return 0;
    return plane_get(plane_of(world, entity), tile);
}

static int check_players(struct nmmo_world *world, struct nmmo_error *error) {
    const struct nmmo_config *config = &world->head->config;
    uint32_t bodies = 0, waiting = 0;
    for (uint32_t i = 0; i < world->n_players; i++) {
        struct player *player = &world->players[i];
        if (!numbers_in_range(player)) return damaged(error, "a player's numbers", i);
        waiting += player->waiting != WAITING_NOT;
        if (player->state == LIFE_NONE) {
            if (!check_empty_slot(world, player)) return damaged(error, "a slot without a body", i);
        } else if (player->state != LIFE_LIVING || !check_life(world, player)) {
            return damaged(error, "a player's life", i);
        } else {
            bodies++;
        }
        /* what the engine derives must be what it would derive */
        struct player stored = *player;
        if (player->state == LIFE_LIVING) {
            if (!check_body(world, (nmmo_entity)i, player->tile, player->self.row, player->self.column,
                            player_body(player)))
                return damaged(error, "a player and its tile disagree", i);
            uint64_t word = world->tiles[player->tile];
            player->self.danger = (uint8_t)tile_danger(word);
            player->self.biome = (uint8_t)tile_biome(word);
            player->self.team = config->team_size > 1 ? (uint8_t)(i / (uint32_t)config->team_size + 1) : 0;
            items_refresh_usable(player);
            inventory_refresh(world, i);
            for (int slot = 0; slot < NMMO_INVENTORY_SLOTS; slot++)
                if (player->inventory[slot].worn &&
                    !(player->usable_types[player->inventory[slot].tier - 1] >> (player->inventory[slot].type - 1) & 1))
                    return damaged(error, "a player wears what it may not", i);
            if (config->fog) fog_update_self(world, &player->self);
            else if (player->self.fog_distance != 255 || player->self.fog_damage) return damaged(error, "fog", i);
        } else {
            player_clear_derived(player);
        }
        if (memcmp(&stored, player, sizeof stored)) return damaged(error, "a player's derived numbers", i);
    }
    if (bodies != world->head->bodies || waiting != world->head->waiting)
        return damaged(error, "the count of bodies", bodies);
    return NMMO_OK;
}

static int check_monster(const struct nmmo_world *world, uint32_t index) {
    const struct nmmo_config *config = &world->head->config;
    const struct monster *monster = &world->monsters[index];
    if (monster->padding[0] || monster->padding[1]) return 0;
    if (monster->state == MONSTER_ABSENT) {
        struct monster absent;
        memset(&absent, 0, sizeof absent);
        absent.target = -1;
        return !memcmp(&absent, monster, sizeof absent);
    }
    if (monster->level < 1 || monster->level > NMMO_LEVELS || monster->tier != tier_of_level(monster->level)) return 0;
    if (monster->temper < NMMO_PASSIVE || monster->temper > NMMO_HOSTILE || monster->style >= NMMO_STYLES) return 0;
    if (monster->element >= NMMO_ELEMENTS || monster->combat_ticks > NMMO_COMBAT_TICKS) return 0;
    if (monster->home_row >= config->height || monster->home_column >= config->width) return 0;
    if (monster->row >= config->height || monster->column >= config->width) return 0;
    if (monster->target < -1 || monster->target >= (nmmo_entity)world->n_players) return 0;
    if (monster->state == MONSTER_DEAD)
        return monster->tile == 0 && monster->health == 0 && monster->combat_ticks == 0 && monster->target == -1 &&
               monster->timer <= config->monster_return_ticks;
    if (monster->health < 1 || monster->health > NMMO_FULL_HEALTH) return 0;
    if (monster->target >= 0 && monster->target_life > world->players[monster->target].life) return 0;
    switch (monster->state) {
    case MONSTER_IDLE:
        if (monster->target != -1 || monster->timer) return 0;
        break;
    case MONSTER_CHASING:
        if (monster->target == -1 || monster->timer) return 0;
        break;
    case MONSTER_RETURNING:
        if (monster->timer > NMMO_WALK_HOME_TICKS) return 0;
        break;
    default: return 0;
    }
    return check_body(world, (nmmo_entity)(world->n_players + index), monster->tile, monster->row, monster->column,
                      monster_body(monster));
}

/* One tile's object against the item planes. */
static int check_object(const struct nmmo_world *world, uint32_t tile) {
    uint64_t word = world->tiles[tile];
    uint32_t object = tile_object(word), tier = tile_tier(word);
    int is_item = object_is_item(object);
    if (object > NMMO_LAST_OBJECT || (object ? tier < 1 || tier > NMMO_TIERS : tier != 0)) return 0;
    if (object && !tile_walkable(word)) return 0;
    if (is_item != plane_get(world->item_plane, tile)) return 0;
    if (!is_item) return world->item_quantity[tile] == 0 && world->item_vanishes[tile] == 0;
    uint32_t ticks_left = (uint8_t)(world->item_vanishes[tile] - (uint8_t)world->head->tick);
    if (ticks_left < 1 || ticks_left > NMMO_GROUND_ITEM_TICKS) return 0;
    return world->item_quantity[tile] >= 1 && world->item_quantity[tile] <= nmmo_items[object].stack;
}

static uint32_t bits_set(const uint8_t *plane, size_t bytes) {
    uint32_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        for (uint32_t bits = plane[i]; bits; bits &= bits - 1) count++;
    return count;
}

static int check_tiles(const struct nmmo_world *world, struct nmmo_error *error) {
    const struct header *head = world->head;
    uint32_t height = (uint32_t)head->config.height, width = (uint32_t)head->config.width;
    uint32_t occupied = 0, ids = 0, items = 0, nodes = 0, depleted = 0, monsters = 0;
    for (uint32_t tile = 0; tile < head->padded_tiles; tile++) {
        uint32_t row = tile_row(world, tile), column = tile_column(world, tile); /* wraps to huge in the border */
        uint64_t word = world->tiles[tile];
        if (row >= height || column >= width) {
            if (word || world->ids[tile] || world->item_quantity[tile] || world->item_vanishes[tile])
                return damaged(error, "the border is not empty", tile);
            continue;
        }
        uint32_t danger = tile_danger(word);
        if (tile_ground(word) >= NMMO_GROUNDS || danger < 1 || danger > NMMO_TIERS)
            return damaged(error, "a tile's ground or danger", tile);
        if (!check_object(world, tile)) return damaged(error, "an object on a tile", tile);
        uint32_t object = tile_object(word);
        items += (uint32_t)object_is_item(object);
        nodes += object > NMMO_ITEM_TYPES;
        depleted += (uint32_t)object_is_depleted(object);
        occupied += (word & TILE_BODY_BITS) != 0;
        ids += world->ids[tile] != 0;
    }
    for (uint32_t i = 0; i < (uint32_t)head->config.n_monsters; i++) {
        if (!check_monster(world, i)) return damaged(error, "a monster", i);
        monsters += world->monsters[i].tile != 0;
    }
    /* each body has its tile; equal counts mean that there are no others */
    size_t plane = head->padded_tiles / 8 + PLANE_SLACK;
    if (occupied != head->bodies + monsters || ids != occupied ||
        bits_set(world->player_plane, plane) != head->bodies || bits_set(world->monster_plane, plane) != monsters ||
        bits_set(world->item_plane, plane) != items)
        return damaged(error, "tiles and bodies disagree", occupied);
    if (nodes > head->node_capacity || depleted != head->regrow_count) return damaged(error, "nodes", nodes);
    return NMMO_OK;
}

/* Each depleted node is in the ring once: the counts agree, so no tile may come twice. seen: one
 * byte a padded tile, zero. */
static int check_ring(const struct nmmo_world *world, uint8_t *seen, struct nmmo_error *error) {
    const struct header *head = world->head;
    uint32_t before = head->tick;
    for (uint32_t k = 0; k < head->node_capacity; k++) {
        const struct regrowth *entry = &world->regrow[(head->regrow_first + k) % head->node_capacity];
        if (k >= head->regrow_count) {
            if (entry->tile || entry->tick) return damaged(error, "a node in the ring that does not regrow", k);
            continue;
        }
        if (entry->tile >= head->padded_tiles || seen[entry->tile] ||
            !object_is_depleted(tile_object(world->tiles[entry->tile])))
            return damaged(error, "a regrowing node", k);
        seen[entry->tile] = 1;
        if (entry->tick <= head->tick || entry->tick > head->tick + (uint32_t)head->config.node_regrow_ticks ||
            entry->tick < before)
            return damaged(error, "when a node regrows", k);
        before = entry->tick;
    }
    return NMMO_OK;
}

static int check_listing(const struct nmmo_world *world, uint32_t id) {
    const struct listing *listing = &world->listings[id];
    if (listing->type == 0) {
        static const struct listing nothing;
        return !memcmp(&nothing, listing, sizeof nothing);
    }
    uint32_t tick = world->head->tick;
    if (listing->type > NMMO_ITEM_TYPES || listing->tier < 1 || listing->tier > NMMO_TIERS) return 0;
    if (listing->quantity < 1 || listing->quantity > NMMO_STACK_LIMIT) return 0;
    if (listing->step < 1 || listing->step > NMMO_PRICE_STEPS) return 0;
    if (listing->expires_at <= tick || listing->expires_at > tick + (uint32_t)world->head->config.listing_ticks)
        return 0;
    for (uint32_t other = id / NMMO_LISTINGS * NMMO_LISTINGS; other < id; other++)
        if (world->listings[other].type == listing->type && world->listings[other].tier == listing->tier) return 0;
    return world->players[id / NMMO_LISTINGS].state == LIFE_LIVING;
}

/* Walks one queue at a price; returns how many stand in it, or more than there are when it is
 * broken. A walk that follows only links whose back links agree cannot run in a circle. */
static uint32_t walk_queue(const struct nmmo_world *world, uint32_t book, uint32_t step, uint32_t count) {
    const struct queue *queue = &world->market->queues[book][step];
    uint32_t previous = NO_LISTING, walked = 0, all = world->n_players * NMMO_LISTINGS;
    for (uint32_t id = queue->first; id != NO_LISTING; walked++) {
        if (id >= all || walked > count) return count + 1;
        const struct listing *listing = &world->listings[id];
        if (listing->type != book / NMMO_TIERS + 1 || listing->tier != book % NMMO_TIERS + 1 ||
            listing->step != step + 1 || listing->queue_previous != previous)
            return count + 1;
        previous = id;
        id = listing->queue_next;
    }
    return queue->last == previous ? walked : count + 1;
}

static int check_market(const struct nmmo_world *world, struct nmmo_error *error) {
    const struct market *market = world->market;
    uint32_t all = world->n_players * NMMO_LISTINGS, count = 0;
    for (uint32_t id = 0; id < all; id++) {
        if (!check_listing(world, id)) return damaged(error, "a listing", id);
        count += world->listings[id].type != 0;
    }
    for (uint32_t i = 0; i < world->n_players; i++) {
        uint32_t own = 0;
        for (uint32_t place = 0; place < NMMO_LISTINGS; place++)
            own += world->listings[i * NMMO_LISTINGS + place].type != 0;
        if (own != world->players[i].listings) return damaged(error, "a player's count of listings", i);
    }
    uint32_t walked = 0;
    for (uint32_t book = 0; book < NMMO_BOOKS; book++) {
        uint32_t steps = 0;
        for (uint32_t step = 0; step < NMMO_PRICE_STEPS; step++) {
            uint32_t here = walk_queue(world, book, step, count);
            if (here > count) return damaged(error, "a price queue", book);
            steps |= (uint32_t)(here != 0) << step;
            walked += here;
        }
        uint32_t cheapest = steps ? (uint32_t)lowest_bit(steps) + 1 : 0;
        if (steps != market->steps[book] || market->board[0][book] != cheapest ||
            market->board[1][book] > NMMO_PRICE_STEPS)
            return damaged(error, "the board of prices", book);
    }
    if (walked != count) return damaged(error, "listings outside the queues", count - walked);
    uint32_t previous = NO_LISTING, aged = 0, expires = 0;
    for (uint32_t id = market->oldest; id != NO_LISTING; aged++) {
        if (id >= all || aged > count || !world->listings[id].type || world->listings[id].older != previous ||
            world->listings[id].expires_at < expires)
            return damaged(error, "the queue of expiry", id);
        expires = world->listings[id].expires_at;
        previous = id;
        id = world->listings[id].younger;
    }
    if (aged != count || market->youngest != previous) return damaged(error, "the queue of expiry", aged);
    return NMMO_OK;
}

/* ---- restoring ------------------------------------------------------------------------------------------- */

static int check_world(struct nmmo_world *spare, const struct header *own, uint8_t *seen, struct nmmo_error *error) {
    int status = check_header(spare->head, own, error);
    if (!status) {
        struct header *head = spare->head;
        int32_t rows = head->fog_row_margin, columns = head->fog_column_margin;
        uint32_t reached = head->fog_reached;
        fog_advance(spare);
        if (rows != head->fog_row_margin || columns != head->fog_column_margin || reached != head->fog_reached)
            status = damaged(error, "the fog", head->tick);
    }
    if (!status) status = check_market(spare, error); /* first: what players can sell follows from it */
    if (!status) status = check_players(spare, error);
    if (!status) status = check_tiles(spare, error);
    if (!status) status = check_ring(spare, seen, error);
    return status;
}

/* What only speeds the engine up is computed rather than believed. */
static void rebuild_indices(struct nmmo_world *spare) {
    struct header *head = spare->head;
    map_index(spare);
    ground_find_vanishing(spare);
    memset(spare->near_players, 0, head->cells * sizeof *spare->near_players);
    for (uint32_t i = 0; i < spare->n_players; i++)
        if (spare->players[i].state == LIFE_LIVING)
            near_players_add(spare, spare->players[i].self.row, spare->players[i].self.column, 1);
    /* the tiles may or may not be the map of map_seed: a reset makes it again; a given map stays */
    head->map_source = head->map_source == MAP_GIVEN ? MAP_GIVEN : MAP_UNKNOWN;
}

/* Checks a snapshot in a spare arena and, if `restore` says so, puts it in place of the world's own. */
static int check_or_restore(nmmo_world *world, const void *snapshot, size_t bytes, int restore,
                            struct nmmo_error *error) {
    struct snapshot_header header;
    int status = check_envelope(snapshot, bytes, &header, error);
    if (status) return status;
    if (header.state_bytes != world->head->state_bytes)
        return fail(error, NMMO_BAD_SNAPSHOT,
                    "the snapshot is of another configuration: make a world of it (World.from_snapshot)");
    size_t state_bytes = (size_t)header.state_bytes;
    uint8_t *block = malloc(state_bytes + 64);
    uint8_t *seen = calloc(1, world->head->padded_tiles);
    if (!block || !seen) {
        free(block);
        free(seen);
        return fail(error, NMMO_NO_MEMORY, "no memory for the %zu bytes of a spare world", state_bytes);
    }
    uint8_t *arena = block + (64 - (uintptr_t)block % 64) % 64;
    memcpy(arena, (const uint8_t *)snapshot + sizeof header, state_bytes);
    struct nmmo_world spare = *world;
    state_lay_out(&spare, arena, &world->head->config);
    status = check_world(&spare, world->head, seen, error);
    if (!status && restore) {
        rebuild_indices(&spare);
        memcpy(world->head, arena, state_bytes);
        monsters_update_flags(world);
        world->event_count = 0;
        world->fallen_count = 0;
        memset(world->out.rewards, 0, world->n_players * sizeof *world->out.rewards);
        memset(world->out.terminated, 0, world->n_players);
        memset(world->out.truncated, 0, world->n_players);
        nmmo_world_observe(world, NULL);
    }
    free(block);
    free(seen);
    return status;
}

int nmmo_world_restore(nmmo_world *world, const void *snapshot, size_t bytes, struct nmmo_error *error) {
    return check_or_restore(world, snapshot, bytes, 1, error);
}

int nmmo_world_check_snapshot(nmmo_world *world, const void *snapshot, size_t bytes, struct nmmo_error *error) {
    return check_or_restore(world, snapshot, bytes, 0, error);
}
