"""From the design's points to the inputs of a draw: a world, elasticities, shocks and a theory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from detente.errors import BadInput
from detente.model import Baseline, Theory, Weights, calibrate, redrawn, shock_weights
from detente.policy import DrawnShocks, Shock, compile_scenario, joint_numbers, no_shock
from detente.studies.uncertainty.design import SIDES, Design, Factor, Row, split
from detente.studies.uncertainty.question import SOURCES, Question
from detente.studies.uncertainty.taxed import TaxedWorlds
from detente.world import World
from detente.world.elasticity_draws import ElasticityDraws
from detente.world.flow_error import flow_error

__all__ = ["KEPT_BLOCKS", "Case", "Inputs", "Refused"]

# Worlds of so many blocks are kept, as rows of a block share them.
KEPT_BLOCKS = 4
# Points are made for so many blocks at once.
_STRIDE = 64
THEORY, FLOWS, TARIFFS = "theory", "flows", "tariffs"


@dataclass(frozen=True)
class Case:
    """One draw, ready to be solved.

    Attributes:
        row: its place in the design.
        theory: number of its theory.
        base: the baseline.
        reference, scenario: both shocks on it.
    """

    row: Row
    theory: int
    base: Baseline
    reference: Weights
    scenario: Weights


@dataclass(frozen=True)
class Refused:
    """A draw whose inputs no baseline has.

    Attributes:
        row: its place in the design.
        theory: number of its theory.
        message: why.
    """

    row: Row
    theory: int
    message: str


class Inputs:
    """What the draws of a question are made from; worked out once, on every machine that makes draws."""

    def __init__(self, question: Question) -> None:
        self.question = question
        world, wanted = question.world, set(question.sources)
        self._bases = [calibrate(world, theory) for theory in question.theories]
        sets = dict.fromkeys(_set_of(theory) for theory in question.theories)
        varies = "elasticities" in wanted
        self._draws = {key: ElasticityDraws(world, *key) for key in sets} if varies else {}
        self._flows = flow_error(world) if FLOWS in wanted else None
        self._taxes = TaxedWorlds(world)
        self._tariffs = self._taxes.error if TARIFFS in wanted else None
        self._numbers = joint_numbers(question.scenarios) if "measures" in wanted else ()
        drawn = self._numbers or self._tariffs is not None
        self._laid_out = DrawnShocks(question.scenarios, world) if drawn else None
        numbers = tuple(name for names in self._coordinates().values() for name in names)
        self.design = Design(self._factors(), numbers, question.seed)
        self._place = {name: at for at, name in enumerate(self.design.numbers)}
        self._shocks = lru_cache(len(SIDES) ** 2 * KEPT_BLOCKS)(self._compiled)
        self._stretch = lru_cache(2)(lambda at: self.design.points(at * _STRIDE, _STRIDE))
        self._worlds = lru_cache(len(SIDES) ** 2 * KEPT_BLOCKS)(self._world)
        self._taxed = lru_cache(len(SIDES) * KEPT_BLOCKS)(self._with_tariffs)

    def describe(self) -> list[tuple[str, str]]:
        """Every source that varies: its name, and its distribution with where that comes from."""
        found = [
            ("elasticities", f"{_estimate(key, name)}: {text}")
            for key, draws in self._draws.items()
            for name, text in draws.describe()
        ]
        found += [("measures", f"{number.label}: {number} ({number.origin})") for number in self._numbers]
        for name, error in ((FLOWS, self._flows), (TARIFFS, self._tariffs)):
            found += [] if error is None else [(name, f"{part}: {text}") for part, text in error.describe()]
        if THEORY in self._place:
            found += [(THEORY, theory.describe()) for theory in self.question.theories]
        return found

    def _coordinates(self) -> dict[str, tuple[str, ...]]:
        """Inputs that are one number each, by source."""
        several = THEORY in self.question.sources and len(self.question.theories) > 1
        return {
            # Theories that take the same estimates, some with returns to scale, share their errors.
            "elasticities": tuple(
                dict.fromkeys(
                    _estimate(key, name) for key, draws in self._draws.items() for name in draws.factors
                )
            ),
            "measures": tuple(number.label for number in self._numbers),
            THEORY: (THEORY,) if several else (),
        }

    def _factors(self) -> tuple[Factor, ...]:
        """What has a share of the variance; sources with nothing in them have none."""
        inputs = {
            **self._coordinates(),
            FLOWS: () if self._flows is None else (FLOWS,),
            TARIFFS: () if self._tariffs is None else (TARIFFS,),
        }
        found = [Factor(name, SOURCES[name][0], inputs[name]) for name in SOURCES if inputs[name]]
        if self.question.by == "parameters":
            single = [split(part, part.inputs) if part.kind == "parameters" else (part,) for part in found]
            found = [part for parts in single for part in parts]
        return tuple(found)

    def cases(self, first: int, count: int, theory: int) -> Iterator[Case | Refused]:
        """The draws of some blocks that have a theory, by its number, in order."""
        for block in range(first, first + count):
            for row in self.design.rows(block):
                if self.theory_of(row) != theory:
                    continue
                try:
                    yield self.case(row, theory)
                except BadInput as error:
                    # Such as profits above value added; the numbers of the point answer have none.
                    yield Refused(row, theory, str(error.problems[0]))

    def theory_of(self, row: Row) -> int:
        """Number of the theory of a draw."""
        if THEORY not in self._place:
            return 0
        count = len(self.question.theories)
        point = self._point(row, self._factor_of(THEORY), THEORY)
        return min(int(point * count), count - 1)

    def _factor_of(self, name: str) -> str:
        return next(factor.name for factor in self.design.factors if name in factor.inputs)

    def _point(self, row: Row, factor: str, name: str) -> float:
        """One coordinate of a draw, from 0 to 1."""
        at, place = divmod(row.block, _STRIDE)
        return float(self._stretch(at)[row.side(factor)][place, self._place[name]])

    def _taken(self, row: Row) -> dict[str, float]:
        """Every coordinate of a draw, by name."""
        return {
            name: self._point(row, factor.name, name)
            for factor in self.design.factors
            for name in factor.inputs
            if name in self._place
        }

    def _side(self, row: Row, source: str, there: bool) -> str:
        return row.side(source) if there else SIDES[0]

    def case(self, row: Row, number: int) -> Case:
        """A draw, ready to be solved under a theory, by its number.

        Raises:
            BadInput: no baseline has what was drawn.
        """
        theory, taken = self.question.theories[number], self._taken(row)
        flows = self._side(row, FLOWS, self._flows is not None)
        tariffs = self._side(row, TARIFFS, self._tariffs is not None)
        world = self._worlds(row.block, flows, tariffs)
        base = self._bases[number]
        elasticity = scale = None
        key = _set_of(theory)
        if key in self._draws:
            draws = self._draws[key]
            points = np.array([taken[_estimate(key, name)] for name in draws.factors])
            elasticity, scale = draws.at(points)
        if world is not self.question.world or elasticity is not None:
            base = redrawn(base, world, theory, elasticity, scale)
        values = tuple(
            float(number.distribution.quantile(np.array(taken[number.label]))) for number in self._numbers
        )
        block = row.block if self._tariffs is not None else 0
        reference, scenario = (shock_weights(base, shock) for shock in self._shocks(values, block, tariffs))
        return Case(row, number, base, reference, scenario)

    def _compiled(self, values: tuple[float, ...], block: int, tariffs: str) -> tuple[Shock, Shock]:
        """Reference and scenario with their uncertain numbers, and on the tariffs, of a draw.

        What a measure hits are parts of the flows as they are in the world, not as they are drawn.
        """
        world, scenario, reference = self.question.world, self.question.scenario, self.question.reference
        if self._laid_out is not None:
            world = world if self._tariffs is None else self._taxed(block, tariffs)
            *before, drawn = self._laid_out.at(values, world)
            return (before[0] if before else no_shock(world)), drawn
        against = no_shock(world) if reference is None else compile_scenario(reference, world, [scenario])
        return against, compile_scenario(scenario, world, [] if reference is None else [reference])

    def _with_tariffs(self, block: int, side: str) -> World:
        return self._taxes.draw(self.design.generator(TARIFFS, block, side))

    def _world(self, block: int, flows: str, tariffs: str) -> World:
        world = self.question.world
        if self._flows is not None:
            world = self._flows.draw(self.design.generator(FLOWS, block, flows))
        if self._tariffs is None:
            return world
        return world.replace(tariff_factor=self._taxed(block, tariffs).tariff_factor)


def _set_of(theory: Theory) -> tuple[str, str, bool]:
    """Which elasticities a theory takes: set, horizon, whether with the set's own returns to scale."""
    return theory.elasticities, theory.horizon, isinstance(theory.scale_elasticity, str)


def _estimate(key: tuple[str, str, bool], name: str) -> str:
    return f"{key[0]} ({key[1]}): {name}"
