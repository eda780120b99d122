"""plan rules: what `plan check` looks for."""

from __future__ import annotations

from typing import Annotated

import typer

from integrado_poster.cli.shell import Shell

_STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan"}


def rules(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    markdown: Annotated[bool, typer.Option(help="Write the page docs/rules.md.")] = False,
) -> None:
    """List every rule with its severity, how far it can be lowered, and its sentence."""
    from integrado_poster.check import RULES, catalogue

    shell: Shell = context.obj
    if markdown:
        shell.line(catalogue.markdown(RULES).rstrip("\n"))
    elif json:
        shell.json(
            [
                {
                    "rule": rule.id,
                    "severity": rule.severity,
                    "floor": rule.least or "off",
                    "fix": rule.mends,
                    "de": rule.de,
                    "en": rule.en,
                }
                for rule in sorted(RULES.values(), key=catalogue.key)
            ]
        )
    else:
        _print(shell)


def _print(shell: Shell) -> None:
    from rich.text import Text

    from integrado_poster.check import RULES, catalogue

    language = shell.say.language
    table = shell.table("rule", "severity", "floor", "message")
    for rule in sorted(RULES.values(), key=catalogue.key):
        severity, floor = (
            getattr(catalogue.SEVERITIES[one], language) for one in (rule.severity, rule.least)
        )
        sentence = catalogue.plain(getattr(rule, language)) + (" ✓" if rule.mends else "")
        table.add_row(rule.id, Text(severity, style=_STYLES[rule.severity]), floor, Text(sentence))
    shell.out.print(table)
    shell.out.print(shell.say("rules.legend", count=len(RULES)), markup=False)
