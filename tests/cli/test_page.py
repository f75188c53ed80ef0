"""What is printed is kept as plain data, and prints the same again at every width."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

import detente as dt
from detente.cli.answer import print_answer
from detente.cli.briefing import print_changes, print_remarks, print_title
from detente.cli.console import NARROWEST, WIDEST, heading, pairs, table
from detente.cli.origin import print_origin
from detente.cli.page import plain_text, recorded, replay
from detente.outcome import Outcome, compare_measures, summarise
from detente.policy import Brief, explain

FOCUS = ["CAN", "CHN", "USA", "MEX", "JPN"]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return dt.run("g20-2019", "canada-china-2026")


@pytest.fixture(scope="module")
def brief() -> Brief:
    return explain(dt.load_scenario("canada-china-2026"), dt.load_world("g20-2019"))


def console(width: int) -> tuple[Console, StringIO]:
    stream = StringIO()
    options: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}
    return Console(file=stream, width=width, force_terminal=True, color_system="standard", **options), stream


def test_a_kept_answer_prints_the_same_at_every_width(outcome: Outcome, brief: Brief) -> None:
    summary = summarise(outcome, FOCUS)
    changes = compare_measures(dt.load_scenario("canada-china-2026"), brief)

    def draw(page: Console) -> None:
        print_title(page, brief)
        print_changes(page, changes, "the baseline", brief.vintage)
        print_remarks(page, brief, outcome.notices)
        print_answer(page, outcome, summary)
        print_origin(page, outcome, "0123456789abcdef")

    pages = json.loads(json.dumps(recorded(draw)))
    assert len(pages) > 1, "five economies side by side do not fit in 80 columns"
    texts = set()
    for width in range(NARROWEST, WIDEST + 1):
        page, fresh = console(width)
        draw(page)
        page, again = console(width)
        replay(page, pages)
        assert again.getvalue() == fresh.getvalue(), width
        texts.add(fresh.getvalue())
    assert len(texts) > 5, "the width matters"


def test_text_that_looks_like_markup_stays_as_it_is() -> None:
    def draw(page: Console) -> None:
        page.print("[bold]a[/bold] :smile:", style="bold")
        page.print()
        page.print("one", "two")
        heading(page, "Head [red]", "note")
        page.print(table([("a\nb", "left"), ("n", "right")], [("[x]", "1.5"), ("y", "-10")]))
        pairs(page, [("name", "[y] sentence")])

    text = plain_text(recorded(draw))
    assert text.startswith("[bold]a[/bold] :smile:\n\n")
    assert "[x]" in text and "[y] sentence" in text and "Head [red]" in text


def test_what_has_no_plain_form_is_refused() -> None:
    from rich.table import Table

    with pytest.raises(TypeError, match="Table has no plain form: print text, `table` or `pairs`"):
        recorded(lambda page: page.print(Table()))


def test_a_console_narrower_than_any_page_gets_the_narrowest() -> None:
    pages = recorded(lambda page: page.print(f"made for {page.width}"))
    page, stream = console(40)
    replay(page, pages)
    assert "made for 80" in stream.getvalue()
