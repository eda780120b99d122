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


_STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan"}
_ORDER = list(_STYLES)
_MOST = 200  #: Nobody reads more of them in a terminal.


def print_findings(
    shell: Shell, findings: list[Finding], console: Console | None = None, *, unread: bool = False
) -> None:
    """Every finding under its post, the worst first; then how many there are and what helps next.

    A plan that is `unread` has cells that nobody understands; until then no rule can look at the rest.
    """
    out = console or shell.out
    for post, found in _grouped(findings).items():
        out.print(
            f"\n{post or shell.say('findings.campaign')}", style="bold underline", markup=False
        )
        for finding in found:
            _print_finding(shell, finding, out)
    if findings:
        out.print()
    if len(findings) > _MOST:
        out.print(shell.say("findings.more", shown=_MOST, more=len(findings) - _MOST), markup=False)
    out.print(shell.say("plan.counts", **_counts(findings)), markup=False)
    if mends := sum(finding.fix is not None for finding in findings):
        out.print(shell.say("findings.mends", count=mends), markup=False)
    if unread:
        out.print(shell.say("findings.first"), markup=False)


def _grouped(findings: list[Finding]) -> dict[str | None, list[Finding]]:
    """The findings by post, the campaign's own first, each post's worst first; not too many of them."""

    def badness(finding: Finding) -> int:
        return _ORDER.index(finding.severity)

    shown = findings if len(findings) <= _MOST else sorted(findings, key=badness)[:_MOST]
    groups: dict[str | None, list[Finding]] = {}
    for finding in sorted(shown, key=lambda finding: finding.post is not None):
        groups.setdefault(finding.post, []).append(finding)
    return {post: sorted(found, key=badness) for post, found in groups.items()}


def _print_finding(shell: Shell, finding: Finding, out: Console) -> None:
    from rich.padding import Padding
    from rich.text import Text

    head = Text("  ")
    head.append(f"{shell.say(f'severity.{finding.severity}'):<8}", style=_STYLES[finding.severity])
    if finding.where:
        head.append(f" {finding.where}", style="bold")
    head.append(f" {finding.rule}" + (" ✓" if finding.fix else ""), style="dim")
    message = Text(getattr(finding.message, shell.say.language))
    out.print(head)
    out.print(Padding(message, (0, 0, 0, 4)) if out.is_terminal else Text("    ") + message)


def exit_for(findings: list[Finding], *, strict: bool) -> None:
    counts = _counts(findings)
    if counts["error"]:
        raise typer.Exit(3)
    if strict and counts["warning"]:
        raise typer.Exit(4)
