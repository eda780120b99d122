"""Findings for people and for programs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from integrado_poster.model import Finding


def findings_json(shell: Shell, plan: Path, findings: list[Finding]) -> dict[str, object]:
    return {
        "plan": str(plan),
        "counts": _counts(findings),
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity,
                "post": finding.post,
                "where": finding.where,
                "value": finding.value,
                "message": getattr(finding.message, shell.say.language),
            }
            for finding in findings
        ],
    }


def _counts(findings: list[Finding]) -> dict[str, int]:
    counts = Counter(finding.severity.value for finding in findings)
    return {severity: counts[severity] for severity in ("error", "warning", "hint")}


def print_findings(shell: Shell, findings: list[Finding], console: Console | None = None) -> None:
    from rich.text import Text

    out = console or shell.out
    if findings:
        table = shell.table("severity", "rule", "post", "where", "message")
        styles = {"error": "bold red", "warning": "yellow", "hint": "dim"}
        for finding in findings:
            table.add_row(
                Text(shell.say(f"severity.{finding.severity}"), style=styles[finding.severity]),
                finding.rule,
                Text(finding.post or ""),
                Text(finding.where or ""),
                Text(getattr(finding.message, shell.say.language)),
            )
        out.print(table)
    counts = _counts(findings)
    out.print(shell.say("plan.counts", **counts), markup=False)


def exit_for(findings: list[Finding], *, strict: bool) -> None:
    counts = _counts(findings)
    if counts["error"]:
        raise typer.Exit(3)
    if strict and counts["warning"]:
        raise typer.Exit(4)
