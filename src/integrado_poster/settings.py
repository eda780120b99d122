"""The only reader of the environment and of integrado.toml."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails

from integrado_poster.errors import SettingsError
from integrado_poster.notify.mailbox import Mail
from integrado_poster.speech import Sentence
from integrado_poster.speech.house import FILE, PREFIX, shell_language

__all__ = ["FILE", "PREFIX", "Settings", "load", "shell_language"]


class Settings(BaseModel):
    """Where things lie and how they run.

    Secrets do not stand in the file: logins lie encrypted in the database, and the mail password in a
    file of its own or in the environment, where a database's address belongs, too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(
        Path("data"), description="Folder of the database, the lock and the STOP file"
    )
    database: SecretStr | None = Field(
        None,
        description="The `postgresql://` address of a database for many workers; else it is a file in `data`",
    )
    key_file: Path = Field(
        Path("integrado.key"), description="The key that opens the stored logins; back it up apart"
    )
    language: Literal["de", "en"] | None = Field(
        None, description="Language of what is printed; else the campaign's, else the shell's"
    )
    senders: int = Field(
        64,
        ge=1,
        le=256,
        description="How many accounts are served at the same time, at most",
    )
    log: Literal["text", "json"] = Field("text", description="Form of the log of `run` on stderr")
    mail: Mail | None = Field(
        None, description="The table `[mail]`: who is told by mail; without it nobody is"
    )

    @field_validator("database")
    @classmethod
    def _is_an_address(cls, address: SecretStr | None) -> SecretStr | None:
        if address and not address.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError(Sentence("settings.address"))
        return address

    @property
    def place(self) -> Path | SecretStr:
        """Where everything is: the one file, or the address of the database on a server."""
        return self.database or self.data / "integrado.sqlite"


_WORDS = (
    *Settings.model_fields,
    *(f"mail.{field.alias or name}" for name, field in Mail.model_fields.items()),
)


def load(*, data: Path | None = None, file: Path | None = None) -> Settings:
    """Read the settings: an argument goes before the environment, before the file, before the default.

    Relative paths count from the file's folder. Raises `SettingsError` naming the wrong word and
    the one that was meant.
    """
    named = os.environ.get(f"{PREFIX}CONFIG")
    path = (file or Path(named or FILE)).absolute()
    given = _file(path, must_exist=file is None and named is not None) | _environment(os.environ)
    if mail := _mail(given.get("mail"), os.environ):
        given["mail"] = mail
    if data:
        given["data"] = data.absolute()
    try:
        found = Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError(Sentence("settings.list", complaints=_complaints(error))) from None
    return found.model_copy(
        update={name: path.parent / getattr(found, name) for name in ("data", "key_file")}
        | {"mail": found.mail and _at_home(found.mail, found.language, path.parent)}
    )


def _file(path: Path, *, must_exist: bool) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(
                Sentence("settings.no-file", name=f"{PREFIX}CONFIG", file=path)
            ) from None
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(
            Sentence("settings.unreadable", file=path, detail=_misspelt(error))
        ) from None


def _misspelt(error: OSError | ValueError) -> str | Sentence:
    """Where the file is no TOML, by its line; what else keeps it from being read, as it says itself."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if place is None:
        return str(error)
    return Sentence("settings.toml", line=int(place[1]), column=int(place[2]))


def _environment(environment: Mapping[str, str]) -> dict[str, object]:
    """The settings that the environment names; an empty one counts as not given."""
    named = {name: environment.get(PREFIX + name.upper()) for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value and name != "mail"}


def _mail(table: object, environment: Mapping[str, str]) -> object:
    """The table `[mail]` with what the environment says: `INTEGRADO_MAIL_HOST` is its `host`."""
    if table is not None and not isinstance(table, dict):
        return table
    if "password" in (table or {}):
        raise SettingsError(Sentence("settings.mail-password", name=f"{PREFIX}MAIL_PASSWORD"))
    words = [field.alias or name for name, field in Mail.model_fields.items()]
    named = {word: environment.get(f"{PREFIX}MAIL_{word.upper()}") for word in words}
    if not table and not named["host"]:
        return None  # a password alone, as docker-compose.yml always names one, is no mail
    return (table or {}) | {word: value for word, value in named.items() if value}


def _at_home(mail: Mail, language: str | None, folder: Path) -> Mail:
    """With the files counted from the settings' folder, and the program's language if it has none."""
    files = {name: getattr(mail, name) for name in ("password_file", "ca_file")}
    return mail.model_copy(
        update={name: folder / file for name, file in files.items() if file}
        | {"language": mail.language or language}
    )


def _complaints(error: ValidationError) -> list[Sentence]:
    complaints = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(map(str, problem["loc"]))
        near = difflib.get_close_matches(name, _WORDS, 1)
        if problem["type"] != "extra_forbidden":
            complaints.append(Sentence("settings.wrong", name=name, detail=_detail(problem)))
        elif near:
            complaints.append(Sentence("settings.meant", name=name, near=near[0]))
        else:
            complaints.append(Sentence("settings.unknown", name=name))
    return complaints


_PROBLEMS: Mapping[str, str] = {
    "missing": "missing",
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float", "float_parsing"), "number"),
    **dict.fromkeys(("greater_than_equal", "greater_than"), "least"),
    **dict.fromkeys(("less_than_equal", "less_than"), "most"),
    **dict.fromkeys(("path_type", "string_type"), "text"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "truth"),
    **dict.fromkeys(("list_type", "tuple_type"), "several"),
    **dict.fromkeys(("model_type", "dict_type"), "table"),
    "literal_error": "choice",
}
"""What pydantic finds, and the sentence of ours that says it."""


def _detail(problem: ErrorDetails) -> str | Sentence:
    """What is wrong, in a sentence of ours; what we do not know, in the words of pydantic."""
    context = problem.get("ctx", {})
    error = context.get("error")
    if isinstance(error, ValueError) and isinstance(error.args[0], Sentence):
        return error.args[0]
    kind = _PROBLEMS.get(problem["type"])
    if kind is None:
        return problem["msg"]
    bound = next((context[name] for name in ("ge", "gt", "le", "lt") if name in context), "")
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    return Sentence(f"settings.{kind}", bound=bound, choices=choices)
