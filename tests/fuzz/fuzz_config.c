/* Fuzzes configurations: what nmmo_config_check says is what the published table and the three rules between fields
 * say, and whatever it accepts makes a world that plays. */
#include <math.h>

#include "fuzz.h"

enum { MOST_BYTES = 4 << 20, TICKS = 4 };

static int in_range(const struct nmmo_config *config, const struct nmmo_field *field) {
    const char *at = (const char *)config + field->offset;
    if (field->type == 'q') {
        int64_t value;
        memcpy(&value, at, sizeof value);
        return value >= (int64_t)field->minimum && value <= (int64_t)field->maximum;
    }
    if (field->type == 'f') {
        float value;
        memcpy(&value, at, sizeof value);
        return !isnan(value) && value >= (float)field->minimum && value <= (float)field->maximum;
    }
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value >= (int32_t)field->minimum && value <= (int32_t)field->maximum;
}

static int allowed(const struct nmmo_config *config) {
    size_t count, bytes;
    const struct nmmo_field *fields = nmmo_table_fields(NMMO_TABLE_CONFIG, &count, &bytes);
    REQUIRE(bytes == sizeof *config, "the table is of another structure");
    for (size_t i = 0; i < count; i++)
        if (!in_range(config, &fields[i])) return 0;
    uint64_t tiles = (uint64_t)config->height * (uint64_t)config->width;
    if (((uint64_t)config->n_players + (uint64_t)config->n_monsters) * 4 > tiles) return 0;
    if (config->n_players % config->team_size) return 0;
    int64_t last_map = (int64_t)fields[0].maximum; /* map_seed stands first */
    if (config->n_maps > 1 && (config->map_seed < 0 || config->map_seed + config->n_maps - 1 > last_map)) return 0;
    return config->team_size == 1 || config->n_players / config->team_size <= NMMO_MAX_TEAMS;
}

/* One field: a bound, just past a bound, in between, or any bits at all. */
static void edit_field(struct nmmo_config *config, struct input *input) {
    size_t count, bytes;
    const struct nmmo_field *fields = nmmo_table_fields(NMMO_TABLE_CONFIG, &count, &bytes);
    const struct nmmo_field *field = &fields[take_byte(input) % count];
    char *at = (char *)config + field->offset;
    int kind = take_byte(input) % 8;
    if (field->type == 'i') {
        int least = (int)field->minimum, most = (int)field->maximum;
        int32_t value = kind == 0   ? least
                        : kind == 1 ? most
                        : kind == 2 ? least - 1
                        : kind == 3 ? most + 1
                        : kind == 4 ? (int32_t)take_bytes(input, 4)
                        : kind == 5 ? take_within(input, least, most)
                                    : least + take_within(input, 0, most - least < 255 ? most - least : 255);
        memcpy(at, &value, sizeof value);
    } else if (field->type == 'f') {
        uint32_t bits = (uint32_t)take_bytes(input, 4);
        float value = kind == 0 ? (float)field->minimum : kind == 1 ? (float)field->maximum : 0;
        if (kind == 2) value = nextafterf((float)field->maximum, INFINITY);
        else if (kind == 3) value = nextafterf((float)field->minimum, -INFINITY);
        else if (kind == 4) memcpy(&value, &bits, sizeof value);
        else if (kind > 4) value = (float)((int32_t)bits >> 16) / 256.0f;
        memcpy(at, &value, sizeof value);
    } else {
        int64_t value = kind == 0   ? -1
                        : kind == 1 ? (int64_t)field->maximum
                        : kind == 2 ? -2
                        : kind == 3 ? (int64_t)field->maximum + 1
                                    : (int64_t)take_bytes(input, 8);
        memcpy(at, &value, sizeof value);
    }
}

static void play(const struct nmmo_config *config, uint64_t seed) {
    struct game game = game_make(config);
    struct nmmo_error error;
    REQUIRE(nmmo_world_step(game.world, game.actions, NULL, NULL, &error) == NMMO_WORLD_OVER, "stepped before a reset");
    REQUIRE(!nmmo_world_reset(game.world, seed, &error), "%s", error.message);
    game_check_rows(&game);
    game_play(&game, seed, TICKS);
    game_check_whole(&game);
    REQUIRE(!nmmo_world_reset(game.world, seed + 1, &error), "%s", error.message);
    game_check_whole(&game);
    game_free(&game);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const presets[] = {"small", "medium", "large", "huge", "survival", "battle"};
    struct input input = {data, data + size};
    struct nmmo_config config;
    uint8_t kind = take_byte(&input);
    if (kind < 8) { /* the bytes are the structure */
        memset(&config, 0, sizeof config);
        memcpy(&config, input.at, left(&input) < sizeof config ? left(&input) : sizeof config);
    } else if (kind < 16) {
        REQUIRE(nmmo_config_preset(presets[kind % 6], &config) == NMMO_OK, "the preset is there");
    } else {
        config = busy_config();
    }
    while (kind >= 8 && left(&input)) edit_field(&config, &input);

    struct nmmo_error error = {.status = -1};
    memset(error.message, 'x', sizeof error.message);
    int status = nmmo_config_check(&config, &error);
    REQUIRE(status == (allowed(&config) ? NMMO_OK : NMMO_BAD_CONFIG), "the check says %d: %.250s", status,
            error.message);
    if (status) {
        REQUIRE(error.status == status && memchr(error.message, 0, sizeof error.message) && error.message[0],
                "a refusal without its reason");
        struct nmmo_error again;
        REQUIRE(!nmmo_world_create(&config, &again) && again.status == status && !strcmp(error.message, again.message),
                "creation does not refuse what the check refuses");
        return 0;
    }
    struct nmmo_layout layout;
    nmmo_layout(&config, &layout);
    REQUIRE(layout.row_bytes % 64 == 0 && layout.mask + NMMO_ACTIONS <= layout.row_bytes, "the layout");
    REQUIRE(nmmo_world_bytes(&config) > nmmo_state_bytes(&config), "a world is more than its state");
    size_t arrays = (size_t)config.n_players * layout.row_bytes * 2;
    if (nmmo_world_bytes(&config) + arrays <= MOST_BYTES) play(&config, take_bytes(&input, 1));
    return 0;
}
