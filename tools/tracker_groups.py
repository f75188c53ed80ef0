"""Groups of goods that a gap to the tracker is divided among, and the days on which events came."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tools.line_rates import Flags, LineRates

__all__ = ["EVENTS", "GROUPS", "in_groups"]

# Codes and lists of each group; a line belongs to the first that holds it, "other goods" takes the rest.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "returned goods, parcels": ("98", "99"),
    "energy": ("27", "2844"),
    "vehicles": ("us-232-autos", "us-232-trucks", "us-232-buses"),
    "vehicle parts": ("us-232-auto-parts", "853710"),
    "steel, aluminium": ("us-232-steel", "us-232-aluminium"),
    "goods of metal": (
        "us-232-metals-derivatives-2025-03", "us-232-metals-derivatives-2025-06",
        "us-232-metals-derivatives-2025-08", "us-232-metals-annex-1a", "us-232-metals-annex-1b",
        "us-232-metals-annex-3", "us-232-copper",
    ),
    "wood": ("us-232-softwood", "us-232-upholstered-furniture", "us-232-cabinets"),
    "electronics": ("us-ieepa-electronics",),
    "other goods": (),
}  # fmt: skip

# The day on which what the tracker books on a date came into force, where it is another.
EVENTS: Mapping[str, Mapping[str, str]] = {
    "CAN": {
        "2025-03-06": "2025-03-07", "2025-06-03": "2025-06-04", "2026-02-20": "2026-02-24",
        "2026-08-19": "2026-08-22",
    },
    "CHN": {
        "2025-02-04": "2025-03-04", "2025-04-08": "2025-04-09", "2025-04-09": "2025-04-10",
        "2025-04-11": "2025-04-11", "2025-05-12": "2025-05-14", "2025-06-03": "2025-06-04",
        "2025-11-01": "2025-11-10", "2026-02-20": "2026-02-24",
    },
    "MEX": {"2025-03-06": "2025-03-07", "2025-06-03": "2025-06-04", "2026-02-20": "2026-02-24"},
    "EU27": {"2025-06-03": "2025-06-04", "2026-02-20": "2026-02-24"},
    "JPN": {"2025-06-03": "2025-06-04", "2025-08-07": "2025-09-16", "2026-02-20": "2026-02-24"},
    "BRA": {"2025-06-03": "2025-06-04", "2026-02-20": "2026-02-24"},
}  # fmt: skip


def in_groups(lines: LineRates) -> dict[str, Flags]:
    """Which lines each group holds; every line is in one."""
    left = np.ones(len(lines.codes), bool)
    found: dict[str, Flags] = {}
    for name, members in GROUPS.items():
        held = np.any([lines.listed(one) > 0 for one in members], axis=0) if members else left
        found[name] = left & held
        left = left & ~held
    return found
