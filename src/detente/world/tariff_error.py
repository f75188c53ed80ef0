"""How surely baseline tariffs are known: draws of what a world's estimated rates may be instead.

The rates of most importers are laid out from published averages, a schedule's pattern and the dates of
agreements. Held against published rates, they err in four ways: an estimated rate is off by a factor; goods
that should pay are free; goods that should be free pay; agriculture and food are too low throughout. Sizes
stand in `bundled/tariff_errors.toml`, made by tools/measure_errors_tariffs.py.

Draws have the first three around the world's own rates. That published rates of agriculture and food are
higher is taken to be no error of what is collected: they count duties beyond tariff-rate quotas, which few
goods pay.
docs/uncertainty-inputs.md says how well the sizes fit and what is assumed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from detente.arrays import Bilateral
from detente.world.catalogue import list_worlds, load_world
from detente.world.shipped_tariffs import ESTIMATED
from detente.world.world import World

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["TariffError", "TariffErrorSizes", "drawn_rates", "tariff_error"]

Goods = Bool[np.ndarray, "sector"]
# Rates below this count as none, as fractions.
NONE = 0.0005
# No drawn rate is higher unless the estimated one is, as fraction: rates compared with were cut off there.
MOST = 0.5
_USER_FILE = "from the user's file"
_CLASSES = ("agriculture_and_food", "other_goods")


@dataclass(frozen=True)
class TariffErrorSizes:
    """Sizes of the error in a class of sectors, measured.

    Attributes:
        free: chance that goods with an estimated rate are free.
        free_by_pair: correlation, between sectors of a pair of economies, of the normal variable behind that.
        level: median of the published rate over the estimated one where both are above zero.
        sector, purchases, cell: standard deviations of the logarithm of that ratio: of a sector everywhere,
            of an importer's purchases of a sector from everyone, of one flow.
        taxed: chance that goods estimated to be free pay.
        taxed_by_pair: as `free_by_pair`.
        amount_median, amount_spread: of the rate that these pay: median, as a fraction, and standard
            deviation of its logarithm.
        unknown_taxed, unknown_median, unknown_spread: the same of importers without a known average, to whom
            no rate at all is given.
    """

    free: float
    free_by_pair: float
    level: float
    sector: float
    purchases: float
    cell: float
    taxed: float
    taxed_by_pair: float
    amount_median: float
    amount_spread: float
    unknown_taxed: float
    unknown_median: float
    unknown_spread: float


def drawn_rates(
    rates: Bilateral,
    food: Goods,
    by_class: tuple[TariffErrorSizes, TariffErrorSizes],
    rng: np.random.Generator,
) -> Bilateral:
    """Rates that the true ones may be, given estimated ones; not negative.

    Args:
        rates: fractions, (sector, importer, exporter), of customs territories.
        food: agriculture and food, (sector,).
        by_class: sizes for agriculture and food, and for other goods.
        rng: the only thing that the draw depends on.
    """
    from scipy.special import ndtri

    def size(name: str) -> Float[np.ndarray, "sector 1 1"]:
        one, other = (float(getattr(row, name)) for row in by_class)
        return np.where(food, one, other)[:, None, None]

    sectors, importers, exporters = rates.shape
    paying = rates > NONE
    known = np.asarray(paying.any(axis=(0, 2)))[:, None]
    ratio = rng.standard_normal(rates.shape)  # of the flow; of the amount where ours is zero
    amount = np.where(known, size("amount_spread"), size("unknown_spread")) * ratio
    amount = np.where(known, size("amount_median"), size("unknown_median")) * np.exp(amount)
    ratio *= size("cell")
    ratio += size("purchases") * rng.standard_normal((sectors, importers, 1))
    ratio += size("sector") * rng.standard_normal((sectors, 1, 1))
    # One normal variable decides whether a rate is what ours takes it to be: zero or not.
    together = np.where(paying, size("free_by_pair"), size("taxed_by_pair"))
    event = np.sqrt(together) * rng.standard_normal((1, importers, exporters))
    event += np.sqrt(1.0 - together) * rng.standard_normal(rates.shape)
    taxed = np.where(known, ndtri(size("taxed")), ndtri(size("unknown_taxed")))
    changed = event < np.where(paying, ndtri(size("free")), taxed)
    kept = np.where(paying, rates * size("level") * np.exp(ratio), 0.0)
    found: Bilateral = np.where(changed, np.where(paying, 0.0, amount), kept)
    limited: Bilateral = np.minimum(found, np.maximum(rates, MOST))
    return limited


@dataclass(frozen=True, eq=False)
class TariffError:
    """The error of a world's baseline tariffs.

    Attributes:
        world: with the tariffs as estimated.
        rates: estimated rates of customs territories, (goods sector, importer, exporter).
        food: agriculture and food among the goods sectors.
        sizes: for agriculture and food, and for other goods, centred on the world's own rates.
        weights: what a changed rate of territories changes in the world's rates, (flow, flow of territories).
        open: flows whose rate is uncertain, (sector, importer, exporter).
        origin: how the error was measured, in words.
    """

    world: World
    rates: Bilateral
    food: Goods
    sizes: tuple[TariffErrorSizes, TariffErrorSizes]
    weights: csr_array
    open: Bool[np.ndarray, "sector importer exporter"]
    origin: str

    def draw(self, rng: np.random.Generator) -> Bilateral:
        """Change of each tariff factor, (sector, importer, exporter): 0.01 is one percentage point.

        No tariff becomes negative. Duties that were collected, services, own sales and trade inside customs
        unions have none. The draw depends on nothing but the generator.

        Examples:
            >>> import detente as dt
            >>> world = dt.load_world("world-2022").aggregate("focus")
            >>> change = tariff_error(world).draw(np.random.default_rng(1))
            >>> bool((world.tariff_factor + change >= 1.0).all())
            True
            >>> usa = world.economies.index("USA")
            >>> float(np.abs(change[:, usa]).max())
            0.0
        """
        moved = drawn_rates(self.rates, self.food, self.sizes, rng) - self.rates
        change = (self.weights @ moved.ravel()).reshape(self.open.shape)
        bounded: Bilateral = np.maximum(np.where(self.open, change, 0.0), 1.0 - self.world.tariff_factor)
        return bounded

    def describe(self) -> list[tuple[str, str]]:
        """What is uncertain, with the distribution and its source, in words."""
        food, other = self.sizes
        said = (
            f"where a rate was estimated, goods are free with probability {other.free:.2f} (agriculture "
            f"and food {food.free:.2f}), otherwise they pay it times a log-normal factor, so that its mean "
            f"is the estimate; what an agreement frees pays with probability {other.taxed:.2f}, agriculture "
            "and food excepted; "
        )
        return [("baseline tariffs", said + self.origin)]


def tariff_error(world: World) -> TariffError | None:
    """The error of a world's baseline tariffs; None where none of them is estimated.

    An aggregated world draws its parent's tariffs and averages them by the parent's flows. Rates that differ
    from the shipped ones, such as those of a user's file, are taken to be exact.

    Source: WITS 2022 against `world-2022`, `bundled/tariff_errors.toml`.

    Examples:
        >>> import detente as dt
        >>> error = tariff_error(dt.load_world("world-2022"))
        >>> error.describe()[0][0]
        'baseline tariffs'
        >>> own = dt.load_world("g20-2019")
        >>> from dataclasses import replace
        >>> known = replace(own.provenance, estimated=())
        >>> tariff_error(own.replace(provenance=known)) is None
        True
    """
    if ESTIMATED not in world.estimated:
        return None
    table = _table()
    root = world.parent or world
    codes = set(table["agriculture_and_food"])
    taxed = (root.tariff_factor > 1.0 + NONE).any(axis=(1, 2))
    goods = np.flatnonzero(taxed)
    if goods.size == 0:
        return None
    uncertain = _uncertain(root, goods, table)
    territory = _territories(root, table)
    rates, cells = _by_territory(root, goods, uncertain, territory)
    weights, open_ = _weights(world, root, goods, uncertain, cells)
    food, other = (_centred(TariffErrorSizes(**table["sizes"][name])) for name in _CLASSES)
    # What agreements free is published with duties beyond quotas, which are taken not to be paid.
    food = replace(food, taxed=0.0)
    origin = " ".join(table["origin"].split())
    if root.name != table["measured_on"]:
        origin += "; assumed to be as large here, where nothing was measured"
    in_food = np.array([root.sectors[place] in codes for place in goods])
    return TariffError(world, rates, in_food, (food, other), weights, open_, origin)


def _centred(sizes: TariffErrorSizes) -> TariffErrorSizes:
    """The same spread around the estimate: the mean of draws is what was estimated."""
    variance = sizes.sector**2 + sizes.purchases**2 + sizes.cell**2
    return replace(sizes, level=math.exp(-0.5 * variance) / (1.0 - sizes.free))


@cache
def _table() -> Mapping[str, Any]:
    text = files("detente.world").joinpath("bundled", "tariff_errors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _uncertain(
    root: World, goods: Int[np.ndarray, "goods"], table: Mapping[str, Any]
) -> Bool[np.ndarray, "goods importer exporter"]:
    """Flows whose rates are estimated: not collected, not the user's, not inside a customs union."""
    size = len(root.economies)
    found = np.ones((goods.size, size, size), dtype=bool)
    found[:, np.arange(size), np.arange(size)] = False
    food = np.array([root.sectors[place] in table["agriculture_and_food"] for place in goods])
    for union in table["unions"]:
        inside = _inside(union, root)
        found &= ~(inside & ~(food[:, None, None] & union["industrial"]))
    for importer, layer in table["collected"].items():
        if any(said.startswith(layer) for said in root.provenance.tariff_layers):
            found[:, root.economies.index(importer)] = False
    if any(_USER_FILE in said for said in root.provenance.tariff_layers):
        shipped = _shipped(root)
        found &= np.isclose(root.tariff_factor, shipped, rtol=0.0, atol=1e-6)[goods]
    return found


