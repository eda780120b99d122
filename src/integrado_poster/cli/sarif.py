"""Findings as SARIF 2.1.0, the format in which editors and build servers show them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from integrado_poster.model import Finding

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "hint": "note"}
_LINE = re.compile(r"\b(?:Zeile|line) (\d+)")


def sarif(plan: Path, findings: Sequence[Finding], language: str) -> dict[str, Any]:
    """One run with all findings, their sentences in this language."""
    from importlib.metadata import version

    from integrado_poster.check import RULES, catalogue

    used = sorted({finding.rule for finding in findings}, key=lambda id: catalogue.key(RULES[id]))
    driver = {
        "name": "integrado-poster",
        "version": version("integrado-poster"),
        "language": language,
        "rules": [
            {
                "id": rule,
                "shortDescription": {"text": catalogue.plain(getattr(RULES[rule], language))},
                "defaultConfiguration": {"level": _LEVELS[RULES[rule].severity]},
            }
            for rule in used
        ],
    }
    results = [_result(plan, finding, used.index(finding.rule), language) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(plan: Path, finding: Finding, index: int, language: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": getattr(finding.message, language)},
        "locations": [_location(plan, finding)],
    }
    properties = {"post": finding.post, "value": finding.value}
    if given := {name: value for name, value in properties.items() if value is not None}:
        result["properties"] = given
    return result


def _location(plan: Path, finding: Finding) -> dict[str, Any]:
    """The file; its line where it is a text; and the cell by the name that a person knows."""
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(plan.as_posix())}}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.where:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.where}]
        line = _LINE.search(finding.where)
        if line and plan.suffix.lower() in (".yaml", ".yml", ".csv"):
            physical["region"] = {"startLine": int(line[1])}
    return location
