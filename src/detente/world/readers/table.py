"""From a full inter-country input-output table to the arrays of a World."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from detente.world.balancing import Change, balance
from detente.world.classifications import classifications
from detente.world.complete_table import CompleteTable
from detente.world.world import Provenance, World

__all__ = ["Table", "to_world"]


@dataclass(frozen=True, eq=False)
class Table:
    """A published table, rows and columns ordered by economy, then by sector; USD million a year.

    Attributes:
        economies: codes, as the product uses them.
        sectors: codes.
        intermediate: sales of each row to each industry, (economy sector, economy sector).
        final: sales of each row to all final demand of each economy, (economy sector, economy).
        recorded_output: what the publisher records as gross output, (economy sector,).
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    intermediate: Float[np.ndarray, "row column"]
    final: Float[np.ndarray, "row economy"]
    recorded_output: Float[np.ndarray, "row"]


def to_world(
    table: Table,
    *,
    name: str,
    title: str,
    vintage: int,
    classification: str,
    provenance: Provenance,
    sector_titles: Mapping[str, str] | None = None,
) -> tuple[World, tuple[Change, ...]]:
    """A balanced world without tariffs (every factor 1), and what balancing changed; it keeps the table.

    Output is what each row sells: a recorded output that differs by rounding is not used.

    Args:
        table: the published table.
        name: as given to `load_world`.
        title: one line for people.
        vintage: year of the flows.
        classification: key of the sector classification.
        provenance: sources and inputs.
        sector_titles: by code; those of the classification if left out.

    Raises:
        BadInput: the table cannot be balanced; see `balance`.

    Examples:
        >>> table = Table(("CAN",), ("C",), np.array([[4.0]]), np.array([[6.0]]), np.array([10.0]))
        >>> world, changes = to_world(
        ...     table, name="one", title="One economy", vintage=2019, classification="isic4-sections",
        ...     provenance=Provenance(),
        ... )
        >>> float(world.value_added.sum()), changes
        (6.0, ())
    """
    titles = sector_titles or classifications().get(classification, {})
    balanced = balance(*_arrays(table), labels=(table.economies, table.sectors))
    world = World(
        name=name,
        title=title,
        vintage=vintage,
        classification=classification,
        economies=table.economies,
        sectors=table.sectors,
        sector_titles=tuple(titles.get(sector, sector) for sector in table.sectors),
        intermediate_flows=balanced.intermediate_flows,
        final_flows=balanced.final_flows,
        input_use=balanced.input_use,
        tariff_factor=np.ones_like(balanced.final_flows),
        provenance=provenance,
        complete_table=CompleteTable(_purchases(table)),
    )
    return world, balanced.changes


def _purchases(table: Table) -> np.ndarray:
    """(input, buying sector, importer, exporter); what is negative is nothing, as in input use."""
    economies, sectors = len(table.economies), len(table.sectors)
    cells = np.asarray(table.intermediate, dtype=np.float32).reshape(economies, sectors, economies, sectors)
    return np.maximum(cells.transpose(1, 3, 2, 0), 0.0)


def _arrays(table: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    economies, sectors = len(table.economies), len(table.sectors)
    # Axes: seller, product, buyer, buying industry.
    cells = np.asarray(table.intermediate, dtype=np.float64).reshape(economies, sectors, economies, sectors)
    final = np.asarray(table.final, dtype=np.float64).reshape(economies, sectors, economies)
    return (
        cells.sum(axis=3).transpose(1, 2, 0),
        final.transpose(1, 2, 0),
        cells.sum(axis=0).transpose(1, 0, 2),
    )
