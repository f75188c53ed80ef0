"""Measures as scenario files write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from detente.errors import BadInput, nearest
from detente.policy.measure import CONFIDENCE, KINDS, Covers, Measure, Place, Source
from detente.policy.reading import Reader
from detente.world.concordance import hs6_lines

__all__ = ["MEASURE_FIELDS", "read_measure"]

MEASURE_FIELDS = (
    "id", "kind", "importer", "exporter", "sectors", "hs", "rate", "covers", "start", "end",
    "source", "products", "note", "confidence", "assumption", "exclusive",
)  # fmt: skip
COVERS_FIELDS = ("value", "unit", "year", "share", "source")
SOURCE_FIELDS = ("url", "publisher", "date", "title", "also")
UNITS = {"million": 1e6, "billion": 1e9}
YEAR = re.compile(r"(19|20)[0-9]{2}")


def read_measure(reader: Reader, node: Any) -> Measure:
    """One measure from its node; what is wrong with it is noted in the reader, at its line."""
    found = reader.mapping(node, "", MEASURE_FIELDS)
    reader.require(node, found, ("id", "kind", "importer", "exporter", "rate"), "")
    lines = {"": node.start_mark.line + 1, **{key: value.start_mark.line + 1 for key, value in found.items()}}

    def text(field: str) -> str:
        return reader.text(found[field], field) if field in found else ""

    def texts(field: str) -> tuple[str, ...]:
        return reader.texts(found[field], field) if field in found else ()

    measure = Measure(
        id=text("id"),
        kind=reader.choice(found["kind"], "kind", list(KINDS)) if "kind" in found else "",
        importers=_economies(reader, found, "importer"),
        exporters=_economies(reader, found, "exporter"),
        rate=reader.rate(found["rate"], "rate") if "rate" in found else 0.0,
        sectors=texts("sectors"),
        hs=_codes(reader, found["hs"]) if "hs" in found else (),
        covers=_covers(reader, found["covers"]) if "covers" in found else None,
        start=reader.day(found["start"], "start") if "start" in found else None,
        end=reader.day(found["end"], "end", last=True) if "end" in found else None,
        exclusive=text("exclusive"),
        products=text("products"),
        source=_source(reader, found["source"], "source") if "source" in found else None,
        assumption=text("assumption"),
        confidence=texts("confidence"),
        note=text("note"),
        place=Place(reader.file, lines),
    )
    _check(reader, node, found, measure)
    return measure


def _check(reader: Reader, node: Any, found: Mapping[str, Any], measure: Measure) -> None:
    """Note what fields that are right by themselves get wrong together."""
    if ("sectors" in found) == ("hs" in found):
        reader.note(node, "hs", "give either sectors or hs codes" + (", not both" if "hs" in found else ""))
    if "source" not in found and "assumption" not in found:
        remedy = "add url, publisher and date; or state under 'assumption' what is assumed"
        reader.note(node, "source", "missing source", remedy)
    for mark in measure.confidence:
        if mark not in CONFIDENCE:
            reader.note(
                found["confidence"], "confidence", f"unknown mark '{mark}'", nearest(mark, list(CONFIDENCE))
            )
    start, end = measure.start, measure.end
    if start and end and end < start:
        reader.note(found["end"], "end", f"ends on {end}, before it starts on {start}", "exchange the dates")


def _economies(reader: Reader, found: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = reader.texts(found[field], field) if field in found else ()
    names = tuple("all" if name.casefold() == "all" else name for name in names)
    if "all" in names and len(names) > 1:
        reader.note(found[field], field, "'all' stands beside other names", "give 'all' alone")
    return names


def _codes(reader: Reader, node: Any) -> tuple[tuple[str, float], ...]:
    """HS codes, each with the share of its trade that is listed: a list of codes, or code: share."""
    pairs: list[tuple[Any, float]]
    if node.id == "mapping":
        pairs = [(key, reader.rate(value, "hs", highest=1.0)) for key, value in node.value]
    else:
        pairs = [(item, 1.0) for item in reader.items(node)]
    codes: dict[str, float] = {}
    for item, share in pairs:
        written = reader.text(item, "hs")
        code = written.replace(".", "").replace(" ", "")
        if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6)):
            remedy = "write 2, 4 or 6 digits; for finer lines, the 6-digit code and its share: {1205.10: 40%}"
            reader.note(item, "hs", f"'{written}' is no HS code", remedy)
        elif code in codes:
            reader.note(item, "hs", f"code '{written}' is given twice", "keep one")
        else:
            codes[code] = share
            try:
                hs6_lines([code])
            except BadInput as error:
                reader.note(item, "hs", f"unknown HS code '{written}'", error.problems[0].remedy)
    return tuple(sorted(codes.items()))


def _covers(reader: Reader, node: Any) -> Covers | None:
    """A share, or a value with its unit and year."""
    if node.id == "scalar":
        return Covers(share=reader.rate(node, "covers", highest=1.0))
    found = reader.mapping(node, "covers", COVERS_FIELDS)
    source = _source(reader, found["source"], "covers.source") if "source" in found else None
    if ("share" in found) == ("value" in found):
        reader.note(
            node,
            "covers",
            "give either a share or a value",
            "for example {value: 4.0, unit: CAD billion, year: 2024}",
        )
        return None
    if "share" in found:
        return Covers(share=reader.rate(found["share"], "covers.share", highest=1.0), source=source)
    reader.require(node, found, ("unit", "year"), "covers")
    currency, scale = _unit(reader, found["unit"]) if "unit" in found else ("", 1.0)
    year = _year(reader, found["year"]) if "year" in found else 0
    return Covers(None, reader.number(found["value"], "covers.value") * scale, currency, year, source)


def _unit(reader: Reader, node: Any) -> tuple[str, float]:
    """Currency and scale of a unit such as `CAD billion`."""
    written = reader.text(node, "covers.unit")
    currency, _, word = written.partition(" ")
    scale = UNITS.get(word.casefold(), 0.0)
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and scale):
        remedy = "write a currency and million or billion, such as CAD billion"
        reader.note(node, "covers.unit", f"'{written}' is no unit", remedy)
    return currency.upper(), scale


def _year(reader: Reader, node: Any) -> int:
    written = reader.text(node, "covers.year")
    if not YEAR.fullmatch(written):
        reader.note(node, "covers.year", f"'{written}' is no year", "write four digits, such as 2024")
        return 0
    return int(written)


def _source(reader: Reader, node: Any, field: str) -> Source | None:
    found = reader.mapping(node, field, SOURCE_FIELDS)
    if node.id == "mapping":
        reader.require(node, found, ("url", "publisher", "date"), field)

    def text(name: str) -> str:
        return reader.text(found[name], f"{field}.{name}") if name in found else ""

    url = text("url")
    if url and not url.startswith(("http://", "https://")):
        reader.note(found["url"], f"{field}.url", f"'{url}' is no address", "write https://...")
    also = reader.texts(found["also"], f"{field}.also") if "also" in found else ()
    return Source(url, text("publisher"), text("date"), text("title"), also)
