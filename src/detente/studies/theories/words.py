"""What variations of a theory are called, and why one may take them."""

from __future__ import annotations

__all__ = ["HORIZONS", "READ", "SETS", "WORDS"]

# Elasticity sets: short names of their authors, and why one may take them.
SETS = {
    "caliendo-parro-2015": (
        "Caliendo and Parro (2015)",
        "estimated by sector for this very model, from tariffs of 1993",
    ),
    "fontagne-guimbard-orefice-2022": (
        "Fontagné et al. (2022)",
        "by product, from tariffs of all economies since 2001",
    ),
    "lashkaripour-lugovskyy-2023": (
        "Lashkaripour and Lugovskyy (2023)",
        "from firms' exports; estimated together with scale elasticities",
    ),
    "shapiro-2016": ("Shapiro (2016)", "instrumented; known here second hand only"),
    "boehm-levchenko-pandalai-nayar-2023": (
        "Boehm et al. (2023)",
        "from tariffs set with others in mind; smaller than other sets",
    ),
}
# Sets whose estimates were read at their source. Left out: shapiro-2016, known second hand.
READ = (
    "caliendo-parro-2015",
    "fontagne-guimbard-orefice-2022",
    "lashkaripour-lugovskyy-2023",
    "boehm-levchenko-pandalai-nayar-2023",
)
HORIZONS = {"long": "ten years and more", "medium": "about five years", "short": "the first year"}
WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "imbalances": {
        "constant": (
            "imbalances constant as shares of world wages",
            "as in Caliendo and Parro (2015), and no deficit depends on who is hit",
        ),
        "removed": (
            "no trade imbalances",
            "in the reference too: nothing is left of the transfers that deficits are",
        ),
        "scaled": ("imbalances scaled with own wages", "an economy that earns less can borrow or lend less"),
        "ratio": (
            "spending in a constant ratio to earnings",
            "the rule of structural gravity (Anderson, Larch and Yotov 2018)",
        ),
    },
    "inputs": {
        "common": (
            "one mix of origins for all buyers",
            "as in Caliendo and Parro (2015): national input-output shares",
        ),
        "separate": (
            "inputs and final demand sourced separately",
            "tariffs on inputs and on consumption hit different flows",
        ),
        "network": (
            "every sector sources its own inputs",
            "the complete inter-country table of this world is known",
        ),
        "none": (
            "no intermediate inputs",
            "how much of the answer is supply chains: models without them are still in use",
        ),
    },
    "labour": {
        "mobile": ("labour mobile between sectors", "the long run: workers have changed sectors"),
        "specific": (
            "labour specific to sectors",
            "the first years: nobody has changed sectors (Jones 1971)",
        ),
        "roy-frechet": (
            "labour imperfectly mobile (shape {labour_shape:g})",
            "the years between: some change sectors (Galle, Rodriguez-Clare and Yi 2023)",
        ),
    },
    "market": {
        "perfect": ("perfect competition", "as in Caliendo and Parro (2015)"),
        "krugman": (
            "monopolistic competition, free entry",
            "a larger sector has more varieties (Krugman 1980)",
        ),
        "melitz": ("monopolistic competition, firm selection", "only productive firms export (Melitz 2003)"),
        "fixed-firms": (
            "a fixed number of firms with profits",
            "too soon for entry: tariffs shift profits (Ossa 2014)",
        ),
    },
}
