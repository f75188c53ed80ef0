"""Give `world-2022` the complete inter-country table that it is too large to ship with.

    python tools/build_complete_2022.py [--data ../shared/data] [--name world-2022-complete] [--out FOLDER]

The OECD's purchases of every sector among the 80 economies (4000 × 4000 cells) are kept as they are; what the
rest of the world, which is estimated, buys and sells is split over buying sectors in proportion. The result
is stored among the user's worlds:

    detente run SCENARIO --world world-2022-complete --theory inputs=network
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from detente.errors import DetenteError  # noqa: E402
from detente.world import World, attach, load_world, user_worlds, write_world  # noqa: E402
from tools.world_2022.sources import OECD_2022, file_hash  # noqa: E402

ESTIMATED = "purchases from and by the rest of the world split over buying sectors in proportion"


def read_purchases(data: Path) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Purchases (input, buying sector, importer, exporter), economies and sectors of the OECD table."""
    with np.load(data / OECD_2022, allow_pickle=False) as stored:
        economies = tuple(str(code) for code in stored["countries"])
        sectors = tuple(str(code) for code in stored["sectors"])
        shape = (len(sectors), len(economies))
        # Sector-major: selling sector, exporter, buying sector, importer.
        cells = stored["Z"].reshape(*shape, *shape).transpose(0, 2, 3, 1)
    return cells, economies, sectors


def complete(world: World, data: Path, name: str) -> World:
    """The world with the table of the data folder, under another name."""
    cells, economies, sectors = read_purchases(data)
    if sectors != world.sectors:
        raise SystemExit(f"{OECD_2022}: its sectors are not those of {world.name}")
    table = attach(cells, economies, world.economies, world.intermediate_flows, world.input_use)
    known = world.provenance
    return world.replace(
        name=name,
        complete_table=table,
        provenance=replace(
            known,
            estimated=(*known.estimated, ESTIMATED),
            inputs={**known.inputs, OECD_2022: file_hash(data / OECD_2022)},
        ),
    )


def main(arguments: list[str] | None = None) -> int:
    """Build and store; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--name", default="world-2022-complete")
    parser.add_argument("--out", type=Path, default=None, help="the user's worlds if left out")
    options = parser.parse_args(arguments)
    if not (options.data / OECD_2022).exists():
        print(f"{options.data / OECD_2022}: no such file", file=sys.stderr)
        return 2
    try:
        world = complete(load_world("world-2022"), options.data, options.name)
        path = write_world(world, options.out or user_worlds(), "float32")
    except DetenteError as error:
        print(error, file=sys.stderr)
        return 2
    size = path.with_suffix(".complete.npz").stat().st_size
    print(f"{path}: complete table of {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
