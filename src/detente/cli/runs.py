"""`detente runs`: what was computed before, shown, computed again and compared, given away, removed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.console import answers, heading, pairs, working
from detente.cli.kept import HELP, in_words, print_kept, store_given
from detente.errors import BadInput, CannotCompute, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from detente.studies.run_record import RunRecord
    from detente.studies.store import Store
    from detente.studies.stored_run import StoredRun
    from detente.studies.verification import Compared, Verification

__all__ = ["export", "list_", "remove", "show", "verify"]

Folder = Annotated[Path | None, typer.Option("--store", metavar="FOLDER", help=HELP["store"])]
Run = Annotated[
    str, typer.Argument(metavar="ID", help="Of the run, or the beginning of it; or an exported folder.")
]
Kept = Annotated[str, typer.Argument(metavar="ID", help="Of the run, or the beginning of it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
SHOWN = 10


def list_(ctx: typer.Context, store: Folder = None, json: Json = False) -> None:
    """Runs that were computed before, the latest last.

    Each has an identifier by which it can be cited: the same scenario, reference, world, theory, seed, draws
    and version of the software give the same one.

    Example:  [b]detente runs show 3f2a[/b]
    """
    if ctx.invoked_subcommand is not None:
        if store is not None or json:
            remedy = f"write `detente runs {ctx.invoked_subcommand} ... --store FOLDER`"
            raise BadInput(Problem("options stand before the command that they are for", remedy=remedy))
        return
    kept = store_given(store)
    runs = kept.runs()
    if json:
        _print_json(
            {
                "format": 1,
                "store": str(kept.folder),
                "runs": [{"id": r.id, **r.about, "bytes": r.size} for r in runs],
            }
        )
        return
    console = answers()
    if runs:
        pairs(console, [(run.id, _line(run)) for run in runs])
    else:
        console.print(f"No runs in {kept.folder}: `detente run` puts them there.")
    _print_rest(console, kept)


def _line(run: StoredRun) -> str:
    """When, what, against what, on what, how many draws, how large."""
    about = run.about
    parts = [f"{in_words(run)}: {about['scenario']} against {about['against']}, on {about['world']}"]
    parts += [] if about["standard_theory"] else [about["theory"]]
    parts.append(f"{about['draws']:,} draws, seed {about['seed']}" if about["draws"] else "no draws")
    return "; ".join([*parts, in_bytes(run.size)])


def _print_rest(console: Console, store: Store) -> None:
    """What is in the store beside whole runs."""
    unfinished = store.unfinished()
    if unfinished:
        have = "has" if len(unfinished) == 1 else "have"
        console.print()
        console.print(
            f"{_studies(len(unfinished))} ({in_bytes(_size(unfinished))}) {have} draws and no run: "
            "stopped, or of another command. The same command goes on from them; "
            "`detente runs remove --unfinished` takes them away."
        )
    damaged = store.damaged()
    if damaged:
        heading(console, "Damaged")
        pairs(console, [("-", str(problem)) for problem in damaged], label=1)


def _studies(count: int) -> str:
    return f"{count} stud{'y' if count == 1 else 'ies'}"


def _size(places: Sequence[Path]) -> int:
    """Bytes of the files in some folders of draws, another of which may go at any time."""
    found = 0
    for place in places:
        with suppress(OSError):
            found += sum(path.stat().st_size for path in place.iterdir())
    return found


def in_bytes(size: int) -> str:
    """A size for people.

    Examples:
        >>> in_bytes(0), in_bytes(1_234_567), in_bytes(720_000_000)
        ('1 kB', '1.2 MB', '720 MB')
    """
    if size < 1_000_000:
        return f"{max(1, round(size / 1e3))} kB"
    value, unit = (size / 1e6, "MB") if size < 1_000_000_000 else (size / 1e9, "GB")
    return f"{value:.1f} {unit}" if value < 10.0 else f"{value:.0f} {unit}"


def run_given(name: str, store: Path | None) -> StoredRun:
    """A run of the store, or one that was exported to a folder."""
    from detente.studies.stored_run import MANIFEST, read_run

    folder = Path(name)
    return read_run(folder) if (folder / MANIFEST).is_file() else store_given(store).get(name)


def show(run: Run, store: Folder = None, json: Json = False) -> None:
    """Print the answer of a run as it was printed when it was computed.

    Example:  [b]detente runs show 3f2a[/b]
    """
    print_kept(run_given(run, store), json)


def verify(
    run: Run,
    blocks: Annotated[
        int, typer.Option(metavar="N", help="Blocks of draws to compute again; 0 for every block.")
    ] = 4,
    store: Folder = None,
    json: Json = False,
) -> None:
    """Check the files of a run, compute it again, and compare every number.

    The point answer and some blocks of draws are computed again from the scenario, world, theory and seed
    that are kept, by the version that is installed; intervals again from the draws that are kept. Ends with
    exit code 1 where a file is damaged or a number differs by more than what the solver leaves open.

    Example:  [b]detente runs verify 3f2a[/b]
    """
    from detente.model import keep_compiled
    from detente.studies.verification import verify as compare

    if blocks < 0:
        raise BadInput(
            Problem(f"{blocks} blocks", field="blocks", remedy="give 0 for all of them, or how many")
        )
    kept = run_given(run, store)
    keep_compiled()
    with working().status("computing again", spinner="line"):
        found = compare(kept, _point_document, blocks or None)
    if json:
        _print_json(_verification_document(found))
    else:
        _print_verification(answers(), kept, found)
    if not found.same:
        raise typer.Exit(CannotCompute.exit_code)


def _point_document(record: RunRecord) -> dict[str, Any]:
    """What `detente run --json --draws 0` says, computed again."""
    from detente.cli.asking import answered
    from detente.cli.document import outcome_document

    question = record.question
    found = answered(
        question.world, question.scenario, question.reference, question.theories[0], question.focus
    )
    return outcome_document(found.outcome, found.summary, found.brief, found.beside, None)


def _print_verification(console: Console, run: StoredRun, found: Verification) -> None:
    count = len(run.files) + 1
    console.print(f"Run {run.id}: {run.about['scenario']}, computed on {in_words(run)}", style="bold")
    if found.damage:
        heading(console, f"{len(found.damage)} of {count} files are damaged; nothing was computed again")
        pairs(console, [("-", str(problem)) for problem in found.damage], label=1)
        return
    rows = [("files", f"all {count} are what was written")]
    rows += [("since then" if number == 0 else "", note) for number, note in enumerate(found.notes)]
    for part in found.compared:
        rows.append(("compared", _said(part)))
        rows += [("", f"- {text}") for text in part.different[:SHOWN]]
        if len(part.different) > SHOWN:
            rows.append(("", f"and {len(part.different) - SHOWN:,} more"))
    same = "The same numbers." if found.same else "NOT the same numbers."
    pairs(console, [*rows, ("result", same)])


def _said(part: Compared) -> str:
    largest = "all equal to the last digit"
    if part.largest > 0.0:
        largest = f"largest difference {part.largest:.1e} ({part.where})"
    differ = f"; {len(part.different):,} differ" if part.different else ""
    return f"{part.what}: {part.numbers:,} numbers, {largest}{differ}"


def _verification_document(found: Verification) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "format": 1,
        "run": found.run,
        "same": found.same,
        "damage": [str(problem) for problem in found.damage],
        "notes": list(found.notes),
        "compared": [asdict(part) for part in found.compared],
    }


def export(
    run: Kept,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made; must not exist, or be empty.")],
    store: Folder = None,
) -> None:
    """Copy a run with its answer, scenario, draws and hashes to a folder, for others.

    Example:  [b]detente runs export 3f2a deal[/b]
    """
    kept = store_given(store).get(run)
    damage = kept.damage()
    if damage:
        raise BadInput(damage)
    copy_run(kept, folder)
    console = answers()
    console.print(f"Run {kept.id} written to {folder}", style="bold")
    rows = [("answer.txt", "the answer as printed"), ("document.json", "the same for programs, every number")]
    rows += [("scenario/", "what was simulated"), ("question.json", "everything it is computed from")]
    if any(name.startswith("draws/") for name in kept.files):
        rows.append(("draws/", "every draw, as Parquet tables"))
    pairs(console, [*rows, ("manifest.json", "SHA-256 of every file")])


def copy_run(run: StoredRun, folder: Path) -> None:
    """All of a run or nothing into a new folder.

    Raises:
        BadInput: the folder exists and holds files, or cannot be written.
    """
    place = str(folder)
    remedy = "name another folder"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "the folder is not empty" if folder.is_dir() else "is a file, not a folder"
        raise BadInput(Problem(what, place, remedy=remedy))
    target = folder.resolve()
    aside = target.with_name(f".{target.name}-{run.id}")
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(run.folder, aside)
        if target.exists():
            target.rmdir()
        aside.rename(target)
    except OSError as error:
        raise BadInput(
            Problem(f"cannot be written: {error.strerror or error}", place, remedy=remedy)
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def remove(
    run: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of the run, or the beginning of it.")
    ] = None,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Instead of a run: all draws that no run rests on.")
    ] = False,
    in_use: Annotated[
        bool, typer.Option("--all", help="With --unfinished: also those written to in the last hour.")
    ] = False,
    store: Folder = None,
) -> None:
    """Take a run out of the store, with the draws that no other run rests on; or only such draws.

    Example:  [b]detente runs remove 3f2a[/b], or [b]detente runs remove --unfinished[/b]
    """
    if (run is None) != unfinished:
        message = "a run and --unfinished are two things" if unfinished else "no run is named"
        remedy = "give the id of a run, or --unfinished for draws that no run rests on"
        raise BadInput(Problem(message, remedy=remedy))
    if in_use and not unfinished:
        raise BadInput(Problem("--all is for draws, not for runs", remedy="give it with --unfinished only"))
    kept = store_given(store)
    if run is not None:
        answers().print(f"Run {kept.remove(run)} removed")
        return
    size = _size(kept.unfinished())
    gone, stay = kept.remove_unfinished(in_use)
    freed = f" ({in_bytes(size - _size(stay))})" if gone else ""
    answers().print(f"Draws of {_studies(len(gone))} removed{freed}")
    if stay:
        was = "was" if len(stay) == 1 else "were"
        answers().print(
            f"{_studies(len(stay))} ({in_bytes(_size(stay))}) {was} written to in the last hour and may be "
            "under way: kept; --all removes them too"
        )


def _print_json(content: dict[str, Any]) -> None:
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False))
