"""What a back-test found, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

__all__ = ["BackTest", "Band", "Compared", "Fit", "Rates", "Row", "Total", "Variant", "fit"]


@dataclass(frozen=True)
class Band:
    """One way of saying how sure a prediction is.

    Attributes:
        name: short.
        meaning: what its 90% interval covers, in words.
        shown: whether it stands beside every flow.
    """

    name: str
    meaning: str
    shown: bool = True


@dataclass(frozen=True)
class Row:
    """One flow: what was predicted and what happened, as log changes.

    Attributes:
        importer, exporter, sector: of the flow; "all goods" is the sum.
        size: before, USD million a year.
        duty: duties that the measures add on unchanged trade, as a part of it.
        observed: what happened.
        predicted: median of the draws of the theory that predicts.
        bands: lower and upper end of each band's 90% interval.
    """

    importer: str
    exporter: str
    sector: str
    size: float
    duty: float
    observed: float
    predicted: float
    bands: tuple[tuple[float, float], ...]

    def inside(self, band: int) -> bool:
        """Whether a band holds what happened.

        Examples:
            >>> Row("A", "B", "Food", 1.0, 0.1, -0.2, -0.3, ((-0.4, -0.1),)).inside(0)
            True
        """
        low, high = self.bands[band]
        return low <= self.observed <= high


@dataclass(frozen=True)
class Fit:
    """How predictions agree with what happened, over rows that count alike.

    Attributes:
        rows: their number.
        predicted, observed: means.
        slope: of what happened on what was predicted, with a constant; 1 is right.
        slope_error: standard error of it as if rows were independent (HC1).
        correlation: of both.
        same_sign: part of rows where both have the same sign.
        error: root mean square of what happened less what was predicted.
        error_of_nothing: the same if no change had been predicted.
    """

    rows: int
    predicted: float
    observed: float
    slope: float
    slope_error: float
    correlation: float
    same_sign: float
    error: float
    error_of_nothing: float


def fit(predicted: Float[np.ndarray, "row"], observed: Float[np.ndarray, "row"]) -> Fit:
    """How predictions agree with what happened; no slope where all predictions are the same.

    Examples:
        >>> found = fit(np.array([-1.0, 0.0, 1.0]), np.array([-2.0, 0.1, 2.0]))
        >>> found.slope, round(found.same_sign, 2), round(found.error, 2)
        (2.0, 0.67, 0.82)
    """
    count = len(predicted)
    x, y = predicted - predicted.mean(), observed - observed.mean()
    spread = float(x @ x)
    slope = error = correlation = float("nan")
    if spread > 0.0 and count > 2:
        slope = float(x @ y) / spread
        left = y - slope * x
        error = float(np.sqrt(count / (count - 2) * ((x * left) ** 2).sum())) / spread
        correlation = float(x @ y) / float(np.sqrt(spread * (y @ y)))
    return Fit(
        rows=count,
        predicted=float(predicted.mean()),
        observed=float(observed.mean()),
        slope=slope,
        slope_error=error,
        correlation=correlation,
        same_sign=float((np.sign(predicted) == np.sign(observed)).mean()),
        error=_root_mean_square(observed - predicted),
        error_of_nothing=_root_mean_square(observed),
    )


def _root_mean_square(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


@dataclass(frozen=True)
class Total:
    """All goods by other statistics, a check on what was observed.

    Attributes:
        importer, exporter: of the goods.
        before, after: by the other statistics, USD billion a year.
        before_here, after_here: in the tables of the back-test.
        source: of the other statistics.
    """

    importer: str
    exporter: str
    before: float
    after: float
    before_here: float
    after_here: float
    source: str


@dataclass(frozen=True)
class Rates:
    """Added duties by sector, beside mean rates of lists by HS6 line that others made.

    Attributes:
        importer, exporter: of the goods.
        here, listed: means over sectors of goods, fractions.
        correlation: over sectors.
        apart: mean absolute difference, a fraction.
    """

    importer: str
    exporter: str
    here: float
    listed: float
    correlation: float
    apart: float


@dataclass(frozen=True)
class Variant:
    """A prediction with other choices.

    Attributes:
        name: what is different.
        fits: over all rows, and by direction, (name, fit).
    """

    name: str
    fits: tuple[tuple[str, Fit], ...]


@dataclass(frozen=True)
class Compared:
    """Predictions beside what happened, by one measure of change.

    Attributes:
        measure, meaning: of the change.
        rows: flows by sector.
        sums: all goods together, one for each direction.
        variants: the prediction as it is, then with other choices.
        ordinary_slope: standard deviation of the slope if what happened to other pairs of economies is put
            in the place of what happened: its error where sectors of a pair move together.
        pairs: number of these pairs.
    """

    measure: str
    meaning: str
    rows: tuple[Row, ...]
    sums: tuple[Row, ...]
    variants: tuple[Variant, ...]
    ordinary_slope: float
    pairs: int

    def coverage(self, band: int, importer: str | None = None) -> tuple[int, int]:
        """Rows whose interval holds what happened, and all rows; of one importer if it is named."""
        rows = [row for row in self.rows if importer in (None, row.importer)]
        return sum(row.inside(band) for row in rows), len(rows)

    def width(self, band: int) -> float:
        """Median length of a band's intervals, in logs."""
        return float(np.median([row.bands[band][1] - row.bands[band][0] for row in self.rows]))


@dataclass(frozen=True)
class BackTest:
    """A check of predictions against history.

    Attributes:
        name: as given to the command line.
        title: one line.
        question: what is compared with what, in words.
        bands: what the intervals of every row are.
        compared: by each measure of change.
        totals: all goods by other statistics.
        rates: added duties beside those of lists, where there are lists.
        draws, failed: draws behind the intervals, and those without a solution.
        inputs: where the numbers come from.
        notes: sentences to read with them.
    """

    name: str
    title: str
    question: str
    bands: tuple[Band, ...]
    compared: tuple[Compared, ...]
    totals: tuple[Total, ...] = ()
    rates: tuple[Rates, ...] = ()
    draws: int = 0
    failed: int = 0
    inputs: Sequence[str] = field(default=())
    notes: Sequence[str] = field(default=())
