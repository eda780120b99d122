"""Corrections into a copy of a plan's file, each one marked; the file itself is never written to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from integrado_poster.model import Finding, Fix, Said
from integrado_poster.plan.marks import Colour, Mark, marked, texts
from integrado_poster.plan.mended_csv import with_these

_PATH = re.compile(r"(?P<path>.+), (?:Zeile|line) \d+")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_BEFORE = Said("Vorher", "Before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One correction that was made."""

    rule: str
    where: str
    fix: Fix


def mended(
    kind: str, data: bytes, findings: Sequence[Finding], *, german: bool
) -> tuple[bytes, list[Change]]:
    """A copy of the file with every fix that can be made, and the list of those.

    `kind` is the file's ending. In a workbook the cell turns green and a note tells what stood
    there; in YAML a comment above the entry does, in CSV the row's own note.
    """
    changes = [
        Change(rule=finding.rule, where=finding.where, fix=finding.fix)
        for finding in findings
        if finding.fix and finding.where
    ]
    if kind in (".xlsx", ".xlsm"):
        return _workbook(data, changes, german)
    if kind == ".csv":
        return _csv(data, changes, german)
    text, made = _yaml(data.decode("utf-8-sig"), changes, german)
    return text.encode(), made


def _workbook(data: bytes, changes: Sequence[Change], german: bool) -> tuple[bytes, list[Change]]:
    before = texts(data, {change.where for change in changes})
    now: dict[str, str] = {}
    made = []
    for change in changes:
        text = now.get(change.where, before.get(change.where))
        after = replaced(text, change.fix) if text is not None else change.fix.new
        if after != text:  # else another fix has done it already
            now[change.where] = after
            made.append(change)
    marks = [
        Mark(
            where=where,
            colour=Colour.CHANGED,
            note=_note(where, made, before.get(where), german),
            value=value,
        )
        for where, value in now.items()
    ]
    return marked(data, marks), made


def _note(where: str, made: Sequence[Change], before: str | None, german: bool) -> str:
    rules = ", ".join(dict.fromkeys(change.rule for change in made if change.where == where))
    old = before if before is not None else next(c.fix.old for c in made if c.where == where)
    said = _BEFORE.de if german else _BEFORE.en
    return f"integrado-poster, {rules}. {said}:\n{old}"


def replaced(text: str, fix: Fix) -> str:
    """The text with the fix; a hashtag or a word is not replaced inside a longer one."""
    left = r"(?<!\w)" if fix.old[:1].isalnum() else ""
    right = r"(?!\w)" if fix.old[-1:].isalnum() else ""
    return re.sub(left + re.escape(fix.old) + right, lambda _: fix.new, text)


def _csv(data: bytes, changes: Sequence[Change], german: bool) -> tuple[bytes, list[Change]]:
    by_place: dict[str, list[Change]] = {}
    for change in changes:
        by_place.setdefault(change.where, []).append(change)

    def mend(text: str, those: Sequence[Change]) -> str:
        for change in those:
            text = replaced(text, change.fix)
        return text

    mends = {
        where: (partial(mend, those=those), _said(those, german))
        for where, those in by_place.items()
    }
    mended, done = with_these(data, mends, german=german)
    return mended, [change for change in changes if change.where in done]


def _said(changes: Sequence[Change], german: bool) -> str:
    before = _BEFORE.de if german else _BEFORE.en
    return "; ".join(f"[{c.rule}. {before}: {_one_line(c.fix.old)}]" for c in changes)


# --- YAML ------------------------------------------------------------------------------------


def _yaml(text: str, changes: Sequence[Change], german: bool) -> tuple[str, list[Change]]:
    """Replace in the file's own lines where the words stand there as such, else write the value anew."""
    import yaml

    root = yaml.compose(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    nodes: dict[int, tuple[Any, list[Change]]] = {}
    for change in changes:
        if (node := _node(root, change.where)) is not None:
            nodes.setdefault(node.start_mark.index, (node, []))[1].append(change)
    made: list[Change] = []
    for start in sorted(nodes, reverse=True):
        node, wanted = nodes[start]
        text, done = _rewritten(text, node, wanted, german)
        made = done + made
    return text, made


def _node(root: Any, where: str) -> Any:
    """The scalar at a place such as "beitraege[2].bilder[0].urheber, Zeile 80"."""
    match = _PATH.fullmatch(where)
    node = root
    for name, number in _STEP.findall(match["path"] if match else ""):
        if number and isinstance(getattr(node, "value", None), list):
            node = node.value[int(number)] if int(number) < len(node.value) else None
        elif name and node is not None and node.id == "mapping":
            node = next((value for key, value in node.value if key.value == name), None)
        if node is None:
            return None
    return node if getattr(node, "id", None) == "scalar" else None


def _rewritten(
    text: str, node: Any, wanted: Sequence[Change], german: bool
) -> tuple[str, list[Change]]:
    start, end = node.start_mark.index, node.end_mark.index
    raw, value, done = text[start:end], node.value, []
    for change in wanted:
        after = replaced(value, change.fix)
        if after == value:
            continue
        kept = replaced(raw, change.fix)
        raw = kept if kept != raw else _quoted(after) + ("\n" if raw.endswith("\n") else "")
        value = after
        done.append(change)
    if not done:
        return text, []
    line = text.rfind("\n", 0, start) + 1
    indent = re.match(r"[ -]*", text[line:])
    blanks = " " * len(indent[0]) if indent else ""
    said = _BEFORE.de if german else _BEFORE.en
    comments = "".join(
        f"{blanks}# {change.rule}. {said}: {_one_line(change.fix.old)}\n" for change in done
    )
    return text[:line] + comments + text[line:start] + raw + text[end:], done


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if line.isprintable() else line.encode("unicode_escape").decode()


def _quoted(value: str) -> str:
    import yaml

    written: str = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**6)
    return written.rstrip("\n")
