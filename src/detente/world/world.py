"""The baseline economy: labelled, balanced, immutable; it knows its vintage and what in it is estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.arrays import Bilateral, ByEconomy, ByEconomySector, InputUse, labelled
from detente.errors import BadInput, Problem, nearest
from detente.world.complete_table import CompleteTable, Purchases, conform

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Provenance", "World"]


def _fixed(values: np.ndarray) -> np.ndarray:
    """The same array, closed to changes: what one caller does must not reach another."""
    values.flags.writeable = False
    return values


def _own(values: np.ndarray) -> np.ndarray:
    """The array in the world's keeping: a copy of what its giver can still change."""
    kept = np.ascontiguousarray(values, dtype=np.float64)
    return _fixed(kept.copy() if kept is values and values.flags.writeable else kept)


@dataclass(frozen=True)
class Provenance:
    """Where a world's numbers come from, and which of them are estimated.

    Attributes:
        sources: citations, most important first.
        estimated: one sentence for each estimated part, shown wherever results of the world are shown.
        measured_errors: how wrong the estimated parts were found to be, by name of the measure.
        tariff_layers: the layers of the baseline tariffs, first to last applied, each with its vintage.
        inputs: SHA-256 of each file that the world was built from, by relative path.
        measures_included: the day (ISO 8601) whose measures an importer's baseline tariffs hold, by importer;
            an importer that is not named has only its ordinary tariffs in the baseline.
    """

    sources: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    measured_errors: Mapping[str, float] = field(default_factory=dict)
    tariff_layers: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    measures_included: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class World:
    """A calibrated baseline economy.

    Flows are current USD million a year at basic prices (before import duties).

    Attributes:
        name: short name, as given to `load_world`.
        title: one line for people.
        vintage: year of the flows.
        classification: key of the sector classification, such as "icio2025", "isic4-sections", "wiod2013".
        economies: ISO 3166 alpha-3 codes or names of groups; "ROW" is the rest of the world.
        sectors: sector codes.
        sector_titles: one for each sector.
        intermediate_flows: sales to firms, (sector, importer, exporter).
        final_flows: sales to households, governments and investment, (sector, importer, exporter).
        input_use: inputs bought by each producing sector from all origins, (economy, input, sector).
        tariff_factor: 1 + ad valorem tariff in the baseline, (sector, importer, exporter).
        provenance: sources, estimated parts and their measured errors.
        complete_table: what every sector buys from each economy, as published; None where it is not known.
        parent: the world this one was aggregated from, if any.
        economy_groups: for an aggregated world, parent's economies in each economy.
        sector_groups: for an aggregated world, parent's sectors in each sector.
    """

    name: str
    title: str
    vintage: int
    classification: str
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_titles: tuple[str, ...]
    intermediate_flows: Bilateral
    final_flows: Bilateral
    input_use: InputUse
    tariff_factor: Bilateral
    provenance: Provenance = field(default_factory=Provenance)
    complete_table: CompleteTable | None = None
    parent: World | None = None
    economy_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sector_groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("intermediate_flows", "final_flows", "input_use", "tariff_factor"):
            object.__setattr__(self, name, _own(getattr(self, name)))

    @cached_property
    def flows(self) -> Bilateral:
        """All sales at basic prices, (sector, importer, exporter), USD million a year."""
        return _fixed(self.intermediate_flows + self.final_flows)

    @cached_property
    def output(self) -> ByEconomySector:
        """Gross output, (economy, sector), USD million a year."""
        return _fixed(np.ascontiguousarray(self.flows.sum(axis=1).T))

    @cached_property
    def value_added(self) -> ByEconomySector:
        """Output less inputs at basic prices and their duties, (economy, sector), USD million a year."""
        duties = self.intermediate_flows * (self.tariff_factor - 1.0)
        bought = self.intermediate_flows.sum(axis=2)
        rate = np.divide(duties.sum(axis=2), bought, out=np.zeros_like(bought), where=bought > 0)
        return _fixed(self.output - (self.input_use * (1.0 + rate.T[:, :, None])).sum(axis=1))

    @cached_property
    def gdp(self) -> ByEconomy:
        """Value added plus tariff revenue, (economy,), USD million a year."""
        return _fixed(self.value_added.sum(axis=1) + self.tariff_revenue)

    @cached_property
    def tariff_revenue(self) -> ByEconomy:
        """Duties at the baseline rates, (economy,), USD million a year."""
        return _fixed((self.flows * (self.tariff_factor - 1.0)).sum(axis=(0, 2)))

    def complete_purchases(self) -> Purchases | None:
        """Purchases by input, buying sector, importer and exporter, USD million a year; None if not known.

        They add up to `intermediate_flows` and `input_use`. Made anew by each call, from the published table
        (`complete_table.conform`): 8 bytes a cell.

        Raises:
            BadInput: the table is not one of this world.

        Examples:
            >>> import detente as dt
            >>> dt.load_world("wiod-2011").complete_purchases().shape
            (35, 35, 41, 41)
        """
        if self.complete_table is None:
            return None
        return conform(self.complete_table.cells, self.intermediate_flows, self.input_use)

    @property
    def estimated(self) -> tuple[str, ...]:
        """What in this world is estimated, one sentence each."""
        return self.provenance.estimated

    @property
    def coordinates(self) -> dict[str, tuple[str, ...]]:
        """Labels of every dimension that arrays of this world can have."""
        economies = self.economies
        return {
            "economy": economies,
            "importer": economies,
            "exporter": economies,
            "sector": self.sectors,
            "input": self.sectors,
        }

    def table(self, name: str) -> xr.DataArray:
        """One of the world's arrays with its labels and unit.

        Raises:
            BadInput: the world has no table of that name.

        Examples:
            >>> import detente as dt
            >>> dt.load_world("g20-2019").table("output").dims
            ('economy', 'sector')
        """
        valid = (
            "flows", "intermediate_flows", "final_flows", "input_use", "tariff_factor",
            "output", "value_added", "gdp",
        )  # fmt: skip
        if name not in valid:
            raise BadInput(Problem(f"no table '{name}' in a world", remedy=nearest(name, valid)))
        return labelled(name, getattr(self, name), self.coordinates, world=self.name, vintage=self.vintage)

    def economy(self, name: str) -> str:
        """The world's code of an economy given in any usual spelling.

        Raises:
            BadInput: no such economy; the message has the nearest ones.

        Examples:
            >>> import detente as dt
            >>> dt.load_world("g20-2019").economy("South Korea")
            'KOR'
        """
        from detente.world.names import match_economy

        return match_economy(name, self.economies, self.economy_groups)

    def sector(self, name: str) -> str:
        """The world's code of a sector given by code or title.

        Raises:
            BadInput: no such sector; the message has the nearest ones.

        Examples:
            >>> import detente as dt
            >>> dt.load_world("g20-2019").sector("manufacturing")
            'C'
        """
        from detente.world.names import match_sector

        return match_sector(name, self.sectors, self.sector_titles)

    def aggregate(
        self,
        economies: str | Mapping[str, Sequence[str]] | None = None,
        sectors: str | Mapping[str, Sequence[str]] | None = None,
    ) -> World:
        """Sum economies and sectors into groups, conserving every flow.

        Args:
            economies: a shipped grouping ("focus") or a mapping from group to members; the unnamed stay.
            sectors: a shipped grouping ("goods", "sections") or a mapping; unnamed sectors stay.

        Raises:
            BadInput: unknown grouping or member, or a member in two groups; lists all of them.

        Examples:
            >>> import detente as dt
            >>> world = dt.load_world("g20-2019").aggregate(economies={"NAM": ["CAN", "USA", "MEX"]})
            >>> len(world.economies)
            18
        """
        from detente.world.aggregation import aggregate

        return aggregate(self, economies, sectors)

    def replace(self, **changes: Any) -> World:
        """A copy with some attributes changed.

        Examples:
            >>> import detente as dt
            >>> dt.load_world("g20-2019").replace(name="mine").name
            'mine'
        """
        from dataclasses import replace

        return replace(self, **changes)
