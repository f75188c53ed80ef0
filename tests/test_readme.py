"""The README shows what the command prints."""

from tools.build_readme import PAGE, page


def test_readme_shows_real_output() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m tools.build_readme"
