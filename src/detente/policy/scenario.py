"""Scenarios: measures in force, measured against the baseline or another scenario; read from YAML files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.measure import CONFIDENCE, KINDS, Covers, Measure, Place, Source
from detente.policy.reading import Reader, compose
from detente.world.concordance import hs6_lines

__all__ = ["BASELINE", "Scenario", "list_scenarios", "load_scenario", "parse_scenario", "scenario_hash"]

BASELINE = "baseline"
SCENARIO_FIELDS = ("name", "title", "description", "against", "date", "left_out", "measures")
MEASURE_FIELDS = (
    "id", "kind", "importer", "exporter", "sectors", "hs", "rate", "covers", "start", "end",
    "source", "products", "note", "confidence", "assumption", "exclusive",
)  # fmt: skip
COVERS_FIELDS = ("value", "unit", "year", "share", "source")
SOURCE_FIELDS = ("url", "publisher", "date", "title", "also")
UNITS = {"million": 1e6, "billion": 1e9}
YEAR = re.compile(r"(19|20)[0-9]{2}")


@dataclass(frozen=True)
class Scenario:
    """Measures and what they are measured against.

    Attributes:
        name: short name; the name of the file unless the file says otherwise.
        title: one line for people.
        description: what is simulated, in plain words.
        measures: at least one; the order has no meaning.
        against: "baseline", or the scenario that results are compared with.
        date: only measures in force on this day apply; None for all of them.
        left_out: what is known to be in force and not simulated, one sentence each.
        file: where it was read from.
    """

    name: str
    title: str
    measures: tuple[Measure, ...]
    description: str = ""
    against: str = BASELINE
    date: date | None = None
    left_out: tuple[str, ...] = ()
    file: str | None = None

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """The measures in force on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if m.in_force(self.date))

    @property
    def not_in_force(self) -> tuple[Measure, ...]:
        """The measures that have ended or not begun on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if not m.in_force(self.date))

    @property
    def reference(self) -> Scenario | None:
        """The scenario this one is measured against; None for the baseline.

        Raises:
            BadInput: there is no such scenario, or it has problems of its own.
        """
        if self.against == BASELINE:
            return None
        if self.against in list_scenarios():
            return load_scenario(self.against)
        return load_scenario(Path(self.file or "").parent / self.against)

    def describe(self) -> str:
        """What the scenario says, in plain words: who does what to whom, without trade values.

        Examples:
            >>> print(load_scenario("canada-china-2026").describe())
            The Canada-China arrangement of January 2026, against the state before it
            ...
            - China charges Canada an additional duty of 5.9% on canola seed, ...
        """
        from detente.policy.wording import sentence

        lines = [self.title, *([self.description] if self.description else [])]
        lines.append(f"Measured against: {self.against}.")
        lines += [f"- {sentence(measure)}" for measure in self.in_force]
        lines += [f"- Not in force on {self.date}: {sentence(measure)}" for measure in self.not_in_force]
        return "\n".join([*lines, *(f"- Left out: {text}" for text in self.left_out)])


def list_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship.

    Examples:
        >>> "canada-china-2026" in list_scenarios()
        True
    """
    folder = files("detente.policy").joinpath("library")
    return tuple(
        sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))
    )


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario that ships, by name, or one of your own, by the path of its file.

    Raises:
        BadInput: no such scenario, or its file has problems; lists every one with line and field.

    Examples:
        >>> load_scenario("canada-china-2026").against
        'china-canada-2024-25'
    """
    name = str(name_or_path)
    if name in list_scenarios():
        return _from_library(name)
    path = Path(name_or_path)
    if not _is_file(path):
        remedy = nearest(name.removesuffix(".yaml"), list_scenarios()) + " Or give the path of a YAML file"
        raise BadInput(Problem(f"no scenario '{name}'", remedy=remedy))
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise BadInput(Problem(f"cannot be read as text: {error}", str(path))) from None
    return parse_scenario(text, str(path))


@cache
def _from_library(name: str) -> Scenario:
    text = files("detente.policy").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")
    return parse_scenario(text, f"{name}.yaml", name)


def parse_scenario(text: str, file: str = "scenario.yaml", name: str | None = None) -> Scenario:
    """A scenario from the text of a YAML file.

    Args:
        text: the file's content; `docs/scenarios.md` describes every field.
        file: the file's name, for messages and relative references.
        name: the scenario's name if the text gives none.

    Raises:
        BadInput: lists every problem found, with line and field.

    Examples:
        >>> deal = parse_scenario('''
        ... title: A ten percent duty
        ... measures:
        ...   - {id: duty, kind: surcharge, importer: Canada, exporter: China, sectors: C29, rate: 10%,
        ...      assumption: what if}
        ... ''')
        >>> deal.measures[0].rate
        0.1
    """
    reader = Reader(file)
    scenario = _scenario(reader, compose(text, file), name or Path(file).stem)
    if reader.problems:
        raise BadInput(sorted(set(reader.problems), key=lambda p: (p.line or 0, p.field or "", p.message)))
    return scenario


def scenario_hash(scenario: Scenario) -> str:
    """A short SHA-256 of what decides a scenario's effect, and of what it is measured against.

    Comments, prose, sources and the order of measures and lists do not change it; numbers, dates, codes,
    economies and the content of the reference do.

    Examples:
        >>> len(scenario_hash(load_scenario("canada-china-2026")))
        16
    """
    reference = scenario.reference
    content: Mapping[str, Any] = {
        "date": scenario.date.isoformat() if scenario.date else None,
        "against": scenario_hash(reference) if reference else BASELINE,
        "measures": [measure.content() for measure in sorted(scenario.measures, key=lambda m: m.id)],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scenario(reader: Reader, root: Any, name: str) -> Scenario:
    found = reader.mapping(root, "", SCENARIO_FIELDS)
    reader.require(root, found, ("title", "measures"), "")
    measures = (
        [_measure(reader, node) for node in reader.items(found["measures"])] if "measures" in found else []
    )
    seen: set[str] = set()
    for measure in measures:
        if measure.id and measure.id in seen:
            problem = measure.place.problem("id", f"id '{measure.id}' is given twice", "give each its own")
            reader.problems.append(problem)
        seen.add(measure.id)

    def text(field: str, default: str = "") -> str:
        return reader.text(found[field], field) if field in found else default

    scenario = Scenario(
        name=text("name", name),
        title=text("title"),
        description=text("description"),
        measures=tuple(measures),
        against=text("against", BASELINE),
        date=reader.day(found["date"], "date") if "date" in found else None,
        left_out=reader.texts(found["left_out"], "left_out") if "left_out" in found else (),
        file=reader.file,
    )
    if "against" in found:
        _check_reference(reader, found["against"], scenario)
    return scenario


def _check_reference(reader: Reader, node: Any, scenario: Scenario) -> None:
    """A reference must exist, load, and not lead back to this scenario."""
    name = scenario.against
    if name == BASELINE:
        return
    if name == scenario.name:
        reader.note(
            node, "against", "a scenario cannot be measured against itself", "baseline is the default"
        )
        return
    path = Path(scenario.file or "").parent / name
    if name not in list_scenarios() and not _is_file(path):
        remedy = nearest(name, [BASELINE, *list_scenarios()])
        reader.note(node, "against", f"unknown scenario '{name}'", remedy)
    elif name not in list_scenarios() and _leads_back(path, {Path(scenario.file or "").resolve()}):
        reader.note(
            node, "against", f"'{name}' is itself measured against this scenario", "baseline is the default"
        )


def _is_file(path: Path) -> bool:
    """Whether a path is a file; no for what the system refuses as a path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _leads_back(path: Path, visited: set[Path]) -> bool:
    """Whether following `against` from a file returns to a file already visited."""
    while _is_file(path):
        if path.resolve() in visited:
            return True
        visited.add(path.resolve())
        try:
            root = compose(path.read_text(encoding="utf-8"), str(path))
        except (BadInput, OSError, UnicodeDecodeError):
            return False
        pairs = root.value if root.id == "mapping" else []
        names = [str(v.value) for k, v in pairs if str(k.value) == "against" and v.id == "scalar"]
        if not names or names[0] in (BASELINE, *list_scenarios()):
            return False
        path = path.parent / names[0]
    return False


