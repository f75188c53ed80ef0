"""Published tables, recomputed from their authors' inputs."""

from collections.abc import Callable, Mapping
from pathlib import Path

from detente.studies.replications import (
    caliendo_parro_2015,
    costinot_rodriguez_clare_2014,
    gegravity_sample,
    ignatenko_et_al_2025,
    ossa_2014,
    yotov_et_al_2016,
)
from detente.studies.replications.replication import Printed, Replication

__all__ = ["REPLICATIONS", "Printed", "Replication"]

REPLICATIONS: Mapping[str, Callable[[Path], Replication]] = {
    "caliendo-parro-2015": caliendo_parro_2015.replicate,
    "costinot-rodriguez-clare-2014": costinot_rodriguez_clare_2014.replicate,
    "gegravity-sample": gegravity_sample.replicate,
    "ignatenko-et-al-2025": ignatenko_et_al_2025.replicate,
    "ossa-2014": ossa_2014.replicate,
    "yotov-et-al-2016": yotov_et_al_2016.replicate,
}
