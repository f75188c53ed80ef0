"""Trade costs of the Guide's two applications by PPML: Yotov et al. (2016), chapter 2, steps I.a and II."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from detente.errors import BadInput, Problem
from detente.studies.replications import yotov_et_al_2016_printed as printed
from detente.studies.replications.replication import Printed
from detente.studies.replications.structural_gravity import Bilateral, Economy, fit

__all__ = ["FILE", "Application", "borders", "nafta", "read_trade"]

FILE, OBJECT = "agtpa_applications.rda", "agtpa_applications"
COLUMNS = ("exporter", "importer", "pair_id", "year", "trade", "dist", "cntg", "lang", "clny", "rta")
REFERENCE = "DEU"
MEMBERS = ("CAN", "MEX", "USA")
BORDERS_YEAR, NAFTA_YEAR, PANEL = 2006, 1994, range(1986, 2007, 4)


class Application(NamedTuple):
    """Costs before and after a change, and what was estimated on the way.

    Attributes:
        economies: codes, in order.
        sold, spent: output and spending, (economy,), million USD.
        before, after: t^(1 - sigma), (importer, exporter).
        estimates: what the Guide's logs print of the PPML steps.
    """

    economies: tuple[str, ...]
    sold: Economy
    spent: Economy
    before: Bilateral
    after: Bilateral
    estimates: tuple[Printed, ...]

    @property
    def reference(self) -> int:
        """Place of the economy whose inward resistance is one."""
        return self.economies.index(REFERENCE)

    def fitted(self) -> Bilateral:
        """Trade that the costs before the change imply, (importer, exporter)."""
        return fit(self.before, self.sold, self.spent).trade(self.before)


def read_trade(data: Path) -> pd.DataFrame:
    """The Guide's data, one row an exporter, importer and year.

    Args:
        data: folder with agtpa_applications.rda.

    Raises:
        BadInput: the file, columns of it, or the packages that read and estimate are missing; lists all.
    """
    path = data / FILE
    problems = [
        Problem(f"{package} is not installed", remedy="pip install 'detente[gravity]'")
        for package in ("rdata", "pyfixest")
        if find_spec(package) is None
    ]
    if not path.is_file():
        problems.append(
            Problem("file is missing", file=str(path), remedy="see replications/yotov-et-al-2016")
        )
    if problems:
        raise BadInput(problems)
    import rdata

    try:
        # rdata warns that R's tibbles are read as data frames, which is what is wanted.
        with _as_before():
            frame: pd.DataFrame = rdata.read_rda(path)[OBJECT]
    except (KeyError, ValueError, NotImplementedError, EOFError) as error:
        raise BadInput(Problem(f"no R data with an object '{OBJECT}': {error}", file=str(path))) from error
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise BadInput([Problem("column is missing", file=str(path), field=name) for name in missing])
    kept = frame[list(COLUMNS)].astype({"year": int, "pair_id": int, "exporter": str, "importer": str})
    return kept.assign(
        log_distance=np.log(kept["dist"]), border=(kept["exporter"] != kept["importer"]).astype(float)
    )


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """Without warnings, and with logging as it was: pyfixest sets it for the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _ppml(formula: str, frame: pd.DataFrame, errors: str | dict[str, str]) -> Any:
    """A Poisson regression with fixed effects, errors scaled as Stata's ppml scales them."""
    with _as_before():
        import pyfixest

        return pyfixest.fepois(
            formula,
            data=frame,
            vcov=errors,
            ssc=pyfixest.ssc(k_adj=False),
            iwls_tol=1e-12,
            iwls_maxiter=200,
            fixef_tol=1e-12,
        )


def _estimates(
    table: str, found: Any, published: Mapping[str, tuple[str, str]], observations: int | None
) -> list[Printed]:
    """Estimates and standard errors beside those printed; `observations` scales errors by n / (n - 1)."""
    scale = 1.0 if observations is None else float(np.sqrt(observations / (observations - 1)))
    rows = []
    for name, (beta, error), value, deviation in zip(
        published, published.values(), found.coef(), found.se(), strict=True
    ):
        rows.append(Printed(table, name, "estimate", beta, float(value), "coefficient"))
        rows.append(Printed(table, name, "standard error", error, scale * float(deviation), "coefficient"))
    return rows


