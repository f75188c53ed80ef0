"""Write the generated half of docs/notation.md: every quantity of variables.toml.

python -m tools.build_notation          write it
python -m tools.build_notation --check  fail if it is not up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

from detente.arrays import quantities
from tools.generated import write_or_check

PAGE = Path(__file__).parent.parent / "docs" / "notation.md"
MARK = "<!-- generated from src/detente/variables.toml by tools/build_notation.py -->"


def table() -> str:
    """The quantities as a Markdown table."""
    rows = ["| name | symbol | unit | dimensions | meaning | source |", "|---|---|---|---|---|---|"]
    for quantity in quantities().values():
        cells = (
            f"`{quantity.name}`",
            f"`{quantity.symbol}`",
            quantity.unit,
            ", ".join(quantity.dims),
            quantity.description,
            quantity.source,
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def page(text: str) -> str:
    """The page with its generated half replaced."""
    return text.split(MARK)[0] + MARK + "\n\n" + table() + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page, sys.argv[1:]))
