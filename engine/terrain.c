/* The map from a seed: ground, biomes, danger, resource nodes.
 *
 * Everything is layered integer noise (noise.h) cut at quantiles, so that the shares of the map are the same
 * for every seed and size: the lowest ground is water, the highest stone; the calmest is danger 1. The order
 * of the phases in terrain_generate matters: danger is cut where one can walk, so all ground must be settled
 * by then, and nodes need both.
 *
 * Nothing is allocated. The scratch is
 *   world->walkable, one word per playable tile in reading order ("surface"):
 *       elevation | ruggedness << 12 | patches << 24, then moves to the nearest walkable tile, then danger noise;
 *   world->ids, one per padded tile: sites of biomes, then the region a tile is of; left 0;
 *   the upper forty bits of the tile words, since nobody stands there yet; left 0.
 */
#include "terrain.h"

#include <assert.h>
#include <string.h>

#include "grid.h"
#include "noise.h"
#include "random.h"
#include "tile.h"

/* ---- what a map looks like ---------------------------------------------------------------------- */

/* Quantiles of elevation, in 1024ths of the playable tiles, from the lowest. */
#define WATER_SHARE 133        /* with STONE_SHARE: what is left, two thirds and more, can be walked on */
#define BEACH_SHARE 165        /* sand up to here ... */
#define SUMMER_BEACH_SHARE 210 /* ... or here */
/* Likewise of ruggedness. */
#define FOOTHILL_SHARE 805 /* dirt from here on */
#define STONE_SHARE 850
_Static_assert(100 * (STONE_SHARE - WATER_SHARE) >= 1024 * (NMMO_WALKABLE_SHARE_PERCENT + 5),
               "what is neither water nor stone keeps the promise, the pockets filled in counted out");

/* Patches of other ground in the grass, in 256ths of the range of patch noise around its middle, 128. */
#define SUMMER_SAND 142 /* above this: a good third of summer */
#define SPRING_DIRT 88  /* below this */
#define AUTUMN_DIRT 106
#define PATCH_SHIFT 1 /* patches also make beaches and foothills wider here and narrower there */
#define PATCH_BITS 8
#define PATCH_SPACING 28  /* tiles */
#define RIDGE_STRENGTH 14 /* 16ths: how much ridges count for ruggedness beside elevation */

#define POCKET 40 /* walkable regions smaller than this are filled in, not bridged */

#define BIOME_CELL 85   /* tiles from one biome to the next, on large maps */
#define BIOME_STRIP 16  /* rows and columns of a block that weighs the same few sites */
#define BIOME_SITES 64  /* most sites that can matter to a block */
#define CRYSTAL_REACH 4 /* tiles from a crystal to a tile of another biome */

#define DANGER_REGIONS 3       /* of each tier, at least */
#define DANGER_REGION_TILES 24 /* smaller ones don't count */
#define DANGER_ATTEMPTS 16     /* noise that has too few regions is drawn again */

#define ELEVATION_BITS 12 /* also of danger noise: quantiles are exact to one of 4096 steps */
#define ELEVATIONS (1 << ELEVATION_BITS)
#define SPAN 256 /* tiles of a row that are worked on at once */

/* Cumulated shares of danger tiers 1..4, in hundredths of the walkable tiles. */
static const uint16_t danger_shares[NMMO_TIERS - 1] = {35, 60, 78, 91};

/* Separate streams of RANDOM_TERRAIN. */
enum stream {
    STREAM_ELEVATION,
    STREAM_RIDGES,
    STREAM_PATCHES,
    STREAM_BIOME_ROWS,
    STREAM_BIOME_COLUMNS,
    STREAM_SITES,
    STREAM_BIOMES,
    STREAM_DANGER
};

struct map {
    struct nmmo_world *world;
    uint32_t *surface; /* world->walkable */
    int32_t height, width;
    int32_t shorter; /* of height and width: what the size of features follows on small maps */
    uint64_t key;
};

static uint64_t stream_key(const struct map *map, enum stream stream, uint32_t number) {
    return random_draw(map->key, ((uint64_t)stream << 32) | number);
}

static int32_t clamp(int32_t value, int32_t least, int32_t most) {
    return value < least ? least : value > most ? most : value;
}

static uint64_t *tile_row_start(const struct map *map, int32_t row) {
    return map->world->tiles + tile_at(map->world, (uint32_t)row, 0);
}
static uint32_t *surface_row_start(const struct map *map, int32_t row) {
    return map->surface + (size_t)row * (size_t)map->width;
}

static void clear_upper_bits(const struct map *map) {
    for (int32_t row = 0; row < map->height; row++) {
        uint64_t *tiles = tile_row_start(map, row);
        for (int32_t column = 0; column < map->width; column++) tiles[column] &= TILE_MAP_BITS;
    }
}

static uint64_t ground_bits(uint32_t ground) { return (uint64_t)ground << 2; }
static int ground_walkable(uint64_t word) {
    uint32_t ground = tile_ground(word);
    return ground >= NMMO_GRASS && ground <= NMMO_DIRT;
}
static uint64_t with_ground(uint64_t word, uint32_t ground) { return (word & ~0xFCull) | ground_bits(ground); }

