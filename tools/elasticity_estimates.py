"""Estimates of trade and scale elasticities as published, for `build_elasticities`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CALIENDO_PARRO", "LASHKARIPOUR_LUGOVSKYY", "SHAPIRO", "Estimate"]


@dataclass(frozen=True)
class Estimate:
    """One row of a published table, with the ISIC Revision 3 divisions that it covers."""

    divisions: str
    trade: float
    trade_error: float | None = None
    scale: float | None = None
    scale_error: float | None = None
    borrowed: bool = False


# Caliendo and Parro (2015), Table 1, 99 percent sample; Auto and Other transport as in their counterfactuals.
CALIENDO_PARRO: Mapping[str, Estimate] = {
    "Agriculture": Estimate("01 02 05", 9.11),
    "Mining": Estimate("10 11 12 13 14", 13.53),
    "Food": Estimate("15 16", 2.62),
    "Textile": Estimate("17 18 19", 8.10),
    "Wood": Estimate("20", 11.50),
    "Paper": Estimate("21 22", 16.52),
    "Petroleum": Estimate("23", 64.85),
    "Chemicals": Estimate("24", 3.13),
    "Plastic": Estimate("25", 1.67),
    "Minerals": Estimate("26", 2.41),
    "Basic metals": Estimate("27", 3.28),
    "Metal products": Estimate("28", 6.99),
    "Machinery n.e.c.": Estimate("29", 1.45),
    "Office": Estimate("30", 12.95),
    "Electrical": Estimate("31", 12.91),
    "Communication": Estimate("32", 3.95),
    "Medical": Estimate("33", 8.71),
    "Auto": Estimate("34", 8.22, borrowed=True),
    "Other transport": Estimate("35", 8.22, borrowed=True),
    "Other": Estimate("36", 3.98),
}

# Lashkaripour and Lugovskyy (2023), American Economic Review 113(10), Table 3: sigma - 1 and mu.
LASHKARIPOUR_LUGOVSKYY: Mapping[str, Estimate] = {
    "Agriculture and mining": Estimate("01 02 05 10 11 12 13 14", 6.227, 2.345, 0.143, 0.059),
    "Food": Estimate("15 16", 2.303, 0.765, 0.393, 0.132),
    "Textiles, leather and footwear": Estimate("17 18 19", 3.359, 0.353, 0.224, 0.024),
    "Wood": Estimate("20", 3.896, 1.855, 0.229, 0.120),
    "Paper": Estimate("21 22", 2.646, 1.106, 0.320, 0.136),
    "Petroleum": Estimate("23", 0.636, 0.464, 1.220, 0.909),
    "Chemicals": Estimate("24", 3.966, 0.403, 0.232, 0.024),
    "Rubber and plastic": Estimate("25", 5.157, 1.176, 0.140, 0.034),
    "Minerals": Estimate("26", 5.283, 1.667, 0.167, 0.056),
    "Basic and fabricated metals": Estimate("27 28", 3.004, 0.484, 0.209, 0.035),
    "Machinery": Estimate("29 30", 7.750, 1.330, 0.120, 0.023),
    "Electrical and optical equipment": Estimate("31 32 33", 1.235, 0.323, 0.552, 0.145),
    "Transport equipment": Estimate("34 35", 2.805, 0.834, 0.129, 0.041),
    "N.e.c. and recycling": Estimate("36 37", 6.169, 1.012, 0.152, 0.029),
}

# Shapiro (2016), American Economic Journal: Economic Policy 8(4), Table 2, panel B, column 4.
SHAPIRO: Mapping[str, Estimate] = {
    "Agriculture, forestry": Estimate("01 02 05", 3.34),
    "Mining": Estimate("10 11 12 13 14", 3.45),
    "Food, beverages, tobacco": Estimate("15 16", 5.26),
    "Textiles": Estimate("17", 18.56),
    "Apparel, leather": Estimate("18 19", 9.95),
    "Wood": Estimate("20", 5.90),
    "Paper, printing": Estimate("21 22", 5.77),
    "Petroleum, coal, minerals": Estimate("23 26", 8.95),
    "Chemicals, rubber, plastics": Estimate("24 25", 1.55),
    "Metals": Estimate("27 28", 12.94),
    "Machinery, electrical": Estimate("29 30 31 32 33", 10.84),
    "Transport equipment": Estimate("34 35", 6.87),
    "Other": Estimate("36 37", 12.76),
}
