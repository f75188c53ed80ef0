"""Measures as scenario files write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.files.amounts import read_carbon, read_covers, read_quota, read_source
from detente.policy.files.fields import MEASURE_FIELDS, fields_of, kinds_with, needs_of
from detente.policy.files.reading import Reader, mark
from detente.policy.line_lists import product_lists
from detente.policy.measure import CONFIDENCE, KINDS, Measure, Place
from detente.policy.uncertain import UncertainNumber, highest_of, lowest_of
from detente.world.concordance import hs6_lines
from detente.world.tariff_lines import known_preferences

__all__ = ["BASES", "RENT_HOLDERS", "check_measure", "numbers_of", "read_fields", "read_measure"]

BASES = ("additional", "total")
RENT_HOLDERS: Mapping[str, float] = {"importer": 0.0, "exporter": 1.0}
LENGTHS = (2, 4, 6, 8, 10)


def read_measure(reader: Reader, node: Any, registry: bool = False) -> Measure:
    """One measure from its node; what is wrong with it is noted in the reader, at its line and column.

    Args:
        reader: collects problems.
        node: of the measure.
        registry: whether it is a measure of the registry, where some are what-ifs.
    """
    reader.uncertain = {}
    kind = _kind(reader, node)
    known = fields_of(kind) if kind else tuple(f for f in MEASURE_FIELDS if f != "what_if")
    found = _fields(reader, node, kind, (*known, "what_if") if registry else known)
    reader.require(node, found, needs_of(kind) if kind else ("id", "kind"), "")
    place = Place(reader.file, {"": mark(node), **{name: mark(value) for name, value in found.items()}})
    measure = Measure(
        **{"id": "", "kind": "", "importers": (), **read_fields(reader, found, kind)}, place=place
    )
    if kind == "export-restraint" and "rent" not in found:
        measure = replace(measure, rent=RENT_HOLDERS["exporter"])
    if reader.uncertain:
        measure = replace(measure, uncertain=numbers_of(measure.id, reader.uncertain))
    reader.problems += check_measure(measure)
    return measure


def numbers_of(name: str, found: Mapping[str, UncertainNumber]) -> tuple[UncertainNumber, ...]:
    """The uncertain numbers of a measure, by field."""
    return tuple(replace(found[field], measure=name) for field in sorted(found))


def read_fields(reader: Reader, found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Attributes of a measure by name, from the nodes of some of its fields.

    Args:
        reader: collects problems.
        found: nodes by field of a scenario file.
        kind: of the measure; "" if it is not known.
    """
    return {
        MEASURE_FIELDS[field].attribute or field: _read(reader, node, field, kind)
        for field, node in found.items()
    }


def _read(reader: Reader, node: Any, field: str, kind: str) -> Any:
    form = MEASURE_FIELDS[field].form
    if form in _SIMPLE:
        return _SIMPLE[form](reader, node, field)
    if form == "rate":
        bounds = (KINDS[kind].highest_rate, KINDS[kind].lowest_rate) if kind and field == "rate" else ()
        return reader.rate(node, field, *bounds)
    if form in ("kind", "basis"):
        return reader.choice(node, field, tuple(KINDS) if form == "kind" else BASES)
    return _STRUCTURED[form](reader, node)


def _kind(reader: Reader, node: Any) -> str:
    """The measure's kind if it has a valid one; nothing is noted."""
    pairs = node.value if node.id == "mapping" else []
    written = [str(value.value) for key, value in pairs if key.value == "kind" and value.id == "scalar"]
    return written[0] if written and written[0] in KINDS else ""


def _fields(reader: Reader, node: Any, kind: str, known: Sequence[str]) -> dict[str, Any]:
    """The nodes of a measure's fields; for one that other kinds have, say which do."""
    if not kind or node.id != "mapping":
        return reader.mapping(node, "", known)

    def remedy(name: str) -> tuple[str, str]:
        if name in MEASURE_FIELDS and kinds_with(name):
            others = ", ".join(kinds_with(name)[:4])
            return f"a measure of kind {kind} has no '{name}'", f"{nearest(name, known)}; it is for {others}"
        if name == "what_if":
            return "only the registry has what-ifs", "leave it out: what a scenario names is in force"
        return f"unknown field '{name}'", nearest(name, known)

    return reader.mapping(node, "", known, remedy)


def check_measure(measure: Measure) -> list[Problem]:
    """What fields that are right by themselves get wrong together."""
    place = measure.place
    problems = _goods_problems(measure) if measure.kind else []
    if measure.source is None and not measure.assumption and not {"source", "assumption"} & {*place.marks}:
        remedy = "add url, publisher and date; or state under 'assumption' what is assumed"
        problems.append(place.problem("source", "missing source", remedy))
    for doubt in measure.confidence:
        if doubt not in CONFIDENCE:
            remedy = nearest(doubt, list(CONFIDENCE))
            problems.append(place.problem("confidence", f"unknown mark '{doubt}'", remedy))
    start, end = measure.start, measure.end
    if start and end and end < start:
        message = f"ends on {end}, before it starts on {start}"
        problems.append(place.problem("end", message, "exchange the dates"))
    if measure.over_rate is not None and lowest_of(measure, "over_rate") < highest_of(measure, "rate"):
        certain = measure.over_rate < measure.rate
        message = (
            "is below the rate within the quota" if certain else "may be below the rate within the quota"
        )
        remedy = "give the lower one as rate" if certain else "give ranges that do not overlap"
        problems.append(place.problem("over_rate", message, remedy))
    for field, names in (("of", measure.of), ("yields_to", measure.yields_to)):
        if measure.id and measure.id in names:
            problems.append(place.problem(field, f"names the measure itself, '{measure.id}'", "leave it out"))
    return problems


