"""How surely estimated flows are known: draws of final demand by origin, with the measured error.

Final demand by destination is estimated in `world-2022`; intermediate flows are the publisher's own. The
error was measured where the truth is known (final demand of WIOD 2011, hidden and estimated by the same
method). It has three independent log-normal components: of each flow, of each pair of economies in all
sectors, and of each importer's choice between home and abroad in each sector. Their sizes stand in
`bundled/flow_errors.toml`, made by tools/measure_errors_flows.py; docs/uncertainty-inputs.md says how well
they fit and what is assumed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Bool, Float

from detente.arrays import Bilateral
from detente.world.margins import scaled_to_margins
from detente.world.world import World

__all__ = ["FlowError", "FlowErrorSizes", "flow_error"]

Pairs = Float[np.ndarray, "importer exporter"]
Purchases = Float[np.ndarray, "sector importer"]

ESTIMATED = "final demand estimated"
# Flows smaller than these parts of all international final flows have the error of one of this size.
_SMALLEST = 1e-7
# Sizes hold for flows of this part of all international final flows.
_REFERENCE = 1e-3
# Standard deviations of logarithms; beyond, a flow is unknown anyway.
_LARGEST = 2.5


@dataclass(frozen=True)
class FlowErrorSizes:
    """Standard deviations of logarithms, measured.

    Each falls with the size of what it belongs to: s (x / 0.001)^-slope, x its part of all international
    final flows. "Exact" are pairs of which both economies (for `home`: the importer) have an exact table of
    three years before.

    Attributes:
        cell_exact, cell_other, cell_slope: of one flow (sector, importer, exporter).
        pair_exact, pair_other, pair_slope: of all flows of a pair.
        home_exact, home_other, home_slope: of an importer's purchases at home against abroad, by sector.
        drift: of home purchases, times the variance, so that trade keeps its mean.
    """

    cell_exact: float
    cell_other: float
    cell_slope: float
    pair_exact: float
    pair_other: float
    pair_slope: float
    home_exact: float
    home_other: float
    home_slope: float
    drift: float


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of the logarithms of a table's components.

    Attributes:
        cell: (sector, importer, exporter), zero at home.
        pair: (importer, exporter), zero at home.
        home: (sector, importer).
    """

    cell: Bilateral
    pair: Pairs
    home: Purchases


@dataclass(frozen=True, eq=False)
class FlowError:
    """The error of a world's estimated flows.

    Attributes:
        world: with the flows as estimated.
        spreads: standard deviations of the components.
        drift: see `FlowErrorSizes`.
        origin: how the error was measured, in words.
    """

    world: World
    spreads: Spreads
    drift: float
    origin: str

    def draw(self, rng: np.random.Generator) -> World:
        """A world that the true one may be: other origins of final demand, the same margins.

        Every sector's sales in every economy, every economy's final purchases in every sector, intermediate
        flows and inputs stay as they are; so do zeros. The draw depends on nothing but the generator.

        Raises:
            CannotCompute: the sums could not be met.

        Examples:
            >>> import detente as dt
            >>> world = dt.load_world("world-2022").aggregate("focus")
            >>> drawn = flow_error(world).draw(np.random.default_rng(1))
            >>> bool(np.allclose(drawn.output, world.output)), bool((drawn.flows == world.flows).all())
            (True, False)
        """
        final = self.world.final_flows
        drawn = perturbed(final, self.spreads, self.drift, rng)
        drawn = scaled_to_margins(drawn, final.sum(axis=2), final.sum(axis=1))
        drawn.flags.writeable = False  # no copy of what nobody else has
        return replace(self.world, final_flows=drawn)

    def describe(self) -> list[tuple[str, str]]:
        """What is uncertain, with the distribution and its source, in words."""
        final, spreads = self.world.final_flows, self.spreads
        abroad = ~np.eye(final.shape[1], dtype=bool)
        pairs = final.sum(axis=0)[abroad]
        typical = (
            _weighted(spreads.cell[:, abroad], final[:, abroad]),
            _weighted(spreads.pair[abroad], pairs),
            _weighted(spreads.home, (final * abroad).sum(axis=2)),
        )
        what = (
            "log-normal errors of each flow (standard deviation of the logarithm {:.2f}, weighted by value), "
            "of each pair ({:.2f}) and of each importer's choice between home and abroad ({:.2f}); sales and "
            "purchases of every sector and economy are kept; "
        )
        return [("final demand by origin", what.format(*typical) + self.origin)]


def flow_error(world: World) -> FlowError | None:
    """The error of a world's estimated flows; None where they are all published.

    Errors of an aggregated world are those of its parent's flows, averaged out: log-normal again, with the
    variances that the sums have.

    Source: hold-out of WIOD 2011, `bundled/flow_errors.toml`.

    Examples:
        >>> import detente as dt
        >>> flow_error(dt.load_world("wiod-2011")) is None
        True
        >>> world = dt.load_world("world-2022")
        >>> whole, part = flow_error(world), flow_error(world.aggregate("focus"))
        >>> cars = world.sectors.index("C29")
        >>> bool(whole.spreads.cell[cars].max() > part.spreads.cell[cars].max() > 0.0)
        True
    """
    if ESTIMATED not in world.estimated:
        return None
    sizes, exact_members, origin = _table()
    root = world.parent or world
    exact = np.array([code in exact_members for code in root.economies])
    spreads = spreads_of(root.final_flows, exact, sizes)
    if world.parent is not None:
        economy = _members(world.economies, world.economy_groups, root.economies)
        sector = _members(world.sectors, world.sector_groups, root.sectors)
        spreads = grouped(root.final_flows, spreads, economy, sector)
    return FlowError(world, spreads, sizes.drift, origin)


