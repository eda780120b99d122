"""Settings come from arguments, the environment, the file and the defaults, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrado_poster.errors import SettingsError
from integrado_poster.settings import load, shell_language


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA", "KEY_FILE", "LANGUAGE", "SENDERS", "LOG"):
        monkeypatch.delenv(f"INTEGRADO_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "integrado.toml"


def test_without_any_word_everything_lies_in_the_folder(toml: Path) -> None:
    found = load()

    assert found.database == toml.parent / "data" / "integrado.sqlite"
    assert found.key_file == toml.parent / "integrado.key"
    assert found.language is None


def test_paths_count_from_the_folder_of_the_file(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = toml.parent / "woanders"
    folder.mkdir()
    (folder / "my.toml").write_text('data = "inhalt"\n')
    monkeypatch.setenv("INTEGRADO_CONFIG", str(folder / "my.toml"))

    assert load().data == folder / "inhalt"


def test_the_environment_goes_before_the_file_and_an_argument_before_both(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text('data = "a"\nsenders = 3\nlog = "json"\n')
    monkeypatch.setenv("INTEGRADO_DATA", "/b")
    monkeypatch.setenv("INTEGRADO_SENDERS", "5")

    assert load().data == Path("/b")
    assert load().senders == 5
    assert load().log == "json"
    assert load(data=Path("/c")).data == Path("/c")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('sender = "4"', "`sender`.*did you mean `senders`"),
        ("senders = 0", "`senders`.*greater than or equal to 1"),
        ('language = "fr"', "`language`.*'de' or 'en'"),
        ("data = [", "integrado.toml cannot be read"),
    ],
)
def test_a_wrong_word_is_named_with_the_right_one(toml: Path, text: str, complaint: str) -> None:
    toml.write_text(text)

    with pytest.raises(SettingsError, match=complaint):
        load()


def test_a_named_file_must_exist(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEGRADO_CONFIG", str(toml))

    with pytest.raises(SettingsError, match="no such file"):
        load()


@pytest.mark.parametrize(
    ("named", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de_DE.UTF-8"),
        ({"LC_ALL": "de_AT", "LANG": "en_GB.UTF-8"}, "de_AT"),
        ({"LC_MESSAGES": "tr_TR.UTF-8", "LANG": "de_DE"}, "tr_TR.UTF-8"),
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({}, None),
    ],
)
def test_the_shell_names_its_language_even_if_the_machine_does_not_have_it(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, str], language: str | None
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in named.items():
        monkeypatch.setenv(name, value)

    assert shell_language() == language
