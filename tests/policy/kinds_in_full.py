"""One measure of each kind with every field that the kind takes, for reader, schema and fuzzer."""

from __future__ import annotations

from detente.policy.files.fields import EVERY_KIND, GOODS_FIELDS, fields_of, needs_of
from detente.policy.kinds import KINDS

# Every field but what_if, as a file would write it.
VALUES = {
    "importer": "Canada",
    "exporter": "[China, USA]",
    "exporter_except": "Mexico",
    "economy": "Canada",
    "rate": "25%",
    "over_rate": "60%",
    "basis": "total",
    "quota": "{units: 49000 vehicles, unit_value: {value: 49600, unit: CAD, year: 2023}}",
    "rent": "40%",
    "carbon": "{price: 80, unit: EUR, year: 2024, table: emissions.csv}",
    "channel": "joint ventures",
    "sectors": "[C]",
    "covers": "60%",
    "preference": "usmca",
    "except": "['7201']",
    "of": "[other]",
    "products": "some goods",
    "programme": "a-programme",
    "yields_to": "[other]",
    "start": "2026-03-01",
    "end": "2026-12",
    "exclusive": "tag",
    "legal_basis": "an order",
    "source": '{url: "https://example.org", publisher: Someone, date: 2026-03-01}',
    "assumption": "what if",
    "confidence": "[weak, disputed]",
    "note": "a note",
}
OTHER = "  - {id: other, kind: import-ban, importer: Canada, exporter: China, sectors: [A], assumption: x}\n"


def whole(kind: str, every: bool = True) -> str:
    """A scenario with one measure of a kind: with every field, or only with those it needs."""
    names = [name for name in fields_of(kind) if name not in ("id", "kind", *GOODS_FIELDS)]
    if not every:
        needed = (*needs_of(kind), "assumption")
        names = [name for name in names if name in needed]
        if "over_rate" in names:
            names = ["rate", *(name for name in names if name != "rate")]
    if "sectors" in fields_of(kind):
        names.append("sectors")
    lines = [f"    {name}: {VALUES[name]}\n" for name in names]
    return f"title: t\nmeasures:\n{OTHER}  - id: full\n    kind: {kind}\n{''.join(lines)}"


def all_kinds() -> tuple[str, ...]:
    """Every kind there is."""
    assert set(EVERY_KIND) <= {*VALUES, "id", "kind"}
    return tuple(KINDS)