@cache
def _table() -> tuple[FlowErrorSizes, frozenset[str], str]:
    text = files("detente.world").joinpath("bundled", "flow_errors.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    return (
        FlowErrorSizes(**found["sizes"]),
        frozenset(found["exact_members"]),
        " ".join(found["origin"].split()),
    )


def spreads_of(final: Bilateral, exact: Bool[np.ndarray, "economy"], sizes: FlowErrorSizes) -> Spreads:
    """Standard deviations of the components of a table that was estimated cell by cell.

    Args:
        final: final flows, (sector, importer, exporter).
        exact: economies with an exact table of three years before, (economy,).
        sizes: as measured.
    """
    abroad = ~np.eye(final.shape[1], dtype=bool)
    foreign = np.where(abroad, final, 0.0)
    part = foreign / max(foreign.sum(), 1e-300)
    both = np.logical_and.outer(exact, exact)
    cell = np.where(both, sizes.cell_exact, sizes.cell_other) * _relative(part, sizes.cell_slope)
    pair = np.where(both, sizes.pair_exact, sizes.pair_other) * _relative(part.sum(axis=0), sizes.pair_slope)
    home = np.where(exact, sizes.home_exact, sizes.home_other) * _relative(part.sum(axis=2), sizes.home_slope)
    cell, pair, home = (np.minimum(spread, _LARGEST) for spread in (cell, pair, home))
    return Spreads(cell * abroad, pair * abroad, home)


def _relative(part: np.ndarray, slope: float) -> np.ndarray:
    return np.asarray((np.maximum(part, _SMALLEST) / _REFERENCE) ** -slope)


def perturbed(final: Bilateral, spreads: Spreads, drift: float, rng: np.random.Generator) -> Bilateral:
    """Flows times their errors, before sales and purchases are restored; a new array.

    The errors of flows and pairs have mean one.
    """
    logarithm = rng.standard_normal(final.shape)
    logarithm *= spreads.cell
    logarithm -= 0.5 * spreads.cell**2
    logarithm += rng.standard_normal(spreads.pair.shape) * spreads.pair - 0.5 * spreads.pair**2
    here = np.arange(final.shape[1])
    logarithm[:, here, here] = (
        rng.standard_normal(spreads.home.shape) * spreads.home + drift * spreads.home**2
    )
    np.exp(logarithm, out=logarithm)
    logarithm *= final
    return logarithm


def grouped(
    final: Bilateral,
    spreads: Spreads,
    economy: Float[np.ndarray, "group economy"],
    sector: Float[np.ndarray, "sector_group sector"],
) -> Spreads:
    """Spreads of a table's sums over groups of economies and sectors.

    Variances of sums of independent errors; an error that flows share counts as one. Trade within a group is
    the group's own sales. What members buy at home is weighed by their purchases from outside the group.

    Args:
        final: flows of the members, (sector, importer, exporter).
        spreads: of the members.
        economy, sector: one where a group has a member, else zero.
    """
    outside = np.where((economy.T @ economy) > 0.0, 0.0, final)
    of_cell, of_pair = np.expm1(spreads.cell**2), np.expm1(spreads.pair**2)
    alone = np.tensordot(
        sector, economy @ (outside**2 * (of_cell * (1.0 + of_pair))) @ economy.T, axes=(1, 0)
    )
    in_sector = np.tensordot(sector, outside, axes=(1, 0))
    shared = economy @ (in_sector**2 * of_pair) @ economy.T
    total = economy @ in_sector @ economy.T
    in_all = outside.sum(axis=0)
    pair = _ratio(economy @ (in_all**2 * of_pair) @ economy.T, (economy @ in_all @ economy.T) ** 2)
    cell = np.maximum((1.0 + _ratio(alone + shared, total**2)) / (1.0 + pair) - 1.0, 0.0)
    home = _grouped_home(final, outside, spreads.home, economy, sector)
    return Spreads(np.sqrt(np.log1p(cell)), np.sqrt(np.log1p(pair)), np.minimum(home, _LARGEST))


def _grouped_home(
    final: Bilateral,
    outside: Bilateral,
    home: Purchases,
    economy: Float[np.ndarray, "group economy"],
    sector: Float[np.ndarray, "sector_group sector"],
) -> Float[np.ndarray, "sector_group group"]:
    """Spread of a group's choice between its own goods and those from outside.

    A member's purchases from outside move by its home share times its error, the group's by the group's own
    share times its error.
    """
    bought, imported = final.sum(axis=2), outside.sum(axis=2)
    moved = imported * _ratio(np.einsum("sii->si", final), bought) * home
    bought, imported = sector @ bought @ economy.T, sector @ imported @ economy.T
    own_share = 1.0 - _ratio(imported, bought)
    return _ratio(np.sqrt(sector @ moved**2 @ economy.T), imported * own_share)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(above, below, out=np.zeros_like(below), where=below > 0.0)
    return found


def _weighted(values: np.ndarray, weights: np.ndarray) -> float:
    return float((values * weights).sum() / max(weights.sum(), 1e-300))


def _members(
    codes: Sequence[str], groups: Mapping[str, tuple[str, ...]], below: Sequence[str]
) -> Float[np.ndarray, "group member"]:
    found = np.zeros((len(codes), len(below)))
    for row, code in enumerate(codes):
        for member in groups.get(code, (code,)):
            found[row, below.index(member)] = 1.0
    return found