/* A field whose layers have these spacings, in 64ths of base, and weights. */
struct layer_shape {
    int32_t spacing, weight;
};
static void field_make(const struct map *map, struct noise_field *field, enum stream stream, uint32_t number,
                       int32_t base, const struct layer_shape *shapes, int32_t count) {
    noise_field_clear(field);
    for (int32_t i = 0; i < count; i++)
        noise_field_add(field, stream_key(map, stream, number * NOISE_LAYERS + (uint32_t)i),
                        clamp(base * shapes[i].spacing / 64, 3, NOISE_SPACING), shapes[i].weight);
}

/* Of the numbers at a bit position of the surface: levels[i] is the least that lies above parts[i] / whole of
 * them, to one step of ELEVATIONS. Over all tiles, or over walkable ones only; returns how many that are. */
static uint32_t surface_levels(const struct map *map, int shift, int walkable_only, const uint16_t *parts,
                               uint32_t whole, int count, uint32_t *levels) {
    uint32_t histogram[ELEVATIONS] = {0}, total = 0;
    for (int32_t row = 0; row < map->height; row++) {
        const uint32_t *surface = surface_row_start(map, row);
        const uint64_t *tiles = tile_row_start(map, row);
        for (int32_t column = 0; column < map->width; column++) {
            uint32_t counted = walkable_only ? (uint32_t)ground_walkable(tiles[column]) : 1;
            histogram[surface[column] >> shift & (ELEVATIONS - 1)] += counted;
            total += counted;
        }
    }
    for (int i = 0; i < count; i++) {
        uint64_t below = 0, wanted = (uint64_t)total * parts[i];
        uint32_t level = 0;
        while (level < ELEVATIONS && (below + histogram[level]) * whole <= wanted) below += histogram[level++];
        levels[i] = level;
    }
    return total;
}

/* ---- biomes: jittered cells with wavering borders ----------------------------------------------- */

/* Places here are in quarters of a tile: a map is at most 16,384 of them, and squares fit 31 bits. */
struct biome_grid {
    int32_t rows, columns;           /* cells, both even */
    int32_t cell_height, cell_width; /* rounded up; the grid covers the map */
    int32_t waver;                   /* most that a border is bent */
};

/* Sites are kept in world->ids, one word each: row | column << 14 | biome << 28. */
static int32_t site_row(uint32_t site) { return (int32_t)(site & 16383u); }
static int32_t site_column(uint32_t site) { return (int32_t)(site >> 14 & 16383u); }
static uint32_t site_biome(uint32_t site) { return site >> 28; }

static int32_t cells_along(int32_t length, int32_t shorter) {
    int32_t cell = clamp(shorter * 3 / 8, 16, BIOME_CELL);
    int32_t cells = (length + cell) / (2 * cell) * 2;
    return cells < 2 ? 2 : cells;
}

/* One site per cell, away from its rim, so that the nearest site is always in one of the nine cells around.
 * Each two by two cells hold all four biomes, in an order of their own: every biome is everywhere in
 * reach, and where neighbours agree they make one larger region. */
static struct biome_grid biome_sites(const struct map *map) {
    struct biome_grid grid;
    grid.rows = cells_along(map->height, map->shorter);
    grid.columns = cells_along(map->width, map->shorter);
    grid.cell_height = (4 * map->height + grid.rows - 1) / grid.rows;
    grid.cell_width = (4 * map->width + grid.columns - 1) / grid.columns;
    int32_t cell = grid.cell_height < grid.cell_width ? grid.cell_height : grid.cell_width;
    grid.waver = cell / 3;
    uint64_t place_key = stream_key(map, STREAM_SITES, 0), biome_key = stream_key(map, STREAM_BIOMES, 0);
    for (int32_t row = 0; row < grid.rows; row++)
        for (int32_t column = 0; column < grid.columns; column++) {
            uint64_t place = random_draw(place_key, (uint64_t)(row * grid.columns + column));
            uint32_t down = random_below(random_high(place), (uint32_t)grid.cell_height * 5 / 8);
            uint32_t right = random_below(random_low(place), (uint32_t)grid.cell_width * 5 / 8);
            uint32_t site_down = (uint32_t)(row * grid.cell_height + grid.cell_height * 3 / 16) + down;
            uint32_t site_right = (uint32_t)(column * grid.cell_width + grid.cell_width * 3 / 16) + right;
            uint64_t order = random_draw(biome_key, (uint64_t)((row / 2) * (grid.columns / 2) + column / 2));
            uint32_t biomes[NMMO_BIOMES] = {NMMO_SPRING, NMMO_SUMMER, NMMO_AUTUMN, NMMO_WINTER};
            for (uint32_t i = NMMO_BIOMES - 1; i > 0; i--) {
                uint32_t other = random_below((uint32_t)(order >> (16 * i)) << 16, i + 1);
                uint32_t swapped = biomes[i];
                biomes[i] = biomes[other];
                biomes[other] = swapped;
            }
            uint32_t biome = biomes[(row & 1) * 2 + (column & 1)];
            map->world->ids[row * grid.columns + column] = site_down | site_right << 14 | biome << 28;
        }
    return grid;
}

