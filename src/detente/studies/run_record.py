"""What decides a run, as files from which it can be computed again wherever the package is installed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem
from detente.model import Solver, Theory, one_sector
from detente.policy import BASELINE, Scenario, scenario_hash
from detente.policy.measure import Measure, Place
from detente.policy.uncertain import UncertainNumber
from detente.studies.content import theory_content, user_table, world_content
from detente.studies.plain import from_plain, to_plain
from detente.studies.question_key import digest, said
from detente.studies.software import software
from detente.studies.stored_run import StoredRun
from detente.studies.uncertainty import Question
from detente.world import World, content_hash, load_world

__all__ = ["QUESTION", "RunRecord", "WorldOrigin"]

QUESTION = "question.json"
TABLES = "tables"
_FORMAT = 1
_DIGITS = 16


@dataclass(frozen=True)
class WorldOrigin:
    """Where the world of a run is from.

    Attributes:
        name: name or path, as `load_world` takes it.
        economies, sectors: shipped groupings it is summed by; None for neither.
    """

    name: str
    economies: str | None = None
    sectors: str | None = None

    def load(self, theory: Theory) -> World:
        """The world, summed into the groups, and into one sector where the theory has one.

        Raises:
            BadInput: it is not there any more.
        """
        world = load_world(self.name)
        if self.economies or self.sectors:
            world = world.aggregate(self.economies, self.sectors)
        return one_sector(world) if theory.sectors == "one" else world


@dataclass(frozen=True)
class RunRecord:
    """Everything that decides what a run says.

    Attributes:
        question: the comparison; its theories, focus, sources and seed.
        draws: how many count, whole blocks of the design; 0 for the point alone.
        origin: where the world is from.
        software: what computed it.

    Examples:
        >>> import detente as dt
        >>> deal, world = dt.load_scenario("canada-china-2026"), dt.load_world("g20-2019")
        >>> question = Question(world, deal, deal.reference, (dt.Theory(),), ("CAN",))
        >>> record = RunRecord(question, 0, WorldOrigin("g20-2019"))
        >>> len(record.id), record.id == replace(record, draws=96).id
        (16, False)
    """

    question: Question
    draws: int
    origin: WorldOrigin
    software: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "software", self.software or software())

    @property
    def id(self) -> str:
        """What the run is cited by: 16 hexadecimal digits of a digest of what decides it.

        Names of files, and how the world and the scenarios were asked for, are no part of it. Without draws,
        neither are the seed and the sources of uncertainty.
        """
        question = self.question
        world = question.world
        content: dict[str, Any] = {
            **self.hashes,
            "said": [said(scenario) for scenario in question.scenarios],
            "world_said": [world.title, *world.sector_titles],
            "world_content": world_content(world),
            "theories": [theory_content(theory) for theory in question.theories[: None if self.draws else 1]],
            "focus": list(question.focus),
            "solver": asdict(question.solver),
            "draws": self.draws,
            "software": self.software,
        }
        if self.draws:
            content |= {"seed": question.seed, "sources": sorted(question.sources), "by": question.by}
        return digest(content)[:_DIGITS]

    @property
    def hashes(self) -> dict[str, str]:
        """Hashes of the scenario, of what it is measured against, and of the world, as in `Outcome`."""
        question = self.question
        return {
            "scenario": scenario_hash(question.scenario),
            "against": BASELINE if question.reference is None else scenario_hash(question.reference),
            "world": content_hash(question.world),
        }

    def write(self, folder: Path) -> None:
        """Put the record, and the users' tables that it names, into a folder.

        Raises:
            OSError: it cannot be written.
        """
        question = self.question
        content = {
            "format": _FORMAT,
            "software": self.software,
            "hashes": self.hashes,
            "scenario": _chain(question.scenario, folder),
            "reference": None if question.reference is None else _chain(question.reference, folder),
            "world": {**asdict(self.origin), "name": _lasting(self.origin.name)},
            "theories": [to_plain(_with_table(theory, folder)) for theory in question.theories],
            "focus": list(question.focus),
            "sources": list(question.sources),
            "by": question.by,
            "seed": question.seed,
            "solver": to_plain(question.solver),
            "draws": self.draws,
        }
        (folder / QUESTION).write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), "utf-8")

    @classmethod
    def read(cls, run: StoredRun) -> tuple[RunRecord, dict[str, str]]:
        """The record of a run in a store, and the hashes of scenarios and world as they were then.

        Raises:
            BadInput: it is damaged, or the world is not there any more.
        """
        place = str(run.folder / QUESTION)
        try:
            found = json.loads(run.read(QUESTION))
            if found["format"] != _FORMAT:
                raise ValueError(f"of format {found['format']}, this version reads format {_FORMAT}")
            origin = WorldOrigin(**found["world"])
            theories = tuple(_theory(item, run.folder) for item in found["theories"])
            scenario = _from_chain(found["scenario"], place)
            reference = None if found["reference"] is None else _from_chain(found["reference"], place)
            solver = from_plain(Solver, found["solver"])
            focus, sources = tuple(found["focus"]), tuple(found["sources"])
        except (ValueError, KeyError, TypeError) as error:
            remedy = "use the version of detente that made it"
            raise BadInput(Problem(f"is no record of a run ({error})", place, remedy=remedy)) from None
        world = _world(run.id, origin, theories[0])
        question = Question(
            world, scenario, reference, theories, focus, sources, found["by"], found["seed"], solver
        )
        return cls(question, found["draws"], origin, found["software"]), found["hashes"]


def _world(run: str, origin: WorldOrigin, theory: Theory) -> World:
    try:
        return origin.load(theory)
    except BadInput as error:
        message = f"run {run} rests on the world '{origin.name}', which cannot be had any more: {error}"
        remedy = "bring the world back under this name, or read the answer with `detente runs show`"
        raise BadInput(Problem(message, remedy=remedy)) from None


def _chain(scenario: Scenario, folder: Path) -> dict[str, Any]:
    """A scenario with what it is itself measured against, and so on, each with all its measures."""
    reference = scenario.reference
    kept = replace(scenario, measures=tuple(_with_own_table(m, folder) for m in scenario.measures))
    return {
        "record": to_plain(kept, ("place",)),
        "reference": None if reference is None else _chain(reference, folder),
    }


def _from_chain(chain: dict[str, Any], place: str) -> Scenario:
    read: Scenario = from_plain(Scenario, chain["record"], UncertainNumber)
    # Tables of measures are found beside the record.
    found = replace(read, measures=tuple(replace(m, place=Place(place)) for m in read.measures))
    reference = chain["reference"]
    # What it was measured against then, whatever a name or a path leads to today.
    found.__dict__["reference"] = None if reference is None else _from_chain(reference, place)
    return found


def _with_own_table(measure: Measure, folder: Path) -> Measure:
    """A measure whose table of emission factors, if it has one, is a copy in the run's folder."""
    if measure.carbon is None:
        return measure
    path = Path(measure.place.file or "").parent / measure.carbon.table
    return replace(measure, carbon=replace(measure.carbon, table=_copied(path, folder)))


def _with_table(theory: Theory, folder: Path) -> Theory:
    """A theory whose table of groups of workers, if it is a user's file, is a copy in the run's folder."""
    path = user_table(theory)
    return theory if path is None else replace(theory, labour_groups=_copied(path, folder))


def _theory(plain: Any, folder: Path) -> Theory:
    theory: Theory = from_plain(Theory, plain)
    if theory.labour_groups is None or not theory.labour_groups.startswith(f"{TABLES}/"):
        return theory
    return replace(theory, labour_groups=str(folder / theory.labour_groups))


def _copied(path: Path, folder: Path) -> str:
    """Copy a table under the digest of its content, so that two of one name do not meet."""
    content = path.read_bytes()
    name = f"{TABLES}/{hashlib.sha256(content).hexdigest()[:_DIGITS]}{path.suffix}"
    (folder / TABLES).mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    return name


def _lasting(name: str) -> str:
    """A name as it is; a path from the root of the file system."""
    return str(Path(name).expanduser().resolve()) if name.endswith((".json", ".npz")) else name
