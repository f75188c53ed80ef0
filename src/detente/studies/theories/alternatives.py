"""Which other theories one could as well take: variations of a chosen one, and those that draws mix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from detente.errors import BadInput
from detente.model import Theory, calibrate, one_sector
from detente.model.choices import world_scale
from detente.studies.theories.words import HORIZONS, READ, SETS, WORDS
from detente.world import (
    World,
    elasticity_set,
    elasticity_sets,
    elasticity_source,
    labour_group_tables,
    labour_groups,
    parameters,
)

__all__ = ["STANDARD", "Alternative", "alternatives", "choices", "defensible"]

STANDARD, AS_CHOSEN = "the standard theory", "as chosen"
# One number for all sectors beside the sets: what Costinot and Rodriguez-Clare (2014) take.
UNIFORM = "uniform:5"
# Scale elasticities that stand for all sectors; the recommended one first, then what fewer sectors forbid.
SCALES = (0.2, 0.1, 0.05, 0.02, 0.01)
# Scale times trade elasticity above which supply chains can make production leave an economy.
MOST_RETURNS = 0.7
# Economies times sectors up to which strong economies of scale are solved, with Newton's method.
FEW = 1000
# What yearly changes of input use say: Atalay (2017), Table 1; and Baqaee and Farhi (2019).
INPUTS_OF_A_YEAR, VALUE_ADDED_OF_A_YEAR = 0.1, 0.5


@dataclass(frozen=True)
class Alternative:
    """A theory beside others.

    Attributes:
        label: what is different in it, in a few words.
        theory: all its choices.
        why: one sentence: why one may take it.
    """

    label: str
    theory: Theory
    why: str


def alternatives(theory: Theory, world: World) -> tuple[Alternative, ...]:
    """A theory and its defensible variations on a world, one choice at a time, the chosen one first.

    In this order: elasticity sets, horizons, imbalances, inputs, substitution in production, sectors, labour,
    labour supply, revenue, market structure. Left out is what the world cannot do (sets not known for its
    sectors, networks without a complete table, profits above value added, more returns to scale than are
    unique, strong returns in worlds of more than 1000 economies times sectors), and what gives the same
    numbers (revenue=government). A choice that only another choice reads goes back to its default with it.

    Args:
        theory: what is chosen.
        world: the baseline economy.

    Examples:
        >>> import detente as dt
        >>> found = alternatives(Theory(), dt.load_world("g20-2019"))
        >>> [other.label for other in found][:2]
        ['the standard theory', 'elasticities of Fontagné et al. (2022)']
        >>> next(other.why for other in found if other.theory.labour == "specific")
        'the first years: nobody has changed sectors (Jones 1971)'
    """
    found = {theory: _chosen(theory)}
    for label, why, changes in _variations(theory, world):
        other = _varied(theory, changes)
        if other is not None and other not in found and _fits(other, world):
            found[other] = Alternative(label.format(**asdict(other)), other, why)
    return tuple(found.values())


def defensible(theory: Theory, world: World) -> tuple[Alternative, ...]:
    """The theories that draws mix by default, each counted alike, the chosen one first.

    Those that answer the same question over the same horizon and differ in the elasticity set: of all choices
    it moves answers most, and no source says which set is right. Each set whose estimates were read at their
    source counts once; that they count alike is an assumption. Other choices are about another horizon or
    another question (`alternatives` has them), or move answers by a few percent of themselves (imbalances),
    and every one of them needs a compiled program of its own. With economies of scale the chosen theory is
    alone: elasticities and returns belong together, and other sets may have no equilibrium.

    Args:
        theory: what is chosen.
        world: the baseline economy.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> [other.theory.elasticities.split("-")[0] for other in defensible(Theory(), world)]
        ['caliendo', 'fontagne', 'lashkaripour', 'boehm']
        >>> len(defensible(Theory("boehm-levchenko-pandalai-nayar-2023", horizon="medium"), world))
        1
    """
    found = [_chosen(theory)]
    if theory.market in ("krugman", "melitz", "external"):
        return tuple(found)
    for name in READ:
        label, why, changes = _of_set(name)
        other = _varied(theory, changes)
        if other is not None and other != theory and _fits(other, world):
            found.append(Alternative(label, other, why))
    return tuple(found)


def _chosen(theory: Theory) -> Alternative:
    return Alternative(STANDARD if theory == Theory() else AS_CHOSEN, theory, theory.describe())


def choices(theory: Theory) -> str:
    """A theory as the command line takes it: what differs from the default.

    Examples:
        >>> choices(Theory(imbalances="removed", labour="specific"))
        'imbalances=removed,labour=specific'
        >>> Theory.parse(choices(Theory())) == Theory()
        True
    """
    said = ((item.name, getattr(theory, item.name), item.default) for item in fields(theory))
    return ",".join(f"{name}={value}" for name, value, default in said if value != default)


_Variation = tuple[str, str, dict[str, Any]]


def _variations(theory: Theory, world: World) -> Iterator[_Variation]:
    """Label, reason and changes of every variation, whether or not the world can do it."""
    for source in elasticity_sets():
        yield _of_set(source.name)
    name = f"one trade elasticity for all sectors ({UNIFORM.removeprefix('uniform:')})"
    yield name, "as in Costinot and Rodriguez-Clare (2014)", {"elasticities": UNIFORM}
    # A number for all sectors is the same at every horizon.
    if not theory.elasticities.startswith("uniform:"):
        for horizon, years in HORIZONS.items():
            yield f"{horizon} horizon", f"elasticities after {years}", {"horizon": horizon}
    yield from _of_choice("imbalances")
    yield from (row for row in _of_choice("inputs") if world.complete_table or row[2]["inputs"] != "network")
    yield from _substitution(theory)
    yield "one sector", "the whole economy, as in gravity models", {"sectors": "one"}
    yield "many sectors", "a tariff hits some sectors, with their own elasticities", {"sectors": "many"}
    yield from _labour(theory)
    yield from _markets(theory, world)


def _of_set(name: str) -> _Variation:
    authors, why = SETS.get(name) or (name, elasticity_source(name).title)
    return f"elasticities of {authors}", why, {"elasticities": name}


def _of_choice(name: str) -> Iterator[_Variation]:
    for value, (label, why) in WORDS[name].items():
        yield label, why, {name: value}


def _substitution(theory: Theory) -> Iterator[_Variation]:
    if theory.inputs == "none":
        return
    rows = (
        ("input_substitution", INPUTS_OF_A_YEAR, "inputs", "yearly changes, Atalay (2017)"),
        (
            "value_added_substitution",
            VALUE_ADDED_OF_A_YEAR,
            "value added and inputs",
            "the benchmark of Baqaee and Farhi (2019)",
        ),
    )
    for name, little, what, source in rows:
        usual = parameters()[name.replace("_", "-")].value
        yield f"{what} hardly substitute ({little:g})", f"the short run: {source}", {name: little}
        yield (
            f"{what} substitute with {usual:g}",
            "Cobb-Douglas, as in Caliendo and Parro (2015)",
            {name: usual},
        )


def _labour(theory: Theory) -> Iterator[_Variation]:
    yield from _of_choice("labour")
    for name, title in labour_group_tables().items():
        changes = {"labour": "groups", "labour_groups": name}
        yield f"labour in groups ({name})", f"tells gains by group: {title}", changes
    supply = parameters()["labour-supply"]
    elastic = {"labour_supply": theory.labour_supply or supply.value}
    fixed = {"labour_supply": 0.0}
    yield "labour supply {labour_supply:g}", "people work more where real pay rises", elastic
    yield "labour supply fixed", "as in Caliendo and Parro (2015)", fixed
    tax = {**elastic, "revenue": "labour-tax", "labour_tax": "oecd"}
    yield "revenue cuts taxes on labour", "tariffs pay for tax cuts; labour supply is elastic", tax
    yield "revenue goes to households", "lump sum, as in Caliendo and Parro (2015)", {"revenue": "households"}


def _markets(theory: Theory, world: World) -> Iterator[_Variation]:
    few = len(world.economies) * (1 if theory.sectors == "one" else len(world.sectors)) <= FEW
    for row in _of_choice("market"):
        strong = row[2]["market"] in ("krugman", "melitz")
        if not strong or (few and theory.inputs == "none"):
            yield row
    if few and elasticity_source(theory.elasticities).has_scale:
        changes: dict[str, Any] = {"market": "external", "scale_elasticity": theory.elasticities}
        yield "external economies of scale, by sector", "estimated with the trade elasticities", changes
    scale = _usual_scale(theory, world)
    if scale is not None:
        changes = {"market": "external", "scale_elasticity": scale}
        why = "a sector's cost falls with its size; as much as the largest trade elasticity allows"
        yield f"external economies of scale ({scale:g})", why, changes


def _usual_scale(theory: Theory, world: World) -> float | None:
    """The scale elasticity for all sectors: the recommended one, or what the largest theta leaves of it."""
    try:
        theta = _elasticity(theory, world)
    except BadInput:
        return None
    return next((scale for scale in SCALES if scale * theta.max() <= MOST_RETURNS), None)


def _elasticity(theory: Theory, world: World) -> Any:
    return elasticity_set(_of_sectors(theory, world), theory.elasticities, theory.horizon).values


def _of_sectors(theory: Theory, world: World) -> World:
    return one_sector(world) if theory.sectors == "one" and len(world.sectors) > 1 else world


def _varied(theory: Theory, changes: dict[str, Any]) -> Theory | None:
    """The theory with changes, and defaults where nothing reads a value any more; None if it cannot be."""
    choice = {**asdict(theory), **changes}
    default = asdict(Theory())
    if choice["sectors"] == "one":
        choice["labour"] = "mobile"
    if choice["labour_supply"] == 0.0 and choice["revenue"] == "labour-tax":
        choice["revenue"] = "households"
    readers = {
        "scale_elasticity": choice["market"] == "external",
        "selection": choice["market"] == "melitz",
        "labour_shape": choice["labour"] in ("roy-frechet", "groups"),
        "labour_groups": choice["labour"] == "groups",
        "labour_tax": choice["revenue"] == "labour-tax",
        "value_added_substitution": choice["inputs"] != "none",
        "input_substitution": choice["inputs"] != "none",
    }
    choice |= {name: default[name] for name, read in readers.items() if not read}
    try:
        return Theory(**choice)
    except BadInput:
        return None


def _fits(theory: Theory, world: World) -> bool:
    """Whether the world has what a theory needs; calibrates only where profits are to be looked at."""
    # A set that is known for many sectors is known for their sum.
    held = _of_sectors(theory, world) if theory.market in ("external", "fixed-firms") else world
    try:
        theta = elasticity_set(held, theory.elasticities, theory.horizon).values
        world_scale(held, theory, theta)
        if theory.labour_groups is not None:
            labour_groups(held, theory.labour_groups)
        if theory.market == "fixed-firms":
            calibrate(held, theory)
    except BadInput:
        return False
    return True
