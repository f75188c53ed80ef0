"""How much, as scenario files write it: what a measure covers, a quota, the price of carbon, sources."""

from __future__ import annotations

import re
from typing import Any

from detente.policy.files.ranges import is_range
from detente.policy.files.reading import HIGHEST_NUMBER, Reader
from detente.policy.measure import Carbon, Covers, Quota, Source

__all__ = [
    "CARBON_FIELDS",
    "COVERS_FIELDS",
    "QUOTA_FIELDS",
    "SOURCE_FIELDS",
    "UNIT_VALUE_FIELDS",
    "read_carbon",
    "read_covers",
    "read_quota",
    "read_source",
]

COVERS_FIELDS = ("value", "unit", "year", "share", "source")
QUOTA_FIELDS = ("units", "unit_value", "value", "unit", "year", "share", "source")
UNIT_VALUE_FIELDS = ("value", "unit", "year", "source")
CARBON_FIELDS = ("price", "unit", "year", "table")
SOURCE_FIELDS = ("url", "publisher", "date", "title", "also")
UNITS = {"million": 1e6, "billion": 1e9}
YEAR = re.compile(r"(19|20)[0-9]{2}")
# A quota may be a multiple of what was traded.
HIGHEST_SHARE = 100.0


def read_covers(reader: Reader, node: Any) -> Covers | None:
    """A share, or a value with its unit and year."""
    if node.id == "scalar" or is_range(node):
        return Covers(share=reader.rate(node, "covers", highest=1.0, number="covers.share"))
    found = reader.mapping(node, "covers", COVERS_FIELDS)
    source = read_source(reader, found["source"], "covers.source") if "source" in found else None
    if ("share" in found) == ("value" in found):
        example = "for example {value: 4.0, unit: CAD billion, year: 2024}"
        reader.note(node, "covers", "give either a share or a value", example)
        return None
    if "share" in found:
        return Covers(share=reader.rate(found["share"], "covers.share", highest=1.0), source=source)
    value, currency, year = _value(reader, node, found, "covers")
    return Covers(None, value, currency, year, source)


def read_quota(reader: Reader, node: Any) -> Quota | None:
    """Units with the value of one, or a value, or a share of the trade covered in the baseline."""
    found = reader.mapping(node, "quota", QUOTA_FIELDS)
    source = read_source(reader, found["source"], "quota.source") if "source" in found else None
    if sum(name in found for name in ("units", "value", "share")) != 1:
        example = "for example {units: 49000, unit_value: {value: 49600, unit: CAD, year: 2023}}"
        reader.note(node, "quota", "give one of units, value and share", example)
        return None
    if "share" in found:
        _refuse(reader, found, ("unit_value", "unit", "year"), "share")
        share = reader.rate(found["share"], "quota.share", highest=HIGHEST_SHARE)
        return Quota(share=share, source=source)
    if "value" in found:
        _refuse(reader, found, ("unit_value",), "value")
        value, currency, year = _value(reader, node, found, "quota")
        return Quota(value=value, currency=currency, year=year, source=source)
    _refuse(reader, found, ("unit", "year"), "units")
    reader.require(node, found, ("unit_value",), "quota")
    units, name = _units(reader, found["units"])
    if "unit_value" not in found:
        return Quota(units=units, source=source, unit_name=name)
    inner = reader.mapping(found["unit_value"], "quota.unit_value", UNIT_VALUE_FIELDS)
    reader.require(found["unit_value"], inner, ("value",), "quota.unit_value")
    value, currency, year = _value(
        reader, found["unit_value"], inner, "quota.unit_value", number="quota.unit_value"
    )
    where = read_source(reader, inner["source"], "quota.unit_value.source") if "source" in inner else None
    return Quota(units, value, None, currency, year, None, source, where, name)