def _measure(reader: Reader, node: Any) -> Measure:
    found = reader.mapping(node, "", MEASURE_FIELDS)
    reader.require(node, found, ("id", "kind", "importer", "exporter", "rate"), "")
    lines = {"": node.start_mark.line + 1, **{key: value.start_mark.line + 1 for key, value in found.items()}}

    def text(field: str) -> str:
        return reader.text(found[field], field) if field in found else ""

    def texts(field: str) -> tuple[str, ...]:
        return reader.texts(found[field], field) if field in found else ()

    if ("sectors" in found) == ("hs" in found):
        reader.note(node, "hs", "give either sectors or hs codes" + (", not both" if "hs" in found else ""))
    if "source" not in found and "assumption" not in found:
        remedy = "add url, publisher and date; or state under 'assumption' what is assumed"
        reader.note(node, "source", "missing source", remedy)
    confidence = texts("confidence")
    for mark in confidence:
        if mark not in CONFIDENCE:
            reader.note(
                found["confidence"], "confidence", f"unknown mark '{mark}'", nearest(mark, list(CONFIDENCE))
            )
    start = reader.day(found["start"], "start") if "start" in found else None
    end = reader.day(found["end"], "end", last=True) if "end" in found else None
    if start and end and end < start:
        reader.note(found["end"], "end", f"ends on {end}, before it starts on {start}", "exchange the dates")
    return Measure(
        id=text("id"),
        kind=reader.choice(found["kind"], "kind", list(KINDS)) if "kind" in found else "",
        importers=_economies(reader, found, "importer"),
        exporters=_economies(reader, found, "exporter"),
        rate=reader.rate(found["rate"], "rate") if "rate" in found else 0.0,
        sectors=texts("sectors"),
        hs=_codes(reader, found["hs"]) if "hs" in found else (),
        covers=_covers(reader, found["covers"]) if "covers" in found else None,
        start=start,
        end=end,
        exclusive=text("exclusive"),
        products=text("products"),
        source=_source(reader, found["source"], "source") if "source" in found else None,
        assumption=text("assumption"),
        confidence=confidence,
        note=text("note"),
        place=Place(reader.file, lines),
    )


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
