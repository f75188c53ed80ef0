"""Rebuild the bundled worlds from the published tables.

    python tools/build_worlds.py [--data ../shared/data] [--only NAME ...] [--out FOLDER] [--check]

The same inputs give the same bytes. With --check nothing is written: each world is built and compared with
the shipped one, and the exit status is 1 if any differs.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from detente.world.balancing import Change, balance  # noqa: E402
from detente.world.classifications import classifications  # noqa: E402
from detente.world.readers.table import Table, to_world  # noqa: E402
from detente.world.readers.wiod import CITATION as WIOD_CITATION  # noqa: E402
from detente.world.readers.wiod import read_wiod  # noqa: E402
from detente.world.storage import Precision, read_metadata, write_world  # noqa: E402
from detente.world.world import Provenance, World  # noqa: E402
from tools.tariffs import DIGITS, baseline_tariffs  # noqa: E402
from tools.tariffs.registry_layer import layer_sentence, registry_layer  # noqa: E402

BUNDLED = ROOT / "src" / "detente" / "world" / "bundled"
TARIFFS_ESTIMATED = "baseline tariffs estimated by sector and partner"
BREAKDOWN = ("settings", "step by step", "by partner: ", "by sector: ", "final_demand_over_", "balance: ")
G20_TABLE = "icio2019_g20/icio_oecd2023_2019_isic_g20.npz"


@dataclass(frozen=True)
class Recipe:
    """How one bundled world is made."""

    build: Callable[[Path], World]
    precision: Precision = "float64"


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def input_hashes(data: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files by path relative to the data folder."""
    return {name: sha256(data / name) for name in sorted(set(names))}


def build_g20(data: Path) -> World:
    """20 economies × 20 ISIC sections in 2019, complete: OECD 2023 edition, summed."""
    with np.load(data / G20_TABLE, allow_pickle=False) as stored:
        cells = stored["data"]
        economies = tuple(str(code) for code in stored["country_codes"])
        sectors = tuple(str(code) for code in stored["sector_codes"])
        uses = len(stored["fd_codes"])
    rows = len(economies) * len(sectors)
    final = cells[:rows, rows:].reshape(rows, len(economies), uses).sum(axis=2)
    output = cells[:, :rows].sum(axis=0)
    source = (
        "OECD (2023), OECD Inter-Country Input-Output Tables, 2023 edition, year 2019, http://oe.cd/icio; "
        "summed to 20 economies and 20 ISIC sections; an adaptation, not the official views of the OECD"
    )
    world, changes = to_world(
        Table(economies, sectors, cells[:rows, :rows], final, output),
        name="g20-2019",
        title="G20 members and the rest of the world, 20 ISIC sections, 2019 (OECD, 2023 edition)",
        vintage=2019,
        classification="isic4-sections",
        provenance=Provenance(sources=(source,), inputs=input_hashes(data, [G20_TABLE])),
    )
    show(world.name, changes)
    return with_tariffs(world, data)


def build_wiod(data: Path, year: int) -> World:
    """41 economies × 35 industries of the 2013 release of WIOD, complete."""
    name = f"wiod2013/wiot_{year}.RData"
    table, found = read_wiod(data / name)
    if found != year:
        raise SystemExit(f"{name} holds {found}, not {year}")
    world, changes = to_world(
        table,
        name=f"wiod-{year}",
        title=f"40 economies and the rest of the world, 35 industries, {year} (WIOD, 2013 release)",
        vintage=year,
        classification="wiod2013",
        provenance=Provenance(sources=(f"{WIOD_CITATION}, 2013 release",), inputs=input_hashes(data, [name])),
    )
    show(world.name, changes)
    return with_tariffs(world, data)


def build_2022(data: Path) -> World:
    """80 economies and the rest of the world × 50 ISIC sectors in 2022; final demand estimated."""
    from tools import world_2022

    built = world_2022.build(data)
    balanced = balance(built.intermediate_flows, built.final_flows, built.input_use)
    show("world-2022", balanced.changes)
    source = (
        "OECD (2025), OECD Inter-Country Input-Output Tables, 2025 edition, year 2022, http://oe.cd/icio "
        "(intermediate flows and gross output); an adaptation, not the official views of the OECD"
    )
    world = World(
        name="world-2022",
        title="80 economies and the rest of the world, 50 ISIC sectors, 2022 (OECD, 2025 edition)",
        vintage=2022,
        classification="icio2025",
        economies=tuple(built.economies),
        sectors=tuple(built.sectors),
        sector_titles=tuple(classifications()["icio2025"][sector] for sector in built.sectors),
        intermediate_flows=balanced.intermediate_flows,
        final_flows=balanced.final_flows,
        input_use=balanced.input_use,
        tariff_factor=np.ones_like(balanced.final_flows),
        provenance=Provenance(
            sources=(source,),
            estimated=("final demand estimated", "rest of the world estimated"),
            measured_errors=headline(plain_numbers(built.measured_errors)),
            inputs=dict(built.inputs),
        ),
    )
    return with_tariffs(world, data)