/* The sites that can be nearest to some place of a box: those whose least distance to the box is not above
 * the least of all greatest distances. */
static int32_t sites_near(const struct map *map, const struct biome_grid *grid, int32_t top, int32_t left,
                          int32_t bottom, int32_t right, uint32_t *near) {
    int32_t first_row = clamp(top / grid->cell_height - 1, 0, grid->rows - 1);
    int32_t last_row = clamp(bottom / grid->cell_height + 1, 0, grid->rows - 1);
    int32_t first_column = clamp(left / grid->cell_width - 1, 0, grid->columns - 1);
    int32_t last_column = clamp(right / grid->cell_width + 1, 0, grid->columns - 1);
    int32_t least[BIOME_SITES], count = 0, bound = INT32_MAX, kept = 0;
    for (int32_t row = first_row; row <= last_row; row++)
        for (int32_t column = first_column; column <= last_column; column++) {
            uint32_t site = map->world->ids[row * grid->columns + column];
            int32_t above = top - site_row(site), below = site_row(site) - bottom;
            int32_t west = left - site_column(site), east = site_column(site) - right;
            int32_t rows = above > below ? above : below, columns = west > east ? west : east;
            int32_t far_rows = above > below ? bottom - site_row(site) : site_row(site) - top;
            int32_t far_columns = west > east ? right - site_column(site) : site_column(site) - left;
            int32_t most = far_rows * far_rows + far_columns * far_columns;
            if (rows < 0) rows = 0;
            if (columns < 0) columns = 0;
            assert(count < BIOME_SITES);
            near[count] = site;
            least[count++] = rows * rows + columns * columns;
            if (most < bound) bound = most;
        }
    for (int32_t i = 0; i < count; i++)
        if (least[i] <= bound) near[kept++] = near[i];
    return kept;
}

static uint32_t nearest_biome(const uint32_t *sites, int32_t count, int32_t row, int32_t column) {
    uint32_t nearest = sites[0];
    int32_t best = INT32_MAX;
    for (int32_t i = 0; i < count; i++) {
        int32_t rows = row - site_row(sites[i]), columns = column - site_column(sites[i]);
        int32_t squared = rows * rows + columns * columns;
        if (squared < best) best = squared, nearest = sites[i];
    }
    return site_biome(nearest);
}

/* Fills a block of at most BIOME_STRIP by BIOME_STRIP tiles; the wavers are those of its tiles. */
static void biome_block(const struct map *map, const struct biome_grid *grid, int32_t row, int32_t column, int32_t rows,
                        int32_t columns, int16_t wavers[2][BIOME_STRIP][SPAN], int32_t offset) {
    uint32_t sites[BIOME_SITES];
    int32_t count = sites_near(map, grid, 4 * row - grid->waver, 4 * column - grid->waver,
                               4 * (row + rows) + grid->waver, 4 * (column + columns) + grid->waver, sites);
    int alike = 1;
    for (int32_t i = 1; i < count; i++) alike &= site_biome(sites[i]) == site_biome(sites[0]);
    for (int32_t r = 0; r < rows; r++) {
        uint64_t *tiles = tile_row_start(map, row + r) + column;
        for (int32_t c = 0; c < columns; c++)
            tiles[c] = alike ? site_biome(sites[0])
                             : nearest_biome(sites, count, 4 * (row + r) + wavers[0][r][offset + c],
                                             4 * (column + c) + wavers[1][r][offset + c]);
    }
}

static void place_biomes(const struct map *map) {
    static const struct layer_shape shapes[] = {{64, 256}, {27, 90}, {11, 26}};
    struct biome_grid grid = biome_sites(map);
    struct noise_field fields[2];
    int16_t wavers[2][BIOME_STRIP][SPAN];
    int32_t values[SPAN];
    for (uint32_t axis = 0; axis < 2; axis++)
        field_make(map, &fields[axis], axis ? STREAM_BIOME_COLUMNS : STREAM_BIOME_ROWS, 0,
                   clamp(grid.waver * 3 / 2, 8, 48), shapes, 3);
    for (int32_t row = 0; row < map->height; row += BIOME_STRIP)
        for (int32_t column = 0; column < map->width; column += SPAN) {
            int32_t rows = clamp(map->height - row, 0, BIOME_STRIP);
            int32_t columns = clamp(map->width - column, 0, SPAN);
            for (uint32_t axis = 0; axis < 2; axis++)
                for (int32_t r = 0; r < rows; r++) {
                    noise_field_span(&fields[axis], row + r, column, columns, values);
                    for (int32_t c = 0; c < columns; c++) /* NOISE_ONE / 2 is hardly ever passed: clamped there */
                        wavers[axis][r][c] = (int16_t)clamp((values[c] >> 8) * grid.waver / (NOISE_ONE >> 9),
                                                            -grid.waver, grid.waver);
                }
            for (int32_t c = 0; c < columns; c += BIOME_STRIP)
                biome_block(map, &grid, row, column + c, rows, clamp(columns - c, 0, BIOME_STRIP), wavers, c);
        }
}

