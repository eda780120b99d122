"""The plan's words: every table and column, with its headings, its reader and an example."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import NamedTuple

from integrado_poster.model import (
    Approvals,
    Cadence,
    Channel,
    Gender,
    Languages,
    LongTexts,
    OnLate,
    People,
    Said,
)
from integrado_poster.plan import moments, values
from integrado_poster.plan.spelling import fold, slug
from integrado_poster.plan.values import Misread, Raw, Truth, read_line, read_text

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CARD = re.compile(r"[a-z0-9][a-z0-9_-]*")
_COLOUR = re.compile(r"#?[0-9a-fA-F]{6}")


class Many(Enum):
    """How often a column may stand in its table."""

    ONE = "one"
    NUMBERED = "numbered"  #: "Bild 1", "Bild 2", …
    NAMED = "named"  #: "Text X", "Text Mastodon", …


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: `key` is the field's name in the model; a numbered or named one goes on with "_"."""

    key: str
    heading: Said
    read: Callable[[Raw], object] = read_line
    example: str = ""
    required: bool = False
    many: Many = Many.ONE
    aliases: tuple[str, ...] = ()
    width: int = 16  #: In characters, for the spreadsheet.
    choices: tuple[Said, ...] = ()
    note: Said | None = None  #: What else a person should know who fills it in.
    most: int = 0  #: Characters that fit, as far as the sheet can tell; longer ones are coloured.

    def said(self, rest: str = "") -> Said:
        """The heading in our two languages, with its number or name."""
        return Said(*(f"{name} {rest}".rstrip() for name in self.heading))


class Heading(NamedTuple):
    """A column as one file uses it: "Bild 2" is the column of pictures with the rest "2"."""

    column: Column
    rest: str = ""

    @property
    def key(self) -> str:
        """What it is called in a row of ours: "image_2"."""
        return f"{self.column.key}_{self.rest}" if self.rest else self.column.key


@dataclass(frozen=True, kw_only=True)
class Table:
    """One sheet, or one key at the top of a YAML plan."""

    key: str
    title: Said
    columns: tuple[Column, ...]

    @cached_property
    def required(self) -> tuple[Column, ...]:
        """The columns that must be there, and filled."""
        return tuple(column for column in self.columns if column.required)


def is_key(text: str) -> bool:
    """Whether it may be a key: small letters, digits and hyphens."""
    return _KEY.fullmatch(text) is not None


def _key(raw: Raw) -> str:
    text = read_line(raw).lower()
    if not is_key(text):
        raise Misread(meant=slug(text) or None)
    return text


def _colour(raw: Raw) -> str:
    text = read_line(raw)
    if not _COLOUR.fullmatch(text):
        raise Misread
    return "#" + text.removeprefix("#")


_CARDS = {"foto": "poster", "photo": "poster", "traeger": "profile", "organisation": "profile"}


def _card(raw: Raw) -> str:
    """A card template: one of ours by a word that people know, or the name of a file in `cards/`."""
    text = read_line(raw).lower()
    name = _CARDS.get(fold(text), text)
    if not _CARD.fullmatch(name):
        raise Misread
    return name


_LONG_TEXTS = Said(
    "Was aus einem Text wird, der auf eine Plattform nicht passt. Kürzen lassen: Die Prüfung nennt ihn, und Sie kürzen ihn oder "
    "schreiben einen eigenen für diese Plattform. Als Kette: Wo die Plattform das kann, werden mehrere Beiträge daraus, die "
    "aneinander hängen.",
    "What becomes of a text that does not fit on a platform. Ask to shorten: the check names it, and you shorten it or write "
    "one of its own for that platform. As a chain: where the platform can, it becomes several posts that hang together.",
)
_OF_VERSION = Said(
    "Nur für Sprachfassungen, die einzeln erscheinen: Mit dieser Überschrift bekommt die Fassung eine eigene Karte.",
    "Only for language versions that appear apart: with this headline the version gets a card of its own.",
)
_OF_VERSION_TOO = Said(
    "Nur für Sprachfassungen, die einzeln erscheinen.",
    "Only for language versions that appear apart.",
)
_LANGUAGES = Said(
    "Zusammen: Übersetzungen stehen im selben Beitrag, soweit Platz ist. Einzeln: Jede wird ein eigener Beitrag gleich danach.",
    "Together: translations stand in the same post, as far as there is room. Apart: each becomes a post of its own right after it.",
)
_NO_LINK = Said(
    "Plattformen, auf denen der Link wegbleibt, zum Beispiel weil ein Beitrag mit Link dort viel mehr kostet.",
    "Platforms on which the link is left out, for example because a post with a link costs much more there.",
)

