"""The command tree, and what every command has in common: errors, signals, the version."""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from detente.cli import (
    backtest,
    diff,
    elasticities,
    explain,
    exposure,
    policy,
    replicate,
    run,
    runs,
    scenario_edit,
    scenarios,
    schema,
    sensitivity,
    theories,
    world_import,
    world_show,
    world_tariffs,
    worlds,
)
from detente.cli.console import INTERRUPTED
from detente.cli.problems import report
from detente.errors import DetenteError

__all__ = ["app", "start"]

PIPE_CLOSED = 141


class Commands(TyperGroup):
    """The top of the tree: turns what may go wrong into sentences and exit codes."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except DetenteError as error:
            report(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("stopped; nothing was left half written", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # The reader has gone; Python would complain once more when it closes the stream.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(PIPE_CLOSED) from None


app = typer.Typer(
    name="detente",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
world = typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help="Import, show and extend worlds.")

registry = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Dated measures: what is in force on a day, and why."
)
scenario = typer.Typer(
    no_args_is_help=True, rich_markup_mode="rich", help="Change a scenario file, keeping its comments."
)
kept = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="rich",
    help="Answers that were computed before: list, show, check, export, remove.",
)

app.command("run")(run.run)
app.command("explain")(explain.explain)
app.command("diff")(diff.diff)
app.command("scenarios")(scenarios.scenarios)
app.command("worlds")(worlds.worlds)
app.command("elasticities")(elasticities.elasticities)
app.command("exposure")(exposure.exposure)
app.command("sensitivity")(sensitivity.sensitivity)
app.command("theories")(theories.theories)
app.command("replicate")(replicate.replicate)
app.command("backtest")(backtest.backtest)
app.command("schema")(schema.schema)
app.add_typer(kept, name="runs")
kept.callback()(runs.list_)
kept.command("show")(runs.show)
kept.command("verify")(runs.verify)
kept.command("export")(runs.export)
kept.command("remove")(runs.remove)
app.add_typer(registry, name="policy")
registry.command("at")(policy.at)
registry.command("list")(policy.list_)
app.add_typer(scenario, name="scenario")
scenario.command("set")(scenario_edit.set_)
scenario.command("add")(scenario_edit.add)
scenario.command("remove")(scenario_edit.remove)
app.add_typer(world, name="world")
world.command("show")(world_show.show)
world.command("import")(world_import.import_)
world.command("tariffs")(world_tariffs.tariffs)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"detente {version('detente')}")
        raise typer.Exit


@app.callback(epilog="Example:  detente run canada-china-2026 --focus CAN,CHN,USA --out results")
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """What a trade measure does, and to whom."""


def start() -> None:
    """Run the command line; always ends the process."""
    # A polite request to stop leaves nothing half written either.
    signal.signal(signal.SIGTERM, _stop)
    app()


def _stop(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)
