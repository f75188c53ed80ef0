"""Write the tables of docs/registry.md: every dated measure, what-if, programme, and what is left out.

python -m tools.build_registry_page          write them
python -m tools.build_registry_page --check  fail if they are not up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from detente.policy.measure import Measure, Source
from detente.policy.registry import Registry, registry
from tools.generated import write_or_check

PAGE = Path(__file__).parent.parent / "docs" / "registry.md"
BEGIN = "<!-- generated from src/detente/policy/measures by tools/build_registry_page.py -->"
END = "<!-- end of the generated part -->"
DATED = ("measure", "from", "to", "kind", "rate", "who", "whom", "what", "programme", "source", "marks")
WHAT_IFS = ("measure", "kind", "rate", "who", "whom", "what", "source", "marks")


def tables(known: Registry) -> str:
    """All tables, each under its heading."""
    order = sorted(known.measures, key=lambda measure: (str(measure.start or ""), measure.id))
    dated = [measure for measure in order if not measure.what_if]
    what_ifs = [measure for measure in order if measure.what_if]
    programmes = [
        (f"`{entry.name}`", entry.title, _names(entry.yields_to), _link(entry.source) or _text(entry.note))
        for entry in known.programmes
    ]
    left_out = [(f"`{row.id}`", _text(row.reason), _link(row.source)) for row in known.left_out]
    parts = [
        f"## Measures by date ({len(dated)})",
        _table(DATED, (_row(measure, DATED) for measure in dated)),
        f"## What-ifs ({len(what_ifs)})",
        _table(WHAT_IFS, (_row(measure, WHAT_IFS) for measure in what_ifs)),
        f"## Programmes and what they yield to ({len(programmes)})",
        _table(("programme", "title", "yields to", "source or note"), programmes),
        f"## Known and left out ({len(left_out)})",
        _table(("row", "why", "source"), left_out),
    ]
    return "\n\n".join(parts)


def _row(measure: Measure, columns: Iterable[str]) -> tuple[str, ...]:
    cells = {
        "measure": f"`{measure.id}`",
        "from": str(measure.start or ""),
        "to": str(measure.end or ""),
        "kind": measure.kind,
        "rate": _rate(measure),
        "who": ", ".join(measure.importers),
        "whom": _exporters(measure),
        "what": _text(measure.products) or ", ".join(measure.lists or measure.sectors),
        "programme": f"`{measure.programme}`" if measure.programme else "",
        "source": _link(measure.source),
        "marks": ", ".join((*measure.confidence, *(("assumption",) if measure.assumption else ()))),
    }
    return tuple(cells[column] for column in columns)


def _rate(measure: Measure) -> str:
    """Rate or rates, with the quota of those that have one."""
    quota = measure.quota
    size = ""
    if quota is not None and quota.units is not None:
        size = f" to {quota.units:,.0f} {quota.unit_name or 'units'}"
    elif quota is not None and quota.share is not None:
        size = f" to {quota.share:.0%} of trade"
    elif quota is not None and quota.value is not None:
        size = f" to {quota.currency} {quota.value / 1e6:,.0f} million"
    if measure.kind in ("import-ban", "export-ban", "embargo", "exemption", "suspension"):
        return f"of {_names(measure.of)}" if measure.of else ""
    if measure.kind == "purchase-commitment":
        return size.replace(" to ", "at least ")
    beyond = f", {_percent(measure.over_rate)} beyond" if measure.over_rate is not None else ""
    within = _percent(measure.rate)
    if measure.kind in ("import-quota", "export-restraint") and not measure.rate and measure.basis != "total":
        within = "the ordinary tariff"
    return f"{within}{size}{beyond}"


def _percent(rate: float) -> str:
    return f"{100.0 * rate:.4g}%"


def _exporters(measure: Measure) -> str:
    names = ", ".join(measure.exporters)
    if len(measure.spared) > 3:
        return f"{names} but {len(measure.spared)} economies"
    return f"{names} but {', '.join(measure.spared)}" if measure.spared else names


def _link(source: Source | None) -> str:
    if source is None:
        return ""
    return f"[{_text(source.publisher)}, {source.date}]({source.url.replace('|', '%7C')})"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _text(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    lines = [" | ".join(head), "|".join("---" for _ in head), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def page(text: str) -> str:
    """The page with its generated part replaced."""
    return f"{text.split(BEGIN)[0]}{BEGIN}\n\n{tables(registry())}\n\n{END}{text.split(END)[1]}"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page, sys.argv[1:]))