_read_channel = values.read_choice(Channel)
_NUMBERED, _NAMED = Many.NUMBERED, Many.NAMED

CAMPAIGN = Table(
    key="campaign",
    title=Said("Kampagne", "Campaign"),
    columns=(
        Column(key="key", heading=Said("Schlüssel", "Key"), read=_key, example="ikw-2027", required=True),
        Column(key="name", heading=Said("Name", "Name"), example="Interkulturelle Woche 2027", required=True),
        Column(key="zone", heading=Said("Zeitzone", "Time zone"), read=moments.read_zone, example="Europe/Berlin", aliases=("zone",)),
        Column(key="first_day", heading=Said("Von", "First day"), read=moments.read_day, example="26.09.2027", required=True),
        Column(key="last_day", heading=Said("Bis", "Last day"), read=moments.read_day, example="03.10.2027", required=True),
        Column(key="time", heading=Said("Uhrzeit", "Time"), read=moments.read_time, example="10:00", required=True, aliases=("Zeit",)),
        Column(key="cadence", heading=Said("Rhythmus", "Cadence"), read=values.read_choice(Cadence), example="jeden Tag ein anderer Träger", choices=values.words(Cadence)),
        Column(key="language", heading=Said("Sprache", "Language"), read=values.read_language, example="de"),
        Column(key="card", heading=Said("Kartenvorlage", "Card template"), example="poster", aliases=("Karte", "Card")),
        Column(key="hashtags", heading=Said("Hashtags", "Hashtags"), read=values.read_hashtags, example="#InterkulturelleWoche #IntegraDo", aliases=("Hashtag",)),
        Column(key="funder.line", heading=Said("Förderhinweis", "Funder line"), example="Gefördert vom Land Nordrhein-Westfalen"),
        Column(key="funder.long_line", heading=Said("Förderhinweis lang", "Funder long line"), read=read_text, example="Gefördert vom Ministerium … des Landes Nordrhein-Westfalen"),
        Column(key="funder.outdated", heading=Said("Veraltete Namen", "Outdated names"), read=values.read_lines, example="früherer Name des Ministeriums", aliases=("funder outdated",)),
        Column(key="on_late", heading=Said("Bei Verspätung", "When late"), read=values.read_choice(OnLate), example="fragen", choices=values.words(OnLate), aliases=("on late",)),
        Column(key="approvals", heading=Said("Freigabe", "Approval"), read=values.read_choice(Approvals), example="durch den Träger", choices=values.words(Approvals), aliases=("Approvals", "Freigaben")),
        Column(key="gender", heading=Said("Genderform", "Gender form"), read=values.read_choice(Gender), example="Stern", choices=values.words(Gender), aliases=("Gendern", "Gender")),
        Column(key="glossary", heading=Said("Glossar", "Glossary"), read=values.read_names, example="KIM, MSO", aliases=("Abkürzungen",)),
        Column(key="severities", heading=Said("Prüfregeln", "Rules"), read=values.read_rules, example="A11Y-05: aus", aliases=("Regeln", "Severities")),
        Column(key="long_texts", heading=Said("Lange Texte", "Long texts"), read=values.read_choice(LongTexts), example="als Kette", choices=values.words(LongTexts), note=_LONG_TEXTS),
        Column(key="languages", heading=Said("Sprachfassungen", "Language versions"), read=values.read_choice(Languages), example="einzeln", choices=values.words(Languages), aliases=("Sprachen", "Übersetzungen", "Translations"), note=_LANGUAGES),
        Column(key="no_link", heading=Said("Ohne Link auf", "No link on"), read=values.read_platforms, example="X", aliases=("Ohne Link", "Without link on"), note=_NO_LINK),
        Column(key="funder.logo", heading=Said("Förderlogo verlangt", "Funder logo required"), read=values.read_truth, example="ja", choices=values.words(Truth), aliases=("funder logo",)),
        Column(key="late_after", heading=Said("Verspätet nach Stunden", "Late after hours"), read=moments.read_hours, example="6", aliases=("late after",)),
        Column(key="base", heading=Said("Fassung", "Version"), example="bitte so stehen lassen", note=Said("Daran erkennt das Programm, ob sich der Plan seit dem Export geändert hat. Bitte so stehen lassen.", "By this the program sees whether the plan has changed since the export. Please leave it as it is.")),
    ),
)  # fmt: skip