/* ---- ground ------------------------------------------------------------------------------------- */

/* Elevation, ruggedness and patches into the surface. It is rugged where the land is high and along the lines
 * where another noise changes its sign: these run on, so that stone makes ranges and not only round hills. */
static void raise_surface(const struct map *map) {
    static const struct layer_shape height_shapes[] = {{150, 110}, {64, 256}, {33, 150}, {17, 80}, {9, 40}, {5, 16}};
    static const struct layer_shape ridge_shapes[] = {{80, 256}, {37, 100}};
    static const struct layer_shape patch_shapes[] = {{64, 256}, {29, 120}, {12, 48}};
    struct noise_field height, ridge, patch;
    int32_t heights[SPAN], ridges[SPAN], patches[SPAN], base = clamp(map->shorter * 3 / 8, 14, 52);
    field_make(map, &height, STREAM_ELEVATION, 0, base, height_shapes, 6);
    field_make(map, &ridge, STREAM_RIDGES, 0, base, ridge_shapes, 2);
    field_make(map, &patch, STREAM_PATCHES, 0, PATCH_SPACING, patch_shapes, 3);
    for (int32_t row = 0; row < map->height; row++)
        for (int32_t column = 0; column < map->width; column += SPAN) {
            int32_t count = clamp(map->width - column, 0, SPAN);
            uint32_t *surface = surface_row_start(map, row) + column;
            noise_field_span(&height, row, column, count, heights);
            noise_field_span(&ridge, row, column, count, ridges);
            noise_field_span(&patch, row, column, count, patches);
            for (int32_t i = 0; i < count; i++) {
                int32_t off_ridge = ridges[i] < 0 ? -ridges[i] : ridges[i];
                uint32_t elevation = noise_to_bits(heights[i], ELEVATION_BITS);
                uint32_t ruggedness = noise_to_bits(heights[i] - off_ridge * RIDGE_STRENGTH / 16, ELEVATION_BITS);
                surface[i] = elevation | ruggedness << ELEVATION_BITS |
                             noise_to_bits(patches[i], PATCH_BITS) << 2 * ELEVATION_BITS;
            }
        }
}

/* Where each kind of ground begins. */
enum elevation_level { LEVEL_WATER_ENDS, LEVEL_BEACH_ENDS, LEVEL_SUMMER_BEACH_ENDS, ELEVATION_LEVELS };
enum ruggedness_level { LEVEL_FOOTHILL, LEVEL_STONE, RUGGEDNESS_LEVELS };
struct levels {
    uint32_t elevation[ELEVATION_LEVELS], ruggedness[RUGGEDNESS_LEVELS];
};

static uint32_t ground_kind(const struct levels *levels, uint32_t biome, uint32_t surface) {
    uint32_t elevation = surface & (ELEVATIONS - 1), ruggedness = surface >> ELEVATION_BITS & (ELEVATIONS - 1);
    int32_t patch = (int32_t)(surface >> 2 * ELEVATION_BITS), sway = (patch - 128) >> PATCH_SHIFT;
    uint32_t beach = levels->elevation[biome == NMMO_SUMMER ? LEVEL_SUMMER_BEACH_ENDS : LEVEL_BEACH_ENDS];
    if (elevation < levels->elevation[LEVEL_WATER_ENDS]) return NMMO_WATER;
    if (ruggedness >= levels->ruggedness[LEVEL_STONE]) return NMMO_STONE;
    if ((int32_t)elevation + sway < (int32_t)beach) return NMMO_SAND;
    if ((int32_t)ruggedness + sway >= (int32_t)levels->ruggedness[LEVEL_FOOTHILL]) return NMMO_DIRT;
    if (biome == NMMO_SUMMER) return patch > SUMMER_SAND ? NMMO_SAND : NMMO_GRASS;
    return patch < (biome == NMMO_AUTUMN ? AUTUMN_DIRT : SPRING_DIRT) ? NMMO_DIRT : NMMO_GRASS;
}

static void lay_ground(const struct map *map) {
    static const uint16_t elevations[ELEVATION_LEVELS] = {WATER_SHARE, BEACH_SHARE, SUMMER_BEACH_SHARE};
    static const uint16_t ruggednesses[RUGGEDNESS_LEVELS] = {FOOTHILL_SHARE, STONE_SHARE};
    struct levels levels;
    raise_surface(map);
    surface_levels(map, 0, 0, elevations, 1024, ELEVATION_LEVELS, levels.elevation);
    surface_levels(map, ELEVATION_BITS, 0, ruggednesses, 1024, RUGGEDNESS_LEVELS, levels.ruggedness);
    for (int32_t row = 0; row < map->height; row++) {
        uint64_t *tiles = tile_row_start(map, row);
        const uint32_t *surface = surface_row_start(map, row);
        for (int32_t column = 0; column < map->width; column++)
            tiles[column] |= ground_bits(ground_kind(&levels, tile_biome(tiles[column]), surface[column]));
    }
}

