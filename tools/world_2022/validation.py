from typing import Any
def measured_errors(*a: Any) -> dict[str, Any]:
    return {"settings": str(a[5]), "comparison": a[6].tolist()}
