"""Is a kept run what it was, and does this version compute the same? Every number, side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from detente.arrays import quantities
from detente.errors import Problem
from detente.studies.keeping import DOCUMENT, DRAWS
from detente.studies.run_record import RunRecord
from detente.studies.software import software
from detente.studies.stored_run import StoredRun
from detente.studies.uncertainty import Ensemble, how_sure
from detente.studies.uncertainty.evaluation import LABELS, Evaluation
from detente.studies.uncertainty.parts import Parts

__all__ = ["Compared", "Verification", "compare", "verify"]

# Parts of a document that hold what the model says, by what they are called.
POINT = ("focus", "economies", "exports", "sectors", "limits", "groups")
UNCERTAINTY = "uncertainty"
UNITS = "units"
# A solver stops where markets clear to 1e-10: on another processor, or in another batch, numbers differ by as
# much as that leaves open, a small part of themselves and, where they are small differences of large values,
# this much in their unit.
_RELATIVE = 1e-6
_ABSOLUTE = {"percent": 1e-5, "USD million a year": 0.1}
_ABSOLUTE_ELSE = 1e-6
# Differences that are told one by one.
SHOWN = 5


@dataclass(frozen=True)
class Compared:
    """One part of a run beside the same computed again.

    Attributes:
        what: the part.
        numbers: how many were compared.
        largest: the largest difference between two of them, in the unit of the number.
        where: which number it is; "" where none differs.
        different: what differs by more than a solver leaves open, a sentence each.
    """

    what: str
    numbers: int
    largest: float
    where: str
    different: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """What was found of a run.

    Attributes:
        run: id.
        damage: files that are not what was written; nothing is computed where there are any.
        notes: what has changed since, such as the version.
        compared: by part.
    """

    run: str
    damage: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every file is what it was, and every number is computed again."""
        return not self.damage and not any(part.different for part in self.compared)


def verify(
    run: StoredRun, answer: Callable[[RunRecord], Mapping[str, Any]], blocks: int | None = 4
) -> Verification:
    """Check the files of a run, compute it again with this version, and compare every number.

    The point answer is computed anew, and some blocks of draws; intervals and shares of variance are
    computed again from the draws that are kept.

    Args:
        run: from a store.
        answer: computes the point answer as a document, as `detente run --json --draws 0` prints it.
        blocks: of the design, spread evenly over all; None for every block.

    Raises:
        BadInput: the run cannot be computed any more: its world is gone, or its record is of another format.
        CannotCompute: this version finds no equilibrium.
    """
    damage = run.damage()
    if damage:
        return Verification(run.id, damage)
    record, hashes = RunRecord.read(run)
    document = json.loads(run.read(DOCUMENT))
    fresh = json.loads(json.dumps(answer(record)))
    compared = [compare("point answer", _some(document, POINT), _some(fresh, POINT))]
    if record.draws:
        compared += _draws(run, record, document, blocks)
    return Verification(run.id, (), tuple(_notes(record, hashes)), tuple(compared))


def _notes(record: RunRecord, hashes: Mapping[str, str]) -> list[str]:
    """What is not as it was when the run was made."""
    found = []
    if record.software != software():
        found.append(f"made by detente {record.software}, computed again by {software()}")
    titles = {
        "scenario": "what the scenario's lists and tables hold has changed since",
        "against": "what the reference's lists and tables hold has changed since",
        "world": f"the world '{record.origin.name}' has changed since",
    }
    now = record.hashes
    return found + [text for name, text in titles.items() if now[name] != hashes[name]]


def _draws(
    run: StoredRun, record: RunRecord, document: Mapping[str, Any], blocks: int | None
) -> list[Compared]:
    work = Evaluation(record.question)
    parts, each = Parts(run.folder / DRAWS), work.inputs.design.rows_a_block
    there = record.draws // each
    title = f"{record.draws:,} draws"
    if there * each != record.draws:
        text = f"this version makes {each} draws in a block, which does not divide {record.draws:,}"
        return [Compared(title, 0, 0.0, "", (text,))]
    found = []
    wanted = there if blocks is None else max(1, min(blocks, there))
    chosen = sorted({round(at) for at in np.linspace(0, there - 1, wanted)})
    names = [answer.name for answer in work.answers]
    for block in chosen:
        kept, fresh = _block(parts, block, names), work.table(block, 1)
        found.append(compare("", kept, _rows(fresh, names)))
    title = f"{len(chosen) * each:,} of {record.draws:,} draws, in {len(chosen)} of {there:,} blocks"
    ensemble = Ensemble(
        record.question, work.inputs.design, work.answers, parts, there, there,
        tuple(work.inputs.describe()),
    )  # fmt: skip
    again = json.loads(json.dumps(asdict(how_sure(ensemble))))
    return [
        _joined(title, found),
        compare("intervals and shares of variance, from the draws kept", document[UNCERTAINTY], again),
    ]


