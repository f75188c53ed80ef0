"""The fields of a measure in a scenario file: how each is written, what it means, which kinds take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from detente.policy.kinds import KINDS

__all__ = [
    "EVERY_KIND",
    "GOODS_FIELDS",
    "LIST_FORMS",
    "MEASURE_FIELDS",
    "Field",
    "fields_of",
    "kinds_with",
    "needs_of",
]


@dataclass(frozen=True)
class Field:
    """One field of a measure.

    Attributes:
        form: how it is written; `detente.policy.files.schema` has the JSON Schema of each form.
        meaning: one line for people.
        attribute: of `Measure`, where it is not the field's own name.
    """

    form: str
    meaning: str
    attribute: str = ""


MEASURE_FIELDS: Mapping[str, Field] = {
    "id": Field("text", "Name of the measure, unique in the scenario."),
    "kind": Field("kind", "What sort of measure it is."),
    "importer": Field(
        "economies", "The economies that buy: one, a list, or `all`; codes, names, EU27, ASEAN.", "importers"
    ),
    "exporter": Field(
        "economies", "The economies that sell: one, a list, or `all` for every other one.", "exporters"
    ),
    "exporter_except": Field("economies", "Economies taken out of `exporter`.", "spared"),
    "economy": Field("economies", "The economies whose government acts at home.", "importers"),
    "rate": Field("rate", "How much: 25%, or a fraction below 1 such as 0.25."),
    "over_rate": Field("rate", "The rate beyond the quota."),
    "basis": Field("basis", "Whether a quota's rates come on top of the tariff, or are the total duty."),
    "quota": Field("quota", "How much may (or must) be traded in a year, in units, value, or share."),
    "rent": Field("rent", "Who gets the quota's rents: importer, exporter, or the share of the exporter."),
    "carbon": Field("carbon", "Price of carbon, and the table of emission factors."),
    "channel": Field("text", "How a change of productivity comes about, in words."),
    "sectors": Field("texts", "Codes or titles of the world's sectors; `goods` for all that make goods."),
    "hs": Field("codes", "HS codes of 2 to 10 digits; or each with the share of it that the measure holds."),
    "lists": Field("lists", "Names of lists of tariff lines that ship."),
    "except": Field("except", "HS codes and names of lists that are taken out.", "excluded"),
    "covers": Field("covers", "How much trade is hit: a share, or a value with its unit and year."),
    "preference": Field("name", "Goods that claim this preference, such as usmca, are spared."),
    "programme": Field("text", "The legal programme, such as us-232-autos; stacking rules name programmes."),
    "yields_to": Field("texts", "Ids and programmes; goods that one of them is charged on are spared."),
    "of": Field("texts", "Ids and programmes that an exemption, suspension or cap is about."),
    "start": Field("day", "First day in force: a day, or a month for its first day."),
    "end": Field("last-day", "Last day in force: a day, or a month for its last day."),
    "what_if": Field("flag", "In the registry only: a threat, a proposal, a plan; never in force by date."),
    "exclusive": Field("text", "Measures with the same tag never hit the same goods."),
    "products": Field("text", "What is hit, in words."),
    "legal_basis": Field("text", "Law, order or ruling."),
    "source": Field("source", "Where the measure was read: url, publisher, date."),
    "assumption": Field("text", "What is assumed, in place of a source or beside it; shown to the reader."),
    "confidence": Field("marks", "What is doubtful: disputed, weak, indicative."),
    "note": Field("text", "Anything else."),
}

# Fields that say which goods.
GOODS_FIELDS = ("sectors", "hs", "lists")
# Forms of which a field holds several.
LIST_FORMS = ("texts", "marks", "economies", "codes", "lists", "except")
EVERY_KIND = (
    "id", "kind", "products", "programme", "yields_to", "start", "end", "exclusive", "legal_basis", "source",
    "assumption", "confidence", "note",
)  # fmt: skip


def needs_of(kind: str) -> tuple[str, ...]:
    """Fields that a measure of a kind must have.

    Examples:
        >>> needs_of("surcharge")
        ('id', 'kind', 'importer', 'exporter', 'rate')
        >>> needs_of("production-subsidy")
        ('id', 'kind', 'economy', 'rate', 'sectors')
    """
    home = KINDS[kind].actor == "economy"
    return ("id", "kind", *(("economy",) if home else ("importer", "exporter")), *KINDS[kind].needs)


def fields_of(kind: str) -> tuple[str, ...]:
    """Fields that a measure of a kind may have, those it must have first.

    Examples:
        >>> "quota" in fields_of("import-quota"), "quota" in fields_of("surcharge")
        (True, False)
    """
    spared = () if KINDS[kind].actor == "economy" else ("exporter_except",)
    return tuple(dict.fromkeys((*needs_of(kind), *spared, *KINDS[kind].takes, *EVERY_KIND)))


def kinds_with(field: str) -> tuple[str, ...]:
    """Kinds that take a field.

    Examples:
        >>> kinds_with("carbon")
        ('carbon-border-charge',)
    """
    return tuple(kind for kind in KINDS if field in fields_of(kind))
