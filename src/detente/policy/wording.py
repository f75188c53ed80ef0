"""Measures in plain English."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from detente.policy.measure import CONFIDENCE, GOODS, Carbon, Covers, Measure, Quota
from detente.policy.uncertain import UncertainNumber, mirrored, numbers_by_field, percent
from detente.world.names import economy_in_sentence

__all__ = [
    "covers_in_words",
    "day_in_words",
    "listed",
    "marks_in_words",
    "percent",
    "period",
    "products_in_words",
    "quota_in_words",
    "sentence",
    "value_in_words",
]

CODES_SHOWN = 8
# Uncertain numbers of a field, by their names.
Numbers = Mapping[str, UncertainNumber]
NONE: Numbers = {}
ENDS = np.array([0.0, 1.0])


def sentence(measure: Measure) -> str:
    """Who does what to whom, on what, how much, from when.

    Examples:
        >>> sentence(Measure("m", "surcharge", ("CAN",), ("all",), rate=0.25, sectors=("C29",)))
        'Canada charges every other economy an additional duty of 25% on sectors C29, at all times.'
    """
    said = _CLAUSES[measure.kind](measure)
    said = f"{said[:1].upper()}{said[1:]}"
    spared = ""
    if measure.preference:
        spared = f", except goods that claim {measure.preference.upper()} treatment"
    if measure.what_if:
        return f"{said}{spared} (a threat, a proposal or a plan, not in force)."
    return f"{said}{spared}, {period(measure)}."


def _buyers(measure: Measure) -> str:
    return _names(measure.importers, "every economy")


def _sellers(measure: Measure) -> str:
    named = _names(measure.exporters, "every other economy")
    return f"{named} except {_names(measure.spared, '')}" if measure.spared else named


def _acts(names: tuple[str, ...], everyone: str, verb: str) -> str:
    """Who does what: `Canada charges`, `Canada and Mexico charge`."""
    stem, _, ending = verb.partition("|")
    return f"{_names(names, everyone)} {stem}{'' if len(names) > 1 else ending}"


def _rate(measure: Measure, field: str = "rate") -> str:
    """A rate, or what may be true of it."""
    numbers = numbers_by_field(measure, field)
    return str(numbers[field]) if numbers else percent(getattr(measure, field) or 0.0)


def _move(measure: Measure) -> str:
    """By how much something rises, or falls for a negative rate: `falls by 5%`."""
    number = numbers_by_field(measure, "rate").get("rate")
    if number is None:
        return f"{'falls' if measure.rate < 0.0 else 'rises'} by {percent(abs(measure.rate))}"
    low, high = number.distribution.quantile(ENDS)
    if low < 0.0 < high:
        return f"changes by {number}"
    return f"falls by {mirrored(number)}" if low < 0.0 else f"rises by {number}"


def _charge(duty: str) -> Callable[[Measure], str]:
    def clause(measure: Measure) -> str:
        who = _acts(measure.importers, "every economy", "charge|s")
        what = products_in_words(measure)
        return f"{who} {_sellers(measure)} {duty.format(_rate(measure))} on {what}"

    return clause


def _imports(text: str) -> Callable[[Measure], str]:
    """A clause about what importers do; blanks are filled by name."""
    return _clause(text, lambda measure: (measure.importers, "every economy"))


def _exports(text: str) -> Callable[[Measure], str]:
    """A clause about what exporters do."""
    return _clause(text, lambda measure: (measure.exporters, "every other economy"))


def _clause(text: str, actors: Callable[[Measure], tuple[tuple[str, ...], str]]) -> Callable[[Measure], str]:
    def clause(measure: Measure) -> str:
        names, everyone = actors(measure)
        verb, _, rest = text.partition(" ")
        blanks = {
            "goods": products_in_words(measure),
            "buyers": _buyers(measure),
            "sellers": _sellers(measure),
            "rate": _rate(measure),
            "of": listed(measure.of, "and"),
            "channel": measure.channel,
        }
        return f"{_acts(names, everyone, verb)} {rest.format(**blanks)}"

    return clause


def _quota(measure: Measure) -> str:
    who = _acts(measure.importers, "every economy", "let|s")
    quantity = f"{_quantity_of_goods(measure)} from {_sellers(measure)}"

    def duty(field: str) -> str:
        if measure.basis == "total":
            return f"at {_rate(measure, field)}" if getattr(measure, field) else "free of duty"
        added = f"at an additional {_rate(measure, field)}"
        return added if getattr(measure, field) else "without an additional duty"

    if measure.kind == "tariff-rate-quota":
        return f"{who} in {quantity} {duty('rate')}; {duty('over_rate')} beyond"
    if measure.rate or measure.basis == "total":
        return f"{who} in {quantity} {duty('rate')}; none beyond"
    return f"{who} in at most {quantity}; none beyond"


def _quantity_of_goods(measure: Measure) -> str:
    """`49,000 electric vehicles a year`, or `CAD 300 million a year of steel`."""
    quota, goods = measure.quota, products_in_words(measure)
    assert quota is not None
    size = quota_in_words(quota, numbers_by_field(measure, "quota"))
    if quota.units is not None and quota.unit_name and goods.endswith(quota.unit_name):
        return f"{size.removesuffix(quota.unit_name)}{goods} a year"
    return f"{size} in {goods}" if quota.share is not None else f"{size} a year of {goods}"


def _restraint(measure: Measure) -> str:
    who = _acts(measure.exporters, "every other economy", "limit|s")
    return f"{who} exports to {_buyers(measure)} to {_quantity_of_goods(measure)}"


def _commitment(measure: Measure) -> str:
    who = _acts(measure.importers, "every economy", "undertake|s")
    return f"{who} to buy at least {_quantity_of_goods(measure)} from {_sellers(measure)}"


def _cap(measure: Measure) -> str:
    who = _acts(measure.importers, "every economy", "charge|s")
    what = f"the surcharges of {listed(measure.of, 'and')}" if measure.of else "all surcharges"
    goods = products_in_words(measure)
    most = f"at most {_rate(measure)} on {goods}"
    return f"{who} {_sellers(measure)} {most}, its tariff and {what} together"


def _trade_cost(measure: Measure) -> str:
    trade = f"the cost of selling {products_in_words(measure)} from {_sellers(measure)} to {_buyers(measure)}"
    return f"{trade} {_move(measure)}"


def _procurement(measure: Measure) -> str:
    numbers, share = numbers_by_field(measure, "covers"), measure.covers.share if measure.covers else None
    size = f", {_said(share, numbers, 'covers.share')} of the market," if share is not None else ""
    goods = f"{products_in_words(measure)} from {_sellers(measure)}"
    return f"Public buyers of {_buyers(measure)}{size} treat {goods} as {_rate(measure)} dearer"


def _carbon(measure: Measure) -> str:
    who = _acts(measure.importers, "every economy", "charge|s")
    price = value_in_words("carbon", measure.carbon, numbers_by_field(measure, "carbon"))
    return f"{who} {_sellers(measure)} {price} on {products_in_words(measure)}"


def _productivity(measure: Measure) -> str:
    where = f"{products_in_words(measure)} of {_buyers(measure)}"
    return f"Productivity in {where} {_move(measure)}, through {measure.channel}"


def _embargo(measure: Measure) -> str:
    return f"Trade in {products_in_words(measure)} between {_buyers(measure)} and {_sellers(measure)} stops"


def _suspension(measure: Measure) -> str:
    """In the passive: what is suspended may be a duty of the buyer or a ban of the seller."""
    verb = "are" if len(measure.of) > 1 else "is"
    trade = f"sales of {_sellers(measure)} to {_buyers(measure)}"
    return f"{listed(measure.of, 'and')} {verb} suspended for {trade}"


_CLAUSES: Mapping[str, Callable[[Measure], str]] = {
    "surcharge": _charge("an additional duty of {}"),
    "tariff": _charge("a duty, in place of its tariff, of {}"),
    "floor": _imports("raise|s its tariff on {goods} from {sellers} to {rate} where it is lower"),
    "cap": _cap,
    "anti-dumping": _charge("an anti-dumping duty of {}"),
    "countervailing": _charge("a countervailing duty of {}"),
    "deposit": _charge("a provisional anti-dumping deposit of {}"),
    "exemption": _imports("do|es not charge {of} on {goods} from {sellers}"),
    "suspension": _suspension,
    "tariff-rate-quota": _quota,
    "import-quota": _quota,
    "export-restraint": _restraint,
    "import-ban": _imports("ban|s imports of {goods} from {sellers}"),
    "export-ban": _exports("ban|s exports of {goods} to {buyers}"),
    "embargo": _embargo,
    "purchase-commitment": _commitment,
    "export-tax": _exports("tax|es exports of {goods} to {buyers} at {rate}"),
    "export-control": _exports(
        "require|s licences for exports of {goods} to {buyers}, which raises their cost by {rate}"
    ),
    "trade-cost": _trade_cost,
    "procurement-preference": _procurement,
    "purchase-rebate": _imports("pay|s its buyers {rate} of the price of {goods} from {sellers}"),
    "carbon-border-charge": _carbon,
    "production-subsidy": _imports("pay|s {rate} of the cost of producing in {goods}"),
    "consumption-subsidy": _imports("pay|s {rate} of the price of {goods} to final users"),
    "productivity": _productivity,
}


def _names(names: tuple[str, ...], everyone: str) -> str:
    """Codes in plain English; other names as written."""
    return everyone if names == ("all",) else listed([economy_in_sentence(name) for name in names], "and")


def listed(names: Sequence[str], word: str) -> str:
    """Names in a sentence.

    Examples:
        >>> listed(["a", "b", "c"], "or"), listed(["a"], "or")
        ('a, b or c', 'a')
    """
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else "".join(names)


def products_in_words(measure: Measure) -> str:
    """The measure's own words; else its sectors, first codes or lists."""
    if measure.products:
        return measure.products
    if tuple(name.casefold() for name in measure.sectors) == (GOODS,):
        what = "all goods"
    elif measure.sectors:
        what = f"sectors {', '.join(measure.sectors)}"
    elif measure.hs or measure.lists:
        codes = [code for code, _ in measure.hs]
        more = f" and {len(codes) - CODES_SHOWN} more" if len(codes) > CODES_SHOWN else ""
        parts = [f"HS {', '.join(codes[:CODES_SHOWN])}{more}"] if codes else []
        parts += [f"the goods of list {name}" for name in measure.lists]
        what = listed(parts, "and")
    else:
        what = "all goods"
    excluded = [f"HS {name}" if name[:1].isdigit() else f"list {name}" for name in measure.excluded]
    return f"{what} but those of {listed(excluded, 'and')}" if excluded else what


