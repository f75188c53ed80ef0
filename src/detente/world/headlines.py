"""The measured errors of a world that a reader of its results must know, in words."""

from __future__ import annotations

from detente.world.world import Provenance

__all__ = ["headline_errors"]

HOLD_OUT = "hold_out_2011: matched information: "
WITS = "tariffs against WITS 2022, mean absolute error in percentage points, shipped, import-weighted"
# What is said, and the errors in it.
SENTENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "international trade by sector and pair: {:.1%} of its value is misplaced, {:.0%} of that of final "
        "demand, where WIOD 2011 is predicted without its final demand",
        (HOLD_OUT + "total flow, international cells", HOLD_OUT + "final, international cells"),
    ),
    (
        "goods trade: {:.2f} of that in customs statistics (BACI 2023); basic prices leave out margins",
        ("goods_trade: estimate / BACI, all pairs",),
    ),
    (
        "baseline tariffs outside the United States: {:.1f} percentage points from those of WITS 2022, mean "
        "weighted by imports",
        (WITS,),
    ),
)


def headline_errors(provenance: Provenance) -> tuple[str, ...]:
    """Sentences on the measured errors that matter most; those that were not measured are left out.

    Examples:
        >>> import detente as dt
        >>> headline_errors(dt.load_world("world-2022").provenance)[1]
        'goods trade: 0.74 of that in customs statistics (BACI 2023); basic prices leave out margins'
        >>> headline_errors(dt.load_world("g20-2019").provenance)
        ()
    """
    errors = provenance.measured_errors
    return tuple(
        text.format(*(errors[name] for name in names))
        for text, names in SENTENCES
        if all(name in errors for name in names)
    )
