"""From any usual spelling of an economy or sector to a world's code, and back to plain English."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest

__all__ = [
    "economy_code",
    "economy_in_sentence",
    "economy_title",
    "match_economy",
    "match_sector",
    "titled_economies",
]


def match_economy(name: str, valid: Sequence[str], groups: Mapping[str, Sequence[str]] | None = None) -> str:
    """The code among `valid` that a name means: a code, an English name, or any other usual spelling.

    Args:
        name: such as "CAN", "Canada", "South Korea", "UK", "rest of the world".
        valid: codes of a world's economies; upper and lower case do not matter.
        groups: for an aggregated world, the economies in each of its economies; to say where a part is.

    Raises:
        BadInput: no such economy, or one that is not among `valid`; the message has the nearest ones.

    Examples:
        >>> match_economy("U.S.", ["CAN", "USA"])
        'USA'
        >>> match_economy("Cnada", ["CAN", "USA"])
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: no economy 'Cnada'; did you mean Canada (CAN)?
    """
    if name in valid:
        return name
    folded = {_fold(code): code for code in valid}
    found = folded.get(_fold(name))
    if found is not None:
        return found
    meant = _spellings().get(_fold(name)) or _from_library(name)
    if meant is None:
        raise BadInput(Problem(f"no economy '{name}'", remedy=_nearest_economy(name, valid)))
    if meant not in valid:
        raise BadInput(Problem(_absent(name, meant, valid), remedy=_within(meant, valid, groups or {})))
    return meant


def match_sector(name: str, sectors: Sequence[str], titles: Sequence[str]) -> str:
    """The sector code that a code or title means; upper and lower case do not matter.

    Args:
        name: such as "C29" or "motor vehicles".
        sectors: codes.
        titles: one for each code.

    Raises:
        BadInput: no such sector; the message has the nearest codes and titles.

    Examples:
        >>> match_sector("motor vehicles", ["C28", "C29"], ["Machinery", "Motor vehicles"])
        'C29'
        >>> match_sector("C92", ["C28", "C29"], ["Machinery", "Motor vehicles"])
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: no sector 'C92'; did you mean C29 (Motor vehicles), C28 (Machinery)?
    """
    if name in sectors:
        return name
    known = {_fold(title): code for code, title in zip(sectors, titles, strict=True)}
    known |= {_fold(code): code for code in sectors}
    found = known.get(_fold(name))
    if found is not None:
        return found
    shown = {code: f"{code} ({title})" for code, title in zip(sectors, titles, strict=True)}
    raise BadInput(Problem(f"no sector '{name}'", remedy=_nearest_shown(name, known, shown)))


def economy_code(name: str) -> str | None:
    """The code that a name means in any world; None if it means none.

    Examples:
        >>> economy_code("South Korea"), economy_code("U.S."), economy_code("Atlantis")
        ('KOR', 'USA', None)
    """
    return _spellings().get(_fold(name)) or _from_library(name)


def economy_title(code: str) -> str:
    """Plain English for an economy's code; the code itself where nothing is known.

    Examples:
        >>> economy_title("KOR"), economy_title("EU27"), economy_title("NAM")
        ('South Korea', 'European Union', 'NAM')
    """
    title: str = _economies()["titles"].get(code, code)
    return title


def economy_in_sentence(name: str) -> str:
    """Plain English for an economy inside a sentence, with its article; a name as written otherwise.

    Examples:
        >>> economy_in_sentence("USA"), economy_in_sentence("United States"), economy_in_sentence("CAN")
        ('the United States', 'the United States', 'Canada')
    """
    title = economy_title(name)
    with_article = {economy_title(code) for code in _economies()["articles"]["the"]}
    return f"the {title}" if title in with_article else title


def titled_economies() -> tuple[str, ...]:
    """Codes of the economies that have a title, those of every world among them.

    Examples:
        >>> "CAN" in titled_economies()
        True
    """
    return tuple(_economies()["titles"])


@cache
def _economies() -> dict[str, dict[str, Any]]:
    text = files("detente.world").joinpath("economies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _spellings() -> Mapping[str, str]:
    known = _economies()
    spellings = {_fold(code): code for code in known["titles"]}
    spellings |= {_fold(title): code for code, title in known["titles"].items()}
    return spellings | {_fold(other): code for code, others in known["spellings"].items() for other in others}


@cache
def _groupings() -> Mapping[str, Any]:
    """Groups of economies in each grouping that ships."""
    text = files("detente.world").joinpath("groupings.toml").read_text(encoding="utf-8")
    return {name: grouping["groups"] for name, grouping in tomllib.loads(text)["economies"].items()}


def _fold(name: str) -> str:
    """Lower case without accents, dots, and space at the ends: 'U.S.' is 'us', 'Türkiye' is 'turkiye'."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(plain.replace(".", "").replace("’", "'").casefold().split())


