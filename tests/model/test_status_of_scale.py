"""Where economies of scale leave no equilibrium to find, the message says why and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from detente.model import Theory, calibrate, scenario_weights, solve_baseline
from detente.model.equilibrium import Solver
from tests.worlds import random_world


@pytest.mark.parametrize(
    ("theory", "said"),
    [
        (Theory("uniform:4", market="krugman"), True),
        (Theory("uniform:4", market="external", scale_elasticity=0.24), True),
        (Theory("uniform:4", market="external", scale_elasticity=0.1), False),
        (Theory("uniform:4"), False),
    ],
)
def test_strong_economies_of_scale_are_named_as_the_cause(theory: Theory, said: bool) -> None:
    world = random_world(5)
    base = calibrate(world, theory)
    tariff = world.tariff_factor.copy()
    tariff[:, 0, 1:] += 0.5
    # Too few passes for any solution.
    found = solve_baseline(
        base, scenario_weights(base, tariff), theory, Solver(max_passes=2, method="passes")
    )
    assert found.status != "solved"
    assert ("--aggregate focus" in found.message) is said
    assert np.isfinite(found.residual) or found.status == "not a number"