def quota_in_words(quota: Quota, numbers: Numbers = NONE) -> str:
    """How much, without what it is of.

    Args:
        quota: the quota.
        numbers: those of it that are uncertain.

    Examples:
        >>> quota_in_words(Quota(value=3e8, currency="CAD", year=2024)), quota_in_words(Quota(share=0.7))
        ('CAD 300 million', "70% of the baseline's trade")
    """
    if quota.units is not None:
        units = f"{quota.units:,.15g} {quota.unit_name or 'units'}"
        return str(numbers.get("quota.units", units))
    if quota.value is not None:
        return str(numbers.get("quota.value", _money(quota.value, quota.currency)))
    return f"{_said(quota.share or 0.0, numbers, 'quota.share')} of the baseline's trade"


def _said(rate: float, numbers: Numbers, name: str) -> str:
    """A rate or share, or what may be true of it."""
    return str(numbers[name]) if name in numbers else percent(rate)


def _money(value: float, currency: str) -> str:
    scale, word = (1e9, "billion") if value >= 1e9 else (1e6, "million")
    return f"{currency} {value / scale:,.6g} {word}"


def marks_in_words(measure: Measure) -> tuple[str, ...]:
    """What is doubtful about a measure, one sentence each.

    Examples:
        >>> marks_in_words(Measure("m", "import-ban", ("CAN",), ("CHN",), assumption="what if"))
        ('assumed: what if',)
    """
    marks = tuple(CONFIDENCE[mark] for mark in measure.confidence)
    return (*marks, *([f"assumed: {measure.assumption}"] if measure.assumption else []))