/* ---- regions of alike tiles --------------------------------------------------------------------- */

/* A region is what 4-neighbour moves connect; it is named by its first tile in reading order, its root. The
 * ids hold a forest: following them leads to the root. */
static uint32_t region_root(const uint32_t *ids, uint32_t tile) {
    while (ids[tile] != tile) tile = ids[tile];
    return tile;
}

static uint32_t region_join(uint32_t *ids, uint32_t tile, uint32_t other) {
    uint32_t root = region_root(ids, tile), other_root = region_root(ids, other);
    uint32_t first = root < other_root ? root : other_root;
    ids[root] = ids[other_root] = first;
    ids[tile] = ids[other] = first; /* shortens later walks */
    return first;
}

/* What tiles must share to be of one region: that one can walk there, and the danger once it is known. */
static uint32_t region_class(uint64_t word) { return ground_walkable(word) ? 1 + tile_danger(word) : 0; }

/* ids[tile] becomes the root of the tile's region, 0 where one cannot walk; the upper half of a root's word
 * counts its tiles, that of every other word is 0. */
#define SIZE_SHIFT 32 /* in the word of a root: its tiles */
static void regions_find(const struct map *map) {
    uint32_t *ids = map->world->ids;
    uint64_t *tiles = map->world->tiles;
    uint32_t stride = (uint32_t)map->world->stride;
    for (int32_t row = 0; row < map->height; row++) {
        uint32_t first = tile_at(map->world, (uint32_t)row, 0), last = first + (uint32_t)map->width;
        uint32_t left_class = 0, above_left_class = 0, run = 0;
        for (uint32_t tile = first; tile < last; tile++) {
            uint32_t class = region_class(tiles[tile]);
            uint32_t above_class = region_class(tiles[tile - stride]);
            tiles[tile] &= TILE_MAP_BITS;
            if (class != left_class) run = tile;
            ids[tile] = class ? run : 0;
            /* a run meets a run above once: where either of the two begins */
            if (class && class == above_class && (run == tile || above_class != above_left_class))
                region_join(ids, run, tile - stride);
            left_class = class;
            above_left_class = above_class;
        }
    }
    for (int32_t row = 0; row < map->height; row++) {
        uint32_t first = tile_at(map->world, (uint32_t)row, 0), last = first + (uint32_t)map->width;
        for (uint32_t tile = first; tile < last; tile++)
            if (ids[tile]) {
                ids[tile] = region_root(ids, ids[tile]);
                tiles[ids[tile]] += 1ull << SIZE_SHIFT;
            }
    }
}

/* ---- connection --------------------------------------------------------------------------------- */

/* Fills small regions in, as part of the water or the hills around; the largest one always stays. Returns
 * the number of regions that are left. */
static uint32_t fill_pockets(const struct map *map) {
    uint64_t *tiles = map->world->tiles;
    uint32_t *ids = map->world->ids;
    uint32_t stride = (uint32_t)map->world->stride, largest = 0, size = 0, regions = 0;
    for (int32_t row = 0; row < map->height; row++)
        for (int32_t column = 0; column < map->width; column++) {
            uint32_t tile = tile_at(map->world, (uint32_t)row, (uint32_t)column);
            uint32_t tile_size = (uint32_t)(tiles[tile] >> SIZE_SHIFT);
            if (tile_size > size) size = tile_size, largest = tile;
        }
    for (int32_t row = 0; row < map->height; row++)
        for (int32_t column = 0; column < map->width; column++) {
            uint32_t tile = tile_at(map->world, (uint32_t)row, (uint32_t)column), root = ids[tile];
            if (root == 0) continue;
            if (root == largest || tiles[root] >> SIZE_SHIFT >= POCKET) {
                regions += root == tile;
                continue;
            }
            /* in reading order what is above or to the left is settled: the same fill runs through a pocket */
            uint32_t above = tile_ground(tiles[tile - stride]), left = tile_ground(tiles[tile - 1]);
            uint32_t ground = above == NMMO_VOID ? left : above;
            if (ground != NMMO_WATER) ground = NMMO_STONE;
            tiles[tile] = with_ground(tiles[tile], ground);
            ids[tile] = 0;
        }
    return regions;
}

/* Distance in moves from every tile to the nearest walkable one, into the surface, and that one's root into
 * ids: two sweeps are exact for moves of this kind. */
