"""The words of the gallery, in German and English."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from integrado_poster.contract import cents
from integrado_poster.render import captions

Words = Mapping[str, str]


def said(language: str) -> Words:
    """Give the page's words in German, or else in English."""
    return WORDS["de" if language.lower().split("-")[0] == "de" else "en"]


def number(our: Words, amount: int) -> str:
    """A number as it is written: "63.206"."""
    return f"{amount:,}".replace(",", our["group"])


def dollars(our: Words, amount: Decimal) -> str:
    """A price as it is written: "0,21"."""
    return str(cents(amount)).replace(".", our["point"])


def missing(our: Words, dropped: Collection[str], some_hashtags: bool, language: str) -> str:
    """What had no room, as a list in words; `dropped` as in `Wording`, `language` is the page's."""
    names = []
    for name in dropped:
        part, _, code = name.partition(":")
        if part == "hashtags" and some_hashtags:
            part = "more hashtags"
        names.append(our[f"dropped {part}"].format(captions.tongue(code, language)))
    return ", ".join(names)


WORDS: Mapping[str, Words] = {
    "de": {
        "title": "Vorschau",
        "skip": "Zu den Beiträgen",
        "days": "Tage",
        "areas": "Arbeitsfelder",
        "counts": "{} Beiträge, {} Konten, {} Fassungen: so gehen sie hinaus.",
        "time": "{} Uhr",
        "count": "{} von {}",
        "point": ",",
        "group": ".",
        "no picture": "Ohne Bild.",
        "more": "… Mehr anzeigen",
        "cropped": "So beschneidet die Plattform die Ansicht. Wer darauf tippt, sieht alles.",
        "link card": "Titel und Bild holt die Plattform von dieser Seite.",
        "reading": "Was ein Vorleseprogramm sagt",
        "profile": "Konto",
        "text": "Text",
        "button": "Schalter",
        "alt": "Bild {} von {}, Beschreibung ({} Zeichen)",
        "alt limit": "Bild {} von {}, Beschreibung ({} von {} Zeichen)",
        "no alt": "keine",
        "dropped": "Kein Platz mehr für: {}.",
        "dropped information": "Angaben zum Zugang",
        "dropped link": "Link",
        "dropped handle": "Profil des Trägers",
        "dropped funder": "Zeile des Förderers",
        "dropped hashtags": "Hashtags",
        "dropped more hashtags": "weitere Hashtags",
        "dropped translation": "Übersetzung ({})",
        "chain": "Kette aus {} Beiträgen",
        "part": "Teil {} von {}",
        "no link": "Ohne den Link: So ist es im Plan eingestellt.",
        "no link saves": "Ohne den Link: So ist es im Plan eingestellt, und es spart etwa {} US-Dollar.",
        "cost": "Kostet etwa {} US-Dollar.",
        "cost linked": "Kostet etwa {} US-Dollar, ohne Link wären es {}.",
        "total": "Auf {} kosten die Beiträge zusammen etwa {} US-Dollar, ohne Links wären es {}.",
        "total bare": "Auf {} kosten die Beiträge zusammen etwa {} US-Dollar.",
        "total saved": "Auf {0} kosten die Beiträge zusammen etwa {1} US-Dollar. Ohne die Links: Das spart etwa {3}.",
        "stale": "Nicht auf dem neuesten Stand: Im Fenster, in dem render läuft, steht, was noch fehlt.",
        "footer": "Diese Seite lädt nichts aus dem Netz. Sie zeigt Wort für Wort und Bild für Bild, "
        "was veröffentlicht wird. Das Aussehen der Plattformen ist nachempfunden.",
    },
    "en": {
        "title": "Preview",
        "skip": "Skip to the posts",
        "days": "Days",
        "areas": "Areas of work",
        "counts": "{} posts, {} accounts, {} versions: this is how they will go out.",
        "time": "{}",
        "count": "{} of {}",
        "point": ".",
        "group": ",",
        "no picture": "Without a picture.",
        "more": "… See more",
        "cropped": "The platform shows it cropped like this. A tap shows all of it.",
        "link card": "The platform takes title and picture from that page.",
        "reading": "What a screen reader says",
        "profile": "Account",
        "text": "Text",
        "button": "button",
        "alt": "Picture {} of {}, description ({} characters)",
        "alt limit": "Picture {} of {}, description ({} of {} characters)",
        "no alt": "none",
        "dropped": "No room was left for: {}.",
        "dropped information": "information on access",
        "dropped link": "link",
        "dropped handle": "the organisation's profile",
        "dropped funder": "the funder's line",
        "dropped hashtags": "hashtags",
        "dropped more hashtags": "more hashtags",
        "dropped translation": "translation ({})",
        "chain": "Chain of {} posts",
        "part": "Part {} of {}",
        "no link": "Without the link, as the plan says.",
        "no link saves": "Without the link, as the plan says, which saves about {} US dollars.",
        "cost": "Costs about {} US dollars.",
        "cost linked": "Costs about {} US dollars; without a link it would be {}.",
        "total": "On {} the posts cost about {} US dollars altogether; without links it would be {}.",
        "total bare": "On {} the posts cost about {} US dollars altogether.",
        "total saved": "On {0} the posts cost about {1} US dollars altogether. Leaving out the links saves about {3}.",
        "stale": "Not up to date: the window in which render is running says what is wrong.",
        "footer": "This page loads nothing from the net. It shows word by word and picture by picture "
        "what will be published. The platforms' looks are imitated.",
    },
}
