"""Flows that grow beyond belief and sectors that shut down: numbers that rest on them need a warning."""

from __future__ import annotations

import numpy as np

from detente.model import Baseline, Equilibrium
from detente.world import World
from detente.world.names import economy_in_sentence

__all__ = ["closed_sectors", "runaway_flows"]

# A flow runs away if it is so many times that of the baseline, and so large in USD million.
TIMES, LARGE = 20.0, 5_000.0
_SHOWN = 3
# A sector that produces a smaller part of what it did has shut down.
SHUT = 1e-4


def runaway_flows(world: World, base: Baseline, solution: Equilibrium, name: str) -> tuple[str, ...]:
    """Sentences on flows that are more than twenty times what they were, and above USD 5 billion.

    A model in changes has nothing that holds a small flow down when its trade cost falls and its trade
    elasticity is large.

    Args:
        world: the baseline economy.
        base: the baseline in the model's terms.
        solution: an equilibrium on it.
        name: what the solution is called.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> runaway_flows(outcome.world, outcome.base, outcome.equilibrium, "the arrangement")
        ()
    """
    grown = solution.flows - world.flows
    wild = (world.flows > 0.0) & (solution.flows > TIMES * world.flows) & (grown > LARGE)
    found = []
    for s, n, i in sorted(np.argwhere(wild).tolist(), key=lambda at: -float(grown[tuple(at)]))[:_SHOWN]:
        seller, buyer = economy_in_sentence(world.economies[i]), economy_in_sentence(world.economies[n])
        after, before = solution.flows[s, n, i] / 1e3, world.flows[s, n, i] / 1e3
        found.append(
            f"{name}: sales of {world.sector_titles[s]} ({world.sectors[s]}) by {seller} to {buyer} come out "
            f"at USD {after:,.0f} bn, against {before:,.2g} bn in {world.vintage}: the trade elasticity is "
            f"{float(base.trade_elasticity[s]):.3g} there; see if another set of elasticities says the same"
        )
    return tuple(found)


def closed_sectors(world: World, base: Baseline, solution: Equilibrium, name: str) -> tuple[str, ...]:
    """A sentence on sectors that shut down under economies of scale; none where there are none.

    Where firms enter freely a sector may leave an economy altogether, and another pattern of location may be
    an equilibrium, too.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> closed_sectors(outcome.world, outcome.base, outcome.equilibrium, "the arrangement")
        ()
    """
    if base.markets.scale is None:
        return ()
    before = np.asarray(base.output)
    gone = np.argwhere((before > 0.0) & (solution.output < SHUT * before))
    if not len(gone):
        return ()
    largest = sorted(gone.tolist(), key=lambda at: -float(before[tuple(at)]))
    said = [
        f"{world.sector_titles[s]} in {economy_in_sentence(world.economies[n])}" for n, s in largest[:_SHOWN]
    ]
    more = f" and {len(largest) - _SHOWN} more" if len(largest) > _SHOWN else ""
    stop = "shuts" if len(largest) == 1 else "shut"
    return (
        f"{name}: with economies of scale {', '.join(said)}{more} {stop} down; "
        "another pattern of location may be an equilibrium, too, so compare with market=perfect",
    )