static void spread_regions(const struct map *map) {
    uint32_t *ids = map->world->ids;
    uint32_t stride = (uint32_t)map->world->stride;
    const uint32_t far = 0xFFFF; /* farther than any two tiles */
    for (int32_t row = 0; row < map->height; row++) {
        uint32_t *near = surface_row_start(map, row), tile = tile_at(map->world, (uint32_t)row, 0);
        for (int32_t column = 0; column < map->width; column++, tile++) {
            near[column] = ids[tile] ? 0 : far;
            if (row && near[column - map->width] + 1 < near[column])
                near[column] = near[column - map->width] + 1, ids[tile] = ids[tile - stride];
            if (column && near[column - 1] + 1 < near[column])
                near[column] = near[column - 1] + 1, ids[tile] = ids[tile - 1];
        }
    }
    for (int32_t row = map->height - 1; row >= 0; row--) {
        uint32_t *near = surface_row_start(map, row), tile = tile_at(map->world, (uint32_t)row, 0);
        for (int32_t column = map->width - 1; column >= 0; column--) {
            uint32_t here = tile + (uint32_t)column;
            if (row + 1 < map->height && near[column + map->width] + 1 < near[column])
                near[column] = near[column + map->width] + 1, ids[here] = ids[here + stride];
            if (column + 1 < map->width && near[column + 1] + 1 < near[column])
                near[column] = near[column + 1] + 1, ids[here] = ids[here + 1];
        }
    }
}

/* The shortest bridge out of a region, in the upper bits of its root's word: tiles to carve, then where. The
 * place is tile * 2 + 1 for a step to the south, + 0 for one to the east, so that no two bridges are equal. */
#define BRIDGE_SHIFT TILE_OCCUPANT_SHIFT
#define BRIDGE_PLACE_BITS 26 /* of the largest padded map; forty bits leave 14 for the length */

static void offer_bridge(uint64_t *tiles, uint32_t root, uint64_t bridge) {
    uint64_t best = tiles[root] >> BRIDGE_SHIFT;
    if (best == 0 || bridge < best) tiles[root] = (tiles[root] & TILE_MAP_BITS) | bridge << BRIDGE_SHIFT;
}

static void compare_bridges(const struct map *map, uint32_t tile, uint32_t other, uint32_t length, uint32_t south) {
    uint32_t *ids = map->world->ids;
    if (ids[tile] == ids[other]) return;
    uint32_t root = region_root(ids, ids[tile]), other_root = region_root(ids, ids[other]);
    if (root == other_root) return;
    uint64_t bridge = (uint64_t)length << BRIDGE_PLACE_BITS | (uint64_t)(tile * 2 + south);
    offer_bridge(map->world->tiles, root, bridge);
    offer_bridge(map->world->tiles, other_root, bridge);
}

/* Makes dirt of the tiles from here to the nearest tile of the region that ids names. A bridge is two tiles
 * wide: on a single one, one who stands still would cut the map in two. */
static void carve(const struct map *map, uint32_t tile) {
    struct nmmo_world *world = map->world;
    uint32_t stride = (uint32_t)world->stride, region = world->ids[tile];
    const uint32_t steps[4] = {0u - stride, 1, stride, 0u - 1u};
    for (;;) {
        uint32_t row = tile_row(world, tile), column = tile_column(world, tile);
        uint32_t left = surface_row_start(map, (int32_t)row)[column];
        if (left == 0) return;
        const uint32_t brush[4] = {tile, tile + 1, tile + stride, tile + stride + 1};
        for (int i = 0; i < 4; i++) {
            uint64_t word = world->tiles[brush[i]];
            if (tile_ground(word) != NMMO_VOID && !ground_walkable(word))
                world->tiles[brush[i]] = with_ground(word, NMMO_DIRT);
        }
        uint32_t next = tile;
        for (int i = 0; i < 4 && next == tile; i++) {
            uint32_t candidate = tile + steps[i];
            if (tile_ground(world->tiles[candidate]) == NMMO_VOID) continue;
            /* a root that has joined another region still ends the bridges to its own */
            if (world->ids[candidate] != region && candidate != region) continue;
            row = tile_row(world, candidate), column = tile_column(world, candidate);
            if (surface_row_start(map, (int32_t)row)[column] == left - 1) next = candidate;
        }
        assert(next != tile); /* distances came from such a neighbour, with its root */
        tile = next;
    }
}

/* Bridges all regions into one by the least carving: each round, every region takes its shortest bridge to
 * another (O. Boruvka's minimum spanning tree). */
static void bridge_regions(const struct map *map, uint32_t regions) {
    struct nmmo_world *world = map->world;
    uint32_t *ids = world->ids, stride = (uint32_t)world->stride;
    const uint64_t place_mask = (1ull << BRIDGE_PLACE_BITS) - 1;
    while (regions > 1) {
        clear_upper_bits(map);
        for (int32_t row = 0; row < map->height; row++) {
            const uint32_t *near = surface_row_start(map, row);
            uint32_t tile = tile_at(world, (uint32_t)row, 0);
            for (int32_t column = 0; column < map->width; column++, tile++) {
                if (column + 1 < map->width) compare_bridges(map, tile, tile + 1, near[column] + near[column + 1], 0);
                if (row + 1 < map->height)
                    compare_bridges(map, tile, tile + stride, near[column] + near[column + map->width], 1);
            }
        }
        for (int32_t row = 0; row < map->height; row++)
            for (int32_t column = 0; column < map->width; column++) {
                uint64_t bridge = *(tile_row_start(map, row) + column) >> BRIDGE_SHIFT;
                if (bridge == 0) continue;
                uint32_t tile = (uint32_t)((bridge & place_mask) >> 1), other = tile + (bridge & 1 ? stride : 1);
                uint32_t from = ids[tile], to = ids[other];
                if (region_root(ids, from) == region_root(ids, to)) continue; /* both chose the same bridge */
                carve(map, tile);
                carve(map, other);
                region_join(ids, from, to);
                regions--;
            }
    }
}

