"""Build `elasticities.toml`: trade elasticities per sector of each classification, with their components.

    python -m tools.build_elasticities [--data ../shared/data] [--out src/detente/world/bundled]

A sector that merges several sectors of the source takes their mean, weighted by US imports for consumption of
2024 in the HS lines that belong to both. An import-weighted mean is what the elasticity of a merged flow is
for a small change of costs that is common to its parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from tools.build_concordance import hs_isic3, hs_sectors, us_import_table
from tools.elasticity_estimates import CALIENDO_PARRO, LASHKARIPOUR_LUGOVSKYY, SHAPIRO, Estimate

__all__ = ["build"]

_ALL_MANUFACTURING = tuple(name for name in CALIENDO_PARRO if name not in ("Agriculture", "Mining"))
_OF_SECTOR: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "icio2025": {
        **dict.fromkeys(("A01", "A02", "A03"), ("Agriculture",)),
        **dict.fromkeys(("B05", "B06", "B07", "B08", "B09"), ("Mining",)),
        "C10T12": ("Food",), "C13T15": ("Textile",), "C16": ("Wood",), "C17_18": ("Paper",),
        "C19": ("Petroleum",), "C20": ("Chemicals",), "C21": ("Chemicals",), "C22": ("Plastic",),
        "C23": ("Minerals",), "C24A": ("Basic metals",), "C24B": ("Basic metals",),
        "C25": ("Metal products",),
        "C26": ("Office", "Communication", "Medical"), "C27": ("Electrical", "Machinery n.e.c."),
        "C28": ("Machinery n.e.c.",), "C29": ("Auto",), "C301": ("Other transport",),
        "C302T309": ("Other transport",), "C31T33": ("Medical", "Other"),
    },
    "isic4-sections": {"A": ("Agriculture",), "B": ("Mining",), "C": _ALL_MANUFACTURING},
    "wiod2013": {
        "AtB": ("Agriculture",), "C": ("Mining",), "15t16": ("Food",), "17t18": ("Textile",),
        "19": ("Textile",),
        "20": ("Wood",), "21t22": ("Paper",), "23": ("Petroleum",), "24": ("Chemicals",), "25": ("Plastic",),
        "26": ("Minerals",), "27t28": ("Basic metals", "Metal products"), "29": ("Machinery n.e.c.",),
        "30t33": ("Office", "Electrical", "Communication", "Medical"), "34t35": ("Auto", "Other transport"),
        "36t37": ("Other",),
    },
}  # fmt: skip


def _us_imports(data: Path) -> pd.DataFrame:
    """US imports of 2024 by HS6 line with ISIC 3 division and the sector of each classification."""
    imports = us_import_table(data)
    value = imports[imports["partner"] != "SVK"].groupby("hs6")["value"].sum()  # SVK is inside EU27
    table = hs_sectors(data).set_index("hs6").join(value, how="inner")
    table["isic4-sections"] = table["icio2025"].str[0]
    table["division"] = pd.Series(hs_isic3(data)).str[:2]
    return table


def _standard_errors(data: Path) -> dict[str, tuple[float, float]]:
    """Full-sample estimate and standard error of Caliendo and Parro's sectors, as re-estimated."""
    table = pd.read_csv(data / "elasticities" / "cp2015_thetas_se.csv").set_index("sector")
    return {
        name: (float(table.loc[name, "theta_full_sample"]), float(table.loc[name, "se_robust"]))
        for name in CALIENDO_PARRO
        if name in table.index
    }


def _caliendo_parro(data: Path, imports: pd.DataFrame) -> Iterator[str]:
    errors = _standard_errors(data)
    for name, estimate in CALIENDO_PARRO.items():
        yield f'[caliendo-parro-2015.published."{name}"]'
        yield f"value = {estimate.trade}"
        if estimate.borrowed:
            yield "borrowed = true"
        if name in errors:
            yield f"full_sample = {errors[name][0]:.3f}"
            yield f"full_sample_standard_error = {errors[name][1]:.3f}"
            if not estimate.borrowed:
                yield f"standard_error = {errors[name][1]:.3f}"
        yield ""
    yield from _by_sector("caliendo-parro-2015", CALIENDO_PARRO, imports)


