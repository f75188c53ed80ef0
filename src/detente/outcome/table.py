"""Tidy tables: one row a number, fixed columns, the unit beside the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Table"]


@dataclass(frozen=True, eq=False)
class Table:
    """A labelled array in long form.

    Attributes:
        name: the quantity.
        unit: its unit, for every row.
        dims: names of the label columns.
        labels: one tuple of labels a column, each of the table's length.
        values: the numbers.
    """

    name: str
    unit: str
    dims: tuple[str, ...]
    labels: tuple[np.ndarray, ...]
    values: np.ndarray

    @classmethod
    def of(cls, array: xr.DataArray) -> Table:
        """The table of a labelled array.

        Examples:
            >>> from detente.arrays import labelled
            >>> Table.of(labelled("real_income", [0.5, -0.5], {"economy": ["CAN", "USA"]})).to_pandas()
                  quantity economy  value     unit
            0  real_income     CAN    0.5  percent
            1  real_income     USA   -0.5  percent
        """
        dims = tuple(str(dim) for dim in array.dims)
        axes = np.meshgrid(*(array[dim].values for dim in dims), indexing="ij")
        return cls(
            name=str(array.name),
            unit=str(array.attrs["unit"]),
            dims=dims,
            labels=tuple(axis.ravel() for axis in axes),
            values=np.asarray(array.values).ravel(),
        )

    def to_pandas(self) -> pd.DataFrame:
        """A data frame with columns quantity, the dimensions, value, unit."""
        import pandas as pd

        return pd.DataFrame(
            {
                "quantity": self.name,
                **dict(zip(self.dims, self.labels, strict=True)),
                "value": self.values,
                "unit": self.unit,
            }
        )