AREAS = Table(
    key="areas",
    title=Said("Arbeitsfelder", "Areas"),
    columns=(
        Column(key="key", heading=Said("Schlüssel", "Key"), read=_key, example="engagement", required=True, width=20),
        Column(key="name", heading=Said("Name", "Name"), example="Bürgerschaftliches Engagement", required=True, width=44),
    ),
)  # fmt: skip

ORGANISATIONS = Table(
    key="organisations",
    title=Said("Träger", "Organisations"),
    columns=(
        Column(key="key", heading=Said("Schlüssel", "Key"), read=_key, example="awo", required=True),
        Column(key="name", heading=Said("Name", "Name"), example="AWO Unterbezirk Dortmund", required=True, width=34),
        Column(key="short", heading=Said("Kurzname", "Short name"), example="AWO", aliases=("Kurz", "Short")),
        Column(key="kind", heading=Said("Art", "Kind"), example="Integrationsagentur", width=22),
        Column(key="focus", heading=Said("Schwerpunkt", "Focus"), example="Wohnen", width=28),
        Column(key="contact", heading=Said("Kontakt", "Contact"), example="presse@awo.example.org", width=28, aliases=("E-Mail",)),
        Column(key="website", heading=Said("Webseite", "Website"), example="https://awo.example.org/", width=28, aliases=("Website", "Internet")),
        Column(key="colour", heading=Said("Farbe", "Colour"), read=_colour, example="#0b5d5e", width=11, aliases=("Color",)),
        Column(key="monogram", heading=Said("Monogramm", "Monogram"), example="AW", width=12),
        Column(key="no_post_days", heading=Said("Kein Beitrag an", "No post on"), read=values.read_names, example="sabbath", width=20, aliases=("no post days",)),
        Column(key="handle", heading=Said("Name auf", "Name on"), example="@awo@social.example", many=_NAMED, width=28, aliases=("handle",)),
    ),
)  # fmt: skip

ACCOUNTS = Table(
    key="accounts",
    title=Said("Konten", "Accounts"),
    columns=(
        Column(key="key", heading=Said("Schlüssel", "Key"), read=_key, example="mastodon", required=True, width=20),
        Column(key="platform", heading=Said("Plattform", "Platform"), read=_key, example="mastodon", required=True),
        Column(key="owner", heading=Said("Träger", "Owner"), example="AWO", aliases=("Organisation",)),
        Column(key="handle", heading=Said("Name", "Handle"), example="@integrado@social.example", width=34),
        Column(key="imprint", heading=Said("Impressum geprüft am", "Imprint confirmed on"), read=moments.read_date, example="01.09.2027", width=18, aliases=("Impressum", "Imprint")),
        Column(key="privacy", heading=Said("Datenschutz geprüft am", "Privacy confirmed on"), read=moments.read_date, example="01.09.2027", width=18, aliases=("Datenschutz", "Privacy")),
    ),
)  # fmt: skip

