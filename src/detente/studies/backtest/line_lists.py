"""Rates of the first trade war by HS6 line, from lists that others made: a check on the registry."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from detente.arrays import Bilateral, BySector
from detente.errors import BadInput, Problem
from detente.world import World
from detente.world.concordance import hs_sectors

__all__ = ["FOLDER", "LISTS", "listed_tariffs", "mean_rates"]

FOLDER = "us_china"
CLASSIFICATION = "wiod2013"
LISTS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("USA", "CHN"): ("us_tariff_hs6.csv", "hs06", "us_tariff_2020"),
    ("CHN", "USA"): ("chn_reta_hs6.csv", "hs6", "chn_reta_2019"),
}
"""File, column of codes and column of rates in percent, by importer and exporter."""


def mean_rates(folder: Path, world: World) -> dict[tuple[str, str], BySector]:
    """Mean additional rate of all HS6 lines of each sector, by importer and exporter, as fractions.

    Every line that any of the lists names counts alike, with 0 where a list does not name it: there is no
    trade by line of 2017 to weigh them with.

    Args:
        folder: that holds `us_china`.
        world: with the sectors of WIOD's 2013 release, or groups of them.

    Raises:
        BadInput: a file is missing, or has other columns.
    """
    lists = {pair: _read(folder / FOLDER / name, *columns) for pair, (name, *columns) in LISTS.items()}
    sector_of = hs_sectors(CLASSIFICATION)
    group_of = {code: group for group, codes in world.sector_groups.items() for code in codes}
    place = {code: world.sectors.index(group_of.get(code, code)) for code in set(sector_of.values())}
    lines = sorted({line for rates in lists.values() for line in rates if line in sector_of})
    at = np.array([place[sector_of[line]] for line in lines])
    count = np.bincount(at, minlength=len(world.sectors))
    found = {}
    for pair, rates in lists.items():
        total = np.bincount(at, [rates.get(line, 0.0) for line in lines], len(world.sectors))
        found[pair] = np.asarray(total / np.maximum(count, 1))
    return found


def listed_tariffs(folder: Path, world: World) -> Bilateral:
    """The world's tariff factors with the mean rates added, (sector, importer, exporter)."""
    factors = np.array(world.tariff_factor)
    for (importer, exporter), rates in mean_rates(folder, world).items():
        factors[:, world.economies.index(importer), world.economies.index(exporter)] += rates
    return factors


def _read(path: Path, code: str, rate: str) -> dict[str, float]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return {row[code].zfill(6): float(row[rate]) / 100.0 for row in csv.DictReader(lines)}
    except OSError:
        remedy = f"give the folder that holds {FOLDER}"
        raise BadInput(Problem("no such list of rates", file=str(path), remedy=remedy)) from None
    except (KeyError, ValueError) as error:
        remedy = f"wanted: columns {code} and {rate}, rates in percent"
        raise BadInput(Problem(f"no list of rates: {error}", file=str(path), remedy=remedy)) from None