def _square(frame: pd.DataFrame, column: str, economies: Sequence[str]) -> Bilateral:
    wide = frame.pivot(index="importer", columns="exporter", values=column)
    return wide.loc[list(economies), list(economies)].to_numpy(dtype=float)


def borders(frame: pd.DataFrame) -> Application:
    """No international borders: the coefficient of the border dummy becomes zero (pages 103-108).

    Args:
        frame: as from `read_trade`.
    """
    year = frame[frame["year"] == BORDERS_YEAR]
    economies = tuple(sorted(year["exporter"].unique()))
    found = _ppml("trade ~ log_distance + cntg + border | exporter + importer", year, "hetero")
    distance, contiguity, border = (float(value) for value in found.coef())
    kept = np.exp(
        distance * _square(year, "log_distance", economies) + contiguity * _square(year, "cntg", economies)
    )
    trade = _square(year, "trade", economies)
    return Application(
        economies,
        trade.sum(axis=0),
        trade.sum(axis=1),
        kept * np.exp(border * _square(year, "border", economies)),
        kept,
        tuple(_estimates("PPML, no borders (page 105, log)", found, printed.BORDER_PPML, len(year))),
    )


def _pair_costs(panel: pd.DataFrame) -> tuple[Any, pd.Series]:
    """First stage: the regression on agreements with pair effects, and the latter by pair, own trade zero."""
    traded = panel[panel.groupby("pair")["trade"].transform("sum") > 0]
    found = _ppml("trade ~ rta | exporter_year + importer_year + pair", traded, "hetero")
    effects = next(
        values for name, values in found.fixef(atol=1e-14, btol=1e-14).items() if name.endswith("(pair)")
    )
    # The level that serves as reference is left out, which is an effect of zero.
    log = pd.Series(effects).reindex(traded["pair"].unique(), fill_value=0.0)
    return found, log - log["own"]


def nafta(frame: pd.DataFrame) -> Application:
    """No NAFTA in 1994: its members' agreement dummies become zero (pages 111-115).

    Two stages as in Anderson and Yotov (2016): pair effects from a panel, and for pairs without trade those
    that gravity variables predict.

    Args:
        frame: as from `read_trade`.
    """
    panel = frame[frame["year"].isin(PANEL)]
    panel = panel.assign(
        exporter_year=panel["exporter"] + panel["year"].astype(str),
        importer_year=panel["importer"] + panel["year"].astype(str),
        pair=panel["pair_id"].astype(str).where(panel["border"] == 1, "own"),
    )
    agreements, log_cost = _pair_costs(panel)
    year = panel[panel["year"] == NAFTA_YEAR]
    year = year.assign(cost=np.exp(year["pair"].map(log_cost)))
    known = year[(year["border"] == 1) & year["cost"].notna()]
    formula = "cost ~ log_distance + cntg + lang + clny | exporter + importer"
    costs = _ppml(formula, known, {"CRV1": "pair"})
    unknown = year["cost"].isna()
    year.loc[unknown, "cost"] = costs.predict(newdata=year[unknown], type="response")
    economies = tuple(sorted(year["exporter"].unique()))
    signed = _square(year, "rta", economies)
    left = signed.copy()
    members = [economies.index(member) for member in MEMBERS]
    left[np.ix_(members, members)] = 0.0
    cost, effect = _square(year, "cost", economies), float(agreements.coef().iloc[0])
    trade = _square(year, "trade", economies)
    observations = int((panel.groupby("pair")["trade"].transform("sum") > 0).sum())
    return Application(
        economies,
        trade.sum(axis=0),
        trade.sum(axis=1),
        cost * np.exp(effect * signed),
        cost * np.exp(effect * left),
        (
            *_estimates("PPML, NAFTA, stage 1 (page 112, log)", agreements, printed.RTA_PPML, observations),
            *_estimates("PPML, NAFTA, stage 2 (page 113, log)", costs, printed.COST_PPML, None),
        ),
    )
