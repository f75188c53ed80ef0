"""How the sectors of the sources correspond to each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# WIOD industries (ISIC Rev. 3) by the OECD sectors (ISIC Rev. 4) that they cover best. Publishing, film and
# broadcasting sit with recreation, as most of them did in ISIC 3; computing sits with business services.
_OECD_BY_WIOD: tuple[tuple[str, str], ...] = (
    ("c1", "A01 A02 A03"),
    ("c2", "B05 B06 B07 B08 B09"),
    ("c3", "C10T12"),
    ("c4 c5", "C13T15"),
    ("c6", "C16"),
    ("c7", "C17_18"),
    ("c8", "C19"),
    ("c9", "C20 C21"),
    ("c10", "C22"),
    ("c11", "C23"),
    ("c12", "C24A C24B C25"),
    ("c13", "C28"),
    ("c14", "C26 C27"),
    ("c15", "C29 C301 C302T309"),
    ("c16", "C31T33"),
    ("c17", "D E"),
    ("c18", "F"),
    ("c19 c20 c21", "G"),
    ("c22", "I"),
    ("c23", "H49"),
    ("c24", "H50"),
    ("c25", "H51"),
    ("c26", "H52"),
    ("c27", "H53 J61"),
    ("c28", "K"),
    ("c29", "L"),
    ("c30", "J62_63 M N"),
    ("c31", "O"),
    ("c32", "P"),
    ("c33", "Q"),
    ("c34", "J58T60 R S"),
    ("c35", "T"),
)
_SECTION_BY_WIOD = "A B C C C C C C C C C C C C C C D F G G G I H H H H J K L M O P Q R T"
SECTIONS = "ABCDEFGHIJKLMNOPQRST"
Groups = npt.NDArray[np.int64]


def wiod_groups() -> Groups:
    """Common group of each of the 35 WIOD industries."""
    found = np.empty(35, dtype=np.int64)
    for group, (industries, _) in enumerate(_OECD_BY_WIOD):
        for industry in industries.split():
            found[int(industry[1:]) - 1] = group
    return found


def oecd_groups(sectors: Sequence[str]) -> Groups:
    """Common group of each OECD sector, the counterpart of :func:`wiod_groups`."""
    group_of = {code: group for group, (_, codes) in enumerate(_OECD_BY_WIOD) for code in codes.split()}
    return np.array([group_of[code] for code in sectors], dtype=np.int64)


def oecd_sections(sectors: Sequence[str]) -> Groups:
    """ISIC section of each OECD sector, as a position in `SECTIONS`."""
    return np.array([SECTIONS.index(code[0]) for code in sectors], dtype=np.int64)


def wiod_sections() -> Groups:
    """ISIC section of each WIOD industry; industries over several sections take the largest."""
    return np.array([SECTIONS.index(code) for code in _SECTION_BY_WIOD.split()], dtype=np.int64)


def indicator(groups: Groups, count: int | None = None) -> npt.NDArray[np.float64]:
    """Matrix (group, member) that sums members into groups."""
    return np.asarray(np.arange(count or groups.max() + 1)[:, None] == groups[None, :], dtype=np.float64)
