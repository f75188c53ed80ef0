"""The tariffs of 2018 and 2019 between the United States and China: predicted from 2017, seen in 2023."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np

from detente.arrays import Bilateral
from detente.errors import BadInput, CannotCompute, Problem
from detente.model import Theory
from detente.policy import Scenario, compile_scenario, load_scenario, set_tariffs
from detente.policy.compiler.compile import added_duty
from detente.studies.backtest.assemble import History, both, compared
from detente.studies.backtest.calm_2008 import calm_history
from detente.studies.backtest.cells import Cells, cells, with_all_goods
from detente.studies.backtest.changes import MEASURES, Measure
from detente.studies.backtest.draws import Drawn, drawn, solved_flows
from detente.studies.backtest.history import world_of_trade
from detente.studies.backtest.line_lists import FOLDER as LISTS
from detente.studies.backtest.line_lists import listed_tariffs, mean_rates
from detente.studies.backtest.records import BackTest, Band, Rates, Total
from detente.studies.backtest.spread import apart
from detente.studies.backtest.trade_tables import GOODS, INDUSTRIES, TradeTables, read_trade_tables
from detente.studies.theories import defensible
from detente.studies.uncertainty import Question
from detente.world import World, elasticity_sets, load_world

__all__ = ["NAME", "PAIR", "STRUCTURE", "back_test", "scenario", "world_2017"]

NAME = "us-china-2018"
PAIR = ("USA", "CHN")
STRUCTURE = "wiod-2011"
BLOCKS = 32
"""Of draws, for each band."""

SCENARIO = "tariffs-july-2023.yaml"
# Refining is in no sector of the tables; with chemicals, it adds nothing to them.
GROUPS = {**INDUSTRIES, "Chemicals": ("24", "23")}
POINT = "as by default"
OFFICIAL = "official"
BANDS = (
    Band("one theory", "standard errors of the default elasticities, and ranges in measures", shown=False),
    Band("several theories", "the same, and which of the elasticity sets holds"),
    Band(
        "with other pairs",
        "several theories, and how flows of like size between other economies moved from 2017 to 2023",
    ),
    Band(
        "with a calm time",
        "several theories, and how flows of like size between other economies moved from 2008 to 2011",
        shown=False,
    ),
    Band("other pairs alone", "a benchmark: no change is predicted, but what other pairs did", shown=False),
)
# USD billion, 2017 and 2023.
TOTALS = (
    (
        *PAIR,
        505.6,
        427.2,
        "US general imports: US International Trade Commission, Shifts in U.S. Merchandise Trade 2017; "
        "US Census Bureau for 2023, as quoted by Kyodo News",
    ),
    (
        *PAIR[::-1],
        130.4,
        147.8,
        "US total exports: US International Trade Commission, Shifts in U.S. Merchandise Trade 2017; "
        "US Census Bureau for 2023, as quoted by Gitnux",
    ),
)
NOTES = (
    "what was observed holds everything else that happened: the pandemic, the Phase One purchases, "
    "exclusions that importers were granted, the growth of China's exports, goods that went through third "
    "economies",
    "each flow of a sector counts alike, whatever its size; flows of a pair move together, so that errors of "
    "slopes are larger than those of independent rows",
)


class _Case(NamedTuple):
    world: World
    cells: Cells
    at: tuple[int, ...]


def scenario() -> Scenario:
    """Measures of the registry in force in July 2023, against the last day of 2017.

    Examples:
        >>> scenario().title
        'Tariffs of the first trade war that were in force in July 2023'
    """
    with as_file(files(__package__).joinpath(SCENARIO)) as path:
        return load_scenario(path)


def world_2017(tables: TradeTables, structure: World) -> World:
    """A world of the trade of 2017, in the sectors of the tables.

    Args:
        tables: with the economies of `structure`.
        structure: a world with the sectors of WIOD's 2013 release.
    """
    detailed = world_of_trade(tables.before, INDUSTRIES, structure, "trade-2017", 2017)
    return detailed.aggregate(sectors=GROUPS)


def back_test(folder: Path | None, blocks: int = BLOCKS) -> BackTest:
    """Predictions from the trade of 2017 beside the trade of 2023, by sector.

    Args:
        folder: that holds `adb_mrio44`, and `us_china` where there are lists by HS6 line.
        blocks: of draws for the intervals.

    Raises:
        BadInput: the folder lacks the tables of trade, or they are not what they should be.
        CannotCompute: the default theory has no equilibrium.
    """
    if folder is None:
        remedy = "name the folder that holds adb_mrio44, with --data"
        raise BadInput(
            Problem(f"{NAME} needs the tables of trade of 2017 and 2023", field="data", remedy=remedy)
        )
    structure = load_world(STRUCTURE)
    tables = read_trade_tables(folder).grouped(structure.economies)
    goods = tuple(range(len(GOODS)))
    before, after = (with_all_goods(table, goods) for table in (tables.before, tables.after))
    found = cells(tables.economies, GOODS, PAIR, before, after)
    history = History(found, before, after, apart(tables.economies, PAIR))
    case = _Case(world_2017(tables, structure), found, goods)
    draws = _bands(case, blocks)
    totals = _totals(history)
    points = _points(case, folder, structure, tables, totals)
    duty = _duty(case)
    told = []
    for measure, correction in _ways(found, totals):
        place = list(MEASURES.values()).index(measure)
        model = [one.values[:, place * len(duty) : (place + 1) * len(duty)] for one in draws]
        others = [past.ordinary(measure, found.size) for past in (history, calm_history())]
        bands = [*model, *(both(model[1], other) for other in others), others[0].T]
        variants = {name: values[place] for name, values in points.items()}
        median = np.median(model[0], axis=0)
        told.append(compared(measure, history, bands, variants, median, duty, correction))
    meaning = f"{told[-1].meaning}, corrected by official totals"
    told[-1] = replace(told[-1], measure=OFFICIAL, meaning=meaning)
    return BackTest(
        name=NAME,
        title="Tariffs of the United States and China of 2018 and 2019, seen in 2023",
        question=(
            "Change of trade from 2017 to 2023 between the two, by sector, beside what the tariffs in force "
            "in July 2023 do to the trade of 2017"
        ),
        bands=BANDS,
        compared=tuple(told),
        totals=totals,
        rates=_rates(case, folder),
        draws=sum(len(one.values) for one in draws),
        failed=sum(one.failed for one in draws),
        inputs=(
            "trade: Asian Development Bank, Multi-Regional Input-Output Tables 2017 and 2023, 44 economies "
            "and 19 sectors without fossil fuels (aggregated by Wu Chengjun)",
            f"structure of production and tariffs of 2017: {STRUCTURE}; measures: the registry",
        ),
        notes=NOTES,
    )


def _read(case: _Case, reference: Bilateral, with_measures: Bilateral) -> list[np.ndarray]:
    """Predicted log changes of the flows, by measure of change."""
    before, after = (with_all_goods(flows, case.at) for flows in (reference, with_measures))
    return [case.cells.of(measure.change(before, after)) for measure in MEASURES.values()]


def _bands(case: _Case, blocks: int) -> list[Drawn]:
    """Draws with the default theory, and with those that draws mix by default."""
    several = tuple(other.theory for other in defensible(Theory(), case.world))
    found = []
    for theories, sources in (
        ((Theory(),), ("elasticities", "measures")),
        (several, ("elasticities", "measures", "theory")),
    ):
        question = Question(case.world, scenario(), scenario().reference, theories, PAIR, sources)
        found.append(drawn(question, blocks, lambda old, new: np.concatenate(_read(case, old, new))))
    return found


def _points(
    case: _Case, folder: Path, structure: World, tables: TradeTables, totals: tuple[Total, ...]
) -> Mapping[str, list[np.ndarray]]:
    """Point predictions with the default choices, then with others.

    Scale economies are not among them: no equilibrium was found within minutes on a world of this size.
    """
    found = {POINT: _point(case, Theory())}
    sets = [name.name for name in elasticity_sets() if name.name != Theory().elasticities]
    for name in [*sets, "uniform:5"]:
        found[name] = _point(case, Theory(elasticities=name))
    found["labour specific to sectors"] = _point(case, Theory(labour="specific"))
    if (folder / LISTS).is_dir():
        shock = set_tariffs(case.world, listed_tariffs(folder, case.world))
        flows = solved_flows(case.world, shock, Theory())
        found["mean rates of lists by HS6 line"] = _read(case, case.world.flows, flows)
    then = structure.aggregate(sectors=INDUSTRIES)
    at = tuple(then.sectors.index(name) for name in GOODS)
    found[f"from {STRUCTURE} itself"] = _point(case._replace(world=then, at=at), Theory())
    corrected = world_2017(_with_totals(tables, totals), structure)
    found["from 2017 with official totals"] = _point(case._replace(world=corrected), Theory())
    return found


def _with_totals(tables: TradeTables, totals: tuple[Total, ...]) -> TradeTables:
    """The tables with the goods of 2017 between the two scaled to the totals of official statistics."""
    before = np.array(tables.before)
    for total in totals:
        n, i = (tables.economies.index(code) for code in (total.importer, total.exporter))
        before[: len(GOODS), n, i] *= total.before / total.before_here
    return tables._replace(before=before)


def _point(case: _Case, theory: Theory) -> list[np.ndarray]:
    wanted = scenario()
    reference = wanted.reference
    if reference is None:
        raise CannotCompute(f"{SCENARIO} has no reference")
    shocks = (
        compile_scenario(reference, case.world, [wanted]),
        compile_scenario(wanted, case.world, [reference]),
    )
    return _read(case, *(solved_flows(case.world, shock, theory) for shock in shocks))


def _ways(found: Cells, totals: tuple[Total, ...]) -> list[tuple[Measure, np.ndarray | None]]:
    """Measures of change; the last is the share again, with each pair's growth by official statistics."""
    growth = {
        (total.importer, total.exporter): float(
            np.log(total.after / total.before) - np.log(total.after_here / total.before_here)
        )
        for total in totals
    }
    correction = np.array([growth[found.names(cell)[:2]] for cell in range(len(found.index))])
    return [*((measure, None) for measure in MEASURES.values()), (MEASURES["share"], correction)]