static void connect_ground(const struct map *map) {
    regions_find(map);
    uint32_t regions = fill_pockets(map);
    if (regions < 2) return;
    spread_regions(map);
    bridge_regions(map, regions);
}

/* ---- danger ------------------------------------------------------------------------------------- */

/* Danger noise into the surface. */
static void raise_danger(const struct map *map, uint32_t attempt) {
    static const struct layer_shape shapes[] = {{64, 256}, {31, 80}, {13, 24}};
    struct noise_field field;
    int32_t values[SPAN];
    field_make(map, &field, STREAM_DANGER, attempt, clamp(map->shorter * 5 / 16, 12, 96), shapes, 3);
    for (int32_t row = 0; row < map->height; row++)
        for (int32_t column = 0; column < map->width; column += SPAN) {
            int32_t count = clamp(map->width - column, 0, SPAN);
            uint32_t *surface = surface_row_start(map, row) + column;
            noise_field_span(&field, row, column, count, values);
            for (int32_t i = 0; i < count; i++) surface[i] = noise_to_bits(values[i], ELEVATION_BITS);
        }
}

/* 1: every tier has regions enough. */
static int danger_spread(const struct map *map) {
    uint32_t regions[NMMO_TIERS + 1] = {0};
    regions_find(map);
    for (int32_t row = 0; row < map->height; row++) {
        const uint64_t *tiles = tile_row_start(map, row);
        for (int32_t column = 0; column < map->width; column++)
            if (tiles[column] >> SIZE_SHIFT >= DANGER_REGION_TILES) regions[tile_danger(tiles[column])]++;
    }
    for (int tier = 1; tier <= NMMO_TIERS; tier++)
        if (regions[tier] < DANGER_REGIONS) return 0;
    return 1;
}

/* Returns the number of walkable tiles. */
static uint32_t lay_danger(const struct map *map) {
    uint32_t bounds[NMMO_TIERS - 1], walkable = 0;
    for (uint32_t attempt = 0; attempt < DANGER_ATTEMPTS; attempt++) {
        raise_danger(map, attempt);
        walkable = surface_levels(map, 0, 1, danger_shares, 100, NMMO_TIERS - 1, bounds);
        for (int32_t row = 0; row < map->height; row++) {
            const uint32_t *surface = surface_row_start(map, row);
            uint64_t *tiles = tile_row_start(map, row);
            for (int32_t column = 0; column < map->width; column++) {
                uint64_t danger = 1;
                for (int tier = 1; tier < NMMO_TIERS; tier++) danger += surface[column] >= bounds[tier - 1];
                tiles[column] = (tiles[column] & 0xFFull) | danger << TILE_DANGER_SHIFT;
            }
        }
        if (danger_spread(map)) break;
    }
    return walkable;
}

/* ---- nodes -------------------------------------------------------------------------------------- */

/* Bit of a word, while nodes are placed: the tile can take a node of this profession (kind - NMMO_FIRST_NODE). */
static uint64_t candidate_bit(uint32_t profession) { return 1ull << (TILE_OCCUPANT_SHIFT + profession); }
#define CANDIDATE_BITS (31ull << TILE_OCCUPANT_SHIFT)

static int other_biome(uint64_t word, uint64_t far_word) {
    return tile_ground(far_word) != NMMO_VOID && tile_biome(far_word) != tile_biome(word);
}

static uint64_t candidate_bits(const uint64_t *tile, uint32_t stride, uint32_t grounds_around) {
    const uint64_t ore = candidate_bit(NMMO_ORE - NMMO_FIRST_NODE), tree = candidate_bit(NMMO_TREE - NMMO_FIRST_NODE),
                   crystal = candidate_bit(NMMO_CRYSTAL - NMMO_FIRST_NODE),
                   herb = candidate_bit(NMMO_HERB - NMMO_FIRST_NODE), fish = candidate_bit(NMMO_FISH - NMMO_FIRST_NODE);
    ptrdiff_t reach = CRYSTAL_REACH, row_reach = reach * (ptrdiff_t)stride;
    uint64_t bits = 0;
    if (grounds_around >> NMMO_STONE & 1) bits |= ore;
    if (grounds_around >> NMMO_WATER & 1) bits |= fish;
    if (tile_ground(*tile) == NMMO_GRASS) bits |= tree | herb;
    if (other_biome(*tile, tile[-reach]) || other_biome(*tile, tile[reach]) || other_biome(*tile, tile[-row_reach]) ||
        other_biome(*tile, tile[row_reach]))
        bits |= crystal;
    return bits;
}

