"""What is wrong with the words of a command, in German: typer speaks English only."""

from __future__ import annotations

import re

from typer import TyperException

from integrado_poster.speech import Speech

_NAMED = r"(?P<name>'.+?'(?: / '.+?')*|[^':]+)"
_KINDS = {
    "no-option": re.compile(
        r"No such option: (?P<name>\S+)(?: \(Possible options: (?P<near>.+)\))?"
    ),
    "no-command": re.compile(r"No such command '(?P<name>.+?)'\.(?: Did you mean (?P<near>.+)\?)?"),
    "no-words": re.compile(r"Missing command\."),
    "missing": re.compile(rf"Missing (?:argument|option) {_NAMED}\..*", re.DOTALL),
    "needs-value": re.compile(rf"Option {_NAMED} requires an argument\."),
    "takes-none": re.compile(rf"Option {_NAMED} does not take a value\."),
    "too-many": re.compile(r"Got unexpected extra arguments? ?(?:\(s\) )?\((?P<name>.+)\)"),
    "no-number": re.compile(
        rf"Invalid value for {_NAMED}: .*valid (?:integer|number|int|float)\b.*"
    ),
    "no-choice": re.compile(rf"Invalid value for {_NAMED}: .*(?:one of|should be) (?P<near>.+)"),
    "wrong": re.compile(rf"Invalid value for {_NAMED}: (?P<detail>.+)", re.DOTALL),
}


def told(say: Speech, error: TyperException) -> str:
    """What is wrong, and how to get help with this command; empty if the help itself has been shown."""
    message = error.format_message().strip()
    if not message:
        return ""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "integrado-poster"
    return f"{_sentence(say, message)}\n{say('usage.help', command=command)}"


def _sentence(say: Speech, message: str) -> str:
    for kind, pattern in _KINDS.items():
        if match := pattern.fullmatch(message):
            facts = match.groupdict()
            facts["name"] = (facts.get("name") or "").replace("'", "")
            near = (facts.get("near") or "").replace("'", "").replace(" or ", ", ")
            meant = say("usage.meant", near=near) if near else ""
            return say(f"usage.{kind}", **facts | {"near": near, "meant": meant})
    return message