def _published(key: str, estimates: Mapping[str, Estimate]) -> Iterator[str]:
    for name, estimate in estimates.items():
        yield f'[{key}.published."{name}"]'
        yield f"value = {estimate.trade}"
        for label, value in (
            ("standard_error", estimate.trade_error),
            ("scale", estimate.scale),
            ("scale_standard_error", estimate.scale_error),
        ):
            if value is not None:
                yield f"{label} = {value}"
        yield ""


def _by_sector(key: str, estimates: Mapping[str, Estimate], imports: pd.DataFrame) -> Iterator[str]:
    """Mean of the estimates whose divisions a sector holds, by US imports in the lines of both."""
    source = {division: name for name, row in estimates.items() for division in row.divisions.split()}
    for classification, sectors in _OF_SECTOR.items():
        for sector, groups in sectors.items():
            inside = imports[imports[classification] == sector]
            divisions = [d for group in groups for d in CALIENDO_PARRO[group].divisions.split()]
            weights: dict[str, float] = {}
            for division in divisions:
                value = float(inside.loc[inside["division"] == division, "value"].sum())
                weights[source[division]] = weights.get(source[division], 0.0) + value
            total = sum(weights.values())
            shares = {name: value / total if len(weights) > 1 else 1.0 for name, value in weights.items()}
            mean = sum(share * estimates[name].trade for name, share in shares.items())
            yield f'[{key}.{classification}."{sector}"]'
            yield f"value = {mean:.4f}"
            parts = ", ".join(f'"{name}" = {share:.4f}' for name, share in shares.items())
            yield f"components = {{ {parts} }}"
            yield ""


def _fontagne(data: Path, imports: pd.DataFrame) -> Iterator[str]:
    """One less than the elasticity of substitution, averaged inside headings, then by imports."""
    table = pd.read_csv(data / "elasticities" / "ProTEE_0_1.csv", dtype={"HS6": str})
    table = table[(table["zero"] == 0) & (table["positive"] == 0) & (table["sigma"] < -1)]
    by_heading = (-table["sigma"] - 1).groupby(table["HS6"].str[:4]).mean()
    heading = pd.Series(imports.index.str[:4].map(by_heading), index=imports.index, dtype=float)
    for classification in _OF_SECTOR:
        for sector in sorted(set(imports[classification])):
            inside = (imports[classification] == sector).to_numpy()
            known = inside & heading.notna().to_numpy()
            if sector not in _OF_SECTOR[classification] or not known.any():
                continue
            weights = imports["value"].to_numpy(float) * known
            value = float((weights * heading.fillna(0.0).to_numpy()).sum() / weights.sum())
            covered = weights.sum() / imports["value"].to_numpy(float)[inside].sum()
            yield f'[fontagne-guimbard-orefice-2022.{classification}."{sector}"]'
            yield f"value = {value:.4f}"
            yield f"covered_imports = {covered:.4f}"
            yield ""


def build(data: Path, out: Path) -> None:
    """Write `elasticities.toml` into a folder."""
    imports = _us_imports(data)
    head = Path(__file__).with_name("elasticities_head.toml").read_text(encoding="utf-8")
    lines = [head, *_caliendo_parro(data, imports), *_fontagne(data, imports)]
    for key, estimates in (
        ("lashkaripour-lugovskyy-2023", LASHKARIPOUR_LUGOVSKYY),
        ("shapiro-2016", SHAPIRO),
    ):
        lines += [*_published(key, estimates), *_by_sector(key, estimates, imports)]
    (out / "elasticities.toml").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "world" / "bundled")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
