"""The help of all commands in German: each command and option says it in English, where it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_PANELS = {"argument": "Angaben", "option": "Zusätze"}
_COMMANDS = "Befehle"


def german() -> Mapping[str, str]:
    """What each English help text is in German."""
    with files("integrado_poster.speech").joinpath("help.de.toml").open("rb") as file:
        return tomllib.load(file)


def in_german(command: Any) -> None:
    """Let a command, its options and all commands below it explain themselves in German.

    What nobody has translated stays as it is.
    """
    from typer import rich_utils

    # typer asks for these words when it prints.
    rich_utils.REQUIRED_LONG_STRING = "[nötig]"
    rich_utils.DEFAULT_STRING = "[sonst: {}]"
    _translate(command, german())


def _translate(command: Any, words: Mapping[str, str]) -> None:
    command.help = words.get(command.help, command.help)
    command.epilog = words.get(command.epilog, command.epilog)
    usage, help_option = command.get_usage, command.get_help_option

    def explained(parameter: Any) -> Any:
        if parameter is not None:
            parameter.help = words.get(parameter.help, parameter.help)
            parameter.rich_help_panel = _PANELS.get(parameter.param_type_name)
        return parameter

    # typer makes these two only when they are asked for.
    command.get_usage = lambda context: usage(context).replace("Usage:", "Aufruf:", 1)
    command.get_help_option = lambda context: explained(help_option(context))
    for parameter in command.params:
        explained(parameter)
    for below in getattr(command, "commands", {}).values():
        below.rich_help_panel = _COMMANDS
        _translate(below, words)
