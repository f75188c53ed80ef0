"""The JSON Schema for editors: current, open to what is good, closed to what the reader refuses."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from detente.errors import BadInput
from detente.policy import parse_scenario
from detente.policy.files.fields import MEASURE_FIELDS
from detente.policy.files.reading import compose
from detente.policy.files.scenario_file import SCENARIO_FIELDS
from detente.policy.files.schema import scenario_schema
from tests.policy.kinds_in_full import all_kinds, whole
from tests.policy.test_ranges import EVERY
from tests.policy.test_scenario_files import GOOD

ROOT = Path(__file__).resolve().parents[2]
VALIDATOR = Draft202012Validator(scenario_schema())


def plain(node: Any) -> Any:
    """A document as editors see it: numbers and booleans by YAML 1.2, keys as written."""
    if node.id == "mapping":
        return {key.value: plain(value) for key, value in node.value}
    if node.id == "sequence":
        return [plain(item) for item in node.value]
    text = node.value
    if node.style is not None:
        return text
    if re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return float(text)
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(text, text)


def accepted(text: str) -> bool:
    return VALIDATOR.is_valid(plain(compose(text, "a.yaml")))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(scenario_schema())


def test_the_schema_in_the_documentation_is_current() -> None:
    kept = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))
    assert kept == scenario_schema(), "run: detente schema --out docs/scenario.schema.json"


def test_every_field_of_the_reader_is_in_the_schema() -> None:
    schema = scenario_schema()
    assert set(schema["properties"]) == set(SCENARIO_FIELDS)
    fields = {name for kind in all_kinds() for name in schema["$defs"][kind]["properties"]}
    assert fields == set(MEASURE_FIELDS) - {"what_if"}


def shipped() -> list[Any]:
    library = Path(str(files("detente.policy"))) / "library"
    return sorted(library.rglob("*.yaml")) + sorted((ROOT / "examples").rglob("*.yaml"))


@pytest.mark.parametrize("item", shipped(), ids=lambda item: item.name)
def test_every_shipped_scenario_and_example_is_valid(item: Any) -> None:
    document = plain(compose(item.read_text(encoding="utf-8"), item.name))
    assert not [error.message for error in VALIDATOR.iter_errors(document)]


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("kind", all_kinds())
def test_measures_of_every_kind_are_valid(kind: str, every: bool) -> None:
    document = plain(compose(whole(kind, every), "a.yaml"))
    assert not [error.message for error in VALIDATOR.iter_errors(document)]


ON_TOP = """\
title: On top
extends: registry
date: 2026-03-01
between: [Canada, China]
remove: [us-338, some-measure]
add: [a-threat, {id: a, kind: import-ban, importer: USA, exporter: China, hs: {1205.10: 40%}, assumption: x}]
change:
  - {id: b, rate: 35%, end: 2026-12, drop: [covers]}
  - {id: c, hs: {add: [8703.80], remove: ['72']}, exporter: {replace: all}, quota: {share: 120%}}
against: 2026-02-28
left_out: One thing.
"""


def test_scenarios_that_build_on_others_are_valid() -> None:
    assert not [error.message for error in VALIDATOR.iter_errors(plain(compose(ON_TOP, "a.yaml")))]
    assert accepted(GOOD)


def test_a_range_may_stand_wherever_a_number_may() -> None:
    assert not [error.message for error in VALIDATOR.iter_errors(plain(compose(EVERY, "a.yaml")))]
    changed = ON_TOP.replace("rate: 35%", "rate: {low: 20%, high: 40%}")
    assert accepted(
        changed.replace("{share: 120%}", "{share: {triangular: {low: 1%, mode: 50%, high: 120%}}}")
    )


BAD = [
    GOOD.replace("kind: surcharge", "kind: surcharg"),
    GOOD.replace("title: A deal", "titel: A deal"),
    GOOD.replace("title: A deal\n", ""),
    GOOD.replace("rate: 5.9%", "rate: 25"),
    GOOD.replace("rate: 5.9%", "rate: a lot"),
    GOOD.replace("rate: 5.9%", "rate: [5%]"),
    GOOD.replace("    rate: 5.9%\n", ""),
    GOOD.replace("hs: [0713.10, 1205]", "hs: [0713.1x]"),
    GOOD.replace("hs: [0713.10, 1205]", "hs: {071: 40%}"),
    GOOD.replace("    hs: [0713.10, 1205]\n", ""),
    GOOD.replace("    hs: [0713.10, 1205]\n", "    hs: [1205]\n    sectors: C\n"),
    GOOD.replace("unit: CAD billion", "unit: loonies"),
    GOOD.replace("year: 2024", "year: 20240"),
    GOOD.replace("value: 4.0", "value: -4"),
    GOOD.replace("covers: 60%", "covers: {share: 5%, value: 4}"),
    GOOD.replace("date: 2026-03-01\nmeasures", "date: tomorrow\nmeasures"),
    GOOD.replace("[weak, indicative]", "maybe"),
    GOOD.replace("    assumption: nobody knows\n", ""),
    GOOD.replace("https://example.org", "example.org"),
    GOOD.replace("publisher: Someone, ", ""),
    GOOD.replace("exporter: all", "exporter: {a: b}"),
    GOOD.replace("exporter: all", "exporter: all\n    quota: {share: 5%}"),
    GOOD.replace("exporter: all", "exporter: all\n    what_if: true"),
    whole("import-quota").replace("units: 49000 vehicles", "units: many"),
    whole("import-quota").replace("units: 49000 vehicles, ", ""),
    whole("import-quota").replace("rent: 40%", "rent: nobody"),
    whole("import-quota").replace("basis: total", "basis: net"),
    whole("carbon-border-charge").replace("price: 80, ", ""),
    whole("productivity").replace("    channel: joint ventures\n", ""),
    whole("production-subsidy").replace("economy: Canada", "importer: Canada"),
    ON_TOP.replace("hs: {add: [8703.80], remove: ['72']}", "hs: [8703.80]"),
    ON_TOP.replace("hs: {add: [8703.80], remove: ['72']}", "hs: {ad: [8703.80]}"),
    ON_TOP.replace("id: b, rate: 35%", "id: b, kind: tariff"),
    ON_TOP.replace("{id: b, ", "{"),
    GOOD.replace("rate: 5.9%", "rate: {low: 5%}"),
    GOOD.replace("rate: 5.9%", "rate: {low: 5%, hihg: 7%}"),
    GOOD.replace("rate: 5.9%", "rate: {low: 5, high: 7}"),
    GOOD.replace("rate: 5.9%", "rate: {triangle: {low: 5%, high: 7%}}"),
    GOOD.replace("rate: 5.9%", "rate: {normal: {mean: 5%}}"),
    GOOD.replace("rate: 5.9%", "rate: {normal: {mean: 5%, sd: 1%, low: 0%, high: 9%}, low: 0%}"),
    GOOD.replace("value: 4.0", "value: {low: 4.0, high: [5]}"),
    GOOD.replace("value: 4.0", "value: {uniform: 4}"),
    whole("import-quota").replace("units: 49000 vehicles", "units: {low: few, high: 49000 vehicles}"),
    "title: t\n",
    "title: t\nmeasures: 3\n",
    "- a\n",
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_reader_refuses_for_its_form_the_schema_refuses(text: str) -> None:
    with pytest.raises(BadInput):
        parse_scenario(text)
    assert text not in (GOOD, ON_TOP)
    assert not accepted(text)