CONSENTS = Table(
    key="consents",
    title=Said("Einwilligungen", "Consents"),
    columns=(
        Column(key="key", heading=Said("Nr", "No"), example="E-12", required=True, width=10, aliases=("Nummer", "Number", "Schlüssel")),
        Column(key="shows", heading=Said("Zeigt", "Shows"), example="Gruppenfoto Sommerfest, 6 Personen", width=40, aliases=("Beschreibung", "Description")),
        Column(key="form", heading=Said("Ablage", "Form"), example="Ordner 3, Büro", width=24),
        Column(key="channels", heading=Said("Gilt für", "Covers"), read=values.read_names, example="Facebook, Mastodon", width=26, aliases=("Konten", "Channels")),
        Column(key="until", heading=Said("Gültig bis", "Valid until"), read=moments.read_date, example="31.12.2028", width=13, aliases=("Bis",)),
        Column(key="children", heading=Said("Kinder", "Children"), read=values.read_truth, example="ja", width=10, choices=values.words(Truth)),
        Column(key="withdrawn", heading=Said("Widerrufen am", "Withdrawn on"), read=moments.read_date, example="02.10.2027", width=14, aliases=("Widerruf", "Withdrawn")),
    ),
)  # fmt: skip

POSTS = Table(
    key="posts",
    title=Said("Beiträge", "Posts"),
    columns=(
        Column(key="id", heading=Said("Nr", "No"), example="IKW-01", required=True, width=10, aliases=("Nummer", "Number", "Nr.")),
        Column(key="date", heading=Said("Datum", "Date"), read=moments.read_day, example="21.09.2027", required=True, width=12, aliases=("Tag",)),
        Column(key="time", heading=Said("Uhrzeit", "Time"), read=moments.read_time, example="10:00", width=9, aliases=("Zeit",)),
        Column(key="organisation", heading=Said("Träger", "Organisation"), example="AWO", required=True, width=18, aliases=("Organization",)),
        Column(key="areas", heading=Said("Arbeitsfelder", "Areas"), read=values.read_names, example="Bürgerschaftliches Engagement", width=24, aliases=("Arbeitsfeld", "Area")),
        Column(key="headline", heading=Said("Überschrift", "Headline"), read=read_text, example="Gemeinsam stark", width=26, most=45),
        Column(key="text", heading=Said("Text", "Text"), read=read_text, example="Heute stellen wir uns vor.", required=True, width=60, aliases=("Beitragstext",)),
        Column(key="information", heading=Said("Information", "Information"), read=read_text, example="Kostenlos, mehrsprachig, Telefon 0231 5550 100", width=36, aliases=("Informationen", "Info")),
        Column(key="link", heading=Said("Link", "Link"), example="https://awo.example.org/", width=26),
        Column(key="language", heading=Said("Sprache", "Language"), read=values.read_language, example="de", width=9),
        Column(key="translation_language", heading=Said("Sprache Übersetzung", "Translation language"), read=values.read_language, example="tr", many=_NUMBERED, width=15),
        Column(key="translation", heading=Said("Übersetzung", "Translation"), read=read_text, example="Bugün kendimizi tanıtıyoruz.", many=_NUMBERED, width=44),
        Column(key="translated_headline", heading=Said("Überschrift Übersetzung", "Translation headline"), read=read_text, example="Birlikte güçlüyüz", many=_NUMBERED, width=26, most=45, note=_OF_VERSION),
        Column(key="translated_information", heading=Said("Information Übersetzung", "Translation information"), read=read_text, example="Ücretsiz, telefon 0231 5550 100", many=_NUMBERED, width=30, note=_OF_VERSION_TOO),
        Column(key="translated_alt", heading=Said("Bildbeschreibung Übersetzung", "Translation alt text"), read=read_text, example="Bir dükkânın önünde dört sandalye.", many=_NUMBERED, width=30, note=_OF_VERSION_TOO),
        Column(key="image", heading=Said("Bild", "Image"), example="laden.jpg", many=_NUMBERED, width=20, aliases=("Picture",)),
        Column(key="alt", heading=Said("Bildbeschreibung", "Alt text"), read=read_text, example="Vier Stühle vor einem Laden.", many=_NUMBERED, width=36, aliases=("Alternativtext", "Alt")),
        Column(key="credit", heading=Said("Urheber", "Credit"), example="Zeichnung: IntegraDo", many=_NUMBERED, width=18),
        Column(key="focus", heading=Said("Bildausschnitt", "Focus"), read=values.read_focus, example="50 % 40 %", many=_NUMBERED, width=14),
        Column(key="people", heading=Said("Personen erkennbar", "People recognisable"), read=values.read_choice(People), example="nein", many=_NUMBERED, width=12, choices=values.words(People), aliases=("Personen", "People")),
        Column(key="consent", heading=Said("Einwilligung", "Consent"), example="E-12", many=_NUMBERED, width=12),
        Column(key="lettered", heading=Said("Text im Bild", "Text in image"), read=values.read_truth, example="nein", many=_NUMBERED, width=9, choices=values.words(Truth)),
        Column(key="ai", heading=Said("KI-Bild", "AI image"), read=values.read_truth, example="nein", many=_NUMBERED, width=9, choices=values.words(Truth), aliases=("KI", "AI")),
        Column(key="text", heading=Said("Text", "Text"), read=read_text, example="Kürzer, nur für diese Plattform.", many=_NAMED, width=40),
        Column(key="channel", heading=Said("Konto", "Account"), read=_read_channel, example="nein", many=_NAMED, width=12, choices=values.words(Channel), aliases=("Channel", "Kanal")),
        Column(key="card", heading=Said("Karte", "Card"), read=_card, example="Text", width=11, aliases=("Kartenvorlage", "Card template")),
        Column(key="funder_logo", heading=Said("Förderlogo im Bild", "Funder logo"), read=values.read_truth, example="ja", width=11, choices=values.words(Truth)),
        Column(key="approve_by", heading=Said("Freigabe bis", "Approve by"), read=moments.read_moment, example="20.09.2027 18:00", width=17),
        Column(key="on_late", heading=Said("Bei Verspätung", "When late"), read=values.read_choice(OnLate), example="auslassen", width=16, choices=values.words(OnLate), aliases=("on late",)),
        Column(key="deadline", heading=Said("Spätestens", "Deadline"), read=moments.read_time, example="18:00", width=12, aliases=("Spätestens um", "Not after")),
        Column(key="long_texts", heading=Said("Lange Texte", "Long texts"), read=values.read_choice(LongTexts), example="als Kette", width=14, choices=values.words(LongTexts), note=_LONG_TEXTS),
        Column(key="note", heading=Said("Bemerkung", "Note"), read=read_text, example="Foto folgt", width=28, aliases=("Notiz",)),
    ),
)  # fmt: skip

