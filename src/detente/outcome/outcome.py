"""An equilibrium against a reference, as labelled quantities with units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.arrays import labelled, quantities
from detente.errors import BadInput, Problem, nearest
from detente.model import Baseline, Equilibrium, LimitResult, Theory
from detente.outcome.checks import Check, run_checks
from detente.outcome.quantities import ON_REQUEST, ONLY_WITH, QUANTITIES, Comparison, quantity_names
from detente.outcome.table import Table
from detente.world import LabourGroups, labour_groups
from detente.world.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Outcome"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a scenario does, against its reference.

    Attributes:
        id: content-addressed: the same scenario, reference, world, theory and version give the same one.
        world: the baseline economy.
        scenario: name of the scenario.
        against: name of the reference; "baseline" is the world as it stands.
        theory: the modelling choices.
        reference, equilibrium: the two solutions.
        base: the baseline in the model's terms.
        notices: sentences that a reader of any number must see.
        hashes: content hashes of the scenario, the reference and the world.
        runaways: sentences on flows that grow beyond belief, see `runaway_flows`.
        theory_notes: sentences on the parameters of the theory and what is estimated for it.
    """

    id: str
    world: World
    scenario: str
    against: str
    theory: Theory
    reference: Equilibrium
    equilibrium: Equilibrium
    base: Baseline
    notices: tuple[str, ...]
    hashes: dict[str, str]
    runaways: tuple[str, ...] = ()
    theory_notes: tuple[str, ...] = ()

    @property
    def cautions(self) -> tuple[str, ...]:
        """Why the answer as a whole is in doubt: flows that run away, and checks that fail."""
        failed = (check for check in self.checks if not check.passed)
        said = (
            f"check failed: {check.name}: {check.meaning} (found {check.measured:.1e}, at most "
            f"{check.bound:.0e})"
            for check in failed
        )
        return (*self.runaways, *said)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the quantities that exports of this outcome have; those of other theories are left out.

        `real_income_first_order`, which takes a solve of its own, is there when asked for by name.
        """
        return quantity_names(self.theory)

    @cached_property
    def groups(self) -> LabourGroups | None:
        """Groups of workers; None where the theory has none."""
        if self.theory.labour_groups is None:
            return None
        return labour_groups(self.world, self.theory.labour_groups)

    @property
    def coordinates(self) -> dict[str, tuple[str, ...]]:
        """Labels of every dimension: the world's, and groups of workers."""
        named = {} if self.groups is None else {"group": self.groups.groups}
        return {**self.world.coordinates, **named}

    def __getitem__(self, name: str) -> xr.DataArray:
        """A quantity with labels, unit and description.

        Raises:
            BadInput: no such quantity; the message has the nearest ones.

        Examples:
            >>> import detente as dt
            >>> outcome = dt.run("g20-2019", "china-canada-2024-25")
            >>> outcome["real_income"].sel(economy="CAN").item() < 0
            True
            >>> outcome["real_income"].attrs["unit"]
            'percent'
        """
        return labelled(
            name,
            self.values(name),
            self.coordinates,
            world=self.world.name,
            vintage=self.world.vintage,
            scenario=self.scenario,
            against=self.against,
            outcome=self.id,
            residual=self.residual,
            estimated="; ".join(self.world.estimated),
        )

    def values(self, name: str) -> np.ndarray:
        """A quantity as a plain array, its dimensions in the order of `variables.toml`; needs no xarray.

        Raises:
            BadInput: no such quantity, or none under this theory.
            CannotCompute: a first-order effect where the reference has no derivative.

        Examples:
            >>> import detente as dt
            >>> outcome = dt.run("g20-2019", "canada-china-2026")
            >>> outcome.values("exports").shape
            (20, 20)
            >>> outcome.values("profits")
            Traceback (most recent call last):
            ...
            detente.errors.BadInput: ...there are none under this theory...
        """
        if name not in QUANTITIES:
            raise BadInput(Problem(f"no quantity '{name}'", remedy=nearest(name, self.names)))
        if name not in self.names and name not in ON_REQUEST:
            what, remedy = f"'{name}': there are none under this theory", f"run with {ONLY_WITH[name][1]}"
            raise BadInput(Problem(what, field="theory", remedy=remedy))
        return QUANTITIES[name](self._comparison)

    def table(self, name: str) -> Table:
        """A quantity as a tidy table: one row a number, with its unit.

        Raises:
            BadInput: no such quantity.

        Examples:
            >>> import detente as dt
            >>> outcome = dt.run("g20-2019", "china-canada-2024-25")
            >>> outcome.table("real_income").to_pandas().columns.tolist()
            ['quantity', 'economy', 'value', 'unit']
        """
        return Table.of(self[name])

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Named consistency checks with what they measured."""
        return run_checks(self._comparison)

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison(self.reference, self.equilibrium, self.base, self.theory)

    @property
    def limits(self) -> tuple[LimitResult, ...]:
        """Every quota, restraint, commitment and margin of the scenario: its regime, premium and rents."""
        return self.equilibrium.limits

    @property
    def residual(self) -> float:
        """Largest market-clearing residual of the two solutions, as a fraction."""
        return max(self.reference.residual, self.equilibrium.residual)

    def describe(self, name: str) -> str:
        """One sentence on what a quantity means."""
        return quantities()[name].description
