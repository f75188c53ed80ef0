"""Do intervals hold what happened? Predictions of dated measures beside the trade that followed."""

from collections.abc import Callable, Mapping
from pathlib import Path

from detente.studies.backtest import calm_2008, us_china_2018
from detente.studies.backtest.records import BackTest, Band, Compared, Fit, Rates, Row, Total, Variant

__all__ = ["BACKTESTS", "TITLES", "BackTest", "Band", "Compared", "Fit", "Rates", "Row", "Total", "Variant"]

BACKTESTS: Mapping[str, Callable[[Path | None], BackTest]] = {
    us_china_2018.NAME: us_china_2018.back_test,
    calm_2008.NAME: calm_2008.back_test,
}

TITLES: Mapping[str, str] = {
    us_china_2018.NAME: "tariffs of 2018 and 2019 between the United States and China, in trade of 2023",
    calm_2008.NAME: "a control: the same trade from 2008 to 2011, when no tariff changed",
}
