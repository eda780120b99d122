"""Bodies of requests: forms, files and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from integrado_poster.stage.exchange import Ask, Pairs


class Unreadable(Exception):
    """The body is not what its content type says."""


@dataclass(slots=True, kw_only=True)
class File:
    """A part of a form that carries a file."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Form:
    """The fields of a form in their order, and its files by name."""

    fields: Pairs = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)


def form(ask: Ask) -> Form:
    """Read an URL-encoded or multipart body; raises `Unreadable`, an empty body is an empty form."""
    if ask.media_type == "multipart/form-data":
        return _multipart(ask)
    if ask.media_type == "application/x-www-form-urlencoded":
        try:
            return Form(fields=pairs(ask.body.decode("utf-8")))
        except UnicodeDecodeError as error:
            raise Unreadable("not UTF-8") from error
    if not ask.body:
        return Form()
    raise Unreadable(f"unexpected content type {ask.media_type or '(none)'}")


def pairs(text: str) -> Pairs:
    """Decode a query string or an URL-encoded form; raises `Unreadable`."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def document(ask: Ask) -> dict[str, Any]:
    """Read a JSON object; raises `Unreadable`."""
    try:
        value = json.loads(ask.body)
    except ValueError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


class _Parts:
    """Gathers what the multipart parser calls out."""

    def __init__(self) -> None:
        self.form = Form()
        self._begin()

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._name = b""
        self._value = b""
        self._data: list[bytes] = []

    def on_part_begin(self) -> None:
        self._begin()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("utf-8")
        self._name = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._data.append(data[start:end])

    def on_part_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8")
        data = b"".join(self._data)
        if b"filename" in options:
            kind = self._headers.get("content-type", "application/octet-stream")
            self.form.files[name] = File(
                name=options[b"filename"].decode("utf-8", "replace"), media_type=kind, data=data
            )
        else:
            self.form.fields.append((name, data.decode("utf-8")))


def _multipart(ask: Ask) -> Form:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(ask.headers["content-type"])
    parts = _Parts()
    callbacks: Any = {
        name: getattr(parts, name)
        for name in (
            "on_part_begin",
            "on_header_field",
            "on_header_value",
            "on_header_end",
            "on_part_data",
            "on_part_end",
        )
    }
    try:
        parser = MultipartParser(options[b"boundary"], callbacks)
        parser.write(ask.body)
        parser.finalize()
    except (FormParserError, KeyError, UnicodeDecodeError) as error:
        raise Unreadable("broken multipart body") from error
    return parts.form