def _totals(history: History) -> tuple[Total, ...]:
    """All goods by other statistics beside the tables'."""
    found = []
    for importer, exporter, before, after, source in TOTALS:
        n, i = (history.cells.economies.index(code) for code in (importer, exporter))
        then, now = (float(table[-1, n, i]) / 1e3 for table in (history.before, history.after))
        found.append(Total(importer, exporter, before, after, then, now, source))
    return tuple(found)


def _rates(case: _Case, folder: Path) -> tuple[Rates, ...]:
    """Added duties by sector beside mean rates of the lists, where there are lists."""
    if not (folder / LISTS).is_dir():
        return ()
    added = added_duty(compile_scenario(scenario(), case.world), case.world)
    found = []
    for (importer, exporter), rates in mean_rates(folder, case.world).items():
        n, i = (case.world.economies.index(code) for code in (importer, exporter))
        goods = list(case.at)
        here, listed = added[goods, n, i] / case.world.flows[goods, n, i], rates[goods]
        same = float(np.corrcoef(here, listed)[0, 1])
        apart_by = float(np.abs(here - listed).mean())
        found.append(Rates(importer, exporter, float(here.mean()), float(listed.mean()), same, apart_by))
    return tuple(found)


def _duty(case: _Case) -> np.ndarray:
    """What the measures add on unchanged trade, as a part of each flow."""
    added = added_duty(compile_scenario(scenario(), case.world), case.world)
    duties, flows = (case.cells.of(with_all_goods(values, case.at)) for values in (added, case.world.flows))
    return np.asarray(duties / flows)
