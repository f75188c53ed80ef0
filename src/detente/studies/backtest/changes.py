"""How trade changed, net of what no tariff did: growth of importers, of exporters, of prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from detente.arrays import Bilateral

__all__ = ["MEASURES", "Measure", "relative_change", "share_change"]


def share_change(before: Bilateral, after: Bilateral) -> Bilateral:
    """Log change of each exporter's share of each importer's imports, by sector.

    The importer's growth and what happened to prices of the sector are netted out; the exporter's growth is
    not. Sales at home do not count. Not a number where either share is zero.

    Args:
        before, after: (sector, importer, exporter), in any unit.

    Examples:
        >>> before, after = np.ones((1, 3, 3)), np.ones((1, 3, 3))
        >>> after[0, 0, 1] = 3.0
        >>> np.round(np.exp(share_change(before, after)[0, 0, 1]), 3)
        np.float64(1.5)
    """
    return np.asarray(_log(after, _share) - _log(before, _share))


def relative_change(before: Bilateral, after: Bilateral) -> Bilateral:
    """Log change of what an importer buys from an exporter, relative to both of their other trade.

    ln (X_ni X_-n-i / X_n-i X_-ni), where -n are all other importers and -i all other exporters: a ratio of
    ratios as in Head and Ries (2001) and Caliendo and Parro (2015), with all others as third parties. All
    that is due to the importer or to the exporter alone is netted out.

    Args:
        before, after: (sector, importer, exporter), in any unit.

    Examples:
        >>> before = np.ones((1, 4, 4))
        >>> grown = before * np.array([1.0, 5.0, 1.0, 1.0])  # the second exporter sells five times as much
        >>> float(relative_change(before, grown)[0, 0, 1]) + 0.0
        0.0
        >>> round(float(share_change(before, grown)[0, 0, 1]), 2)
        0.76
    """
    return np.asarray(_log(after, _relative) - _log(before, _relative))


def _log(flows: np.ndarray, measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    foreign = np.array(flows)
    home = np.arange(flows.shape[1])
    foreign[:, home, home] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.log(measure(foreign))
    found[~np.isfinite(found)] = np.nan
    return found


def _share(flows: np.ndarray) -> np.ndarray:
    found: np.ndarray = flows / flows.sum(axis=2, keepdims=True)
    return found


def _relative(flows: np.ndarray) -> np.ndarray:
    bought, sold = flows.sum(axis=2, keepdims=True), flows.sum(axis=1, keepdims=True)
    rest = flows.sum(axis=(1, 2), keepdims=True) - bought - sold + flows
    found: np.ndarray = flows * rest / ((bought - flows) * (sold - flows))
    return found


class Measure(NamedTuple):
    """One way of telling how trade changed.

    Attributes:
        name: short.
        meaning: in words.
        change: from flows before and after to log changes.
    """

    name: str
    meaning: str
    change: Callable[[Bilateral, Bilateral], Bilateral]


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "share": Measure("share", "change of the exporter's share of imports", share_change),
        "relative": Measure(
            "relative",
            "change of trade relative to other trade of the importer and of the exporter",
            relative_change,
        ),
    }
)
