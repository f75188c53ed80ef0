"""Random shocks that use every instrument, for property tests."""

from __future__ import annotations

import numpy as np

from detente.model import Baseline, Equilibrium
from detente.policy.shock import Limits, Shock, Varieties
from detente.world.world import World

__all__ = ["limit", "limits", "one_limit", "random_shock", "real_income", "varieties_shock"]

Row = tuple[int, int, int, float, float, float, float, float]


def limits(*each: Limits) -> Limits:
    """Several limits as one."""
    first = np.cumsum([0, *(part.size.size for part in each)])
    return Limits(
        np.concatenate([part.member_limit + start for part, start in zip(each, first, strict=False)]),
        Varieties(
            *(np.concatenate(columns) for columns in zip(*(part.members for part in each), strict=True))
        ),
        *(np.concatenate([part[column] for part in each]) for column in range(2, 7)),
        tuple(name for part in each for name in part.names),
    )


def limit(
    rows: list[Row],
    size: float,
    *,
    lowest: float = 1.0,
    highest: float = np.inf,
    rent: float = 0.0,
    in_value: bool = False,
    name: str = "quota",
) -> Limits:
    """One limit on the varieties in rows."""
    return Limits(
        np.zeros(len(rows), dtype=np.int64),
        Varieties.of(rows),
        np.array([size]),
        np.array([lowest]),
        np.array([highest]),
        np.array([rent]),
        np.array([in_value]),
        (name,),
    )


def one_limit(
    world: World, flow: tuple[int, int, int], share: float, size: float, **choices: object
) -> Shock:
    """A shock of one limit on a share of one flow, at the baseline's duty; size over the part's quantity."""
    tau = float(world.tariff_factor[flow])
    part = share * float(world.flows[flow])
    return Shock(
        world.tariff_factor,
        np.ones_like(world.tariff_factor),
        limits=limit([(*flow, share, tau, tau, 1.0, 1.0)], size * part, **choices),  # type: ignore[arg-type]
    )


def varieties_shock(world: World, rows: list[Row]) -> Shock:
    """A shock of varieties alone."""
    return Shock(world.tariff_factor, np.ones_like(world.tariff_factor), Varieties.of(rows))


def real_income(base: Baseline, found: Equilibrium) -> np.ndarray:
    """Income over the price that consumers pay, (economy,)."""
    paid = found.log_price + found.log_consumer_factor
    return np.asarray(found.income / np.exp((np.asarray(base.final_share) * paid).sum(axis=1)))


def random_shock(world: World, seed: int, strength: float = 1.0, counts: int = 3) -> Shock:
    """Tariffs, trade costs, export taxes, varieties, limits, productivity and subsidies, all at once."""
    rng = np.random.default_rng(seed)
    shape = world.tariff_factor.shape
    sectors, economies, _ = shape
    abroad = 1.0 - np.eye(economies)
    dense = [strength * 0.3 * rng.random(shape) * abroad for _ in range(3)]
    tariff = world.tariff_factor * (1.0 + dense[0] - strength * 0.1 * abroad)

    def row(flow: tuple[int, int, int], share: float, strength: float = strength) -> Row:
        tau = world.tariff_factor[flow]
        # Parts of a flow differ in their duties in the baseline too; at home there is none.
        baseline = 1.0 + (tau - 1.0) * rng.uniform(0.7, 1.3)
        factors = 1.0 + strength * rng.uniform(0.0, 0.5, 3)
        export = factors[1] if flow[1] != flow[2] else 1.0
        duty = factors[0] if flow[1] != flow[2] else 1.0 / factors[0]
        return (*flow, share, baseline, baseline * duty, export, factors[2])

    flows = [tuple(int(x) for x in rng.integers(0, shape)) for _ in range(4)]
    rows = [row(flow, share) for flow, share in zip(flows, (0.2, 0.15, 0.1, 0.1), strict=True)]  # type: ignore[arg-type]
    each = []
    for number in range(counts):
        partners = rng.permutation(economies)[:2]
        members = [
            row((int(s), int(partners[0]), int(partners[1])), rng.uniform(0.02, 0.08), 0.1 * strength)
            for s in rng.permutation(sectors)[: rng.integers(1, sectors + 1)]
        ]
        value = sum(world.flows[member[:3]] * member[3] for member in members)
        kind = rng.integers(0, 5)
        choices: dict[str, float] = {"size": value * rng.uniform(0.05, 0.9)}
        if kind == 1:
            choices["highest"] = rng.uniform(1.1, 1.6)
        elif kind == 2:
            choices |= {"size": value * rng.uniform(0.8, 2.0), "lowest": 0.01, "highest": 1.0}
        elif kind == 3:
            choices |= {"size": np.inf, "lowest": 1.2, "highest": 1.2}
        choices |= {"rent": rng.choice([0.0, 0.4, 1.0]), "in_value": bool(rng.integers(0, 2))}
        each.append(limit(members, name=f"limit {number}", **choices))  # type: ignore[arg-type]
    by_sector = strength * rng.uniform(-0.1, 0.2, (3, economies, sectors))
    return Shock(
        tariff,
        1.0 + dense[1],
        Varieties.of(rows),
        export_factor=1.0 + dense[2],
        limits=limits(*each),
        productivity=1.0 + by_sector[0],
        production_subsidy=by_sector[1],
        consumption_subsidy=by_sector[2],
    )
