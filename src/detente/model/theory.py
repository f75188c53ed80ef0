"""The modelling choices: each one an edit of the core equations that a reader can find."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, get_args

from detente.errors import BadInput, Problem, nearest

__all__ = ["Horizon", "Imbalances", "Inputs", "Labour", "Market", "Revenue", "Sectors", "Theory"]

Market = Literal["perfect", "krugman", "melitz", "external", "fixed-firms"]
Inputs = Literal["none", "common", "separate", "network"]
Sectors = Literal["many", "one"]
Labour = Literal["mobile", "specific", "roy-frechet", "groups"]
Revenue = Literal["households", "labour-tax", "government"]
Imbalances = Literal["constant", "removed", "scaled", "ratio"]
Horizon = Literal["short", "medium", "long"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "market": get_args(Market),
    "inputs": get_args(Inputs),
    "sectors": get_args(Sectors),
    "labour": get_args(Labour),
    "revenue": get_args(Revenue),
    "imbalances": get_args(Imbalances),
    "horizon": get_args(Horizon),
}
# Numbers that may be given by the name of a table.
_NAMED = {"labour_tax": "oecd"}
_WORDS = {
    "market": {
        "perfect": "perfect competition",
        "krugman": "monopolistic competition with free entry (Krugman)",
        "melitz": "monopolistic competition with firm selection (Melitz-Pareto, eta {selection:g})",
        "external": "perfect competition with external economies of scale (elasticity {scale_elasticity})",
        "fixed-firms": "monopolistic competition with a fixed number of firms",
    },
    "inputs": {
        "none": "no intermediate inputs",
        "common": "national input-output shares",
        "separate": "separate sourcing of inputs and final demand",
        "network": "every sector sources its inputs by itself",
    },
    "labour": {
        "mobile": "labour mobile between sectors",
        "specific": "labour specific to sectors",
        "roy-frechet": "labour imperfectly mobile between sectors (Roy-Frechet, shape {labour_shape:g})",
        "groups": "labour in groups ({labour_groups}), imperfectly mobile (shape {labour_shape:g})",
    },
    "imbalances": {
        "constant": "trade imbalances constant as shares of world wage income",
        "removed": "trade imbalances removed",
        "scaled": "trade imbalances scaled with wage income",
        "ratio": "spending of each economy in a constant ratio to what it earns",
    },
}


@dataclass(frozen=True)
class Theory:
    """How economies respond. The default is Caliendo and Parro (2015).

    Attributes:
        elasticities: name of a set of trade elasticities, such as "caliendo-parro-2015" or "uniform:4".
        imbalances: what trade imbalances do. "constant": each stays the same share of world wage income,
            which is world GDP in Caliendo and Parro (2015, section 2); "removed": all are zero; "scaled":
            each moves with the economy's own wage income, and the sum that this leaves is shared out by it;
            "ratio": income that is spent stays in proportion to income that is earned, duties included.
        horizon: how long after the shock, for sets that know it: "short", "medium" or "long".
        market: "perfect": competition (Armington 1969; Eaton and Kortum 2002). "krugman": firms enter freely
            and more of them are more varieties (Krugman 1980). "melitz": the same, and only productive firms
            export (Melitz 2003, with a Pareto distribution, Chaney 2008). "external": a sector's cost falls
            with its size by `scale_elasticity`; 1/theta is "krugman" and 0 "perfect". "fixed-firms": a given
            number of firms with profits (Ossa 2014).
        scale_elasticity: for market="external": a number, or a set with one for every sector, such as
            "lashkaripour-lugovskyy-2023".
        selection: for market="melitz": eta = theta / (sigma - 1) - 1, with sigma the elasticity of
            substitution between firms.
        inputs: "none": sales are value added. "common": national input-output shares, and each sector's goods
            are bought with one mix of origins by all (Caliendo and Parro 2015). "separate": one mix for
            inputs and another for final demand. "network": one mix for every buying sector.
        value_added_substitution, input_substitution: elasticities of substitution between value added and
            inputs, and among inputs; 1 is Cobb-Douglas.
        sectors: "many"; "one": the whole economy is one sector, as in gravity models.
        labour: "mobile" between sectors; "specific" to them; "roy-frechet": imperfectly mobile, as workers
            choose sectors by their productivities; "groups": the same for groups of workers with their own
            sectors.
        labour_shape: for labour="roy-frechet" and "groups": the shape of productivities, above 1; 1 is
            "specific", without bound "mobile".
        labour_groups: for labour="groups": name of a table of groups, or a file.
        labour_supply: elasticity of labour supply to the real wage after tax; 0 is a fixed supply.
        revenue: who gets tariff revenue, export taxes and rents, less the cost of subsidies. "households":
            lump sum. "labour-tax": the tax on labour moves so that public revenue keeps its real value.
            "government": no part of households' income; it buys what households buy.
        labour_tax: for revenue="labour-tax": rate of the tax on labour income before the shock; "oecd": the
            tax wedges of OECD (2023); None, and for economies that the OECD leaves out: the tax is just what
            new revenue replaces.

    Raises:
        BadInput: choices that do not exist or do not go together; lists all of them.

    Examples:
        >>> Theory(imbalances="removed").imbalances
        'removed'
        >>> Theory.parse("imbalances=removed,elasticities=uniform:4") == Theory("uniform:4", "removed")
        True
        >>> Theory(market="krugman", labour="roy-frechet", labour_shape=1.5).market
        'krugman'
    """

    elasticities: str = "caliendo-parro-2015"
    imbalances: Imbalances = "constant"
    horizon: Horizon = "long"
    market: Market = "perfect"
    scale_elasticity: float | str | None = None
    selection: float = 0.65
    inputs: Inputs = "common"
    value_added_substitution: float = 1.0
    input_substitution: float = 1.0
    sectors: Sectors = "many"
    labour: Labour = "mobile"
    labour_shape: float = 1.5
    labour_groups: str | None = None
    labour_supply: float = 0.0
    revenue: Revenue = "households"
    labour_tax: float | str | None = None

    def __post_init__(self) -> None:
        problems = [*self._unknown(), *self._missing(), *self._unread(), *self._out_of_range()]
        if problems:
            raise BadInput(problems)

    def _unknown(self) -> Iterator[Problem]:
        for name, valid in _CHOICES.items():
            chosen = getattr(self, name)
            if chosen not in valid:
                yield Problem(
                    f"unknown choice '{chosen}'", field=f"theory.{name}", remedy=nearest(str(chosen), valid)
                )

    def _missing(self) -> Iterator[Problem]:
        """Numbers that a choice needs, or that no choice reads."""
        needs: dict[str, tuple[bool, str]] = {
            "scale_elasticity": (self.market == "external", "market=external"),
            "labour_groups": (self.labour == "groups", "labour=groups"),
        }
        for name, (needed, by) in needs.items():
            given = getattr(self, name) is not None
            if needed and not given:
                yield Problem(f"{by} needs it", field=f"theory.{name}", remedy="give a value")
            if given and not needed:
                yield Problem(f"only {by} reads it", field=f"theory.{name}", remedy="leave it out")
        if self.revenue == "labour-tax" and self.labour_supply == 0.0:
            yield Problem(
                "a tax on labour changes nothing while labour supply is fixed",
                field="theory.labour_supply",
                remedy="give an elasticity above 0, or choose revenue=households",
            )

    def _unread(self) -> Iterator[Problem]:
        """Values beside the default that no choice reads, and choices that contradict each other."""
        nests = ("value_added_substitution", "input_substitution")
        readers: dict[str, tuple[bool, str]] = {
            "labour_tax": (self.revenue == "labour-tax", "revenue=labour-tax"),
            "selection": (self.market == "melitz", "market=melitz"),
            "labour_shape": (
                self.labour in ("roy-frechet", "groups"),
                "labour=roy-frechet or labour=groups",
            ),
            **dict.fromkeys(nests, (self.inputs != "none", "inputs=common, separate or network")),
            "labour": (self.sectors == "many", "sectors=many"),
        }
        defaults = {item.name: item.default for item in fields(self)}
        for name, (read, by) in readers.items():
            if not read and getattr(self, name) != defaults[name]:
                yield Problem(f"only {by} reads it", field=f"theory.{name}", remedy="leave it out")
        if self.labour == "specific" and self.value_added_substitution == 0.0 and self.inputs != "none":
            yield Problem(
                "with labour specific to sectors and no substitution for it, nothing holds a sector's wage",
                field="theory.value_added_substitution",
                remedy="a number above 0, or choose labour=mobile or roy-frechet",
            )

    def _out_of_range(self) -> Iterator[Problem]:
        bounds = {
            "scale_elasticity": (0.0, math.inf),
            "selection": (0.0, math.inf),
            "value_added_substitution": (0.0, math.inf),
            "input_substitution": (0.0, math.inf),
            "labour_shape": (1.0, math.inf),
            "labour_supply": (0.0, math.inf),
            "labour_tax": (0.0, 0.95),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if name == "scale_elasticity" and isinstance(value, str):
                continue
            if value == _NAMED.get(name):
                continue
            if value is not None and not (
                isinstance(value, int | float) and math.isfinite(value) and least <= value <= most
            ):
                allowed = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of at least {least:g}"
                named = f", or '{_NAMED[name]}'" if name in _NAMED else ""
                what = "is no number" if isinstance(value, str) else "is out of range"
                yield Problem(
                    f"'{value}' {what}", field=f"theory.{name}", remedy=f"a number {allowed}{named}"
                )

    @classmethod
    def parse(cls, text: str) -> Theory:
        """A theory from "choice=value,choice=value", as the command line takes it.

        Raises:
            BadInput: a choice or value that does not exist; lists all problems.

        Examples:
            >>> Theory.parse("market=external, scale_elasticity=0.1").scale_elasticity
            0.1
        """
        names = {item.name: str(item.type) for item in fields(cls)}
        problems: list[Problem] = []
        choices: dict[str, str | float] = {}
        given: set[str] = set()
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, equals, value = (piece.strip() for piece in part.partition("="))
            again = name in given
            given.add(name)
            if not equals:
                problems.append(
                    Problem(f"'{part}' is no choice", field="theory", remedy="write it as choice=value")
                )
            elif name not in names:
                problems.append(
                    Problem(f"unknown choice '{name}'", field="theory", remedy=nearest(name, list(names)))
                )
            elif again:
                problems.append(
                    Problem(f"'{name}' is given twice", field=f"theory.{name}", remedy="give one value")
                )
            elif "float" in names[name]:
                try:
                    choices[name] = float(value)
                except ValueError:
                    if "str" in names[name]:
                        choices[name] = value
                        continue
                    problems.append(
                        Problem(f"'{value}' is no number", field=f"theory.{name}", remedy="such as 0.5")
                    )
            else:
                choices[name] = value
        try:
            theory = cls(**choices)  # type: ignore[arg-type]
        except BadInput as error:
            problems.extend(error.problems)
        if problems:
            raise BadInput(problems)
        return theory

    def describe(self) -> str:
        """One sentence for people.

        Examples:
            >>> Theory().describe()
            'Caliendo-Parro (2015): perfect competition, national input-output shares, labour mobile between sectors; trade elasticities caliendo-parro-2015; trade imbalances constant as shares of world wage income'
        """  # noqa: E501
        said = {item.name: getattr(self, item.name) for item in fields(self)}
        market, inputs, labour, imbalances = (
            _WORDS[name][said[name]].format(**said) for name in ("market", "inputs", "labour", "imbalances")
        )
        core = (self.market, self.inputs, self.labour) == ("perfect", "common", "mobile")
        core = core and not any(self._extras())
        name = "Caliendo-Parro (2015): " if core else ""
        elasticities = f"trade elasticities {self.elasticities}"
        if self.horizon != "long":
            elasticities += f" ({self.horizon} horizon)"
        first = ", ".join([market, inputs, labour, *filter(None, self._extras())])
        return f"{name}{first}; {elasticities}; {imbalances}"

    def _extras(self) -> Iterator[str]:
        """Words for what is not as in the paper beside the named choices."""
        if self.sectors == "one":
            yield "one sector"
        if self.value_added_substitution != 1.0:
            yield f"value added and inputs substitute with elasticity {self.value_added_substitution:g}"
        if self.input_substitution != 1.0:
            yield f"inputs substitute with elasticity {self.input_substitution:g}"
        if self.labour_supply:
            yield f"labour supply with elasticity {self.labour_supply:g}"
        if self.revenue == "labour-tax":
            tax = self.labour_tax
            rate = "" if tax is None else f" of {tax:.0%}" if isinstance(tax, float) else f" ({tax})"
            yield f"revenue cuts a labour tax{rate}"
        if self.revenue == "government":
            yield "revenue goes to the government"
