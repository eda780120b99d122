"""An Office file as what it is: a ZIP of parts that name one another; only the touched ones change."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from integrado_poster.plan.workbook import attributes

_TYPES = "[Content_Types].xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'


class Package:
    """The parts of one file, as text where we change them. It must have been read before."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = frozenset(self._archive.namelist())
        self._changed: dict[str, str] = {}

    def text(self, part: str) -> str:
        """A part's text, as it is by now."""
        if part not in self._changed:
            return self._archive.read(part).decode("utf-8-sig")
        return self._changed[part]

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._changed or part in self._names

    def put(self, part: str, text: str) -> None:
        """Write a part anew, or a new one."""
        self._changed[part] = text

    def free(self, pattern: str) -> str:
        """A name that no part has yet."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def target(self, owner: str, kind: str) -> str | None:
        """The part to which its owner is related in this way."""
        relations = _relations_of(owner)
        if not self.has(relations):
            return None
        for relation in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", self.text(relations)):
            facts = attributes(relation.encode())
            if facts.get("Type", "").rpartition("/")[2] == kind:
                return _resolved(owner, facts.get("Target", ""))
        return None

    def relate(self, owner: str, kind: str, part: str) -> str:
        """Add a relation and return its id."""
        relations = _relations_of(owner)
        text = self.text(relations) if self.has(relations) else _RELATIONS
        number = 1
        while f'"rIdPoster{number}"' in text:
            number += 1
        id_ = f"rIdPoster{number}"
        relation = f'<Relationship Id="{id_}" Type="{_OFFICE}/{kind}" Target="/{part}"/>'
        self.put(relations, text.replace("</Relationships>", relation + "</Relationships>"))
        return id_

    def declare(self, part: str, kind: str) -> None:
        """Say what a new part is."""
        override = f'<Override PartName="/{part}" ContentType="{kind}"/>'
        self.put(_TYPES, self.text(_TYPES).replace("</Types>", override + "</Types>"))

    def declare_ending(self, ending: str, kind: str) -> None:
        """Say what parts with this ending are, if nobody has said so yet."""
        types = self.text(_TYPES)
        if not re.search(rf'Extension="{ending}"', types, re.IGNORECASE):
            default = f'<Default Extension="{ending}" ContentType="{kind}"/>'
            self.put(_TYPES, re.sub(r"(<Types[^>]*>)", rf"\g<1>{default}", types, count=1))

    def bytes(self) -> bytes:
        """The whole file again; what was not touched has the same content as before."""
        changed: Mapping[str, str] = self._changed
        new = [part for part in changed if part not in self._names]
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in (*self._archive.namelist(), *new):
                content = changed[part].encode() if part in changed else self._archive.read(part)
                archive.writestr(_info(part), content)
        return target.getvalue()


def _info(name: str) -> zipfile.ZipInfo:
    """A member with a fixed date: the same marks give the same bytes."""
    info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _relations_of(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels"


def _resolved(owner: str, target: str) -> str:
    """A target as the name of a part: it is given from the folder of its owner, or from the root."""
    if target.startswith("/"):
        return target[1:]
    steps = owner.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)
