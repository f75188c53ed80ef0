"""From log changes, predicted and observed, to the records of a back-test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float

from detente.arrays import Bilateral
from detente.studies.backtest.cells import Cells
from detente.studies.backtest.changes import Measure
from detente.studies.backtest.records import Compared, Fit, Row, Variant, fit
from detente.studies.backtest.spread import ordinary_changes, other_pairs

__all__ = ["History", "both", "compared", "ends", "fits"]

OUTSIDE = (0.05, 0.95)
BOTH = "both"


def ends(draws: Float[np.ndarray, "draw"]) -> tuple[float, float]:
    """Ends of the interval that holds nine tenths of all draws.

    Examples:
        >>> ends(np.arange(101.0))
        (4.4, 95.6)
    """
    low, high = np.quantile(draws, OUTSIDE, method="median_unbiased")
    return round(float(low), 12), round(float(high), 12)


def both(
    predicted: Float[np.ndarray, "draw cell"], ordinary: Float[np.ndarray, "cell neighbour"]
) -> Float[np.ndarray, "sum cell"]:
    """Every predicted change plus every ordinary one, as the two have nothing to do with each other."""
    sums = predicted[:, None, :] + ordinary.T[None, :, :]
    return np.asarray(sums.reshape(-1, predicted.shape[1]))


def fits(cells: Cells, predicted: np.ndarray, observed: np.ndarray) -> tuple[tuple[str, Fit], ...]:
    """How single flows were predicted: all of them, then those of each importer."""
    importers = np.array([cells.names(cell)[0] for cell in range(cells.single)])
    x, y = predicted[: cells.single], observed[: cells.single]
    found = [(BOTH, fit(x, y))]
    found += [(name, fit(x[importers == name], y[importers == name])) for name in dict.fromkeys(importers)]
    return tuple((str(name), one) for name, one in found)


class History:
    """What happened to trade between two years.

    Args:
        cells: the flows that are looked at.
        before, after: all flows, all goods as the last sector, (sector, importer, exporter).
        apart: pairs of economies that stand for ordinary movements.
    """

    def __init__(
        self, cells: Cells, before: Bilateral, after: Bilateral, apart: Bool[np.ndarray, "importer exporter"]
    ) -> None:
        self.cells, self.before, self.after, self.apart = cells, before, after, apart

    def observed(self, measure: Measure) -> Float[np.ndarray, "cell"]:
        """What happened to the flows, as log changes."""
        return self.cells.of(measure.change(self.before, self.after))

    def ordinary(self, measure: Measure, sizes: Sequence[float]) -> Float[np.ndarray, "cell neighbour"]:
        """What happened to flows of other pairs that are about as large; of single sectors only."""
        change = measure.change(self.before, self.after)[:-1]
        return ordinary_changes(change, self.before[:-1], self.apart, np.array(sizes))

    def others(self, measure: Measure) -> list[np.ndarray]:
        """The same rows of other pairs of economies."""
        first = self.cells.index[0][1]
        kept = self.cells.index[: self.cells.single]
        ways = [[k for k, n, _ in kept if n == first], [k for k, n, _ in kept if n != first]]
        return list(other_pairs(measure.change(self.before, self.after), self.apart, ways))


def compared(
    measure: Measure,
    history: History,
    draws: Sequence[np.ndarray],
    variants: Mapping[str, Float[np.ndarray, "cell"]],
    predicted: Float[np.ndarray, "cell"],
    duty: Float[np.ndarray, "cell"],
    correction: Float[np.ndarray, "cell"] | None = None,
) -> Compared:
    """Everything that is told about one measure of change.

    Args:
        measure: of change.
        history: what happened.
        draws: predicted log changes of each band, (draw, cell).
        variants: point predictions by name; the slope among other pairs is that of the first.
        predicted: log changes.
        duty: that measures add, as a part of each flow.
        correction: added to what the tables say happened.
    """
    cells, observed = history.cells, history.observed(measure)
    observed = observed if correction is None else observed + correction
    bands = [[ends(values[:, cell]) for values in draws] for cell in range(len(cells.index))]
    rows = tuple(
        Row(
            *cells.names(cell),
            size=cells.size[cell],
            duty=float(duty[cell]),
            observed=float(observed[cell]),
            predicted=float(predicted[cell]),
            bands=tuple(bands[cell]),
        )
        for cell in range(len(cells.index))
    )
    slopes = []
    if variants:
        point = next(iter(variants.values()))[: cells.single]
        slopes = [fit(point, other).slope for other in history.others(measure)]
    return Compared(
        measure=measure.name,
        meaning=measure.meaning,
        rows=rows[: cells.single],
        sums=rows[cells.single :],
        variants=tuple(Variant(name, fits(cells, values, observed)) for name, values in variants.items()),
        ordinary_slope=float(np.std(slopes)) if slopes else float("nan"),
        pairs=len(slopes),
    )
