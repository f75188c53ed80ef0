"""Questions that tests ask: small worlds, many sources."""

from __future__ import annotations

import detente as dt
from detente.model import Theory
from detente.studies.uncertainty import Question

DEAL = "canada-china-2026"
THEORIES = (Theory(), Theory("fontagne-guimbard-orefice-2022"), Theory(imbalances="scaled"))


def small(
    *sources: str, seed: int = 0, theories: tuple[Theory, ...] = THEORIES, by: str = "sources"
) -> Question:
    """The arrangement of January 2026 on 20 economies; all sources that this world has, or those named."""
    world, deal = dt.load_world("g20-2019"), dt.load_scenario(DEAL)
    chosen = sources or ("elasticities", "measures", "flows", "tariffs", "theory")
    return Question(world, deal, deal.reference, theories, ("CAN", "CHN"), chosen, by, seed)


def estimated(*sources: str, seed: int = 0) -> Question:
    """The same on the 2022 world's main economies, which is estimated in part."""
    world, deal = dt.load_world("world-2022").aggregate("focus"), dt.load_scenario(DEAL)
    chosen = sources or ("elasticities", "measures", "flows", "tariffs", "theory")
    return Question(world, deal, deal.reference, (Theory(),), ("CAN", "CHN"), chosen, "sources", seed)