@cache
def _library_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    # The library's own class takes a second to build and fails on pandas 3, and importing the library starts
    # pandas, which no command needs to read a name; its table of patterns is enough.
    library = find_spec("country_converter")
    if library is None or not library.submodule_search_locations:
        raise ModuleNotFoundError("country_converter is not installed", name="country_converter")
    path = Path(library.submodule_search_locations[0]) / "country_data.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    current = ((row["regex"], row["ISO3"]) for row in rows if row["ISO3"] and not row["obsolete"])
    return tuple((re.compile(regex, re.IGNORECASE), code) for regex, code in current)


def _from_library(name: str) -> str | None:
    # Shorter names match patterns by accident, and every code is known above.
    if len(name.strip()) < 4:
        return None
    # "Korea and Japan" is two economies, "Trinidad and Tobago" is one.
    parts = {name, *re.split(r"\s+(?:and|&)\s+|[,;/]", name)}
    found = {code for part in parts for code in _found_in_library(part)}
    return found.pop() if len(found) == 1 else None


def _found_in_library(name: str) -> set[str]:
    known = _spellings().get(_fold(name))
    if known:
        return {known}
    patterns = _library_patterns()
    return {code for pattern, code in patterns if pattern.search(name) or pattern.search(_fold(name))}


def _nearest_economy(name: str, valid: Sequence[str]) -> str:
    shown = {code: f"{economy_title(code)} ({code})" for code in valid}
    known = {_fold(economy_title(code)): code for code in valid} | {_fold(code): code for code in valid}
    return _nearest_shown(name, known, shown)


def _nearest_shown(name: str, known: Mapping[str, str], shown: Mapping[str, str]) -> str:
    part = _fold(name)
    containing = dict.fromkeys(code for title, code in known.items() if len(part) > 3 and part in title)
    if containing:
        return f"did you mean {', '.join(shown[code] for code in list(containing)[:3])}?"
    text = nearest(part, list(known))
    if not text.startswith("did you mean "):
        return nearest(name, list(shown))
    folded = text.removeprefix("did you mean ").removesuffix("?").split(", ")
    codes = dict.fromkeys(known[item] for item in folded if item in known)
    return f"did you mean {', '.join(shown[code] for code in codes)}?" if codes else text


def _absent(name: str, code: str, valid: Sequence[str]) -> str:
    title = economy_title(code)
    known = code if title == code else f"{title} ({code})"
    said = f"'{name}'" if _fold(name) == _fold(known) else f"'{name}' is {known}, which"
    return f"{said} is not one of this world's {len(valid)} economies"


def _within(code: str, valid: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str | None:
    for group, members in groups.items():
        if code in members:
            return f"it is part of {group}"
    rest = next((group for group, members in groups.items() if "ROW" in members), "ROW")
    grouping = [(len(found), name) for name, found in _groupings().items() if len(found.get(code, ())) > 1]
    if grouping:
        by = min(grouping)[1]
        return f"name its members, or aggregate the world by '{by}' (--aggregate {by}) to have it as one"
    apart = code in _economies()["titles"] and not re.fullmatch(r"[A-Z]{3}", code)
    return None if apart or rest not in valid else f"it is part of {rest}, the rest of the world"