def _shipped(root: World) -> Bilateral:
    """The tariffs that a bundled world ships with; a user's own world keeps what it has."""
    if root.name not in [entry.name for entry in list_worlds() if entry.bundled]:
        return root.tariff_factor
    return load_world(root.name).tariff_factor


def _inside(union: Mapping[str, Any], root: World) -> Bool[np.ndarray, "importer exporter"]:
    if root.vintage > union["until"]:
        return np.zeros((len(root.economies),) * 2, dtype=bool)
    first = union["since"]
    sides = [
        np.array([code in side and first[code] <= root.vintage for code in root.economies])
        for side in union["sides"]
    ]
    pair = np.logical_and.outer(sides[0], sides[-1])
    return np.asarray(pair | pair.T)


def _territories(root: World, table: Mapping[str, Any]) -> Int[np.ndarray, "economy"]:
    """Number of each economy's customs territory: members of the European Union have one tariff."""
    names = list(root.economies)
    for union in table["unions"]:
        if union["one_importer"]:
            inside = np.asarray(_inside(union, root).any(axis=1))
            names = ["one" if inside[at] else name for at, name in enumerate(names)]
    order = list(dict.fromkeys(names))
    return np.array([order.index(name) for name in names])


def _by_territory(
    root: World,
    goods: Int[np.ndarray, "goods"],
    uncertain: Bool[np.ndarray, "goods importer exporter"],
    territory: Int[np.ndarray, "economy"],
) -> tuple[Bilateral, Int[np.ndarray, "goods importer exporter"]]:
    """Rates of territories, averages by flows, and the place of each flow in them."""
    count = int(territory.max()) + 1
    cells = (np.arange(goods.size)[:, None, None] * count + territory[:, None]) * count + territory
    # A flow of nothing still has a rate.
    flows = np.where(uncertain, root.flows[goods] + 1e-9, 0.0)
    total = np.bincount(cells.ravel(), flows.ravel(), goods.size * count**2)
    duty = np.bincount(cells.ravel(), (flows * (root.tariff_factor[goods] - 1.0)).ravel(), total.size)
    rates = np.divide(duty, total, out=np.zeros_like(total), where=total > 0.0)
    return rates.reshape(goods.size, count, count), cells