RECIPES: dict[str, Recipe] = {
    "world-2022": Recipe(build_2022, precision="float32"),
    "g20-2019": Recipe(build_g20),
    "wiod-2011": Recipe(lambda data: build_wiod(data, 2011)),
    "wiod-2008": Recipe(lambda data: build_wiod(data, 2008)),
}


def with_tariffs(world: World, data: Path) -> World:
    """Add the layers of baseline tariffs, and balance again: duties on inputs come out of value added."""
    tariffs = baseline_tariffs(
        data, world.classification, world.economies, world.sectors, world.flows, world.vintage
    )
    ordinary = _balanced(world, tariffs.tariff_factor)
    added, included = registry_layer(ordinary, tariffs.measures_included)
    factor = np.asarray((tariffs.tariff_factor + added).round(DIGITS))
    layers = (*tariffs.layers, *([layer_sentence(world.vintage)] if added.any() else []))
    known = world.provenance
    return _balanced(world, factor).replace(
        provenance=replace(
            known,
            estimated=(*known.estimated, TARIFFS_ESTIMATED),
            tariff_layers=layers,
            measured_errors={**known.measured_errors, **tariffs.measured_errors},
            inputs={**known.inputs, **tariffs.inputs},
            measures_included=included,
        ),
    )


def _balanced(world: World, tariff_factor: np.ndarray) -> World:
    balanced = balance(world.intermediate_flows, world.final_flows, world.input_use, tariff_factor)
    show(f"{world.name} with tariffs", balanced.changes)
    return world.replace(
        intermediate_flows=balanced.intermediate_flows,
        final_flows=balanced.final_flows,
        input_use=balanced.input_use,
        tariff_factor=tariff_factor,
    )


def headline(measures: Mapping[str, float]) -> dict[str, float]:
    """Measures of error without their breakdown, which SOURCES.md has."""
    return {name: value for name, value in measures.items() if not any(part in name for part in BREAKDOWN)}


def plain_numbers(measures: Mapping[str, object], prefix: str = "") -> dict[str, float]:
    """Nested measures as one level, "a: b: c" to a number; what is no number is left out."""
    found: dict[str, float] = {}
    for key, value in measures.items():
        if isinstance(value, Mapping):
            found |= plain_numbers(value, f"{prefix}{key}: ")
        elif isinstance(value, int | float):
            found[prefix + key] = float(value)
    return found


def show(name: str, changes: Iterable[Change]) -> None:
    """Print what balancing changed."""
    for change in changes:
        print(f"{name}: {change}", file=sys.stderr)


def differences(shipped: Path, rebuilt: Path) -> list[str]:
    """What differs between two stored worlds, in words; empty if nothing."""
    if not shipped.exists():
        return ["is not shipped"]
    old, new = read_metadata(shipped), read_metadata(rebuilt)
    return [f"{key} differs" for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]


def main(arguments: list[str] | None = None) -> int:
    """Build, and write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    parser.add_argument("--only", nargs="+", choices=sorted(RECIPES), default=list(RECIPES))
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)

    status = 0
    for name in options.only:
        world = RECIPES[name].build(options.data)
        if options.check:
            status |= check(world, RECIPES[name].precision, options.out)
        else:
            path = write_world(world, options.out, RECIPES[name].precision)
            size = path.with_suffix(".npz").stat().st_size
            print(f"{name}: {size / 1e6:.2f} MB, content {read_metadata(path)['content_sha256'][:16]}")
    return status


def check(world: World, precision: Precision, folder: Path) -> int:
    """1 if the shipped world is not what was just built, else 0."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as temporary:
        rebuilt = write_world(world, Path(temporary), precision)
        found = differences(folder / rebuilt.name, rebuilt)
    print(f"{world.name}: {'; '.join(found) if found else 'as built'}")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
