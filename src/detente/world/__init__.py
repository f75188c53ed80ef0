"""The baseline economy: bundled and imported worlds, and how published tables become one."""

from detente.world.balancing import Balanced, Change, balance
from detente.world.catalogue import WorldEntry, list_worlds, load_world, user_worlds
from detente.world.storage import content_hash, read_world, write_world
from detente.world.world import Provenance, World

__all__ = [
    "Balanced",
    "Change",
    "Provenance",
    "World",
    "WorldEntry",
    "balance",
    "content_hash",
    "list_worlds",
    "load_world",
    "read_world",
    "user_worlds",
    "write_world",
]
