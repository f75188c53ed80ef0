"""The JSON document holds nothing that JSON has no name for."""

from __future__ import annotations

import math

import pytest

from detente.cli.document import text


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_no_number_without_a_name_in_json(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        text({"value": number})
