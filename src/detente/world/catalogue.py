"""Which worlds there are, and how a name becomes a World."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.world.storage import read_metadata, read_world
from detente.world.world import World

__all__ = ["WorldEntry", "find_world", "list_worlds", "load_world", "user_worlds"]

BUNDLED = Path(__file__).parent / "bundled"
ORDER = ("world-2022", "g20-2019", "wiod-2011", "wiod-2008")


@dataclass(frozen=True)
class WorldEntry:
    """One row of `list_worlds`.

    Attributes:
        name: what `load_world` takes.
        title: one line for people.
        vintage: year of the flows.
        economies: how many.
        sectors: how many.
        estimated: what in it is estimated; empty if nothing is.
        bundled: False for worlds that the user imported.
        path: of the world's `.json` file.

    Examples:
        >>> next(entry.economies for entry in list_worlds() if entry.name == "g20-2019")
        20
    """

    name: str
    title: str
    vintage: int
    economies: int
    sectors: int
    estimated: tuple[str, ...]
    bundled: bool
    path: Path


def user_worlds() -> Path:
    """The folder of the worlds that the user imported: `worlds` in the user's data folder.

    Examples:
        >>> user_worlds().name
        'worlds'
    """
    from platformdirs import user_data_path

    return user_data_path("detente") / "worlds"


def list_worlds() -> tuple[WorldEntry, ...]:
    """Every world that `load_world` knows by name: the bundled ones, then the user's.

    A file in the user's folder that is not a world is left out.

    Examples:
        >>> "g20-2019" in [entry.name for entry in list_worlds()]
        True
    """
    rank = {name: position for position, name in enumerate(ORDER)}
    bundled = sorted(BUNDLED.glob("*.json"), key=lambda path: (rank.get(path.stem, len(ORDER)), path.stem))
    entries = [_entry(read_metadata(path), path, bundled=True) for path in bundled]
    for path in sorted(user_worlds().glob("*.json")):
        try:
            entries.append(_entry(read_metadata(path), path, bundled=False))
        except BadInput:
            continue
    return tuple(entries)


def load_world(name: str | Path) -> World:
    """A world by name (bundled or imported), or from the path of a stored world.

    Args:
        name: such as "world-2022", or a path that ends in `.json` or `.npz`.

    Raises:
        BadInput: no world of that name (the message has the nearest ones), or a damaged file.

    Examples:
        >>> load_world("g20-2019").vintage
        2019
        >>> load_world("g20-2018")
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: no world 'g20-2018'; did you mean g20-2019...; `detente worlds` lists them...
    """
    return read_world(find_world(name))


def find_world(name: str | Path) -> Path:
    """The `.json` file of a world (or the `.npz` beside it), without reading it.

    Args:
        name: as for `load_world`.

    Raises:
        BadInput: no world of that name; the message has the nearest ones.

    Examples:
        >>> find_world("g20-2019").name
        'g20-2019.json'
    """
    text = str(name)
    if isinstance(name, Path) or text.endswith((".json", ".npz")):
        return Path(text).expanduser()
    for folder in (BUNDLED, user_worlds()):
        path = folder / f"{text}.json"
        # A name is not a path: "../x" must not leave the two folders.
        if Path(text).name == text and path.exists():
            return path
    known = [entry.name for entry in list_worlds()]
    # A question mark would end the sentence before its last part.
    near = nearest(text, known).removesuffix("?")
    remedy = f"{near}; `detente worlds` lists them, `detente world import` adds one"
    raise BadInput(Problem(f"no world '{text}'", remedy=remedy))


def _entry(metadata: dict[str, Any], path: Path, *, bundled: bool) -> WorldEntry:
    return WorldEntry(
        name=metadata["name"],
        title=metadata["title"],
        vintage=metadata["vintage"],
        economies=len(metadata["economies"]),
        sectors=len(metadata["sectors"]),
        estimated=tuple(metadata["provenance"]["estimated"]),
        bundled=bundled,
        path=path,
    )
