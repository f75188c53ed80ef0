"""Published tables, recomputed from their authors' inputs."""

from collections.abc import Callable, Mapping
from pathlib import Path

from detente.studies.replications import caliendo_parro_2015, gegravity_sample
from detente.studies.replications.replication import Printed, Replication

__all__ = ["REPLICATIONS", "Printed", "Replication"]

REPLICATIONS: Mapping[str, Callable[[Path], Replication]] = {
    "caliendo-parro-2015": caliendo_parro_2015.replicate,
    "gegravity-sample": gegravity_sample.replicate,
}