/* Marks every tile with the nodes that it can take, and counts those. */
static void mark_candidates(const struct map *map, uint32_t counts[NMMO_PROFESSIONS]) {
    uint32_t stride = (uint32_t)map->world->stride;
    memset(counts, 0, NMMO_PROFESSIONS * sizeof *counts);
    for (int32_t row = 0; row < map->height; row++) {
        uint64_t *tiles = tile_row_start(map, row);
        const uint64_t *above = tiles - stride, *below = tiles + stride;
        uint32_t left = 0, middle = 0; /* grounds of three tiles one above the other, a bit each */
        for (int32_t column = -1; column < map->width; column++) {
            uint32_t right = 1u << tile_ground(above[column + 1]) | 1u << tile_ground(tiles[column + 1]) |
                             1u << tile_ground(below[column + 1]);
            if (column >= 0) {
                uint64_t bits = 0;
                if (ground_walkable(tiles[column]))
                    bits = candidate_bits(tiles + column, stride, left | middle | right);
                tiles[column] = (tiles[column] & TILE_MAP_BITS) | bits;
                for (uint32_t i = 0; i < NMMO_PROFESSIONS; i++) counts[i] += (bits & candidate_bit(i)) != 0;
            }
            left = middle;
            middle = right;
        }
    }
}

/* The danger of the tile with probability 1/2, one lower with 1/4, and so on; what is left is 1. */
static uint32_t node_tier(uint32_t danger, uint64_t draw) {
    uint32_t tier = danger;
    for (; tier > 1 && (draw & 1); draw >>= 1) tier--;
    return tier;
}

/* Cuts the candidates, in reading order, into as many equal parts as there are nodes to place, and draws one
 * tile of each part: an exact number, and more even than independent draws. */
static void place_nodes_of(const struct map *map, uint32_t profession, uint32_t wanted, uint64_t place_key,
                           uint64_t tier_key, uint32_t counts[NMMO_PROFESSIONS]) {
    uint64_t total = counts[profession], number = wanted < total ? wanted : total;
    uint64_t bit = candidate_bit(profession);
    uint64_t part = 0, part_end = 0, seen = 0, next = 0;
    for (int32_t row = 0; row < map->height; row++) {
        uint64_t *tiles = tile_row_start(map, row);
        for (int32_t column = 0; column < map->width; column++) {
            if (!(tiles[column] & bit)) continue;
            if (seen == part_end) {
                if (part == number) return;
                uint64_t draw = random_draw(place_key, (uint64_t)profession << 32 | part);
                part_end = ++part * total / number;
                next = seen + random_below(random_high(draw), (uint32_t)(part_end - seen));
            }
            if (seen++ != next) continue;
            uint64_t here = (uint64_t)row * (uint64_t)map->width + (uint64_t)column;
            uint64_t tier = node_tier(tile_danger(tiles[column]), random_draw(tier_key, here));
            for (uint32_t i = 0; i < NMMO_PROFESSIONS; i++) counts[i] -= (tiles[column] & candidate_bit(i)) != 0;
            tiles[column] &= ~CANDIDATE_BITS; /* one node per tile */
            tiles[column] |= (uint64_t)(NMMO_FIRST_NODE + profession) << TILE_OBJECT_SHIFT | tier << TILE_TIER_SHIFT;
        }
    }
}

static void place_nodes(const struct map *map, uint64_t map_seed, uint32_t walkable) {
    /* what has fewest places chooses first */
    static const uint8_t order[NMMO_PROFESSIONS] = {NMMO_FISH, NMMO_ORE, NMMO_CRYSTAL, NMMO_TREE, NMMO_HERB};
    const struct nmmo_config *config = &map->world->head->config;
    const int32_t densities[NMMO_PROFESSIONS] = {config->ore_density, config->tree_density, config->crystal_density,
                                                 config->herb_density, config->fish_density};
    uint64_t place_key = random_key(map_seed, 0, RANDOM_NODE_PLACE);
    uint64_t tier_key = random_key(map_seed, 0, RANDOM_NODE_TIER);
    uint32_t counts[NMMO_PROFESSIONS];
    mark_candidates(map, counts);
    for (int i = 0; i < NMMO_PROFESSIONS; i++) {
        uint32_t profession = order[i] - (uint32_t)NMMO_FIRST_NODE;
        uint32_t wanted = (uint32_t)((uint64_t)walkable * (uint64_t)densities[profession] / 1024);
        place_nodes_of(map, profession, wanted, place_key, tier_key, counts);
    }
}

/* ---- the whole ---------------------------------------------------------------------------------- */

void terrain_generate(struct nmmo_world *world, uint64_t map_seed) {
    struct map map = {.world = world, .surface = world->walkable};
    map.height = world->head->config.height;
    map.width = world->head->config.width;
    map.shorter = map.height < map.width ? map.height : map.width;
    map.key = random_key(map_seed, 0, RANDOM_TERRAIN);
    place_biomes(&map);
    lay_ground(&map);
    connect_ground(&map);
    uint32_t walkable = lay_danger(&map);
    place_nodes(&map, map_seed, walkable);
    clear_upper_bits(&map);
    memset(world->ids, 0, world->head->padded_tiles * sizeof *world->ids); /* sites lie in the border too */
}
