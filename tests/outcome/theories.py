"""Theories that use every value of every choice, for property tests on random worlds."""

from __future__ import annotations

from detente.model import Theory

__all__ = ["THEORIES"]

# Elasticities are chosen so that an equilibrium is sure to exist where returns increase.
THEORIES: dict[str, Theory] = {
    "core": Theory("uniform:4"),
    "krugman": Theory("uniform:4", market="krugman", inputs="none"),
    "krugman with inputs": Theory("uniform:8", market="krugman"),
    "melitz": Theory("uniform:8", market="melitz", inputs="none"),
    "melitz with inputs": Theory("uniform:12", market="melitz", selection=0.3),
    "melitz, separate": Theory("uniform:12", market="melitz", selection=0.3, inputs="separate"),
    "external": Theory("uniform:4", market="external", scale_elasticity=0.1),
    "fixed firms": Theory("uniform:7", market="fixed-firms"),
    "fixed firms, no inputs": Theory("uniform:4", market="fixed-firms", inputs="none"),
    "no inputs": Theory("uniform:4", inputs="none"),
    "separate": Theory("uniform:4", inputs="separate"),
    "nests": Theory("uniform:4", value_added_substitution=0.5, input_substitution=0.2),
    "nests, separate": Theory("uniform:4", inputs="separate", value_added_substitution=1.5),
    "specific": Theory("uniform:4", labour="specific"),
    "roy": Theory("uniform:4", labour="roy-frechet", labour_shape=1.5),
    "supply": Theory("uniform:4", labour_supply=0.5),
    "labour tax": Theory("uniform:4", labour_supply=0.5, revenue="labour-tax", labour_tax=0.3),
    "replaced tax": Theory("uniform:4", labour_supply=0.5, revenue="labour-tax"),
    "government": Theory("uniform:4", revenue="government"),
    "removed": Theory("uniform:4", imbalances="removed"),
    "scaled": Theory("uniform:4", imbalances="scaled"),
    "ratio": Theory("uniform:4", imbalances="ratio"),
    "together": Theory(
        "uniform:7",
        market="fixed-firms",
        inputs="separate",
        labour="roy-frechet",
        labour_supply=0.5,
        value_added_substitution=0.7,
    ),
    "scale together": Theory(
        "uniform:5",
        market="external",
        scale_elasticity=0.1,
        inputs="separate",
        labour="specific",
        labour_supply=0.3,
        input_substitution=0.5,
    ),
}
