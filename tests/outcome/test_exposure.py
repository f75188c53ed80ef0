"""Who is exposed to whom: the matrices are what solutions with a small change say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detente.errors import BadInput
from detente.model import Solver, Theory, calibrate, shock_weights, solve_baseline
from detente.outcome import exposure
from detente.policy.shock import Shock, no_shock
from detente.world.world import World
from tests.model.shocks import random_shock, real_income
from tests.worlds import random_world

# Central differences over 1e-4 leave about its square.
STEP, CLOSE = 1e-4, 1e-6


def moved(shock: Shock, source: int, of: str, by: float) -> Shock:
    if of == "productivity":
        sectors, economies, _ = shock.tariff_factor.shape
        made = np.ones((economies, sectors)) if shock.productivity is None else shock.productivity.copy()
        made[source] *= np.exp(by)
        return replace(shock, productivity=made)
    economies = shock.tariff_factor.shape[1]
    touches = np.zeros((economies, economies))
    touches[source], touches[:, source], touches[source, source] = 1.0, 1.0, 0.0
    factor = np.exp(by * touches)

    def dearer(parts):  # type: ignore[no-untyped-def]
        return parts._replace(cost_factor=parts.cost_factor * factor[parts.importer, parts.exporter])

    return replace(
        shock,
        cost_factor=shock.cost_factor * factor,
        varieties=dearer(shock.varieties),
        limits=shock.limits._replace(members=dearer(shock.limits.members)),
    )


def log_real_income_of(world: World, theory: Theory, shock: Shock) -> np.ndarray:
    base = calibrate(world, theory)
    found = solve_baseline(base, shock_weights(base, shock), theory, Solver(tolerance=1e-13, max_passes=4000))
    return np.log(real_income(base, found))


@pytest.mark.parametrize("shocked", [False, True])
def test_effects_are_those_of_small_changes(shocked: bool) -> None:
    world, theory = random_world(2, economies=4, sectors=2), Theory("uniform:4")
    shock = random_shock(world, 4, strength=0.5) if shocked else no_shock(world)
    found = exposure(world, theory, shock)
    for of in ("productivity", "trade-cost"):
        for source in range(4):
            ends = [log_real_income_of(world, theory, moved(shock, source, of, by)) for by in (STEP, -STEP)]
            slope = (ends[0] - ends[1]) / (2.0 * STEP)
            assert np.allclose(found.values(of)[:, source], slope, atol=CLOSE)


def test_labels_say_whose_and_from_where() -> None:
    found = exposure("g20-2019")
    effects = found["trade-cost"]
    assert effects.dims == ("economy", "source") and effects.attrs["unit"].startswith("percent")
    assert (effects.values == found.trade_cost).all()
    with pytest.raises(BadInput, match="productivity"):
        found["productivty"]
