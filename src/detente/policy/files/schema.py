"""The JSON Schema of a scenario file, for editors: made from the same tables that the reader uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from detente.distributions import DISTRIBUTIONS
from detente.policy.files.amounts import (
    CARBON_FIELDS,
    COVERS_FIELDS,
    QUOTA_FIELDS,
    SOURCE_FIELDS,
    UNIT_VALUE_FIELDS,
    UNITS,
)
from detente.policy.files.changes import CHANGE_WORDS, FIXED
from detente.policy.files.fields import LIST_FORMS, MEASURE_FIELDS, fields_of, needs_of
from detente.policy.files.measure_file import BASES, LENGTHS, RENT_HOLDERS
from detente.policy.files.ranges import parameters
from detente.policy.files.scenario_file import SCENARIO_FIELDS
from detente.policy.measure import CONFIDENCE, KINDS

__all__ = ["scenario_schema"]

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# A YAML reader makes numbers and dates of what looks like them.
TEXT: Schema = {"type": ["string", "number", "integer", "boolean"]}
WORDS: Schema = {"type": "string", "minLength": 1}
# A percentage, or a fraction below 1, as text or as a number.
PERCENTAGE = r"^\s*[+-]?(\d+\.?\d*|\.\d+)\s*%\s*$"
FRACTION: Schema = {"type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1}
DAY = r"^\d{4}-\d{2}(-\d{2})?$"
NUMBER: Schema = {"type": ["number", "string"]}
COUNT: Schema = {**NUMBER, "pattern": r"^\d"}
AMOUNT: Schema = {**NUMBER, "exclusiveMinimum": 0}
YEAR: Schema = {
    "type": ["integer", "string"],
    "pattern": "^(19|20)[0-9]{2}$",
    "minimum": 1900,
    "maximum": 2099,
}


def scenario_schema() -> Schema:
    """A JSON Schema (draft 2020-12) of scenario files, generated from the kinds and fields of measures.

    A file that it refuses is refused by the reader too, but that the reader passes over fields left empty.
    The reader sees more: economies, sectors and codes that do not exist, dates that do not fit together,
    ids given twice.

    Source: https://json-schema.org/draft/2020-12.

    Examples:
        >>> schema = scenario_schema()
        >>> schema["$schema"], "surcharge" in schema["$defs"]
        ('https://json-schema.org/draft/2020-12/schema', True)
    """
    return {
        "$schema": DIALECT,
        "title": "Détente scenario",
        "description": "Measures in force, and what they are compared with.",
        "type": "object",
        "properties": {
            field: {"description": meaning, **_top(form)}
            for field, (form, meaning) in SCENARIO_FIELDS.items()
        },
        "required": ["title"],
        "anyOf": [{"required": [field]} for field in ("extends", "add", "measures")],
        "additionalProperties": False,
        "$defs": {
            **{kind: _measure(kind) for kind in KINDS},
            "measure": _by_kind(),
            "change": _change(),
            "source": _source(),
            "fraction": _fraction(),
            "rate": {
                "description": "A percentage or fraction; or a range or distribution of them.",
                "anyOf": [{"$ref": "#/$defs/fraction"}, *_ranges({"$ref": "#/$defs/fraction"})],
            },
            "amount": {
                "description": "A number above zero; or a range or distribution of them.",
                "anyOf": [AMOUNT, *_ranges(NUMBER)],
            },
            "units": {
                "description": "How many, such as 49000 vehicles; or a range or distribution of them.",
                "anyOf": [{**COUNT, "exclusiveMinimum": 0}, *_ranges(COUNT)],
            },
        },
    }


def _top(form: str) -> Schema:
    """How a field of the scenario itself is written."""
    measure: Schema = {"$ref": "#/$defs/measure"}
    if form == "measures":
        return _one_or_more(measure)
    if form == "measures-and-ids":
        return _one_or_more({"anyOf": [WORDS, measure]})
    return _one_or_more({"$ref": "#/$defs/change"}) if form == "changes" else _form(form)


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _by_kind() -> Schema:
    """Each measure is judged by the kind that it names, so that an editor explains the right one."""
    return {
        "type": "object",
        "properties": {"kind": {"enum": list(KINDS)}},
        "required": ["id", "kind"],
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{kind}"},
            }
            for kind in KINDS
        ],
    }


def _measure(kind: str) -> Schema:
    schema: Schema = {
        "description": KINDS[kind].meaning,
        "type": "object",
        "properties": {field: _field(field, kind) for field in fields_of(kind)},
        "required": list(needs_of(kind)),
        "additionalProperties": False,
    }
    rules: list[Schema] = [{"anyOf": [{"required": ["source"]}, {"required": ["assumption"]}]}]
    if "hs" in fields_of(kind):
        coded: Schema = {"anyOf": [{"required": ["hs"]}, {"required": ["lists"]}]}
        rules.append({"oneOf": [{"required": ["sectors"]}, coded]})
    return {**schema, "allOf": rules}


def _field(field: str, kind: str) -> Schema:
    entry = MEASURE_FIELDS[field]
    if field == "kind":
        return {"const": kind, "description": KINDS[kind].meaning}
    return {"description": entry.meaning, **_form(entry.form)}


def _form(form: str) -> Schema:
    """How a value is written; one entry for each form of `MEASURE_FIELDS` and `SCENARIO_FIELDS`."""
    if form in ("text", "name"):
        return {**TEXT}
    return _FORMS[form]


def _list_of(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _ranges(part: Schema) -> list[Schema]:
    """What may stand in place of a number: a range, or a distribution by name, with parameters of a form."""

    def of(name: str) -> Schema:
        return {
            "type": "object",
            "properties": {field: part for field, _ in parameters(name)},
            "required": [field for field, needed in parameters(name) if needed],
            "additionalProperties": False,
        }

    named = {
        "type": "object",
        "properties": {name: of(name) for name in DISTRIBUTIONS},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    }
    return [of("uniform"), named]


def _fraction() -> Schema:
    return {
        "description": "A percentage such as 25%, or a fraction below 1 such as 0.25.",
        "anyOf": [
            {"type": "string", "pattern": PERCENTAGE},
            {"type": "string", "pattern": r"^\s*[+-]?(0?\.\d+|0)\s*$"},
            FRACTION,
        ],
    }


def _codes() -> Schema:
    digits = "|".join(rf"(\d[. ]*){{{length - 1}}}\d" for length in LENGTHS)
    code: Schema = {"anyOf": [{"type": "string", "pattern": f"^({digits})$"}, {"type": "number"}]}
    shares: Schema = {
        "type": "object",
        "propertyNames": {"pattern": f"^({digits})$"},
        "additionalProperties": {"$ref": "#/$defs/rate"},
        "minProperties": 1,
    }
    return {"anyOf": [code, {"type": "array", "items": code, "minItems": 1}, shares]}


def _unit(scaled: bool) -> Schema:
    words = "|".join(sorted(UNITS))
    pattern = f"^[A-Za-z]{{3}} ({words})$" if scaled else f"^[A-Za-z]{{3}}( ({words}))?$"
    return {"type": "string", "pattern": pattern}


def _object(fields: tuple[str, ...], required: tuple[str, ...] = (), **known: Schema) -> Schema:
    number: Schema = {"$ref": "#/$defs/amount"}
    shapes: Mapping[str, Schema] = {
        "value": number, "price": number, "unit": _unit(scaled=True), "year": YEAR,
        "share": {"$ref": "#/$defs/rate"}, "source": {"$ref": "#/$defs/source"}, "table": WORDS, **known,
    }  # fmt: skip
    return {
        "type": "object",
        "properties": {field: shapes[field] for field in fields},
        "required": list(required),
        "additionalProperties": False,
    }


def _covers() -> Schema:
    amount = _object(COVERS_FIELDS)
    amount["oneOf"] = [
        {"required": ["share"], "not": _any_of("value")},
        {"required": ["value", "unit", "year"], "not": _any_of("share")},
    ]
    return {"anyOf": [{"$ref": "#/$defs/rate"}, amount]}


def _quota() -> Schema:
    one = _object(UNIT_VALUE_FIELDS, ("value", "unit", "year"), unit=_unit(scaled=False))
    quota = _object(QUOTA_FIELDS, (), units={"$ref": "#/$defs/units"}, unit_value=one)
    quota["oneOf"] = [
        {"required": ["share"], "not": _any_of("units", "value", "unit_value", "unit", "year")},
        {"required": ["value", "unit", "year"], "not": _any_of("units", "share", "unit_value")},
        {"required": ["units", "unit_value"], "not": _any_of("value", "share", "unit", "year")},
    ]
    return quota


def _any_of(*fields: str) -> Schema:
    return {"anyOf": [{"required": [field]} for field in fields]}


def _source() -> Schema:
    address: Schema = {"type": "string", "pattern": "^https?://"}
    known = {"url": address, "publisher": TEXT, "date": TEXT, "title": TEXT, "also": _list_of(TEXT)}
    return {
        "description": "Where a number was read.",
        "type": "object",
        "properties": {field: known[field] for field in SOURCE_FIELDS},
        "required": ["url", "publisher", "date"],
        "additionalProperties": False,
    }


def _change() -> Schema:
    """An entry of `change`: which fields fit is decided by the kind of the measure that it names."""
    fields: dict[str, Schema] = {"id": WORDS, "drop": _list_of(WORDS)}
    for field, entry in MEASURE_FIELDS.items():
        if field in FIXED:
            continue
        shape = _form(entry.form)
        if entry.form in LIST_FORMS:
            shape = {
                "type": "object",
                "properties": dict.fromkeys(CHANGE_WORDS, shape),
                "additionalProperties": False,
                "minProperties": 1,
            }
        fields[field] = {"description": entry.meaning, **shape}
    return {
        "type": "object",
        "properties": fields,
        "required": ["id"],
        "minProperties": 2,
        "additionalProperties": False,
    }


_DAY: Schema = {"type": "string", "pattern": DAY}
_FORMS: Mapping[str, Schema] = {
    "kind": {"enum": list(KINDS)},
    "basis": {"enum": list(BASES)},
    "marks": _list_of({"enum": list(CONFIDENCE)}),
    "flag": {"type": "boolean"},
    "day": _DAY,
    "last-day": _DAY,
    "texts": _list_of(TEXT),
    "economies": _list_of(WORDS),
    "lists": _list_of(WORDS),
    "except": _list_of(TEXT),
    "codes": _codes(),
    "rate": {"$ref": "#/$defs/rate"},
    "rent": {"anyOf": [{"enum": list(RENT_HOLDERS)}, {"$ref": "#/$defs/rate"}]},
    "source": {"$ref": "#/$defs/source"},
    "covers": _covers(),
    "quota": _quota(),
    "carbon": _object(CARBON_FIELDS, CARBON_FIELDS, unit=_unit(scaled=False)),
}
