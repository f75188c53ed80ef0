"""From a scenario and a world to an outcome: the whole walk in one call."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from detente.errors import CannotCompute
from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    calibrate,
    one_sector,
    shock_weights,
    solve_baseline,
)
from detente.outcome.outcome import Outcome
from detente.outcome.runaway import closed_sectors, runaway_flows
from detente.outcome.theory_notes import theory_notes
from detente.policy import (
    BASELINE,
    Scenario,
    Shock,
    compile_scenario,
    load_scenario,
    no_shock,
    scenario_hash,
)
from detente.world import World, content_hash, load_world

__all__ = ["run"]


def run(
    world: World | str,
    scenario: Scenario | str | Path,
    against: Scenario | str | Path | None = None,
    theory: Theory | None = None,
    solver: Solver | None = None,
) -> Outcome:
    """What a scenario does to a world, against its reference.

    Args:
        world: a world or the name of one.
        scenario: a scenario, the name of a shipped one, or a file.
        against: what it is compared with: a scenario, or "baseline" for the world as it stands; the
            scenario's own reference if None. Both are solved from the same baseline.
        theory: the modelling choices.
        solver: how hard to try.

    Raises:
        BadInput: the scenario or the reference cannot be used on this world; lists every problem.
        CannotCompute: no equilibrium was found; says which market fails and what usually helps.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> all(check.passed for check in outcome.checks)
        True
    """
    world = load_world(world) if isinstance(world, str) else world
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    # The scenario's own reference may be a file beside it, or a day between the same economies.
    reference = scenario.reference if against is None else _reference(against)
    theory = theory or Theory()
    world = one_sector(world) if theory.sectors == "one" else world
    base = calibrate(world, theory)
    shocks = [
        no_shock(world) if reference is None else compile_scenario(reference, world, [scenario]),
        compile_scenario(scenario, world, [] if reference is None else [reference]),
    ]
    solutions = [_solved(world, base, shock, theory, solver) for shock in shocks]
    against_name = BASELINE if reference is None else reference.name
    runaways = [
        text
        for name, solution in zip((against_name, scenario.name), solutions, strict=True)
        for find in (runaway_flows, closed_sectors)
        for text in find(world, base, solution, name)
    ]
    hashes = {
        "scenario": scenario_hash(scenario),
        "against": BASELINE if reference is None else scenario_hash(reference),
        "world": content_hash(world),
    }
    return Outcome(
        id=_identifier(hashes, theory),
        world=world,
        scenario=scenario.name,
        against=against_name,
        theory=theory,
        reference=solutions[0],
        equilibrium=solutions[1],
        base=base,
        notices=tuple(dict.fromkeys(notice for shock in shocks for notice in shock.notices)),
        hashes=hashes,
        runaways=tuple(runaways),
        theory_notes=theory_notes(world, theory),
    )


def _reference(against: Scenario | str | Path) -> Scenario | None:
    if isinstance(against, Scenario):
        return against
    return None if str(against) == BASELINE else load_scenario(against)


def _solved(world: World, base: Baseline, shock: Shock, theory: Theory, solver: Solver | None) -> Equilibrium:
    found = solve_baseline(base, shock_weights(base, shock), theory, solver, world.economies, world.sectors)
    if found.status != "solved":
        raise CannotCompute(found.message, found.status)
    return found


def _identifier(hashes: dict[str, str], theory: Theory) -> str:
    record = {**hashes, "theory": asdict(theory), "version": version("detente")}
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]
