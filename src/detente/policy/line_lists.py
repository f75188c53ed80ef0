"""Lists of tariff lines that ship: what a proclamation, an order or an annex names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from detente.errors import BadInput, Problem, nearest

__all__ = ["product_list", "product_lists", "read_lines"]


@cache
def _files() -> Mapping[str, Traversable]:
    folder = files("detente.policy").joinpath("lists")
    if not folder.is_dir():
        return {}
    found = (item for item in folder.iterdir() if item.name.endswith(".csv"))
    return {item.name.removesuffix(".csv"): item for item in sorted(found, key=lambda item: item.name)}


def product_lists() -> tuple[str, ...]:
    """Names of the lists of tariff lines that ship; `policy/lists/SOURCES.md` says where each is from."""
    return tuple(_files())


@cache
def product_list(name: str) -> tuple[tuple[str, float], ...]:
    """The codes of a list that ships, each with the share of its trade that is listed.

    Args:
        name: one of `product_lists`.

    Returns:
        HS codes of 2 to 10 digits without dots, by code; a code stands for all lines that begin with it.

    Raises:
        BadInput: no such list; the message has the nearest names.
    """
    if name not in _files():
        raise BadInput(Problem(f"no list '{name}'", remedy=nearest(name, product_lists())))
    return read_lines(_files()[name].read_text(encoding="ascii"), f"{name}.csv")


def read_lines(text: str, file: str) -> tuple[tuple[str, float], ...]:
    """Codes and shares from the text of a list.

    Args:
        text: a first line `code,share` or `code`, and then a code a line, with a share if it is below 1.
        file: for messages.

    Raises:
        BadInput: lines that are none, or codes given twice; lists all of them.

    Examples:
        >>> read_lines("code,share\\n8703,1\\n87042101,0.5\\n", "cars.csv")
        (('8703', 1.0), ('87042101', 0.5))
    """
    lines = text.splitlines()
    problems: list[Problem] = []
    if not lines or lines[0].split(",") not in (["code"], ["code", "share"]):
        problems.append(Problem("the first line must be code,share", file, 1))
    found: dict[str, float] = {}
    for number, line in enumerate(lines[1:], start=2):
        code, _, written = line.partition(",")
        share = _share(written)
        if not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 8, 10)):
            remedy = "write 2, 4, 6, 8 or 10 digits"
            problems.append(Problem(f"'{code}' is no HS code", file, number, "code", remedy))
        elif code in found:
            problems.append(Problem(f"code '{code}' is given twice", file, number, "code", "keep one"))
        elif share is None:
            remedy = "write a number above 0 and up to 1"
            problems.append(Problem(f"'{written}' is no share", file, number, "share", remedy))
        else:
            found[code] = share
    if problems:
        raise BadInput(problems)
    return tuple(sorted(found.items()))


def _share(written: str) -> float | None:
    try:
        share = float(written or 1.0)
    except ValueError:
        return None
    return share if 0.0 < share <= 1.0 else None
