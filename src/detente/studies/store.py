"""Runs kept in a folder: one folder for each, whole or absent, whatever is interrupted while it is written.

    <store>/runs/<id>/          files of one run, and `manifest.json` with the SHA-256 of each
    <store>/draws/<study>/      tables of draws of a study, which may go on
    <store>/questions/<key>     id of the run that answers a question
    <store>/staging/            what is being written; nothing here is ever read

A run is written under `staging`, forced to disk, and renamed into its place. A rename is one step of the file
system, so that a program that is killed, or two that write the same run at once, leave one whole run or none.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.studies.safe_files import force_folder, force_tree, replace_file
from detente.studies.stored_run import (
    FORMAT,
    MANIFEST,
    StoredRun,
    file_digest,
    file_names,
    manifest_digest,
    read_run,
)

__all__ = ["Store", "store_folder"]

VARIABLE = "DETENTE_STORE"
_ID = re.compile(r"[0-9a-f]{8,64}")
# Seconds after which a program that left something under `staging` is taken to have died.
_ABANDONED = 86_400.0
# Seconds since the last part after which nobody is taken to compute draws of a study.
_QUIET = 3_600.0
_ATTEMPTS = 5


def store_folder(given: Path | None = None) -> Path:
    """Where runs are kept: as given, or what DETENTE_STORE names, or `store` in the user's cache folder.

    Examples:
        >>> store_folder(Path("mine")).name
        'mine'
    """
    if given is not None:
        return given
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("detente") / "store"


class Store:
    """A folder of runs; made when something is first kept in it.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = Store(Path(folder))
        ...     def write(place: Path) -> None:
        ...         _ = (place / "answer.txt").write_text("yes")
        ...     run = store.publish("0123456789abcdef", {"scenario": "deal"}, write)
        ...     store.get("0123").read("answer.txt"), [kept.id for kept in store.runs()]
        (b'yes', ['0123456789abcdef'])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs, self._draws = folder / "runs", folder / "draws"
        self._questions, self._staging = folder / "questions", folder / "staging"

    def runs(self) -> tuple[StoredRun, ...]:
        """Every run whose manifest can be read, by the time that `about` says it was computed."""
        found = [run for name in self._names() if (run := self.find(name)) is not None]
        return tuple(sorted(found, key=lambda run: (str(run.about.get("computed", "")), run.id)))

    def damaged(self) -> tuple[Problem, ...]:
        """What is wrong with the runs whose manifest cannot be read."""
        problems: list[Problem] = []
        for name in self._names():
            try:
                self._read(name)
            except BadInput as error:
                problems += error.problems
        return tuple(problems)

    def find(self, run: str) -> StoredRun | None:
        """The run of an id; None if there is none, or its manifest is damaged or of another format."""
        if not (_ID.fullmatch(run) and (self._runs / run).is_dir()):
            return None
        try:
            return self._read(run)
        except BadInput:
            return None

    def get(self, name: str) -> StoredRun:
        """The run of an id, or of the beginning of one.

        Raises:
            BadInput: there is none, or more than one, or its manifest is damaged.

        Examples:
            >>> Store(Path("none")).get("0123")
            Traceback (most recent call last):
            ...
            detente.errors.BadInput: no run '0123'; the store none is empty: `detente run` puts runs into it
        """
        return self._read(self._resolve(name))

    def _resolve(self, name: str) -> str:
        known = self._names()
        matching = [run for run in known if run.startswith(name.casefold())] if name else []
        if len(matching) == 1:
            return matching[0]
        if matching:
            shown = ", ".join(matching[:5]) + (f" and {len(matching) - 5} more" if len(matching) > 5 else "")
            message = f"{len(matching)} runs begin with '{name}': {shown}"
            raise BadInput(Problem(message, remedy="give more of the id"))
        if not known:
            remedy = f"the store {self.folder} is empty: `detente run` puts runs into it"
        else:
            near = nearest(name, known).removesuffix("?")
            remedy = f"{near}; `detente runs` lists what is in {self.folder}"
        raise BadInput(Problem(f"no run '{name}'", remedy=remedy))

    def publish(self, run: str, about: Mapping[str, Any], writer: Callable[[Path], None]) -> StoredRun:
        """Keep a run: all of it or nothing. What is already kept under its id stays, unless it is damaged.

        Args:
            run: its id, 8 to 64 lower-case hexadecimal digits.
            about: plain data for lists of runs, such as scenario, world and the time it was computed.
            writer: writes the run's files into the folder it is given.

        Raises:
            BadInput: the store cannot be written.
            ValueError: no id.
        """
        if not _ID.fullmatch(run):
            raise ValueError(f"'{run}' is no id of a run")
        target = self._runs / run
        kept = self._whole(run)
        if kept is not None:
            return kept
        with self._writing(), self._stage(run) as stage:
            writer(stage)
            files = {name: _described(stage / name) for name in sorted(file_names(stage))}
            record = {"format": FORMAT, "id": run, "about": dict(about), "files": files}
            record["sha256"] = manifest_digest(record)
            text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
            (stage / MANIFEST).write_text(text, encoding="utf-8")
            force_tree(stage)
            self._runs.mkdir(parents=True, exist_ok=True)
            self._move(stage, target)
            force_folder(self._runs)
        found = self.find(run)
        if found is None:
            message = "was kept, and is gone or damaged at once"
            raise BadInput(Problem(message, str(target), remedy="see what else writes there"))
        return found

    def _move(self, stage: Path, target: Path) -> None:
        """Into its place, unless another program was first; what is damaged there makes room."""
        for _ in range(_ATTEMPTS):
            try:
                stage.rename(target)
                return
            except OSError:
                if not target.is_dir():
                    raise
            if self._whole(target.name) is not None:
                return
            with self._stage(target.name) as aside:
                # Another program may have moved it meanwhile.
                if target.exists():
                    target.rename(aside / "damaged")
        raise OSError(None, "the place of the run is taken again and again", str(target))

    def _whole(self, run: str) -> StoredRun | None:
        """A run with all files of the right size; None without. Their content is for `damage` to see."""
        found = self.find(run)
        if found is None:
            return None
        try:
            right = all(
                (found.folder / name).stat().st_size == file.size for name, file in found.files.items()
            )
        except OSError:
            return None
        return found if right else None

    def remove(self, name: str) -> str:
        """Take a run away, damaged or not, and the draws that no other run rests on; returns its id.

        Raises:
            BadInput: there is no such run, or more than one, or the store cannot be written.
        """
        run = self._resolve(name)
        found = self.find(run)
        with self._writing(), self._stage(run) as stage:
            (self._runs / run).rename(stage / "removed")
        study = found.about.get("study") if found else None
        if found and isinstance(study, str) and study not in self._studies():
            place = self.draws(study)
            own = {Path(name).name for name in found.files}
            further = any(path.name not in own for path in _visible(place))
            # Another program may be adding draws to those of the run.
            if not (further and _in_use(place)):
                self._drop(place)
        return run

    def remove_unfinished(self, in_use: bool = False) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Take away draws that no run rests on; which folders are gone, and which stay.

        Args:
            in_use: also those that were written to in the last hour, which another program may be computing.

        Raises:
            BadInput: the store cannot be written.
        """
        places = self.unfinished()
        stay = () if in_use else tuple(place for place in places if _in_use(place))
        gone = tuple(place for place in places if place not in stay)
        for place in gone:
            self._drop(place)
        return gone, stay

    def _drop(self, place: Path) -> None:
        """Take a folder of draws away, in one step for whoever looks there."""
        with self._writing(), self._stage(place.name) as stage, suppress(FileNotFoundError):
            place.rename(stage / "removed")

    def writable(self) -> bool:
        """Whether anything can be kept: a user may have no right to the folder, or it may be a file.

        Examples:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     Store(Path(folder) / "new").writable()
            True
        """
        try:
            with self._stage("writable"):
                return True
        except OSError:
            return False

    def draws(self, study: str) -> Path:
        """The folder for the draws of a study while it goes on, whether it exists or not.

        Raises:
            ValueError: no id.
        """
        if not _ID.fullmatch(study):
            raise ValueError(f"'{study}' is no id of a study")
        return self._draws / study

    def unfinished(self) -> tuple[Path, ...]:
        """Folders with draws that no run in the store rests on, such as of studies that were stopped."""
        if not self._draws.is_dir():
            return ()
        finished = self._studies()
        places = sorted(place for place in self._draws.iterdir() if _ID.fullmatch(place.name))
        return tuple(place for place in places if place.name not in finished and any(place.iterdir()))

    def _studies(self) -> set[Any]:
        return {run.about.get("study") for run in self.runs()}

    def answer_to(self, question: str) -> StoredRun | None:
        """The run that answers a question, by the key under which `remember` was told of it."""
        try:
            return self.find((self._questions / question).read_text("ascii").strip())
        except (OSError, ValueError):
            return None

    def remember(self, question: str, run: str) -> None:
        """Note which run answers a question.

        Raises:
            BadInput: the store cannot be written.
        """
        with self._writing():
            self._questions.mkdir(parents=True, exist_ok=True)
            replace_file(self._questions / question, f"{run}\n".encode("ascii"), self._staging)

    def _names(self) -> list[str]:
        if not self._runs.is_dir():
            return []
        return sorted(place.name for place in self._runs.iterdir() if _ID.fullmatch(place.name))

    def _read(self, run: str) -> StoredRun:
        return read_run(self._runs / run, run)

    @contextmanager
    def _stage(self, run: str) -> Iterator[Path]:
        """A new folder under `staging`; whatever is left in it goes away at the end."""
        self._clear_abandoned()
        place = self._staging / f"{run}-{secrets.token_hex(6)}"
        try:
            place.mkdir(parents=True)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _clear_abandoned(self) -> None:
        """Take away what programs that were killed left behind."""
        if not self._staging.is_dir():
            return
        latest = time.time() - _ABANDONED
        for place in self._staging.iterdir():
            try:
                if place.stat().st_mtime < latest:
                    shutil.rmtree(place) if place.is_dir() else place.unlink()
            except OSError:
                continue

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What the system refuses, as a sentence."""
        try:
            yield
        except OSError as error:
            remedy = f"make room or change its rights, or name another folder by {VARIABLE}"
            message = f"the store of runs cannot be written ({error.strerror or error})"
            raise BadInput(Problem(message, str(self.folder), remedy=remedy)) from None


def _visible(place: Path) -> list[Path]:
    """Parts in a folder of draws, without the digests beside them."""
    if not place.is_dir():
        return []
    return [path for path in place.iterdir() if not path.name.startswith(".")]


def _in_use(place: Path) -> bool:
    """Whether a folder of draws, or anything in it, was written to of late."""
    try:
        latest = max(path.stat().st_mtime for path in (place, *place.iterdir()))
    except OSError:
        # Something was renamed while we looked.
        return place.is_dir()
    return latest > time.time() - _QUIET


def _described(path: Path) -> dict[str, Any]:
    return {"size": path.stat().st_size, "sha256": file_digest(path)}
