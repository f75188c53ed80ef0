"""What a reader must know of the theory behind an answer: assumptions, estimates, and what it lacks."""

from __future__ import annotations

from collections.abc import Iterator

from detente.model import Theory
from detente.model.network import network_notices
from detente.world import World, labour_groups, labour_tax_wedges, parameters

__all__ = ["theory_notes"]


def theory_notes(world: World, theory: Theory) -> tuple[str, ...]:
    """Sentences on the parameters of a theory and on what is estimated for it.

    A parameter with its recommended value has the source of that value, or is marked as an assumption; with
    another value it is the user's.

    Raises:
        BadInput: groups of workers that cannot be read.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> theory_notes(world, Theory())
        ()
        >>> print(theory_notes(world, Theory(labour="roy-frechet"))[0][:55])
        labour shape 1.5 is an assumption: near what Galle, Rod
    """
    return tuple(dict.fromkeys((*_parameters(theory), *_tables(world, theory))))


def _parameters(theory: Theory) -> Iterator[str]:
    used = {
        "selection": (theory.market == "melitz", theory.selection),
        "scale-elasticity": (isinstance(theory.scale_elasticity, int | float), theory.scale_elasticity),
        "labour-shape": (theory.labour in ("roy-frechet", "groups"), theory.labour_shape),
        "labour-supply": (theory.labour_supply > 0.0, theory.labour_supply),
        "value-added-substitution": (theory.value_added_substitution != 1.0, theory.value_added_substitution),
        "input-substitution": (theory.input_substitution != 1.0, theory.input_substitution),
    }
    for name, (applies, value) in used.items():
        if not applies:
            continue
        known = parameters()[name]
        said = f"{name.replace('-', ' ')} {value:g}"
        if value != known.value:
            recommended = f"{known.value:g}, {'an assumption' if known.assumption else 'sourced'}"
            yield f"{said} is the user's choice; the recommended value is {recommended}"
        elif known.assumption:
            yield f"{said} is an assumption: {known.source.removeprefix('assumption: ')}"
        else:
            yield f"{said}: {known.source}"


def _tables(world: World, theory: Theory) -> Iterator[str]:
    yield from network_notices(world, theory.inputs)
    if theory.labour_groups is not None:
        groups = labour_groups(world, theory.labour_groups)
        divided = ", ".join(groups.divided)
        yield f"groups of workers: {groups.title}; economies divided: {divided or 'none'}; {groups.source}"
        yield from (f"groups of workers: {note}" for note in groups.notes)
    if theory.labour_tax == "oecd":
        missing = [code for code in world.economies if code not in labour_tax_wedges()]
        yield "tax on labour: average tax wedges of 2022, OECD (2023), Taxing Wages 2023; not marginal rates"
        if missing:
            yield (
                f"tax on labour: not known for {', '.join(missing)}; there it is taken to be just what new "
                "revenue replaces"
            )
    elif isinstance(theory.labour_tax, int | float):
        yield f"tax on labour: {theory.labour_tax:.3g} in every economy is the user's choice"
