"""Maps as things of their own: generated, loaded, painted, checked, drawn."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core.arguments import as_seed
from nmmo.core.config import Config, ConfigLike, config_or_default
from nmmo.core.errors import MapError
from nmmo.core.map_check import MapReport, check_map
from nmmo.core.map_file import read_map_file, write_map_file
from nmmo.core.map_generate import generated_words
from nmmo.core.tile_words import NODES, WALKABLE, Words, check_side, check_words
from nmmo.schema import nearest

if TYPE_CHECKING:
    from PIL.Image import Image

    from nmmo.core.map_paint import Source

__all__ = ["Map", "MapLike"]

PACKAGE: Final = "nmmo.maps"
SUFFIX: Final = ".npz"
_DENSITIES: Final = frozenset(f"{kind}_density" for kind in NODES)


class Map:
    """A map: ground, biomes, danger and resource nodes; nobody, no items. It never changes.

    Parameters
    ----------
    words
        Integers [height, width], each the low three bytes of a tile's word: kind of ground * 4 + biome,
        then 0 or the object number of a ripe node, then the node's tier + danger * 16. Copied.

    Raises
    ------
    TypeError
        If they are no integers.
    nmmo.MapError
        If the array is not a map; the message names the first tile that is wrong.

    Examples
    --------
    >>> import nmmo
    >>> map = nmmo.Map.generate(7, 64, 96)
    >>> map.height, map.width, map.check().good
    (64, 96, True)
    >>> world = nmmo.World(nmmo.Config(height=64, width=96, n_players=8, n_monsters=16), map=map)
    """

    __slots__ = ("_words",)

    _words: Words

    def __init__(self, words: ArrayLike) -> None:
        given = np.asarray(words)
        if given.dtype.kind not in "iu":
            raise TypeError(f"a map's words must be integers; got {given.dtype.name}")
        if given.ndim != 2:
            raise MapError(f"a map has two dimensions, height and width; got shape {given.shape}")
        check_side("height", given.shape[0])
        check_side("width", given.shape[1])
        if given.dtype.itemsize > 4 or given.dtype.kind == "i":  # before a cast would wrap them round
            row, column = (int(place) for place in np.unravel_index(np.argmax(given >> 24 != 0), given.shape))
            if given[row, column] >> 24 != 0:
                raise MapError(f"map[{row}, {column}] = {given[row, column]} is not a word of three bytes")
        self._take(np.array(given, np.uint32, order="C"))

    def _take(self, words: Words) -> None:
        check_words(words)
        words.flags.writeable = False
        self._words = words

    @classmethod
    def _of(cls, words: Words) -> Self:
        """Return a map of an array that is new and nobody else's."""
        made = cls.__new__(cls)
        made._take(words)
        return made

    # ---- where maps come from ------------------------------------------------------------------

    @classmethod
    def generate(
        cls,
        seed: int,
        height: int | None = None,
        width: int | None = None,
        *,
        config: ConfigLike | None = None,
        **densities: int,
    ) -> Self:
        """Return the map that a world generates from a seed.

        Parameters
        ----------
        seed
            0 to 2**64 - 1.
        height, width
            In tiles. Default: the configuration's; with a height alone the map is square.
        config
            Where sizes and densities come from. Default: the preset "large".
        **densities
            ``ore_density`` and so on: nodes per 1,024 walkable tiles.

        Raises
        ------
        TypeError
            For other keywords, or a seed that is not an integer.
        ValueError
            For a seed that needs more than 64 bits.
        nmmo.ConfigError
            For a size or density out of its range.

        Notes
        -----
        A world with ``config.map_seed`` = seed, or without one and reset with the seed, has this very map.
        """
        if unknown := sorted(set(densities) - _DENSITIES):
            raise TypeError(f"unknown density {unknown[0]!r}; there are {', '.join(sorted(_DENSITIES))}")
        base = config_or_default(config)
        if width is None:
            width = base.width if height is None else height
        height = base.height if height is None else height
        fields: dict[str, Any] = {**densities, "height": height, "width": width}
        # nobody lives here: the smallest world that has the map
        fields |= {"map_seed": None, "n_players": 1, "n_monsters": 0, "team_size": 1}
        return cls._of(generated_words(base.replace(**fields), as_seed(seed)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a map file. Files of strangers are safe to read: nothing in them is run or believed.

        Raises
        ------
        nmmo.MapError
            If it holds no map; the message names the file and what is wrong.
        OSError
            If it cannot be read.
        """
        return cls._of(read_map_file(path))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the map to a file; equal maps make equal files.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write_map_file(path, self._words)

    @classmethod
    def named(cls, name: str) -> Self:
        """Return a map that comes with nmmo, by name.

        Raises
        ------
        nmmo.MapError
            If there is none of that name, or it is not as it was shipped.
        """
        entry = shipped().get(name)
        if entry is None:
            hint = nearest(name, shipped())
            raise MapError(f"there is no map {name!r}; {hint} (the name of a file ends in {SUFFIX})")
        with importlib.resources.as_file(importlib.resources.files(PACKAGE) / f"{name}{SUFFIX}") as path:
            found = cls.load(path)
        if found.digest != entry["digest"]:
            raise MapError(f"the map {name!r} is not the one that was shipped: its digest is {found.digest}")
        return found

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the maps that come with nmmo."""
        return tuple(shipped())

    @classmethod
    def open(cls, source: MapLike) -> Self:
        """Return a map from any of: a map, an array of words, a path ending in .npz, the name of a shipped map.

        Raises
        ------
        TypeError, nmmo.MapError, OSError
            As by ``Map``, ``load`` and ``named``.
        """
        if isinstance(source, cls):
            return source
        if isinstance(source, str) and not source.endswith(SUFFIX):
            return cls.named(source)
        if isinstance(source, (str, os.PathLike)):
            return cls.load(source)
        return cls(source)

    @classmethod
    def from_image(
        cls,
        ground: Source,
        *,
        danger: Source | int | None = None,
        nodes: Source | None = None,
        seed: int = 0,
        **densities: int,
    ) -> Self:
        """Return a map from painted images, one pixel per tile. docs/maps.md shows the palette.

        Parameters
        ----------
        ground
            An image file, or uint8 [height, width, 3 or 4]: kind of ground and biome.
        danger
            An image likewise, a tier for all tiles, or None: smooth regions drawn from the seed, in the
            shares of generated maps.
        nodes
            An image likewise, or None: nodes strewn from the seed, where and as many as on generated maps.
        seed
            For what is not painted; 0 to 2**64 - 1.
        **densities
            ``ore_density`` and so on: nodes per 1,024 walkable tiles (default 8), where they are strewn.

        Raises
        ------
        nmmo.MapError
            If an image has another size, a colour that means nothing (the message names the pixel and the
            nearest colour that does), or a node where nobody can walk; or if a file holds no image.
        TypeError, ValueError
            If a danger, seed or density is none.
        OSError
            If a file cannot be read.
        """
        from nmmo.core.map_paint import map_from_images

        return cls._of(map_from_images(ground, danger, nodes, seed, densities))

    # ---- what is on it -------------------------------------------------------------------------

    @property
    def words(self) -> Words:
        """uint32 [height, width], read-only."""
        return self._words

    @property
    def height(self) -> int:
        """Rows of tiles."""
        return len(self._words)

    @property
    def width(self) -> int:
        """Columns of tiles."""
        return len(self._words[0])

    @property
    def ground(self) -> NDArray[np.uint8]:
        """Kinds of ground, uint8 [height, width] of ``nmmo.GroundKind``."""
        return (self._words >> 2 & 63).astype(np.uint8)

    @property
    def biome(self) -> NDArray[np.uint8]:
        """Biomes, uint8 [height, width] of ``nmmo.Biome``."""
        return (self._words & 3).astype(np.uint8)

    @property
    def danger(self) -> NDArray[np.uint8]:
        """Danger, uint8 [height, width] of 1..5."""
        return (self._words >> 20).astype(np.uint8)

    @property
    def node(self) -> NDArray[np.uint8]:
        """Nodes, uint8 [height, width]: 0 or an ``nmmo.ObjectKind``."""
        return (self._words >> 8 & 0xFF).astype(np.uint8)

    @property
    def node_tier(self) -> NDArray[np.uint8]:
        """Tiers of the nodes, uint8 [height, width]: 0 or 1..5."""
        return (self._words >> 16 & 0xF).astype(np.uint8)

    @property
    def walkable(self) -> NDArray[np.bool_]:
        """Where one can walk, bool [height, width]."""
        return np.isin(self._words >> 2 & 63, WALKABLE)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal digits, of height and width and the words, all as little-endian uint32."""
        digest = hashlib.sha256(np.array(self._words.shape, "<u4").tobytes())
        digest.update(self._words.astype("<u4", copy=False).data)
        return digest.hexdigest()

    def check(self) -> MapReport:
        """Measure the map against what the rules promise of generated ones."""
        return check_map(self._words)

    def preview(self, scale: int | None = None, *, title: str | None = None) -> Image:
        """Return a picture of the map with a legend, for people.

        Parameters
        ----------
        scale
            Pixels a tile, 1 to 32. Default: what makes the picture about a thousand pixels wide. Nodes are
            drawn from 4 on.
        title
            What the legend calls the map.

        Returns
        -------
        PIL.Image.Image
            RGB; ``.save("map.png")`` writes it.

        Raises
        ------
        ValueError
            If the scale is out of its range, or the picture would have more than 2**26 pixels.
        """
        from nmmo.core.map_preview import draw

        return draw(self._words, self.digest, scale, title)

    def painted(self, layer: str) -> Image:
        """Return a layer as an image that ``from_image`` reads: "ground", "danger" or "nodes"; one pixel per tile.

        Raises
        ------
        ValueError
            If there is no such layer.
        """
        from nmmo.core.map_paint import painted_layer

        return painted_layer(self._words, layer)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._words, dtype) if copy or dtype is not None else self._words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and np.array_equal(self._words, other._words)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (np.array(self._words),)

    def __repr__(self) -> str:
        return f"<nmmo.Map of {self.height} x {self.width} tiles, {self.digest[:12]}>"


MapLike: TypeAlias = Map | NDArray[np.integer[Any]] | str | os.PathLike[str]
"""What ``World`` takes as its map: a map, its words, a map file, or the name of a shipped map."""


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Return the manifest of the maps that come with nmmo: by name, seed, height, width and digest."""
    return tomllib.loads((importlib.resources.files(PACKAGE) / "manifest.toml").read_text(encoding="utf-8"))


def words_for(config: Config, map: MapLike) -> NDArray[np.uint32]:
    """Return the words of what a world is to be played on, of the configuration's size."""
    if isinstance(map, (Map, str, os.PathLike)):
        opened = Map.open(map)
        height, width = opened.height, opened.width
        if (height, width) != (config.height, config.width):
            raise MapError(
                f"the map has {height} x {width} tiles, the configuration {config.height} x {config.width}: "
                f"try config.replace(height={height}, width={width})"
            )
        return opened.words
    given = np.asarray(map)
    if given.dtype.kind not in "iu" or given.shape != (config.height, config.width):
        raise ValueError(
            f"map must be uint32 of shape {(config.height, config.width)}; "
            f"got {given.dtype.name} of shape {given.shape}"
        )
    return np.array(given, np.uint32, order="C")
