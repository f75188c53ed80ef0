"""The chapter's data: the World Input-Output Database of 2008 in 34 economies and 31 sectors."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.io
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.world.readers.wiod import read_release_2013

__all__ = ["FILES", "GOODS", "Inputs", "read_inputs"]

FLOWS, TABLE = "WIOD_Data_CR2014.mat", "wiot_2008.RData"
FILES = {FLOWS: "crc2014", TABLE: "wiod2013"}
"""Each file, and the subfolder of the given folder that may hold it."""

REST = "RoW"
# Sectors of the 2013 release that the chapter merges: textiles with leather, motor trade with wholesale, and
# public administration with other services and households.
MERGED = ((3, 4), (18, 19), (30, 33, 34))
GOODS = 15
"""The first sectors, with elasticities of Caliendo and Parro; the rest are services."""


class Inputs(NamedTuple):
    """What the chapter's tables are computed from; trade is as in 2008, deficits included.

    Attributes:
        economies: codes, the rest of the world last.
        flows: (sector, importer, exporter), USD million a year, own sales included.
        consumption_share: observed shares of sectors in final demand, (economy, sector).
        value_added_share: of revenue, (economy, sector).
        input_share: observed shares of inputs in revenue, (economy, input, sector).
        trade_elasticity: (sector,).
    """

    economies: tuple[str, ...]
    flows: Float[np.ndarray, "sector importer exporter"]
    consumption_share: Float[np.ndarray, "economy sector"]
    value_added_share: Float[np.ndarray, "economy sector"]
    input_share: Float[np.ndarray, "economy input sector"]
    trade_elasticity: Float[np.ndarray, "sector"]

    @property
    def spending_share(self) -> Float[np.ndarray, "economy sector"]:
        """e: share of each sector in all spending of an economy, on inputs and on final goods."""
        spent = self.flows.sum(axis=2).T
        shares: np.ndarray = spent / spent.sum(axis=1, keepdims=True)
        return shares

    @property
    def adjusted_input_share(self) -> Float[np.ndarray, "economy input sector"]:
        """The chapter's own: what a sector spends on inputs, split as the economy splits all its spending."""
        adjusted: np.ndarray = self.spending_share[:, :, None] * (1.0 - self.value_added_share)[:, None, :]
        return adjusted


def read_inputs(data: Path) -> Inputs:
    """Read flows, consumption shares and elasticities of the chapter, and input shares of the table of 2008.

    The flows are the chapter's; the table is a later revision of the same release, of which only cost shares
    are taken. A fall of inventories in it is made good by producing it, as the chapter does: negative final
    demand becomes zero, and output and inputs follow by the inverse of Leontief.

    Args:
        data: folder with both files, or with the subfolders `crc2014` and `wiod2013` that hold them.

    Raises:
        BadInput: files missing or not what they should be; lists all problems.
    """
    paths, problems = _find(data)
    if problems:
        raise BadInput(problems)
    chapter = _read_chapter(paths[FLOWS])
    economies = tuple(str(np.ravel(cell)[0]) for cell in chapter["countries"].ravel())
    inputs, revenue = _cost_shares(paths[TABLE], economies)
    # One sector of one economy has inputs above its revenue.
    value_added = np.clip(1.0 - inputs.sum(axis=1) / revenue, 0.0, 1.0)
    return Inputs(
        economies=economies,
        flows=chapter["X_nis"].transpose(2, 1, 0).astype(np.float64),
        consumption_share=chapter["beta3d"][0].astype(np.float64),
        value_added_share=value_added,
        input_share=inputs / revenue[:, None, :],
        trade_elasticity=chapter["epsilon_cl"][0, 0].astype(np.float64),
    )


def _find(data: Path) -> tuple[dict[str, Path], list[Problem]]:
    paths = {
        name: data / name if (data / name).is_file() else data / sub / name for name, sub in FILES.items()
    }
    remedy = (
        f"give the folder that holds {FLOWS} and {TABLE}, "
        "or the one whose subfolders crc2014 and wiod2013 hold them"
    )
    missing = [name for name, path in paths.items() if not path.is_file()]
    return paths, [Problem("file is missing", file=str(data / name), remedy=remedy) for name in missing]


def _read_chapter(path: Path) -> dict[str, np.ndarray]:
    """The MATLAB file, checked: arrays (exporter, importer, sector) but for the names of economies."""
    try:
        content = scipy.io.loadmat(path)
    except Exception as error:  # SciPy raises whatever its parser met
        raise BadInput(Problem(f"not a MATLAB file, or cut short ({error})", file=str(path))) from None
    shape = (34, 34, 31)
    wanted = {"X_nis": shape, "beta3d": shape, "epsilon_cl": shape, "countries": (34, 1)}
    problems = []
    for name, size in wanted.items():
        found = np.shape(content[name]) if name in content else None
        if found != size:
            message = "missing" if found is None else f"shape {found}, expected {size}"
            problems.append(Problem(message, file=str(path), field=name))
    if problems:
        raise BadInput(problems)
    return {name: content[name] for name in wanted}


def _cost_shares(path: Path, economies: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (economy, input, sector) and revenue (economy, sector), falls of inventories made good."""
    table = read_release_2013(path)
    codes = [str(code) for code in table["countries"]]
    inter = np.asarray(table["inter"], dtype=np.float64)
    final = np.asarray(table["final"], dtype=np.float64)
    output = inter.sum(axis=1) + final.sum(axis=1)
    coefficients = np.divide(inter, output, out=np.zeros_like(inter), where=output > 0)
    demand = np.maximum(final, 0.0)
    made = np.linalg.solve(np.eye(len(output)) - coefficients, demand.sum(axis=1))
    at_economy = [economies.index(code if code in economies else REST) for code in codes]
    at_sector = _sectors(len(output) // len(codes))
    place = (np.array(at_economy)[:, None] * (at_sector.max() + 1) + at_sector).ravel()
    count, sectors = len(economies), int(at_sector.max()) + 1
    merge = np.zeros((count * sectors, len(output)))
    merge[place, np.arange(len(output))] = 1.0
    merged = (merge @ (coefficients * made) @ merge.T).reshape(count, sectors, count, sectors)
    return merged.sum(axis=0).transpose(1, 0, 2), (merge @ made).reshape(count, sectors)


def _sectors(count: int) -> np.ndarray:
    """The chapter's sector of each sector of the release; the third merged one comes last."""
    kept = [number for number in range(count) if not any(number in group for group in MERGED)]
    first = {group[0]: group for group in MERGED[:2]}
    order = sorted([*((number,) for number in kept), *first.values()], key=lambda group: group[0])
    place = np.empty(count, dtype=np.int64)
    for sector, group in enumerate([*order, MERGED[2]]):
        place[list(group)] = sector
    return place