def _weights(
    world: World,
    root: World,
    goods: Int[np.ndarray, "goods"],
    uncertain: Bool[np.ndarray, "goods importer exporter"],
    cells: Int[np.ndarray, "goods importer exporter"],
) -> tuple[csr_array, Bool[np.ndarray, "sector importer exporter"]]:
    """Weight of each territory's rate in each of the world's, and the world's uncertain flows."""
    from scipy.sparse import coo_array

    economy = _group_of(world.economies, world.economy_groups, root.economies)
    sector = _group_of(world.sectors, world.sector_groups, root.sectors)
    shape = (len(world.sectors), len(world.economies), len(world.economies))
    place = (sector[goods][:, None, None] * shape[1] + economy[:, None]) * shape[2] + economy
    if world.parent is None:
        part = np.ones(uncertain.shape)
        open_ = np.zeros(shape, dtype=bool)
        open_[goods] = uncertain
    else:
        flows = world.flows.ravel()[place]
        part = np.divide(root.flows[goods], flows, out=np.zeros_like(flows), where=flows > 0.0)
        open_ = _as_aggregated(world, root, economy, sector)
    rows, columns, values = place[uncertain], cells[uncertain], part[uncertain]
    size = (world.flows.size, int(cells.max()) + 1)
    return coo_array((values, (rows, columns)), shape=size).tocsr(), open_


def _as_aggregated(
    world: World, root: World, economy: Int[np.ndarray, "economy"], sector: Int[np.ndarray, "sector"]
) -> Bool[np.ndarray, "sector importer exporter"]:
    """Flows whose tariff is still the average of the parent's; others were given to the aggregate itself."""
    shape = world.flows.shape
    place = (sector[:, None, None] * shape[1] + economy[:, None]) * shape[2] + economy
    duty = np.bincount(place.ravel(), (root.flows * (root.tariff_factor - 1.0)).ravel(), world.flows.size)
    own = (world.flows * (world.tariff_factor - 1.0)).ravel()
    near = np.abs(duty - own) <= 1e-6 * world.flows.ravel()
    return np.asarray(near.reshape(shape) & (world.flows > 0.0))


def _group_of(
    codes: Sequence[str], groups: Mapping[str, tuple[str, ...]], below: Sequence[str]
) -> Int[np.ndarray, "member"]:
    found = np.zeros(len(below), dtype=np.int64)
    for row, code in enumerate(codes):
        for member in groups.get(code, (code,)):
            found[below.index(member)] = row
    return found
