"""What the paper prints: its one-sector tables, to every digit.

Tables 1 to 4 are in section 5 of the article; A4 is Table 4 of its online appendix (section G), A5 and A6 are
Tables 5 and 6 (section H), A7 is Table 7 (section I).
"""

from __future__ import annotations

__all__ = ["TABLE_1", "TABLE_2", "TABLE_3", "TABLE_4", "TABLE_A4", "TABLE_A5", "TABLE_A6", "TABLE_A7", "Rows"]

Rows = dict[str, tuple[str, ...]]
US, CHINA, UNION = "United States", "China", "European Union"
ABROAD, REST = "non-US average", "rest of the world"

# Welfare, deficit, exports/GDP, imports/GDP, employment, prices.
TABLE_1: dict[str, Rows] = {
    "announced tariffs, income tax relief": {
        US: ("1.13", "-18.1", "-52.7", "-43.6", "0.32", "12.8"),
        ABROAD: ("-0.58", "11.6", "-3.2", "-3.3", "-0.14", "-4.7"),
    },
    "announced tariffs, lump-sum rebate": {
        US: ("-0.01", "-18.4", "-52.5", "-43.3", "-0.41", "13.1"),
        ABROAD: ("-0.57", "11.7", "-3.3", "-3.4", "-0.14", "-4.8"),
    },
    "optimal tariff, income tax relief": {
        US: ("1.79", "-19.1", "-55.3", "-45.6", "0.51", "12.6"),
        ABROAD: ("-0.61", "17.1", "-4.2", "-3.7", "-0.16", "-4.6"),
    },
}

# Welfare, deficit, employment, prices.
TABLE_2: dict[str, Rows] = {
    "announced tariffs, reciprocal retaliation": {
        US: ("-0.36", "-26.7", "-0.18", "7.5"),
        CHINA: ("-0.82", "6.2", "-0.16", "-3.7"),
        UNION: ("-0.22", "15.4", "-0.09", "-2.6"),
        ABROAD: ("-0.46", "19.8", "-0.13", "-2.7"),
    },
    "announced tariffs, optimal retaliation": {
        US: ("-0.75", "-29.0", "-0.32", "6.0"),
        CHINA: ("-0.65", "6.3", "-0.13", "-3.3"),
        UNION: ("-0.23", "16.6", "-0.09", "-2.1"),
        ABROAD: ("-0.43", "22.4", "-0.13", "-2.2"),
    },
    "optimal tariff, optimal retaliation": {
        US: ("-0.32", "-28.4", "-0.20", "4.2"),
        CHINA: ("-0.36", "4.2", "-0.08", "-2.1"),
        UNION: ("-0.23", "16.9", "-0.09", "-1.5"),
        ABROAD: ("-0.39", "25.1", "-0.13", "-1.5"),
    },
}

# Of GDP, of the federal budget.
TABLE_3: Rows = {
    "announced tariffs": ("1.14", "4.95"),
    "optimal tariff": ("1.35", "5.88"),
    "optimal retaliation": ("0.74", "3.24"),
    "reciprocal retaliation": ("0.82", "3.57"),
}

# As Table 1, with inputs.
TABLE_4: dict[str, Rows] = {
    "inputs, announced tariffs": {
        US: ("0.86", "-18.4", "-53.9", "-44.4", "0.24", "12.7"),
        ABROAD: ("-1.31", "12.0", "-3.5", "-4.0", "-0.29", "-5.0"),
    },
    "inputs, optimal tariff": {
        US: ("2.15", "-13.0", "-39.2", "-32.1", "0.65", "6.9"),
        ABROAD: ("-0.87", "11.7", "-3.0", "-2.9", "-0.22", "-2.9"),
    },
    "inputs, reciprocal retaliation": {
        US: ("-3.38", "-27.1", "-71.4", "-56.6", "-1.20", "9.3"),
        ABROAD: ("-1.17", "20.1", "-6.5", "-6.3", "-0.32", "-2.0"),
    },
    "inputs, optimal retaliation": {
        US: ("-5.26", "-30.9", "-79.9", "-62.5", "-1.86", "7.5"),
        ABROAD: ("-1.13", "24.2", "-7.7", "-7.0", "-0.34", "-0.5"),
    },
}

# As Table 2.
TABLE_A4: dict[str, Rows] = {
    "war with the Union and China": {
        US: ("-0.19", "-22.3", "-0.13", "4.5"),
        CHINA: ("-0.69", "6.1", "-0.16", "-2.4"),
        UNION: ("-0.25", "17.8", "-0.10", "-1.6"),
        REST: ("-0.16", "19.8", "-0.07", "-1.3"),
    },
    "war with China": {
        US: ("-0.09", "-20.5", "-0.10", "3.9"),
        CHINA: ("-0.67", "6.1", "-0.16", "-2.2"),
        UNION: ("-0.06", "9.4", "-0.03", "-1.2"),
        REST: ("-0.17", "21.0", "-0.07", "-1.2"),
    },
    "war with China at 108 percent": {
        US: ("-0.29", "-20.8", "-0.16", "4.1"),
        CHINA: ("-0.79", "6.5", "-0.19", "-2.3"),
        UNION: ("-0.06", "9.2", "-0.03", "-1.3"),
        REST: ("-0.16", "20.7", "-0.07", "-1.2"),
    },
}

# As Table 1. The baseline, printed again there, is Table 1's first case.
TABLE_A5: dict[str, Rows] = {
    "pass-through 0.25": {
        US: ("1.36", "-11.8", "-35.0", "-28.8", "0.30", "7.9"),
        ABROAD: ("-0.23", "7.1", "-2.1", "-2.2", "-0.04", "-2.9"),
    },
    "trade elasticity 8": {
        US: ("0.33", "-26.3", "-71.6", "-58.0", "0.10", "11.8"),
        ABROAD: ("-0.44", "18.6", "-5.3", "-4.9", "-0.11", "-4.3"),
    },
    "Eaton-Kortum-Krugman": {
        US: ("1.24", "-0.4", "-46.3", "-33.3", "0.41", "10.9"),
        ABROAD: ("-0.50", "0.1", "-1.9", "-2.9", "-0.10", "-4.0"),
    },
}

# As Table 1 without the deficit.
TABLE_A6: dict[str, Rows] = {
    "fixed transfers": {
        US: ("1.24", "-46.3", "-33.3", "0.41", "10.9"),
        ABROAD: ("-0.35", "-1.9", "-2.95", "-0.10", "-4.0"),
    },
    "balanced trade": {
        US: ("0.92", "-54.9", "-42.7", "0.18", "11.2"),
        ABROAD: ("-0.26", "-3.0", "-3.25", "-0.13", "-4.1"),
    },
    "fixed transfers, retaliation": {
        US: ("0.05", "-73.8", "-49.0", "-0.04", "5.3"),
        ABROAD: ("-0.26", "-4.8", "-5.64", "-0.10", "-1.9"),
    },
    "balanced trade, retaliation": {
        US: ("-0.84", "-72.8", "-56.6", "-0.39", "4.4"),
        ABROAD: ("-0.26", "-6.1", "-5.38", "-0.09", "-1.6"),
    },
}

# World trade over world GDP, world employment.
TABLE_A7: Rows = {
    "announced tariffs": ("-9.4", "-0.02"),
    "reciprocal retaliation": ("-11.6", "-0.15"),
    "inputs, announced tariffs": ("-10.8", "-0.12"),
    "inputs, reciprocal retaliation": ("-12.4", "-0.58"),
}
