"""Names of dimensions, shapes of arrays, and the labels that quantities carry."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Bilateral",
    "ByEconomy",
    "ByEconomySector",
    "BySector",
    "InputUse",
    "Quantity",
    "labelled",
    "quantities",
]

Bilateral: TypeAlias = Float[np.ndarray, "sector importer exporter"]
ByEconomySector: TypeAlias = Float[np.ndarray, "economy sector"]
InputUse: TypeAlias = Float[np.ndarray, "economy input sector"]
ByEconomy: TypeAlias = Float[np.ndarray, "economy"]
BySector: TypeAlias = Float[np.ndarray, "sector"]


@dataclass(frozen=True)
class Quantity:
    """One row of `variables.toml`: what a number is, its unit, dimensions and source."""

    name: str
    symbol: str
    label: str
    unit: str
    dims: tuple[str, ...]
    description: str
    source: str


@cache
def quantities() -> Mapping[str, Quantity]:
    """Every quantity the product shows, by name.

    Examples:
        >>> quantities()["real_income"].unit
        'percent'
    """
    text = files("detente").joinpath("variables.toml").read_text(encoding="utf-8")
    return {
        name: Quantity(name=name, **{**row, "dims": tuple(row["dims"])})
        for name, row in tomllib.loads(text).items()
    }


def labelled(
    name: str, values: Any, coordinates: Mapping[str, Sequence[str]], **attributes: Any
) -> xr.DataArray:
    """Attach dimension labels, unit and description to an array of a quantity in `variables.toml`.

    Args:
        name: the quantity's name in `variables.toml`.
        values: an array whose dimension order is the quantity's `dims`.
        coordinates: labels of each dimension.
        attributes: further attributes, such as the world and the scenario.

    Raises:
        KeyError: the quantity is not defined in `variables.toml`.

    Examples:
        >>> labelled("real_income", [0.1, -0.2], {"economy": ["CAN", "USA"]}).attrs["unit"]
        'percent'
    """
    import xarray as xr

    quantity = quantities()[name]
    return xr.DataArray(
        np.asarray(values),
        dims=quantity.dims,
        coords={dim: list(coordinates[dim]) for dim in quantity.dims if dim in coordinates},
        name=name,
        attrs={
            "long_name": quantity.label,
            "unit": quantity.unit,
            "description": quantity.description,
            "source": quantity.source,
            **attributes,
        },
    )