TABLES: Mapping[str, Table] = {
    table.key: table for table in (CAMPAIGN, AREAS, ORGANISATIONS, ACCOUNTS, CONSENTS, POSTS)
}


# --- Recognising what people wrote -------------------------------------------------------


@lru_cache(maxsize=8)
def _names(table: str, many: Many) -> Mapping[str, Column]:
    """Every spelling of the headings of one kind, folded."""
    return {
        fold(name): column
        for column in TABLES[table].columns
        if column.many is many
        for name in (*column.heading, column.key, *column.aliases)
    }


@lru_cache(maxsize=4096)
def recognised(table: str, written: str) -> Heading | None:
    """The column that a heading or key means; case, blanks, hyphens and umlauts may differ."""
    folded = fold(written)
    if column := _names(table, Many.ONE).get(folded):
        return Heading(column)
    stem = folded.rstrip("0123456789")
    if (column := _names(table, _NUMBERED).get(stem)) and len(folded) - len(stem) < 3:
        return Heading(column, str(int(folded[len(stem) :] or 1)))
    for place in re.finditer(r"[\s_:-]+", written):
        rest = written[place.end() :].strip()
        if (column := _names(table, _NAMED).get(fold(written[: place.start()]))) and rest:
            return Heading(column, rest)
    return None


@lru_cache(maxsize=256)
def recognised_table(written: str) -> Table | None:
    """The table that a sheet's name or a top key means."""
    folded = fold(written)
    for table in TABLES.values():
        if folded in {fold(table.key), *map(fold, table.title)}:
            return table
    return None
