"""The engine's public interface, engine/nmmo.h, as Cython sees it, and what tests and benchmarks call besides."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "nmmo.h" nogil:
    enum:
        NMMO_OK
        NMMO_NO_MEMORY
        NMMO_BAD_CONFIG
        NMMO_BAD_ACTION
        NMMO_BAD_SNAPSHOT
        NMMO_BAD_EDIT
        NMMO_BAD_MAP
        NMMO_WORLD_OVER
        NMMO_TABLES
        NMMO_SECTIONS
        NMMO_ACTIONS
        NMMO_PRICE_STEPS
        NMMO_ENUMERATIONS
        NMMO_ENUM_SECTION
        NMMO_TABLE_PLAYER
        NMMO_TABLE_MONSTER
        NMMO_TABLE_NODE
        NMMO_TABLE_GROUND_ITEM
        NMMO_TABLE_LISTING
        NMMO_TABLE_EVENT
        NMMO_TABLE_STATISTICS
        NMMO_TABLE_LIVING

    ctypedef struct nmmo_error "struct nmmo_error":
        int32_t status
        char message[252]

    ctypedef struct nmmo_config "struct nmmo_config":
        int32_t height
        int32_t width
        int32_t n_players
        int32_t n_monsters
        int32_t vocabulary

    ctypedef struct nmmo_layout_record "struct nmmo_layout":
        uint32_t view_rows, view_columns
        uint32_t tiles, self, inventory, listings, market, mask
        uint32_t row_bytes

    ctypedef struct nmmo_field "struct nmmo_field":
        const char *name
        const char *doc
        uint32_t offset
        char type
        uint8_t table
        uint16_t rows
        uint16_t columns
        double minimum, maximum, default_value

    ctypedef struct nmmo_event "struct nmmo_event":
        pass
    ctypedef struct nmmo_player_record "struct nmmo_player_record":
        pass
    ctypedef struct nmmo_monster_record "struct nmmo_monster_record":
        pass
    ctypedef struct nmmo_node_record "struct nmmo_node_record":
        pass
    ctypedef struct nmmo_ground_item_record "struct nmmo_ground_item_record":
        pass
    ctypedef struct nmmo_listing_record "struct nmmo_listing_record":
        pass
    ctypedef struct nmmo_statistics "struct nmmo_statistics":
        pass
    ctypedef struct nmmo_living "struct nmmo_living":
        pass
    ctypedef struct nmmo_world:
        pass
    ctypedef struct nmmo_pool:
        pass
    ctypedef struct nmmo_outputs "struct nmmo_outputs":
        uint8_t *observations
        float *rewards
        uint8_t *terminated
        uint8_t *truncated
        uint8_t *final_observations

    ctypedef struct nmmo_member "struct nmmo_member":
        const char *name
        const char *doc

    ctypedef struct nmmo_constant "struct nmmo_constant":
        const char *name
        const char *doc
        int32_t value

    ctypedef int nmmo_table_number "enum nmmo_table"
    ctypedef int nmmo_enumeration_number "enum nmmo_enumeration"
    ctypedef int nmmo_section_number "enum nmmo_section"
    ctypedef int nmmo_integer_type "enum nmmo_integer"

    int nmmo_config_preset(const char *name, nmmo_config *config)
    int nmmo_config_check(const nmmo_config *config, nmmo_error *error)
    void nmmo_layout(const nmmo_config *config, nmmo_layout_record *layout)
    const nmmo_field *nmmo_table_fields(nmmo_table_number table, size_t *count, size_t *record_bytes)

    const void *nmmo_table_rows(nmmo_table_number table, size_t *count)
    const nmmo_member *nmmo_members(nmmo_enumeration_number enumeration, size_t *count)
    const char *nmmo_enumeration_name(int enumeration)
    const nmmo_constant *nmmo_constants(size_t *count)
    int nmmo_price(int step)

    size_t nmmo_world_bytes(const nmmo_config *config)
    nmmo_world *nmmo_world_create(const nmmo_config *config, nmmo_error *error)
    void nmmo_world_destroy(nmmo_world *world)
    void nmmo_world_bind(nmmo_world *world, const nmmo_outputs *outputs)
    int nmmo_world_reset(nmmo_world *world, uint64_t seed, nmmo_error *error)
    int nmmo_world_reset_on_map(nmmo_world *world, uint64_t seed, const uint32_t *map, int populate,
                                nmmo_error *error)
    int nmmo_world_step_unseen(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens,
                               nmmo_error *error)
    int nmmo_world_step(nmmo_world *world, const uint8_t *actions, const uint8_t *tokens,
                        nmmo_pool *pool, nmmo_error *error)
    uint32_t nmmo_world_respawn(nmmo_world *world, const uint8_t *slots)
    void nmmo_world_observe(nmmo_world *world, nmmo_pool *pool)
    uint32_t nmmo_world_tick(const nmmo_world *world)
    uint64_t nmmo_world_seed(const nmmo_world *world)
    uint64_t nmmo_world_map_seed(const nmmo_world *world)
    int nmmo_world_over(const nmmo_world *world)
    const nmmo_event *nmmo_world_events(const nmmo_world *world, size_t *count)
    const nmmo_statistics *nmmo_world_statistics(const nmmo_world *world)
    void nmmo_world_living(const nmmo_world *world, nmmo_living *living)
    size_t nmmo_world_players(const nmmo_world *world, nmmo_player_record *out)
    size_t nmmo_world_monsters(const nmmo_world *world, nmmo_monster_record *out)
    size_t nmmo_world_nodes(const nmmo_world *world, nmmo_node_record *out)
    size_t nmmo_world_ground_items(const nmmo_world *world, nmmo_ground_item_record *out)
    size_t nmmo_world_listings(const nmmo_world *world, nmmo_listing_record *out)
    void nmmo_world_tiles(const nmmo_world *world, uint64_t *out)
    void nmmo_world_map(const nmmo_world *world, uint32_t *out)

    size_t nmmo_snapshot_bytes(const nmmo_world *world)
    void nmmo_world_snapshot(const nmmo_world *world, void *out)
    int nmmo_world_restore(nmmo_world *world, const void *snapshot, size_t bytes, nmmo_error *error)
    int nmmo_world_check_snapshot(nmmo_world *world, const void *snapshot, size_t bytes, nmmo_error *error)
    int nmmo_snapshot_config(const void *snapshot, size_t bytes, nmmo_config *config, nmmo_error *error)
    const uint64_t *nmmo_world_ended_digests(const nmmo_world *world)
    void nmmo_world_digests(const nmmo_world *world, uint64_t *digests)
    uint64_t nmmo_world_hash(const nmmo_world *world, nmmo_section_number section)

    int nmmo_edit_ground(nmmo_world *world, int row, int column, int ground, int biome, int danger,
                         nmmo_error *error)
    int nmmo_edit_object(nmmo_world *world, int row, int column, int object, int tier, int quantity,
                         nmmo_error *error)
    int nmmo_edit_place_player(nmmo_world *world, int slot, int row, int column, nmmo_error *error)
    int nmmo_edit_remove_player(nmmo_world *world, int slot, nmmo_error *error)
    int nmmo_edit_place_monster(nmmo_world *world, int monster, int row, int column, int temper, int level,
                                int style, int element, nmmo_error *error)
    int nmmo_edit_remove_monster(nmmo_world *world, int monster, nmmo_error *error)
    int nmmo_edit_monster_health(nmmo_world *world, int monster, int health, nmmo_error *error)
    int nmmo_edit_give(nmmo_world *world, int slot, int type, int tier, int quantity, int worn,
                       nmmo_error *error)
    int nmmo_edit_clear_inventory(nmmo_world *world, int slot, nmmo_error *error)
    int nmmo_edit_level(nmmo_world *world, int slot, int skill, int level, int experience, nmmo_error *error)
    int nmmo_edit_vital(nmmo_world *world, int slot, int vital, int value, nmmo_error *error)

    int nmmo_load_actions(const void *data, nmmo_integer_type type, size_t n, int vocabulary,
                          uint8_t *actions, uint8_t *tokens, nmmo_error *error)
    void nmmo_sample_actions(const uint8_t *mask, size_t stride, size_t n, uint64_t seed, int64_t *out)
    uint64_t nmmo_derive_seed(uint64_t seed, uint64_t index)
    nmmo_pool *nmmo_pool_create(int threads)
    void nmmo_pool_destroy(nmmo_pool *pool)
    int nmmo_worlds_step(nmmo_world **worlds, size_t n, const uint8_t *actions, const uint8_t *tokens,
                         nmmo_pool *pool, uint64_t *seeds, uint8_t *over, nmmo_error *error)
    int nmmo_worlds_reset(nmmo_world **worlds, size_t n, const uint64_t *seeds, const uint32_t *map,
                          nmmo_pool *pool, nmmo_error *error)
    uint32_t nmmo_rules_version()
    const char *nmmo_source_hash()


cdef extern from "nmmo_testing.h" nogil:
    enum:
        NMMO_PHASES

    ctypedef int nmmo_phase_number "enum nmmo_phase"

    void nmmo_world_phase(nmmo_world *world, nmmo_phase_number phase, const uint8_t *actions,
                          const uint8_t *tokens, nmmo_pool *pool)
    int nmmo_world_would_change(nmmo_world *world, uint32_t player, uint8_t action)
    uint64_t nmmo_view_copy_limit(const uint64_t *plane, const uint32_t *centres, size_t rows, uint8_t *out,
                                  size_t row_bytes)
