"""Settings come from arguments, the environment, the file and the defaults, in this order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from integrado_poster.errors import SettingsError
from integrado_poster.settings import load, shell_language
from integrado_poster.speech import speech


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("INTEGRADO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "integrado.toml"


def test_without_any_word_everything_lies_in_the_folder(toml: Path) -> None:
    found = load()

    assert found.place == toml.parent / "data" / "integrado.sqlite"
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
        ("senders = 0", "`senders`.*at least 1"),
        ('language = "fr"', "`language`.*one of: de, en"),
        ("data = [", "integrado.toml cannot be read"),
    ],
)
def test_a_wrong_word_is_named_with_the_right_one(toml: Path, text: str, complaint: str) -> None:
    toml.write_text(text)

    with pytest.raises(SettingsError, match=complaint):
        load()


MAIL = '[mail]\nhost = "mail.example.org"\nfrom = "poster@example.org"\n'


def test_mail_is_a_table_and_each_word_of_it_may_come_from_the_environment(
    toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml.write_text(
        f'language = "de"\n{MAIL}to = ["a@example.org"]\npassword_file = "mail.password"\n'
    )
    monkeypatch.setenv("INTEGRADO_MAIL_TO", "b@example.org, Ayşe Muster <c@example.org>")
    monkeypatch.setenv("INTEGRADO_MAIL_PASSWORD", "ganz geheim")

    mail = load().mail

    assert mail is not None
    assert mail.to == ("b@example.org", "Ayşe Muster <c@example.org>")
    assert mail.door == 587
    assert mail.language == "de"
    assert mail.password_file == toml.parent / "mail.password"
    assert "geheim" not in repr(load())


def test_without_a_server_there_is_no_mail(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTEGRADO_MAIL_PASSWORD_FILE", "/run/secrets/mail_password")
    monkeypatch.setenv("INTEGRADO_MAIL_HOST", "")

    assert load().mail is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (MAIL, r"`mail\.to`.*is missing"),
        (f'{MAIL}to = "leitung"', r"`mail\.to`.*“leitung” is not a mail address"),
        (f'{MAIL}to = "a@example.org\\nBcc: b@example.org"', r"(?s)`mail\.to`.*not a mail address"),
        (f'{MAIL}to = "a@example.org"\nhots = "x"', r"`mail\.hots`.*did you mean `mail\.host`"),
        (f'{MAIL}to = "a@example.org"\npassword = "x"', "does not belong into this file"),
        (
            f'{MAIL}to = "a@example.org"\nuser = "x"\nsecurity = "none"',
            "must not travel unencrypted",
        ),
        ('mail = "a@example.org"', "`mail`"),
    ],
)
def test_a_wrong_word_about_mail_is_named(toml: Path, text: str, complaint: str) -> None:
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


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('senders = "viele"', "„senders“ geht so nicht (hier muss eine ganze Zahl stehen)"),
        ("senders = 0", "„senders“ geht so nicht (mindestens 1)"),
        ("senders = 999", "„senders“ geht so nicht (höchstens 256)"),
        ('language = "fr"', "„language“ geht so nicht (zur Wahl: de, en)"),
        ("data = 5", "„data“ geht so nicht (hier gehören Worte in Anführungszeichen hin)"),
        ('database = "mysql://x"', "„database“ geht so nicht (eine Adresse beginnt mit postgresql://)"),
        ('mail = "ja"', "„mail“ geht so nicht (hier gehört eine Tabelle hin)"),
        ('[mail]\nhost = "x"\nfrom = "a@example.org"', "„mail.to“ geht so nicht (die Angabe fehlt)"),
        ('data = "a"\nlog = json', "In Zeile 2, Zeichen 7 stimmt die Schreibweise nicht."),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_is_told_in_german(toml: Path, text: str, complaint: str) -> None:
    toml.write_text(text)

    with pytest.raises(SettingsError) as caught:
        load()

    said = speech("de").words(caught.value.said)
    assert complaint in said
    assert not any(word in said for word in ("Input", "valid", "value", "Field"))
