"""Measures as scenario files write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from detente.errors import BadInput, nearest
from detente.policy.amounts import read_carbon, read_covers, read_quota, read_source
from detente.policy.fields import MEASURE_FIELDS, fields_of, kinds_with, needs_of
from detente.policy.line_lists import product_lists
from detente.policy.measure import CONFIDENCE, KINDS, Measure, Place
from detente.policy.reading import Reader, mark
from detente.world.concordance import hs6_lines

__all__ = ["BASES", "RENT_HOLDERS", "read_measure"]

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
    kind = _kind(reader, node)
    known = fields_of(kind) if kind else tuple(f for f in MEASURE_FIELDS if f != "what_if")
    found = _fields(reader, node, kind, (*known, "what_if") if registry else known)
    reader.require(node, found, needs_of(kind) if kind else ("id", "kind"), "")
    measure = _measure(reader, node, found, kind)
    _check(reader, node, found, measure)
    return measure


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


def _measure(reader: Reader, node: Any, found: Mapping[str, Any], kind: str) -> Measure:
    def text(field: str) -> str:
        return reader.text(found[field], field) if field in found else ""

    def texts(field: str) -> tuple[str, ...]:
        return reader.texts(found[field], field) if field in found else ()

    def rate(field: str) -> float | None:
        if field not in found:
            return None
        bounds = (KINDS[kind].highest_rate, KINDS[kind].lowest_rate) if kind and field == "rate" else ()
        return reader.rate(found[field], field, *bounds)

    home = "economy" in found and "importer" not in found
    return Measure(
        id=text("id"),
        kind=reader.choice(found["kind"], "kind", list(KINDS)) if "kind" in found else "",
        importers=_economies(reader, found, "economy" if home else "importer"),
        exporters=_economies(reader, found, "exporter"),
        spared=_economies(reader, found, "exporter_except"),
        rate=rate("rate") or 0.0,
        sectors=texts("sectors"),
        hs=_codes(reader, found["hs"]) if "hs" in found else (),
        lists=_lists(reader, found["lists"]) if "lists" in found else (),
        excluded=_excluded(reader, found["except"]) if "except" in found else (),
        covers=read_covers(reader, found["covers"]) if "covers" in found else None,
        preference=text("preference").casefold(),
        over_rate=rate("over_rate"),
        basis=reader.choice(found["basis"], "basis", BASES) if "basis" in found else BASES[0],
        quota=read_quota(reader, found["quota"]) if "quota" in found else None,
        rent=_rent(reader, found, kind),
        carbon=read_carbon(reader, found["carbon"]) if "carbon" in found else None,
        channel=text("channel"),
        programme=text("programme"),
        yields_to=texts("yields_to"),
        of=texts("of"),
        start=reader.day(found["start"], "start") if "start" in found else None,
        end=reader.day(found["end"], "end", last=True) if "end" in found else None,
        what_if=reader.flag(found["what_if"], "what_if") if "what_if" in found else False,
        exclusive=text("exclusive"),
        products=text("products"),
        legal_basis=text("legal_basis"),
        source=read_source(reader, found["source"], "source") if "source" in found else None,
        assumption=text("assumption"),
        confidence=texts("confidence"),
        note=text("note"),
        place=Place(reader.file, {"": mark(node), **{key: mark(value) for key, value in found.items()}}),
    )


def _check(reader: Reader, node: Any, found: Mapping[str, Any], measure: Measure) -> None:
    """Note what fields that are right by themselves get wrong together."""
    if measure.kind:
        _check_goods(reader, node, found, measure.kind)
    if "source" not in found and "assumption" not in found:
        remedy = "add url, publisher and date; or state under 'assumption' what is assumed"
        reader.note(node, "source", "missing source", remedy)
    for doubt in measure.confidence:
        if doubt not in CONFIDENCE:
            remedy = nearest(doubt, list(CONFIDENCE))
            reader.note(found["confidence"], "confidence", f"unknown mark '{doubt}'", remedy)
    start, end = measure.start, measure.end
    if start and end and end < start:
        reader.note(found["end"], "end", f"ends on {end}, before it starts on {start}", "exchange the dates")
    if measure.over_rate is not None and measure.over_rate < measure.rate:
        remedy = "give the lower one as rate"
        reader.note(found["over_rate"], "over_rate", "is below the rate within the quota", remedy)
    if measure.id and measure.id in measure.yields_to + measure.of:
        field = "of" if measure.id in measure.of else "yields_to"
        reader.note(found[field], field, f"names the measure itself, '{measure.id}'", "leave it out")


def _check_goods(reader: Reader, node: Any, found: Mapping[str, Any], kind: str) -> None:
    """A measure on goods says which: sectors, or codes and lists."""
    takes = fields_of(kind)
    if "hs" not in takes:
        return
    by_code = "hs" in found or "lists" in found
    if ("sectors" in found) == by_code:
        message = "give either sectors or hs codes and lists" + (", not both" if by_code else "")
        reader.note(node, "hs", message, None if by_code else "`sectors: goods` is all goods")


def _economies(reader: Reader, found: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = reader.texts(found[field], field) if field in found else ()
    names = tuple("all" if name.casefold() == "all" else name for name in names)
    if "all" in names and field == "exporter_except":
        reader.note(found[field], field, "'all' leaves no exporter", "name the economies that are spared")
    elif "all" in names and len(names) > 1:
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
        code = _code(reader, item, "hs")
        if code and code in codes:
            reader.note(item, "hs", f"code '{reader.text(item, 'hs')}' is given twice", "keep one")
        elif code:
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


def _rent(reader: Reader, found: Mapping[str, Any], kind: str) -> float:
    """The exporter's share of rents; who keeps a restraint gets them unless the file says otherwise."""
    if "rent" not in found:
        return RENT_HOLDERS["exporter" if kind == "export-restraint" else "importer"]
    written = reader.text(found["rent"], "rent")
    if written in RENT_HOLDERS:
        return RENT_HOLDERS[written]
    if not written[:1].isdigit() and not written.startswith((".", "-", "+")):
        remedy = "write importer, exporter, or the exporter's share such as 40%"
        reader.note(found["rent"], "rent", f"unknown rent '{written}'", remedy)
        return 0.0
    return reader.rate(found["rent"], "rent", highest=1.0)
