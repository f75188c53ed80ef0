"""The notation page says what the code says."""

from tools.build_notation import PAGE, page


def test_notation_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m tools.build_notation"
