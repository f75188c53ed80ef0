"""The shipped tables of elasticities: estimates as published, and their mixtures by sector."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from detente.world.classifications import derivations
from detente.world.concordance import CLASSIFICATIONS, hs_sectors
from detente.world.us_imports import us_imports_by_line

__all__ = [
    "HORIZONS",
    "Estimate",
    "Mixture",
    "SetTable",
    "by_classification",
    "estimates",
    "goods_sectors",
    "known_classifications",
    "set_tables",
]

HORIZONS = ("short", "medium", "long")
SERVICES = "services"


@dataclass(frozen=True)
class Estimate:
    """One published estimate, or an assumption that stands in for one.

    Attributes:
        value: trade elasticity theta.
        standard_error: of `value`, None where none is known.
        scale: scale elasticity psi, None where none is known.
        scale_standard_error: of `scale`, None where none is known.
        assumed: not estimated by the source for its sectors.
        note: what a user must know of it.
    """

    value: float
    standard_error: float | None = None
    scale: float | None = None
    scale_standard_error: float | None = None
    assumed: bool = False
    note: str = ""


@dataclass(frozen=True)
class Mixture:
    """The elasticity of a sector as a mean of published estimates.

    Attributes:
        value: the mean.
        composition: weights of the estimates, by name.
        covered: the part of the sector's imports that was estimated on.
    """

    value: float
    composition: Mapping[str, float]
    covered: float = 1.0

    @classmethod
    def of(cls, name: str, published: Mapping[str, Estimate]) -> Mixture:
        """One estimate alone."""
        return cls(published[name].value, {name: 1.0})

    @classmethod
    def mean(cls, parts: Sequence[Mixture], weights: Sequence[float]) -> Mixture:
        """Weighted mean; `covered` is that of the parts in proportion."""
        total = sum(weights)
        composition: dict[str, float] = {}
        for part, weight in zip(parts, weights, strict=True):
            for name, share in part.composition.items():
                composition[name] = composition.get(name, 0.0) + share * weight / total
        value = sum(part.value * weight for part, weight in zip(parts, weights, strict=True)) / total
        covered = sum(part.covered * weight for part, weight in zip(parts, weights, strict=True)) / total
        return cls(float(value), composition, float(covered))


@dataclass(frozen=True)
class SetTable:
    """One set of `elasticities.toml`.

    Attributes:
        title: one line for people.
        source: citation.
        notes: sentences for users.
        services: the estimate that services take.
        services_note: why.
        goods: the one estimate that all goods take; None where goods differ.
        horizons: rows by horizon, where the source tells horizons apart.
        rows: the set as the file has it.
    """

    title: str
    source: str
    notes: tuple[str, ...]
    services: str
    services_note: str
    goods: str | None
    horizons: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, Any] = field(repr=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def _file() -> Mapping[str, Any]:
    text = files("detente.world").joinpath("bundled", "elasticities.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def set_tables() -> Mapping[str, SetTable]:
    """Every shipped set, by name."""
    document = _file()
    common = f"services take {document['services']:g}: {_one_line(document['services_note'])}"
    return MappingProxyType(
        {
            name: SetTable(
                row["title"],
                _one_line(row["source"]),
                tuple(row["notes"]),
                row.get("services", SERVICES),
                _one_line(row["services_note"]) if "services_note" in row else common,
                row.get("goods"),
                row.get("horizons", {}),
                row,
            )
            for name, row in document.items()
            if isinstance(row, dict)
        }
    )


@cache
def estimates(name: str, horizon: str) -> Mapping[str, Estimate]:
    """The estimates of a set at a horizon, by the source's name for their sectors; services among them."""
    table = set_tables()[name]
    if table.goods is not None:
        row = table.horizons[horizon]
        found = {
            table.goods: Estimate(
                row["value"],
                row.get("standard_error"),
                assumed=row.get("borrowed", False),
                note=_one_line(row["note"]),
            )
        }
        return MappingProxyType(found)
    published = table.rows.get("published")
    if published is None:
        # The source's own sectors are finer than any of ours: each of ours has a mean of its own.
        found = {
            _own(sector, classification): Estimate(row["value"])
            for classification in CLASSIFICATIONS
            for sector, row in table.rows.get(classification, {}).items()
        }
    else:
        found = {
            sector: Estimate(
                row["value"],
                row.get("standard_error"),
                row.get("scale"),
                row.get("scale_standard_error"),
                row.get("borrowed", False),
            )
            for sector, row in published.items()
        }
    found[SERVICES] = Estimate(_file()["services"], assumed=True)
    return MappingProxyType(found)


def _own(sector: str, classification: str) -> str:
    """The name of an estimate that was made for one sector of ours."""
    return f"{sector} ({classification})"


def goods_sectors(classification: str) -> frozenset[str]:
    """Sectors of a classification that make traded goods; empty if no concordance knows it.

    Examples:
        >>> sorted(goods_sectors("isic4-sections"))[:3], "G" in goods_sectors("isic4-sections")
        (['A', 'B', 'C'], False)
    """
    if classification not in CLASSIFICATIONS:
        return frozenset()
    named = {row for table in set_tables().values() for row in table.rows.get(classification, {})}
    # Waste, films, prints and electricity cross borders under HS lines, but no source estimates them.
    return frozenset(named or _merged_goods(classification))


def _merged_goods(classification: str) -> set[str]:
    derivation = derivations()[classification]
    below = goods_sectors(derivation.of)
    return {sector for base, sector in derivation.sector_of.items() if base in below}


def known_classifications(name: str) -> list[str]:
    """Classifications that a set is given for or can be told for."""
    given = [key for key in CLASSIFICATIONS if key in set_tables()[name].rows]
    return [*given, *(key for key in derivations() if by_classification(name, key) is not None)]


@cache
def by_classification(name: str, classification: str) -> Mapping[str, Mixture] | None:
    """Mixtures of the sectors of a classification that make goods; None if the set does not reach it."""
    given = set_tables()[name].rows.get(classification)
    if given is not None:
        return {
            code: Mixture(
                row["value"],
                row.get("components", {_own(code, classification): 1.0}),
                row.get("covered_imports", 1.0),
            )
            for code, row in given.items()
        }
    derivation = derivations().get(classification)
    below = by_classification(name, derivation.of) if derivation else None
    if derivation is None or below is None:
        return None
    found = {}
    for sector, imports in _merged(classification).items():
        parts = [(below[base], value) for base, value in imports.items() if base in below]
        if parts:
            found[sector] = _mean(parts)
    return found


def _mean(parts: list[tuple[Mixture, int]]) -> Mixture:
    """Mean weighted by the imports that each part was estimated on; a simple one where there are none."""
    total = sum(imports for _, imports in parts)
    weights = [imports * part.covered for part, imports in parts] if total else [1.0] * len(parts)
    mean = Mixture.mean([part for part, _ in parts], weights)
    return Mixture(mean.value, mean.composition, sum(weights) / (total or len(parts)))


@cache
def _merged(classification: str) -> Mapping[str, Mapping[str, int]]:
    """For each sector of a derived classification, the sectors it takes lines of, with US imports in both."""
    derivation = derivations()[classification]
    found: dict[str, dict[str, int]] = {}
    for base, sector in derivation.sector_of.items():
        found.setdefault(sector, {})[base] = 0
    imports, sector_of = us_imports_by_line(), hs_sectors(classification)
    for line, base in hs_sectors(derivation.of).items():
        parts = found.setdefault(sector_of[line], {})
        parts[base] = parts.get(base, 0) + imports.get(line, 0)
    return found
