"""Parameters of the theories besides the trade elasticities: values, what others take, and sources."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["Parameter", "labour_tax_wedges", "parameters"]


@dataclass(frozen=True)
class Parameter:
    """One parameter with where its value comes from.

    Attributes:
        name: such as "labour-supply".
        value: recommended, no unit.
        what: what it is, in words.
        source: citation, or why it is an assumption.
        assumption: whether no source that could be opened gives the value.
        others: (value, source) that others have, for checks of robustness.
    """

    name: str
    value: float
    what: str
    source: str
    assumption: bool
    others: tuple[tuple[str, str], ...]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Every parameter of the theories besides the trade elasticities, by name.

    Source: each one's own, see docs/elasticities.md.

    Examples:
        >>> parameters()["selection"].value
        0.65
        >>> [row.name for row in parameters().values() if row.assumption]
        ['labour-shape', 'input-substitution']
    """
    text = files("detente.world").joinpath("bundled", "parameters.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            name: Parameter(
                name,
                float(row["value"]),
                row["what"],
                " ".join(row["source"].split()),
                row.get("assumption", False),
                tuple((value, source) for value, source in row["values"]),
            )
            for name, row in tomllib.loads(text).items()
        }
    )


@cache
def labour_tax_wedges() -> Mapping[str, float]:
    """Taxes and contributions on labour as a part of labour costs, by economy, in 2022.

    Income tax and both sides' social contributions, less cash benefits, of a single person without children
    who earns the average wage. 38 economies; of the others nothing is known here. It is an average rate and
    not the marginal one.

    Source: OECD (2023), Taxing Wages 2023.

    Examples:
        >>> wedges = labour_tax_wedges()
        >>> wedges["CAN"], wedges["COL"], len(wedges)
        (0.318629, 0.0, 38)
    """
    text = files("detente.world").joinpath("bundled", "labour_tax_wedges.csv").read_text(encoding="ascii")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["economy"]: float(row["tax_wedge"]) for row in rows})
