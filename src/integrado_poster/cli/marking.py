"""plan check --mark and --fix: findings and corrections in a copy of the officer's own file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from integrado_poster.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrado_poster.model import Finding
    from integrado_poster.plan.marks import Listing

    Order = tuple[int, int, int, int]

_BOOKS = (".xlsx", ".xlsm")
_TEXTS = (".yaml", ".yml", ".csv")


def mark(shell: Shell, plan: Path, findings: Sequence[Finding], out: Path) -> None:
    """Write the workbook with a note on every place that was found, and a sheet with all findings."""
    from integrado_poster.plan.marks import Colour, Mark, marked
    from integrado_poster.plan.workbook import parts_of

    _, data = _chosen(shell, plan, out, _BOOKS)
    language = shell.say.language
    marks = [
        Mark(
            where=finding.where,
            colour=Colour[finding.severity.name],
            note=f"{shell.say(f'severity.{finding.severity}')} {finding.rule}\n{getattr(finding.message, language)}",
        )
        for finding in findings
        if finding.where
    ]
    order = _order(findings, list(parts_of(data)))
    listing = _listing(shell, sorted(findings, key=order))
    _write(shell, out, marked(data, marks, listing))
    places = len({mark.where for mark in marks})
    shell.tell("findings.marked", file=out, count=places, sheet=listing.title)


def fix(shell: Shell, plan: Path, findings: Sequence[Finding], out: Path) -> None:
    """Write a copy with everything corrected that can be right in only one way, and say what that was."""
    from integrado_poster.plan.mending import mended

    kind, whole = _chosen(shell, plan, out, (*_BOOKS, *_TEXTS))
    german = shell.say.language == "de"
    data, made = mended(kind, whole, findings, german=german)
    if not made:
        shell.tell("findings.nothing")
        return
    _write(shell, out, data)
    for change in made:
        old, new = (_short(words) for words in change.fix)
        shell.tell("findings.mended", where=change.where, old=old, new=new, rule=change.rule)
    shell.tell("findings.written", file=out, count=len(made))


def _chosen(shell: Shell, plan: Path, out: Path, kinds: Sequence[str]) -> tuple[str, bytes]:
    """The plan's file, wherever it lies: its ending, and what it holds.

    It must be of a kind that can be marked, and the copy another file of the same kind.
    """
    from integrado_poster.plan.bundle import bundle

    files = bundle(plan).files
    name, data = next(iter(files.items()))
    kind = Path(name).suffix.lower()
    if kind not in kinds or len(files) > 1:
        shell.tell("findings.no-copy", file=plan, kinds=", ".join(kinds))
    elif out.suffix.lower() != kind:
        shell.tell("findings.other-kind", file=out, kind=kind)
    elif out.exists():
        shell.tell("plan.exists", file=out)
    else:
        return kind, data
    raise typer.Exit(2)


def _write(shell: Shell, out: Path, data: bytes) -> None:
    """All of it or nothing."""
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    except OSError as error:
        if out.parent.is_dir():
            part.unlink(missing_ok=True)
        shell.tell("findings.unwritable", file=out, why=error.strerror)
        raise typer.Exit(2) from None


def _order(findings: Sequence[Finding], sheets: Sequence[str]) -> Callable[[Finding], Order]:
    """The worst first, and then as she reads her workbook: by sheet, row and column."""
    from integrado_poster.model import Severity
    from integrado_poster.plan.marks import spot

    severities = list(Severity)

    def order(finding: Finding) -> Order:
        sheet, row, column = spot(finding.where or "")
        there = sheets.index(sheet) if sheet in sheets else len(sheets)
        return severities.index(finding.severity), there, row, column

    return order


def _listing(shell: Shell, findings: Sequence[Finding]) -> Listing:
    from integrado_poster.plan.marks import Colour, Listing

    language = shell.say.language
    columns = ("severity", "post", "where", "message", "value", "rule")
    rows = [
        (
            shell.say(f"severity.{finding.severity}"),
            finding.post or "",
            finding.where or "",
            getattr(finding.message, language),
            _short(finding.value or ""),
            finding.rule,
        )
        for finding in findings
    ]
    headings = [shell.say(f"column.{column}") for column in columns]
    title = shell.say("findings.sheet")
    return Listing(
        title=title,
        widths=(11, 10, 20, 70, 40, 10),
        headings=headings,
        rows=rows,
        places=2,
        colours=[Colour[finding.severity.name] for finding in findings],
    )


def _short(words: str, most: int = 300) -> str:
    line = " ".join(words.split())
    line = line if line.isprintable() else line.encode("unicode_escape").decode()
    return line if len(line) <= most else f"{line[:most]} …"
