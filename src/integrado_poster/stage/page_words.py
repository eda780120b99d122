"""The words of the stage's page, in German and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "title": "Bühne",
        "lead": "So sähen Leserinnen und Leser die Beiträge. Nichts davon steht im Internet.",
        "skip": "Zu den Beiträgen springen",
        "reload": "Neu laden",
        "posts": "Beiträge",
        "post": "Beitrag",
        "empty": "Hier ist noch nichts veröffentlicht.",
        "alt": "Bildbeschreibung",
        "no_alt": "Ohne Bildbeschreibung",
        "language": "Sprache",
        "answers": "Antwort auf",
        "faults": "Störungen",
        "faults_lead": "Lassen Sie eine Plattform stören und sehen Sie, ob trotzdem jeder Beitrag "
        "genau einmal erscheint.",
        "platform": "Plattform",
        "fault": "Störung",
        "place": "Wobei",
        "times": "Wie oft",
        "play": "Störung vormerken",
        "waiting": "Vorgemerkt",
        "revoked_now": "Zugang gesperrt",
        "restore": "Zurücksetzen",
        "drawn": "Bisher ausgelost",
        "requests": "Letzte Anfragen",
        "no_requests": "Noch keine Anfrage.",
        "when": "Zeit",
        "request": "Anfrage",
        "size": "Bytes",
        "status": "Antwort",
        "silence": "keine",
        "error": "Das ging nicht",
        "publish": "Veröffentlichen",
        "upload": "Hochladen",
        "read": "Lesen",
        "login": "Anmelden",
        "refuse": "Ablehnung: dieser Text nie",
        "revoked": "Zugang gesperrt, bis Sie ihn zurücksetzen",
        "slow-down": "Zu viele Anfragen: später wiederkommen",
        "down": "Nicht erreichbar (503), nichts erschienen",
        "dropped": "Verbindung weg, nichts erschienen",
        "early-error": "Serverfehler, nichts erschienen",
        "upload-error": "Hochladen scheitert vorübergehend",
        "lost-reply": "Erschienen, aber keine Antwort",
        "late-error": "Erschienen, aber Serverfehler gemeldet",
        "garbled": "Erschienen, Antwort unlesbar",
        "no-id": "Erschienen, Antwort ohne Kennung",
        "slow": "Erschienen, Antwort kommt zu spät",
        "hidden": "Erschienen, keine Antwort, erst später sichtbar",
    },
    "en": {
        "title": "Stage",
        "lead": "The posts as readers would see them. None of this is on the internet.",
        "skip": "Skip to the posts",
        "reload": "Reload",
        "posts": "posts",
        "post": "post",
        "empty": "Nothing has been published here yet.",
        "alt": "Image description",
        "no_alt": "No image description",
        "language": "Language",
        "answers": "Answer to",
        "faults": "Faults",
        "faults_lead": "Make a platform fail, and see whether every post still appears exactly "
        "once.",
        "platform": "Platform",
        "fault": "Fault",
        "place": "While",
        "times": "How often",
        "play": "Queue this fault",
        "waiting": "Queued",
        "revoked_now": "Access revoked",
        "restore": "Reset",
        "drawn": "Drawn so far",
        "requests": "Latest requests",
        "no_requests": "No request yet.",
        "when": "Time",
        "request": "Request",
        "size": "Bytes",
        "status": "Answer",
        "silence": "none",
        "error": "That did not work",
        "publish": "publishing",
        "upload": "uploading",
        "read": "reading",
        "login": "logging in",
        "refuse": "Refused: never this text",
        "revoked": "Access revoked until you reset it",
        "slow-down": "Too many requests: come back later",
        "down": "Unavailable (503), nothing published",
        "dropped": "Connection dropped, nothing published",
        "early-error": "Server error, nothing published",
        "upload-error": "Uploads fail for the moment",
        "lost-reply": "Published, but no reply",
        "late-error": "Published, but a server error is reported",
        "garbled": "Published, unreadable reply",
        "no-id": "Published, reply without an id",
        "slow": "Published, the reply comes too late",
        "hidden": "Published, no reply, visible only later",
    },
}

_DAYS = {
    "de": ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def language(accepted: str) -> str:
    """The first of our languages in an Accept-Language header by its weights; German if none."""
    best, weight = "de", 0.0
    for part in accepted.split(","):
        match = re.fullmatch(
            r"\s*([A-Za-z]{2})(?:-\w+)*\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part
        )
        if match and match[1].lower() in WORDS and float(match[2] or 1) > weight:
            best, weight = match[1].lower(), float(match[2] or 1)
    return best


def moment(at: datetime, words: str) -> str:
    """A local time as people write it: "So., 26.9.2021, 10:00 Uhr"."""
    day = _DAYS[words][at.weekday()]
    if words == "de":
        return f"{day}, {at.day}.{at.month}.{at.year}, {at:%H:%M} Uhr"
    return f"{day} {at.day}/{at.month}/{at.year}, {at:%H:%M}"
