"""The kinds of measures: what each one is, which fields it takes, and who acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["KINDS", "Kind"]

Actor = Literal["importer", "exporter", "economy"]


@dataclass(frozen=True)
class Kind:
    """One kind of measure.

    Attributes:
        meaning: what it does, to follow "a measure that is".
        actor: the field that names who acts: "importer", "exporter", or "economy" for what a government does
            at home.
        needs: fields a measure of this kind must have, beyond id, kind and who is concerned.
        takes: fields it may have besides those that every measure may have.
        lowest_rate, highest_rate: bounds of `rate`, as fractions.
    """

    meaning: str
    actor: Actor
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    lowest_rate: float = 0.0
    highest_rate: float = 100.0


# A cost or a price that falls stays above zero.
_NEARLY_ALL = 0.99
_GOODS = ("sectors", "hs", "lists", "except", "covers", "preference")

KINDS: Mapping[str, Kind] = {
    # Duties of the importer, on goods from an exporter.
    "surcharge": Kind("an ad valorem duty on top of the tariff in force", "importer", ("rate",), _GOODS),
    "tariff": Kind("an ad valorem duty in place of the ordinary tariff", "importer", ("rate",), _GOODS),
    "floor": Kind("a lowest rate to which the ordinary tariff is raised", "importer", ("rate",), _GOODS),
    "cap": Kind(
        "a highest rate: with `of`, of the ordinary tariff and what the programmes in `of` add to it, where "
        "it never lowers the ordinary tariff; without `of`, of everything together, the ordinary tariff too",
        "importer",
        ("rate",),
        (*_GOODS, "of"),
    ),
    "anti-dumping": Kind("an anti-dumping duty on top of the tariff", "importer", ("rate",), _GOODS),
    "countervailing": Kind("a duty against subsidies on top of the tariff", "importer", ("rate",), _GOODS),
    "deposit": Kind("a provisional anti-dumping deposit, charged like a duty", "importer", ("rate",), _GOODS),
    "exemption": Kind("goods on which the measures in `of` are not charged", "importer", ("of",), _GOODS),
    "suspension": Kind("a time in which the measures in `of` are not charged", "importer", ("of",)),
    # Limits on quantities.
    "tariff-rate-quota": Kind(
        "a duty `rate` within a quota and `over_rate` beyond it, on top of the tariff or (basis: total) in "
        "its place",
        "importer",
        ("rate", "over_rate", "quota"),
        (*_GOODS, "basis", "rent"),
    ),
    "import-quota": Kind(
        "a limit on imports; with `rate`, a duty within it",
        "importer",
        ("quota",),
        (*_GOODS, "rate", "basis", "rent"),
    ),
    "export-restraint": Kind(
        "a limit on exports that the exporter keeps, voluntarily or as an export quota",
        "exporter",
        ("quota",),
        (*_GOODS, "rent"),
    ),
    "import-ban": Kind("a ban on imports", "importer", (), _GOODS),
    "export-ban": Kind("a ban on exports", "exporter", (), _GOODS),
    "embargo": Kind(
        "a stop of trade in both directions between the economies in `importer` and those in `exporter`",
        "importer",
        (),
        _GOODS,
    ),
    "purchase-commitment": Kind(
        "a promise of the importer's state to buy at least the quota", "importer", ("quota",), _GOODS
    ),
    # What the exporter does.
    "export-tax": Kind("a duty on exports, kept by the exporter", "exporter", ("rate",), _GOODS),
    "export-control": Kind(
        "licences that raise the cost of exporting by `rate`", "exporter", ("rate",), _GOODS
    ),
    # What changes the cost of trade.
    "trade-cost": Kind(
        "a change of the cost of trade by `rate`, negative where trade becomes easier: inspection, "
        "recognition of standards, visas, transport, barriers to services",
        "importer",
        ("rate",),
        _GOODS,
        lowest_rate=-_NEARLY_ALL,
    ),
    "procurement-preference": Kind(
        "a price margin by which public buyers prefer other origins; `covers` is their share of the market",
        "importer",
        ("rate", "covers"),
        _GOODS,
    ),
    "purchase-rebate": Kind(
        "a part of the price that the buyer's government pays, for goods of the origins in `exporter`, which "
        "may be the buyer's own economy",
        "importer",
        ("rate",),
        _GOODS,
        highest_rate=_NEARLY_ALL,
    ),
    "carbon-border-charge": Kind(
        "a charge on the carbon in imports, by a table of emission factors",
        "importer",
        ("carbon",),
        ("sectors", "covers"),
    ),
    # What a government does at home.
    "production-subsidy": Kind(
        "a part of the cost of producing that the government pays",
        "economy",
        ("rate", "sectors"),
        highest_rate=_NEARLY_ALL,
    ),
    "consumption-subsidy": Kind(
        "a part of the price of final demand that the government pays",
        "economy",
        ("rate", "sectors"),
        highest_rate=_NEARLY_ALL,
    ),
    "productivity": Kind(
        "a change of the productivity of sectors by `rate`, through the channel named: joint ventures, "
        "foreign investment, transfer of technology",
        "economy",
        ("rate", "sectors", "channel"),
        lowest_rate=-_NEARLY_ALL,
    ),
}
