"""Print the measured errors of the estimate as JSON: `python -m tools.world_2022 FOLDER_WITH_THE_TABLES`."""

from __future__ import annotations

import json
import pathlib
import sys

from tools.world_2022 import build

print(json.dumps(build(pathlib.Path(sys.argv[1])).measured_errors, indent=2))
