"""Commands for the terminal, one per step of the line."""

from __future__ import annotations

import atexit
import gc
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from integrado_poster.cli import accounts, house, looking, plans, posts, publishing, telling
from integrado_poster.cli.shell import Shell
from integrado_poster.errors import PosterError, SettingsError
from integrado_poster.speech import LANGUAGES, Speech, speech

cli = typer.Typer(
    name="integrado-poster",
    help="Publish a coalition's social-media campaign: nothing twice, nothing lost.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 bug, 2 usage, 3 plan has errors, 4 warnings with --strict, "
    "5 posts need a person, 6 login or permission, 7 temporary, 8 stopped, 9 already running, 75 stuck (start it again).",
)
for room in (house, plans, publishing, looking, accounts, posts, telling):
    room.add_to(cli)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"integrado-poster {version('integrado-poster')}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the database, instead of the setting.")
    ] = None,
    lang: Annotated[
        Literal["de", "en"] | None, typer.Option(help="Instead of the campaign's language.")
    ] = None,
    version: Annotated[
        bool,
        # Eager: it asks for no command.
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Options of every command."""
    context.obj = Shell(data=data, language=lang)


def main() -> None:
    """Run one command; an error of ours becomes one sentence on stderr and its exit code."""
    gc.set_threshold(100_000)  # importing makes many objects and no garbage: 40 ms of a start
    atexit.register(gc.freeze)  # else Python looks for garbage once more at the very end: 60 ms
    try:
        sys.exit(_program()(prog_name="integrado-poster", standalone_mode=False) or 0)
    except typer.TyperException as error:
        sys.stderr.write(_told(error))
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)
    except PosterError as error:
        notes = getattr(error, "__notes__", ())
        sys.stderr.writelines(f"{words}\n" for words in (_sentence(error), *notes))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _program() -> Any:
    """All commands; where they are about to explain themselves, in the language of the house."""
    program: Any = typer.main.get_command(cli)
    words = sys.argv[1:]
    group = not words or hasattr(program.commands.get(words[-1]), "commands")
    if group or {"--help", "-h"} & {*words}:
        from integrado_poster.speech.house import house_language

        if (_asked_language() or house_language()).startswith("de"):
            from integrado_poster.cli.helped import in_german

            in_german(program)
    return program


def _told(error: typer.TyperException) -> str:
    """What is wrong with the words of a command."""
    from integrado_poster.cli.usage import told

    words = told(_speech(), error)
    return f"{words}\n" if words else ""


def _sentence(error: PosterError) -> str:
    """Our words for a kind of error, with what it says itself."""
    say = _speech()
    key = f"error.{type(error).__name__}"
    return say(key, detail=error.said) if key in say else say.words(error.said)


def _speech() -> Speech:
    """The sentences; when the settings that name the language are what is wrong, the shell's."""
    from integrado_poster.settings import shell_language

    asked = _asked_language()
    try:
        return Shell(language=asked).say
    except SettingsError:
        return speech(asked or shell_language() or "en")


def _asked_language() -> str | None:
    words = sys.argv[1:]
    asked = words[words.index("--lang") + 1] if "--lang" in words[:-1] else None
    return asked if asked in LANGUAGES else None
