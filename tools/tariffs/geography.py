"""How much of each pair's trade can pay duty at all, also where an economy of a world is many countries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tools.tariffs.agreements import free_trade, members_of
from tools.tariffs.averages import national_averages

__all__ = ["FILES", "Geography", "geography"]

FILES = ("baci2023/country_labels.csv", "baci2023/trade_cepii.csv")
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Geography:
    """Shares of each pair's trade, (importer, exporter), and averages of groups.

    Attributes:
        free: share whose partners trade all goods free of duty.
        industrial: share whose partners trade industrial goods free of duty, others not.
        union: share inside the European Union, which the published averages leave out.
        customs_union: pair inside a customs union, where nothing can pay duty.
        customs_union_industrial: the same for industrial goods only.
        average: average applied tariff of each importer on goods from outside the European Union if it is a
            member, from everywhere if not; NaN where unknown, (importer,).
        years: one year for each average.
    """

    free: Shares
    industrial: Shares
    union: Shares
    customs_union: npt.NDArray[np.bool_]
    customs_union_industrial: npt.NDArray[np.bool_]
    average: Shares
    years: tuple[int | None, ...]


def geography(data: Path, economies: Sequence[str], vintage: int, phase_in: int) -> Geography:
    """Duty-free shares and average tariffs of a world's economies.

    The rest of the world is every country with trade in BACI that the world does not name; pairs of its
    members count by their goods trade in 2023.
    """
    labels = pd.read_csv(data / FILES[0])["iso3"].astype(str).tolist()
    trade = np.nan_to_num(pd.read_csv(data / FILES[1]).to_numpy(np.float64)).T  # importer, exporter
    named = [code for code in economies if code != "ROW"]
    countries = named + [code for code in labels if code not in named]
    weights = np.zeros((len(countries), len(countries)))
    rows = [countries.index(code) for code in labels]
    weights[np.ix_(rows, rows)] = trade
    group = np.array([economies.index(code if code in named else "ROW") for code in countries])
    size = len(economies)
    member = (np.arange(size)[:, None] == group[None, :]).astype(np.float64)
    total = member @ weights @ member.T

    def share(pairs: npt.NDArray[np.bool_]) -> Shares:
        found = member @ (weights * pairs) @ member.T
        single = np.zeros((size, size))
        np.add.at(single, (group[:, None], group[None, :]), pairs)  # exact where both sides are one country
        return np.where(total > 0, found / np.where(total > 0, total, 1.0), np.minimum(single, 1.0))

    trade_free = free_trade(countries, vintage, phase_in)
    unions_only = free_trade(list(economies), vintage, 10_000)
    union = np.isin(countries, [*members_of("EUGB" if vintage <= 2020 else "EU", vintage)])
    inside = union[:, None] & union[None, :]
    averages = national_averages(data, countries, vintage)
    rates = np.array([averages[code].rate if code in averages else np.nan for code in countries])
    abroad = weights * (group[:, None] != group[None, :]) * ~inside
    known = ~np.isnan(rates)
    bought = member @ abroad.sum(axis=1)
    paid = member @ np.where(known, abroad.sum(axis=1) * np.nan_to_num(rates), 0.0)
    bought_known = member @ np.where(known, abroad.sum(axis=1), 0.0)
    average = np.full(size, np.nan)
    enough = bought_known > 0.5 * bought
    average[enough] = paid[enough] / bought_known[enough]
    years: list[int | None] = [None] * size
    for place, code in enumerate(countries):
        if code in averages and economies[group[place]] == code:
            average[group[place]] = averages[code].rate
            years[group[place]] = averages[code].year
    return Geography(
        share(trade_free.all_goods),
        share(trade_free.industrial),
        share(inside),
        unions_only.all_goods,
        unions_only.industrial,
        average,
        tuple(years),
    )
