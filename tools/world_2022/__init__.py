"""Rebuild `world-2022` from the published tables: final demand and the rest of the world are estimated."""

from tools.world_2022.estimate import BuiltTables, build

__all__ = ["BuiltTables", "build"]
