"""Which server takes the mails, and who gets them. Loaded with the settings, so it imports little."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from integrado_poster.errors import NotTold
from integrado_poster.speech import Sentence

DOORS = {"starttls": 587, "tls": 465, "none": 25}
HERE = ("localhost", "127.0.0.1", "::1")


class Mail(BaseModel):
    """The table `[mail]`. The password stands in a file of its own or in the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = Field(min_length=1, description="The mail server")
    port: int | None = Field(
        None, ge=1, le=65535, description="Its port; else 587, with `tls` 465, with `none` 25"
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the line is encrypted; `none` only with a server of your own"
    )
    user: str | None = Field(None, description="The login, if the server wants one")
    password_file: Path | None = Field(
        None, description="A file with the password, and nothing else"
    )
    password: SecretStr | None = Field(
        None, repr=False, description="The password itself; only by the environment"
    )
    ca_file: Path | None = Field(
        None,
        description="Certificate of your own authority, if the server has one that nobody knows",
    )
    sender: str = Field(alias="from", description="The address in `From`")
    to: tuple[str, ...] = Field(min_length=1, description="Who is told; one address or a list")
    language: Literal["de", "en"] | None = Field(
        None, description="Language of the mails; else that of the program, else the campaign's"
    )

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        """The environment and a hurried person write one text for all of them."""
        return [part.strip() for part in given.split(",")] if isinstance(given, str) else given

    @field_validator("sender", "to")
    @classmethod
    def _are_addresses(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for text in (given,) if isinstance(given, str) else given:
            if not _is_address(text):
                raise ValueError(Sentence("settings.no-address", text=text))
        return given

    @model_validator(mode="after")
    def _keeps_its_password(self) -> Mail:
        if self.user and self.security == "none" and self.host not in HERE:
            raise ValueError(Sentence("settings.unencrypted"))
        return self

    @property
    def door(self) -> int:
        """The port."""
        return self.port or DOORS[self.security]

    def secret(self) -> str:
        """The password; raises `NotTold` if there is a login without one. Never part of any message."""
        if self.user is None:
            return ""
        found = self.password.get_secret_value() if self.password else self._from_file()
        if not found:
            raise NotTold("password", f"{self.user}@{self.host}")
        return found

    def _from_file(self) -> str:
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, ValueError):
            raise NotTold("password", str(self.password_file)) from None


def _is_address(text: str) -> bool:
    """Whether it is one address, perhaps with a name before it, that every server can take."""
    from email.errors import MessageError
    from email.policy import SMTP

    try:
        header = SMTP.header_factory("to", text)
    except (ValueError, IndexError, MessageError):  # what the parser raises for hostile text
        return False
    if header.defects or len(header.addresses) != 1 or not text.isprintable():
        return False
    address = header.addresses[0]
    return bool(address.username and address.domain and address.addr_spec.isascii())
