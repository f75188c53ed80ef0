"""A control: how trade of the United States and China moved from 2008 to 2011, when no tariff did."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detente.studies.backtest.assemble import History, compared
from detente.studies.backtest.cells import cells, with_all_goods
from detente.studies.backtest.changes import MEASURES
from detente.studies.backtest.records import BackTest, Band
from detente.studies.backtest.spread import apart
from detente.studies.backtest.trade_tables import GOODS, INDUSTRIES
from detente.world import World, load_world

__all__ = ["NAME", "back_test", "calm_history"]

NAME = "calm-2008"
PAIR = ("USA", "CHN")
YEARS = ("wiod-2008", "wiod-2011")
BANDS = (
    Band("other pairs", "how trade of other pairs of economies moved in these years, flows of like size"),
)


def calm_history() -> History:
    """Trade of 2008 and 2011 in the sectors of the tables of 2017, from bundled worlds.

    Examples:
        >>> calm_history().cells.single
        28
    """
    before, after = (_goods(load_world(name)) for name in YEARS)
    economies = load_world(YEARS[0]).economies
    return History(cells(economies, GOODS, PAIR, before, after), before, after, apart(economies, PAIR))


def _goods(world: World) -> np.ndarray:
    together = world.aggregate(sectors=INDUSTRIES)
    return with_all_goods(together.flows, [together.sectors.index(name) for name in GOODS])


def back_test(folder: Path | None = None) -> BackTest:
    """No measure, so no change is predicted: do nine in ten flows stay within what others do?

    Args:
        folder: not needed.

    Examples:
        >>> back_test().compared[0].coverage(0)[1]
        28
    """
    history = calm_history()
    nothing = np.zeros(len(history.cells.index))
    told = []
    for measure in MEASURES.values():
        draws = history.ordinary(measure, history.cells.size).T
        told.append(compared(measure, history, [draws], {}, nothing, nothing))
    return BackTest(
        name=NAME,
        title="Trade of the United States and China from 2008 to 2011, without new tariffs",
        question="A control: nothing is predicted, and the interval is what flows of other economies did",
        bands=BANDS,
        compared=tuple(told),
        inputs=("World Input-Output Database, 2013 release: wiod-2008 and wiod-2011",),
        notes=(
            "the years hold the collapse of trade in 2009 and its recovery",
            "mining holds fossil fuels here",
        ),
    )
