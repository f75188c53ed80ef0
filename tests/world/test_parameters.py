"""Parameters besides the elasticities: each with a source or marked as an assumption."""

from __future__ import annotations

import numpy as np

import detente as dt
from detente.world import labour_tax_wedges, parameters

# OECD (2023), Taxing Wages 2023, Table 1.1: percent of labour costs, single person at the average wage, 2022.
TAXING_WAGES = {"BEL": 53.0, "DEU": 47.8, "FRA": 47.0, "CAN": 31.9, "USA": 30.5, "MEX": 20.4, "COL": 0.0}
OECD_AVERAGE = 34.6


def test_every_parameter_says_what_it_is_and_where_it_comes_from() -> None:
    rows = parameters()
    assert {"scale-elasticity", "selection", "labour-shape", "labour-supply"} <= set(rows)
    for row in rows.values():
        assert row.value >= 0
        assert row.what
        # A number without a year of publication in its source is an assumption, and says so.
        dated = any(
            part.strip("(),.;:").isdigit() and len(part.strip("(),.;:")) == 4 for part in row.source.split()
        )
        assert dated
        assert row.assumption == row.source.startswith("assumption:")
        assert all(value and source for value, source in row.others)


def test_tax_wedges_are_the_published_ones() -> None:
    wedges = labour_tax_wedges()
    assert {code: round(100 * wedges[code], 1) for code in TAXING_WAGES} == TAXING_WAGES
    assert round(100 * float(np.mean(list(wedges.values()))), 1) == OECD_AVERAGE
    assert all(0 <= value < 1 for value in wedges.values())
    assert set(wedges) <= set(dt.load_world("world-2022").economies)