def _block(parts: Parts, block: int, names: Sequence[str]) -> dict[str, Any]:
    """The draws of a block as they are kept."""
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet

    inside = next(part for part in parts.there() if part.first <= block < part.first + part.count)
    table = parquet.read_table(parts.folder / inside.name)
    return _rows(table.filter(compute.equal(table["block"], block)), names)


def _rows(table: Any, names: Sequence[str]) -> dict[str, Any]:
    """By draw: what it is, and its answers by name."""
    wanted = [name for name in ("row", "theory", "status") if name in LABELS]
    found = {}
    for row in table.select(
        ["draw", *wanted, *(name for name in names if name in table.column_names)]
    ).to_pylist():
        found[f"draw {row.pop('draw')}"] = row
    return found


def compare(what: str, kept: Any, fresh: Any) -> Compared:
    """Two documents, number by number.

    Examples:
        >>> kept = {"units": {"x": "percent"}, "rows": [{"x": 1.0, "name": "a"}]}
        >>> compare("answer", kept, {"units": {"x": "percent"}, "rows": [{"x": 1.5, "name": "a"}]})
        Compared(what='answer', numbers=1, largest=0.5, where='rows, 1, x', different=('rows, 1, x: 1 was kept, 1.5 is computed',))
    """  # noqa: E501
    comparison = _Comparison()
    comparison.see(kept, fresh, (), {})
    return Compared(
        what, comparison.numbers, comparison.largest, comparison.where, tuple(comparison.different)
    )


class _Comparison:
    """Walks through two documents at once."""

    def __init__(self) -> None:
        self.numbers, self.largest, self.where = 0, 0.0, ""
        self.different: list[str] = []

    def see(self, kept: Any, fresh: Any, way: tuple[str, ...], units: Mapping[str, str]) -> None:
        """Compare one place of both; `units` are by name of the last step."""
        if isinstance(kept, dict) and isinstance(fresh, dict):
            inner = {**units, **kept.get(UNITS, {}), **_unit_of_values(kept)}
            for key in dict.fromkeys([*kept, *fresh]):
                if key in kept and key in fresh:
                    self.see(kept[key], fresh[key], (*way, str(key)), inner)
                else:
                    self._other(way, f"'{key}' was {'' if key in kept else 'not '}kept, and is "
                                f"{'' if key in fresh else 'not '}computed")  # fmt: skip
        elif isinstance(kept, list) and isinstance(fresh, list):
            if len(kept) != len(fresh):
                self._other(way, f"{len(kept)} rows were kept, {len(fresh)} are computed")
            for number, pair in enumerate(zip(kept, fresh, strict=False), start=1):
                self.see(*pair, (*way, str(number)), units)
        elif _is_number(kept) and _is_number(fresh):
            self._number(float(kept), float(fresh), way, units)
        elif kept != fresh:
            self._other(way, f"'{kept}' was kept, '{fresh}' is computed")

    def _number(self, kept: float, fresh: float, way: tuple[str, ...], units: Mapping[str, str]) -> None:
        self.numbers += 1
        if np.isnan(kept) and np.isnan(fresh):
            return
        apart = abs(kept - fresh)
        if not apart <= self.largest:
            self.largest, self.where = apart, ", ".join(way)
        unit = next((units[step] for step in reversed(way) if step in units), units.get("") or _named(way))
        open_ = _ABSOLUTE.get(unit, _ABSOLUTE_ELSE) + _RELATIVE * max(abs(kept), abs(fresh))
        if not apart <= open_:
            self._other(way, f"{kept:.10g} was kept, {fresh:.10g} is computed")

    def _other(self, way: tuple[str, ...], text: str) -> None:
        self.different.append(f"{', '.join(way)}: {text}" if way else text)


def _unit_of_values(node: Mapping[str, Any]) -> dict[str, str]:
    """The unit of a quantity's values, which stand below it by code."""
    unit = node.get("unit")
    return {"": unit} if isinstance(unit, str) else {}


def _named(way: Sequence[str]) -> str:
    """The unit of an answer such as "real_income/CAN"."""
    names = (step.partition("/")[0] for step in way if "/" in step)
    return next((quantities()[name].unit for name in names if name in quantities()), "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _some(document: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}


def _joined(what: str, parts: Sequence[Compared]) -> Compared:
    largest = max(parts, key=lambda part: part.largest)
    different = tuple(text for part in parts for text in part.different)
    return Compared(what, sum(part.numbers for part in parts), largest.largest, largest.where, different)
