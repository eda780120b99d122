"""The only reader of the environment and of integrado.toml."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from integrado_poster.errors import SettingsError

FILE = "integrado.toml"


class Settings(BaseSettings):
    """Where things lie and how they run.

    Environment (`INTEGRADO_…`) goes before integrado.toml goes before the defaults. Relative paths
    count from the folder of integrado.toml. Secrets are not settings: they lie encrypted in the
    database, and only the key's place is named here.
    """

    model_config = SettingsConfigDict(env_prefix="INTEGRADO_", extra="forbid", frozen=True)
    toml: ClassVar[Path] = Path(FILE)

    data: Path = Field(
        Path("data"), description="Folder of the database, the lock and the STOP file"
    )
    key_file: Path = Field(
        Path("integrado.key"), description="The key that opens the stored logins; back it up apart"
    )
    language: Literal["de", "en"] | None = Field(
        None, description="Language of what is printed; else the campaign's, else the shell's"
    )
    senders: int = Field(
        8, ge=1, le=64, description="How many accounts are served at the same time"
    )
    log: Literal["text", "json"] = Field("text", description="Form of the log of `run` on stderr")

    @property
    def database(self) -> Path:
        """The one file that holds everything."""
        return self.data / "integrado.sqlite"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, cls.toml)


def load(*, data: Path | None = None, file: Path | None = None) -> Settings:
    """Read the settings; raises `SettingsError` naming the wrong word and the one that was meant."""
    path = (file or Path(os.environ.get("INTEGRADO_CONFIG", FILE))).absolute()
    if file is None and "INTEGRADO_CONFIG" in os.environ and not path.is_file():
        raise SettingsError(f"INTEGRADO_CONFIG names {path}, and there is no such file")
    Settings.toml = path
    given = {"data": data.absolute()} if data else {}
    try:
        found = Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsError("; ".join(_complaints(error))) from None
    except ValueError as error:  # tomllib: not TOML at all
        raise SettingsError(f"{path} cannot be read: {error}") from None
    return found.model_copy(
        update={name: path.parent / getattr(found, name) for name in ("data", "key_file")}
    )


def _complaints(error: ValidationError) -> list[str]:
    complaints = []
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(map(str, problem["loc"]))
        near = difflib.get_close_matches(name, Settings.model_fields, 1)
        meant = f" (did you mean `{near[0]}`?)" if near and near[0] != name else ""
        complaints.append(f"setting `{name}`: {problem['msg']}{meant}")
    return complaints