def _goods_problems(measure: Measure) -> list[Problem]:
    """A measure on goods says which: sectors, or codes and lists."""
    if "hs" not in fields_of(measure.kind):
        return []

    def given(field: str) -> bool:
        return bool(getattr(measure, field)) or field in measure.place.marks

    by_code = given("hs") or given("lists")
    if given("sectors") != by_code:
        return []
    message = "give either sectors or hs codes and lists" + (", not both" if by_code else "")
    return [measure.place.problem("hs", message, None if by_code else "`sectors: goods` is all goods")]


def _economies(reader: Reader, node: Any, field: str) -> tuple[str, ...]:
    names = reader.texts(node, field)
    names = tuple("all" if name.casefold() == "all" else name for name in names)
    if "all" in names and field == "exporter_except":
        reader.note(node, field, "'all' leaves no exporter", "name the economies that are spared")
    elif "all" in names and len(names) > 1:
        reader.note(node, field, "'all' stands beside other names", "give 'all' alone")
    return names


def _codes(reader: Reader, node: Any) -> tuple[tuple[str, float], ...]:
    """HS codes, each with the share of its trade that is listed: a list of codes, or code: share."""
    pairs: list[tuple[Any, Any]]
    pairs = node.value if node.id == "mapping" else [(item, None) for item in reader.items(node)]
    codes: dict[str, float] = {}
    for item, value in pairs:
        code = _code(reader, item, "hs")
        if code and code in codes:
            reader.note(item, "hs", f"code '{reader.text(item, 'hs')}' is given twice", "keep one")
            continue
        share = 1.0 if value is None else reader.rate(value, "hs", highest=1.0, number=f"hs.{code}")
        if code:
            codes[code] = share
    return tuple(sorted(codes.items()))


def _code(reader: Reader, item: Any, field: str) -> str:
    """The digits of a known HS code; of a tariff line only the first six are the same everywhere."""
    written = reader.text(item, field)
    code = written.replace(".", "").replace(" ", "")
    if not (code.isascii() and code.isdigit() and len(code) in LENGTHS):
        reader.note(item, field, f"'{written}' is no HS code", "write 2, 4, 6, 8 or 10 digits: 8703.80")
        return ""
    try:
        hs6_lines([code[:6]])
    except BadInput as error:
        reader.note(item, field, f"unknown HS code '{written}'", error.problems[0].remedy)
    return code


def _lists(reader: Reader, node: Any) -> tuple[str, ...]:
    names = reader.texts(node, "lists")
    for item in reader.items(node):
        name = str(item.value) if item.id == "scalar" else ""
        if name in names and name not in product_lists():
            reader.note(item, "lists", f"no list '{name}'", nearest(name, product_lists()))
    return names


def _excluded(reader: Reader, node: Any) -> tuple[str, ...]:
    """HS codes, without dots, and names of lists."""
    found = []
    for item in reader.items(node):
        written = reader.text(item, "except")
        if written[:1].isdigit():
            found.append(_code(reader, item, "except"))
        elif written and written not in product_lists():
            reader.note(item, "except", f"no list '{written}'", nearest(written, product_lists()))
        else:
            found.append(written)
    return tuple(dict.fromkeys(name for name in found if name))


def _preference(reader: Reader, node: Any, field: str) -> str:
    """A preference that some importer's statistics know."""
    written = reader.text(node, field)
    name = written.casefold()
    if name and name not in known_preferences():
        reader.note(node, field, f"unknown preference '{written}'", nearest(name, known_preferences()))
    return name


def _rent(reader: Reader, node: Any) -> float:
    """The exporter's share of rents."""
    if node.id == "mapping":
        return reader.rate(node, "rent", highest=1.0)
    written = reader.text(node, "rent")
    if written in RENT_HOLDERS:
        return RENT_HOLDERS[written]
    if not written[:1].isdigit() and not written.startswith((".", "-", "+")):
        remedy = "write importer, exporter, or the exporter's share such as 40%"
        reader.note(node, "rent", f"unknown rent '{written}'", remedy)
        return 0.0
    return reader.rate(node, "rent", highest=1.0)


_SIMPLE: Mapping[str, Callable[[Reader, Any, str], Any]] = {
    "text": Reader.text,
    "name": _preference,
    "texts": Reader.texts,
    "marks": Reader.texts,
    "economies": _economies,
    "day": Reader.day,
    "last-day": lambda reader, node, field: reader.day(node, field, last=True),
    "flag": Reader.flag,
    "source": read_source,
}
_STRUCTURED: Mapping[str, Callable[[Reader, Any], Any]] = {
    "codes": _codes,
    "lists": _lists,
    "except": _excluded,
    "quota": read_quota,
    "covers": read_covers,
    "carbon": read_carbon,
    "rent": _rent,
}