def period(measure: Measure) -> str:
    """From when to when."""
    start = f"from {measure.start.isoformat()}" if measure.start else ""
    end = f"until {measure.end.isoformat()}" if measure.end else ""
    return " ".join(part for part in (start, end) if part) or "at all times"


def day_in_words(day: date) -> str:
    """A day as sentences write it.

    Examples:
        >>> day_in_words(date(2026, 8, 22))
        '22 August 2026'
    """
    return f"{day.day} {day:%B} {day.year}"


def covers_in_words(covers: Covers, numbers: Numbers = NONE) -> str:
    """A share, or a value without its year.

    Args:
        covers: how much trade is hit.
        numbers: those of it that are uncertain.

    Examples:
        >>> covers_in_words(Covers(share=0.6)), covers_in_words(Covers(None, 4e9, "CAD", 2024))
        ('60%', 'CAD 4 billion')
    """
    if covers.share is not None:
        return _said(covers.share, numbers, "covers.share")
    return str(numbers.get("covers.value", _money(covers.value or 0.0, covers.currency)))


def value_in_words(field: str, value: Any, numbers: Numbers = NONE) -> str:
    """What a field of a scenario file says, for a comparison of two; "" if it says nothing.

    Args:
        field: as scenario files name it.
        value: of the attribute of `Measure`.
        numbers: those of the field that are uncertain, by name.

    Examples:
        >>> value_in_words("rate", 0.35), value_in_words("hs", (("8703", 0.4), ("8704", 1.0)))
        ('35%', '8703 (40%), 8704')
    """
    if value is None or value in ("", ()) or value is False:
        return ""
    if field in numbers:
        return f"{numbers[field]}{' to the exporter' if field == 'rent' else ''}"
    if field == "rent":
        return {0.0: "importer", 1.0: "exporter"}.get(value, f"{percent(value)} to the exporter")
    if isinstance(value, bool):
        return "true"
    if isinstance(value, float):
        return percent(value)
    if isinstance(value, Quota):
        worth = numbers.get("quota.unit_value", f"{value.currency} {value.unit_value or 0.0:,.6g}")
        each = f" of {worth}" if value.unit_value else ""
        return f"{quota_in_words(value, numbers)}{each}{f' ({value.year})' if value.year else ''}"
    if isinstance(value, Covers):
        return f"{covers_in_words(value, numbers)}{f' ({value.year})' if value.year else ''}"
    if isinstance(value, Carbon):
        price = numbers.get("carbon.price", f"{value.currency} {value.price:,.6g}")
        return f"{price} a tonne of carbon ({value.year}) by the table {Path(value.table).name}"
    if isinstance(value, tuple):
        return ", ".join(_item(item, numbers) for item in value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _item(item: Any, numbers: Numbers) -> str:
    if not isinstance(item, tuple):
        return str(item)
    return str(item[0]) if item[1] == 1.0 else f"{item[0]} ({_said(item[1], numbers, f'hs.{item[0]}')})"
