"""A scenario compiled on a world: plain arrays, ready for the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from detente.arrays import Bilateral, ByEconomySector
from detente.world.world import World

__all__ = ["Limits", "Shock", "Varieties", "no_shock", "set_tariffs"]


class Varieties(NamedTuple):
    """Parts of bilateral flows whose trade costs change differently from the rest of the flow.

    A measure seldom hits all of a sector's flow. Each hit part is a variety of its own in demand, with a
    share of the flow's value (duty included) in the baseline; what no variety names is one more variety. All
    arrays are (variety,). Importer and exporter may be the same economy (a rebate on home goods).

    Buyers pay cost x cost_factor x export_factor x tariff_factor for what cost x baseline_factor in the
    baseline. The importer keeps the tariff, the exporter what the export factor adds, nobody the cost.

    Attributes:
        sector, importer, exporter: indices of the flow.
        share: share of the flow's value in the baseline, 0 to 1; the shares of one flow sum to at most 1.
        baseline_factor: 1 + tariff that the variety pays in the baseline. The rest of the flow pays what
            makes the flow's duties those of the world's own tariff.
        tariff_factor: 1 + tariff that the variety pays under the shock; below 1 for a subsidy.
        export_factor: 1 + export tax that the variety pays under the shock.
        cost_factor: change of the variety's trade cost other than tariff and export tax, new over old;
            infinite for what may not be traded.
    """

    sector: Int[np.ndarray, "variety"]
    importer: Int[np.ndarray, "variety"]
    exporter: Int[np.ndarray, "variety"]
    share: Float[np.ndarray, "variety"]
    baseline_factor: Float[np.ndarray, "variety"]
    tariff_factor: Float[np.ndarray, "variety"]
    export_factor: Float[np.ndarray, "variety"]
    cost_factor: Float[np.ndarray, "variety"]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, float, float, float, float, float]]) -> Varieties:
        """Varieties from rows in the order of the attributes.

        Examples:
            >>> Varieties.of([(0, 1, 2, 0.5, 1.0, 1.25, 1.0, 1.0)]).tariff_factor
            array([1.25])
        """
        table = np.asarray(list(rows), dtype=np.float64).reshape(-1, 8)
        index = table[:, :3].astype(np.int64)
        return cls(index[:, 0], index[:, 1], index[:, 2], *(table[:, column] for column in range(3, 8)))


class Limits(NamedTuple):
    """Quantities that are held down, or up, by a premium on the price that the model solves.

    Each limit has members: varieties that are listed here and not in `Shock.varieties`. The premium m is one
    factor on what buyers pay for every member, over all that `Varieties` says. It is 1 where the quantity
    that is wanted then fits; else it is the factor at which quantity equals `size`, but within `lowest` and
    `highest`: a tariff-rate quota ends where the duty beyond the quota is cheaper (highest = factor beyond /
    factor within), a commitment has lowest < 1 = highest, a fixed margin lowest = highest.

    What the premium adds on the part of trade within the limit is a rent: `exporter_share` of it goes to the
    exporter, the rest to the importer. Trade beyond `size` at `highest` pays the premium as a duty.

    Attributes:
        member_limit: index of the limit that each member belongs to, (member,).
        members: the varieties under limits; their shares count like those of `Shock.varieties`.
        size: quantity at prices of the baseline before duty, or value where `in_value`, (limit,), USD million
            a year; infinite for a margin that is fixed.
        lowest, highest: bounds of the premium, (limit,).
        exporter_share: (limit,), 0 to 1.
        in_value: whether the limit is on current value before duty and not on quantity, (limit,).
        names: what each limit is called in results, such as the id of its measure.
    """

    member_limit: Int[np.ndarray, "member"]
    members: Varieties
    size: Float[np.ndarray, "limit"]
    lowest: Float[np.ndarray, "limit"]
    highest: Float[np.ndarray, "limit"]
    exporter_share: Float[np.ndarray, "limit"]
    in_value: Bool[np.ndarray, "limit"]
    names: tuple[str, ...]

    @classmethod
    def none(cls) -> Limits:
        """No limit at all.

        Examples:
            >>> Limits.none().size.size
            0
        """
        empty = np.zeros(0)
        return cls(
            empty.astype(np.int64), Varieties.of([]), empty, empty, empty, empty, empty.astype(bool), ()
        )


@dataclass(frozen=True)
class Shock:
    """What changes, in a world's dimensions.

    Attributes:
        tariff_factor: 1 + tariff on what no variety names, (sector, importer, exporter).
        cost_factor: change of trade cost, new over old, on what no variety names, as `tariff_factor`.
        varieties: parts of flows that are treated differently.
        notices: sentences a user must see, such as a coverage that had to be capped.
        export_factor: 1 + export tax on what no variety names, as `tariff_factor`; None for no export taxes.
        limits: quotas, restraints, commitments and margins.
        productivity: change of output per unit of inputs, new over old, (economy, sector); None for none.
        production_subsidy: part of unit cost that the government pays, (economy, sector), below 1.
        consumption_subsidy: part of the price of final demand that the government pays, (economy, sector).
    """

    tariff_factor: Bilateral
    cost_factor: Bilateral
    varieties: Varieties = field(default_factory=lambda: Varieties.of([]))
    notices: tuple[str, ...] = ()
    export_factor: Bilateral | None = None
    limits: Limits = field(default_factory=Limits.none)
    productivity: ByEconomySector | None = None
    production_subsidy: ByEconomySector | None = None
    consumption_subsidy: ByEconomySector | None = None


def no_shock(world: World) -> Shock:
    """The baseline itself: today's tariffs, unchanged trade costs.

    Examples:
        >>> import detente as dt
        >>> float(no_shock(dt.load_world("g20-2019")).cost_factor.max())
        1.0
    """
    return Shock(world.tariff_factor, np.ones_like(world.tariff_factor))


def set_tariffs(world: World, tariff_factor: Bilateral) -> Shock:
    """A shock that replaces every tariff of the baseline.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> set_tariffs(world, world.tariff_factor * 1.1).varieties.share.size
        0
    """
    return Shock(np.asarray(tariff_factor, dtype=np.float64), np.ones_like(world.tariff_factor))