def read_carbon(reader: Reader, node: Any) -> Carbon | None:
    """Price of a tonne with its currency and year, and the name of a table."""
    found = reader.mapping(node, "carbon", CARBON_FIELDS)
    if node.id != "mapping":
        return None
    reader.require(node, found, CARBON_FIELDS, "carbon")
    price = reader.number(found["price"], "carbon.price") if "price" in found else 0.0
    currency, scale = (
        _unit(reader, found["unit"], "carbon.unit", "carbon.price") if "unit" in found else ("", 1.0)
    )
    year = _year(reader, found["year"], "carbon.year") if "year" in found else 0
    table = reader.text(found["table"], "carbon.table") if "table" in found else ""
    return Carbon(price * scale, currency, year, table)


def read_source(reader: Reader, node: Any, field: str) -> Source | None:
    """Address, publisher and date of a page or file."""
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


def _units(reader: Reader, node: Any) -> tuple[float, str]:
    """A number, and what it counts: `49000`, or `49000 vehicles`; of a distribution its median."""
    names: list[str] = []

    def read(part: Any, field: str) -> float | None:
        written = reader.text(part, field)
        number, _, name = written.partition(" ")
        try:
            if 0.0 <= float(number) < HIGHEST_NUMBER and not name[:1].isdigit():
                names.extend([name] if name else [])
                return float(number)
        except ValueError:
            pass
        message = f"'{written}' is no number of units"
        reader.note(part, field, message, "write 49000, or 49000 vehicles")
        return None

    field = "quota.units"
    if node.id != "mapping":
        count = read(node, field)
        if count == 0.0:
            message = f"'{reader.text(node, field)}' is no number of units"
            reader.note(node, field, message, "write 49000, or 49000 vehicles")
        return count or 0.0, "".join(names)
    count = reader.uncertain_number(node, field, field, read, "{:,.15g}".format, (0.0, HIGHEST_NUMBER), True)
    if len(set(names)) > 1:
        reader.note(node, field, f"counts {' and '.join(dict.fromkeys(names))}", "count one thing")
    name = "".join(names[:1])
    reader.in_unit(field, name or "units")
    return count, name


def _refuse(reader: Reader, found: dict[str, Any], fields: tuple[str, ...], beside: str) -> None:
    for name in fields:
        if name in found:
            reader.note(found[name], f"quota.{name}", f"does not go with {beside}", "leave it out")


def _value(
    reader: Reader, node: Any, found: dict[str, Any], field: str, number: str = ""
) -> tuple[float, str, int]:
    """Value in units of its currency, the currency, the year."""
    number = number or f"{field}.value"
    reader.require(node, found, ("unit", "year"), field)
    value = reader.number(found["value"], f"{field}.value", number) if "value" in found else 0.0
    currency, scale = _unit(reader, found["unit"], f"{field}.unit", number) if "unit" in found else ("", 1.0)
    year = _year(reader, found["year"], f"{field}.year") if "year" in found else 0
    return value * scale, currency, year


def _unit(reader: Reader, node: Any, field: str, number: str) -> tuple[str, float]:
    """Currency and scale of a unit such as `CAD billion`; a currency alone where single values are usual.

    They are also noted as those of a number, should it be uncertain.
    """
    written = reader.text(node, field)
    currency, _, word = written.partition(" ")
    single = not field.startswith("covers") and field != "quota.unit"
    scale = 1.0 if single and not word else UNITS.get(word.casefold(), 0.0)
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and scale):
        remedy = (
            "write a currency, such as CAD"
            if single
            else ("write a currency and million or billion, such as CAD billion")
        )
        reader.note(node, field, f"'{written}' is no unit", remedy)
    reader.in_unit(number, " ".join([currency.upper(), *([word.casefold()] if word else [])]), scale)
    return currency.upper(), scale


def _year(reader: Reader, node: Any, field: str) -> int:
    written = reader.text(node, field)
    if not YEAR.fullmatch(written):
        reader.note(node, field, f"'{written}' is no year", "write four digits, such as 2024")
        return 0
    return int(written)
