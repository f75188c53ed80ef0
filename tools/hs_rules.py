"""Which sector makes each HS6 line: the rules, one sector a line.

The concordance that the data carry is HS to ISIC Revision 3, one class a line. Most ISIC 3 classes lie inside
one OECD sector (ISIC Revision 4); where the revision split a class between sectors, HS headings decide. The
published HS to ISIC 4 table of the same source cannot decide: it is ISIC 3 classes multiplied by all their
descendants, repair included (canola seed has eleven of them).
"""

from __future__ import annotations

from typing import TypeVar

__all__ = ["ICIO_BY_HEADING", "ICIO_BY_ISIC3", "SCRAP_BY_HEADING", "WIOD_BY_ISIC3_DIVISION", "first_match"]

T = TypeVar("T")

# ISIC 3 class or its beginning, longest match wins -> OECD sector.
ICIO_BY_ISIC3: dict[str, str] = {
    "01": "A01", "02": "A02", "05": "A03",
    "10": "B05", "103": "B08", "11": "B06", "12": "B07", "13": "B07", "14": "B08",
    "15": "C10T12", "16": "C10T12",
    "17": "C13T15", "18": "C13T15", "19": "C13T15",
    "20": "C16", "21": "C17_18", "221": "J58T60", "222": "C17_18",
    "231": "C19", "232": "C19", "233": "C20",
    "24": "C20", "2423": "C21",
    "25": "C22", "26": "C23", "271": "C24A", "272": "C24B",
    "28": "C25", "291": "C28", "292": "C28", "2927": "C25", "293": "C27",
    "30": "C26", "31": "C27", "32": "C26",
    "331": "C26", "3311": "C31T33", "332": "C26", "333": "C26",
    "34": "C29", "351": "C301", "352": "C302T309", "353": "C302T309", "359": "C302T309",
    "36": "C31T33",
    "40": "D", "74": "M", "921": "J58T60", "9214": "R", "930": "S",
}  # fmt: skip

# HS heading or its beginning, longest match wins, before the ISIC 3 rule -> OECD sector.
ICIO_BY_HEADING: dict[str, str] = {
    "220720": "C20",  # denatured alcohol: ISIC 4 class 2011
    "270120": "C19", "270220": "C19",  # briquettes: 1920
    "284450": "C20",  # spent fuel elements, which the source places in electricity
    "3605": "C20",  # matches: 2029
    "842219": "C28", "848620": "C28",  # industrial dishwashers and semiconductor machines: 2819, 2829
    "844339": "C28", "8469": "C28", "8470": "C28", "8472": "C28",  # office machinery: 2817
    "847310": "C28", "847321": "C28", "847329": "C28", "847340": "C28",
    "8515": "C27",  # welding apparatus: 2790
    "8511": "C29", "854430": "C29",  # electrical equipment of engines, wiring sets for vehicles: 2930
    "8523": "C26", "8524": "C26",  # media and display modules: 2680, 2610
    "8542": "C26",  # integrated circuits: 2610
    "8549": "E",  # electrical waste and scrap: 38
    "8710": "C302T309",  # tanks: 3040
    "8715": "C302T309",  # prams: 3092
    "900130": "C31T33", "900140": "C31T33", "900150": "C31T33",  # lenses for eyes: 3250
    "9003": "C31T33", "9004": "C31T33",  # frames and glasses: 3250
    "901811": "C26", "901812": "C26", "901813": "C26", "901814": "C26", "901819": "C26", "901820": "C26",
    "9022": "C26", "902140": "C26", "902150": "C26",  # electromedical and X-ray apparatus: 2660
    "940110": "C302T309", "940120": "C29",  # seats for aircraft and vehicles: 3030, 2930
    "950450": "C26",  # video game consoles: 2640
}  # fmt: skip

# HS headings that the source gives no class (residues, waste and scrap) -> (OECD sector, WIOD industry).
SCRAP_BY_HEADING: dict[str, tuple[str, str]] = {
    "05": ("C10T12", "15t16"), "0901": ("C10T12", "15t16"), "1802": ("C10T12", "15t16"),
    "23": ("C10T12", "15t16"), "2401": ("C10T12", "15t16"),
    "3804": ("C17_18", "21t22"), "4401": ("C16", "20"),
    "26": ("E", "36t37"), "39": ("E", "36t37"), "40": ("E", "36t37"), "41": ("E", "36t37"),
    "47": ("E", "36t37"), "5": ("E", "36t37"), "6": ("E", "36t37"), "7": ("E", "36t37"), "80": ("E", "36t37"),
    "8908": ("E", "36t37"),
}  # fmt: skip

WIOD_BY_ISIC3_DIVISION: dict[str, str] = {
    "01": "AtB", "02": "AtB", "05": "AtB",
    "10": "C", "11": "C", "12": "C", "13": "C", "14": "C",
    "15": "15t16", "16": "15t16", "17": "17t18", "18": "17t18", "19": "19", "20": "20",
    "21": "21t22", "22": "21t22", "23": "23", "24": "24", "25": "25", "26": "26",
    "27": "27t28", "28": "27t28", "29": "29",
    "30": "30t33", "31": "30t33", "32": "30t33", "33": "30t33",
    "34": "34t35", "35": "34t35", "36": "36t37", "40": "E",
    "74": "71t74", "92": "O", "93": "O",
}  # fmt: skip


def first_match(code: str, rules: dict[str, T]) -> T | None:
    """The rule with the longest key that the code begins with."""
    for length in range(len(code), 0, -1):
        if code[:length] in rules:
            return rules[code[:length]]
    return None
