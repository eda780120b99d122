"""A plan is taken over knowingly: its differences in words, nothing of others undone, nothing ever lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from integrado_poster import plan
from integrado_poster.contract import Receipt
from integrado_poster.errors import PlanChanged
from integrado_poster.journal import Journal, Post, journal_at
from integrado_poster.model import Account, Approvals, Campaign, Channel, How
from integrado_poster.plan import Piece, conflicts, named, pieces
from integrado_poster.schedule import planned
from tests.builders import (
    NOON,
    a_campaign,
    a_journal,
    a_message,
    a_planned,
    a_planned_post,
    an_organisation,
)
from tests.conftest import SHIPPED
from tests.test_cli import Cli, cli

__all__ = ["cli"]  # pytest finds the fixture by this

POST = Post("ikw-2021", "IKW-01")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = a_journal(tmp_path, a_planned(), campaign=a_campaign())
    yield made
    made.close()


def dump(database: Path) -> str:
    """Everything in the database, as `sqlite3 .dump` prints it."""
    with closing(sqlite3.connect(database)) as connection:
        return "\n".join(connection.iterdump())


def changed(**changes: object) -> Campaign:
    return a_campaign(posts=(a_planned_post(**changes),))


def online(journal: Journal) -> None:
    number = journal.deliveries()[0].id
    assert journal.mark_posted(number, Receipt(id="1", url="https://social.example/1"), "A", NOON)


# --- Taking over ----------------------------------------------------------------------------------


def test_the_second_time_changes_not_one_byte(journal: Journal, tmp_path: Path) -> None:
    before = dump(tmp_path / "poster.db")

    changes = journal.apply(a_campaign(), [a_planned()], now=NOON + timedelta(hours=1), by="B")

    assert (changes.added, changes.changed, changes.cancelled) == ((), (), ())
    assert dump(tmp_path / "poster.db") == before


def test_a_post_that_is_online_stays_in_the_plan_as_it_went_out(
    journal: Journal, tmp_path: Path
) -> None:
    online(journal)
    other = [a_planned(text="Ganz anders")]

    changes = journal.apply(changed(text="Ganz anders"), other, now=NOON)

    assert changes.too_late == (("IKW-01", "netz-mastodon"),)
    assert journal.campaign() == a_campaign()
    before = dump(tmp_path / "poster.db")
    journal.apply(changed(text="Ganz anders"), other, now=NOON + timedelta(hours=1))
    assert dump(tmp_path / "poster.db") == before


def test_a_post_that_is_online_cannot_be_dropped_nor_its_organisation(journal: Journal) -> None:
    online(journal)
    later = a_planned_post(id="IKW-02", organisation="drk", date=date(2021, 9, 27), areas=())
    without = a_campaign(
        posts=(later,), organisations=(an_organisation(key="drk"),), areas=(), accounts=()
    )

    journal.apply(without, [], now=NOON)

    loaded = journal.campaign()
    assert loaded is not None
    assert [post.id for post in loaded.posts] == ["IKW-01", "IKW-02"]
    assert loaded.posts[0] == a_planned_post()
    assert {"awo", "drk"} == loaded.members.keys()
    assert [area.key for area in loaded.areas] == ["beratung"]


def test_where_something_may_still_change_the_plan_says_what_is_new(journal: Journal) -> None:
    online(journal)
    two = a_campaign(
        posts=(a_planned_post(text="Ganz anders"),),
        accounts=tuple(Account(key=key, platform="mastodon") for key in ("netz-mastodon", "awo")),
    )

    journal.apply(
        two,
        [a_planned(text="Ganz anders", account=key) for key in ("netz-mastodon", "awo")],
        now=NOON,
    )

    assert journal.campaign() == two


def test_a_yes_lapses_with_a_change_and_counts_again_when_it_is_undone(tmp_path: Path) -> None:
    asked = a_campaign(approvals=Approvals.MEMBER)
    with closing(a_journal(tmp_path, a_planned(), campaign=asked)) as journal:
        journal.approve(POST, by="Ayşe Muster", how=How.PHONE, now=NOON)

        assert journal.compare(asked, [a_planned()]).lapsed == ()
        assert journal.compare(asked, [a_planned(text="Neu")]).lapsed == ("IKW-01",)
        assert journal.apply(asked, [a_planned(text="Neu")], now=NOON).lapsed == ("IKW-01",)
        assert journal.apply(asked, [a_planned()], now=NOON).lapsed == ()
        assert journal.unapproved() == []


def test_a_plan_that_changed_while_somebody_looked_is_looked_at_again(journal: Journal) -> None:
    seen = a_campaign().digest
    journal.apply(changed(note="von jemand anderem"), [a_planned()], now=NOON)

    with pytest.raises(PlanChanged):
        journal.apply(changed(text="Neu"), [a_planned(text="Neu")], now=NOON, seen=seen)

    assert journal.campaign() == changed(note="von jemand anderem")


def test_a_plan_without_a_post_that_is_half_online_can_be_taken_over_again(tmp_path: Path) -> None:
    both = (Account(key="a", platform="mastodon"), Account(key="b", platform="mastodon"))
    goes, stays = a_planned_post(id="IKW-01"), a_planned_post(id="IKW-02")
    messages = [a_message(post=post.id, account=key) for post in (goes, stays) for key in "ab"]
    whole = a_campaign(accounts=both, posts=(goes, stays))
    journal = a_journal(tmp_path, *planned(whole, messages), campaign=whole)
    online(journal)
    half = whole.model_copy(update={"posts": (stays,)})
    journal.apply(half, planned(half, messages[2:]), now=NOON)

    version = journal.version(whole.key, 2)
    assert version is not None
    campaign, again = version
    changes = journal.compare(campaign, planned(campaign, again))

    assert (changes.changed, changes.too_late) == ((), (("IKW-01", "a"),))


# --- Versions --------------------------------------------------------------------------------------


def test_every_plan_is_kept_with_its_words_and_pictures(journal: Journal) -> None:
    journal.apply(changed(text="Neu"), [a_planned(text="Neu")], now=NOON, by="Ayşe Muster")

    assert [
        (one.number, one.by, one.posts, one.messages) for one in journal.versions("ikw-2021")
    ] == [
        (2, "Ayşe Muster", 1, 1),
        (1, "", 1, 1),
    ]
    assert journal.version("ikw-2021", 1) == (a_campaign(), (a_planned().message,))
    assert journal.version("ikw-2021", 3) is None
    assert journal.plan_of("ikw-2021", a_campaign().digest) == a_campaign()


def test_other_pictures_under_the_same_names_are_another_version(journal: Journal) -> None:
    journal.apply(a_campaign(), [a_planned(pictures=())], now=NOON)

    assert [one.number for one in journal.versions("ikw-2021")] == [2, 1]


def test_what_is_online_stays_as_it_is_in_every_later_version(journal: Journal) -> None:
    online(journal)
    journal.apply(changed(text="Neu"), [a_planned(text="Neu")], now=NOON)

    assert [one.number for one in journal.versions("ikw-2021")] == [1]


# --- Three plans -------------------------------------------------------------------------------------


def test_what_only_the_file_changes_and_what_both_change_alike_is_no_clash() -> None:
    base, loaded = a_campaign(), changed(note="Foto folgt")

    assert conflicts(base, base, changed(text="Neu")) == ()
    assert conflicts(base, loaded, changed(note="Foto folgt", text="Neu")) == ()


def test_what_the_file_would_undo_or_contradict_is_named_field_by_field() -> None:
    base, loaded = a_campaign(), changed(note="Foto folgt", text="Schon besser")
    file = changed(text="Am besten", headline="Neu")

    assert [
        (one.post, one.field, one.then, one.now, one.file) for one in conflicts(base, loaded, file)
    ] == [
        ("IKW-01", "text", "Wir fangen an & freuen uns", "Schon besser", "Am besten"),
        ("IKW-01", "note", None, "Foto folgt", None),
    ]


def test_a_post_that_somebody_else_added_is_not_dropped_in_silence() -> None:
    base = a_campaign()
    loaded = a_campaign(posts=(a_planned_post(), a_planned_post(id="IKW-02", text="Auch da")))

    assert [(one.post, one.now, one.file) for one in conflicts(base, loaded, base)] == [
        ("IKW-02", "Auch da", None)
    ]


# --- In words ------------------------------------------------------------------------------------------


def test_a_difference_is_told_in_words_with_a_little_around_it() -> None:
    assert pieces("Wir laden Sie ein", "Wir laden euch ein") == (
        Piece("", "Wir laden "),
        Piece("-", "Sie"),
        Piece("+", "euch"),
        Piece("", " ein"),
    )
    assert pieces("Ein langer Tisch", "Ein Tisch")[1] == Piece("-", "langer ")
    long = "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf "
    assert pieces(long + "alt", long + "neu")[0] == Piece("", "…neun zehn elf zwölf ")
    assert pieces(None, "neu") == (Piece("+", "neu"),)


@pytest.mark.parametrize(
    ("post", "path", "german"),
    [
        ("IKW-01", "date", "Datum"),
        ("IKW-01", "pictures.2.alt", "Bildbeschreibung 2"),
        ("IKW-01", "pictures.1.file", "Bild 1"),
        ("IKW-01", "translations.1.language", "Sprache Übersetzung 1"),
        ("IKW-01", "texts.x", "Text x"),
        ("IKW-01", "channels.netz-mastodon", "Konto netz-mastodon"),
        (None, "funder.long_line", "Förderhinweis lang"),
        (None, "organisations.awo.contact", "Träger, AWO: Kontakt"),
        (None, "organisations.awo.handles.x", "Träger, AWO: Name auf x"),
    ],
)
def test_a_field_is_called_as_in_the_sheet(post: str | None, path: str, german: str) -> None:
    assert named(a_campaign(), post, path).de == german


def test_words_of_which_none_stays_are_exchanged_as_a_whole() -> None:
    assert plan.marked("kürzen lassen", "als Kette") == "[-kürzen lassen-][+als Kette+]"
    assert plan.marked("Das alte Fest", "Das neue Fest") == "Das [-alte-][+neue+] Fest"


def test_values_are_written_as_people_write_them() -> None:
    before = a_campaign()
    after = changed(date=date(2021, 9, 27), channels={"netz-mastodon": Channel.BY_HAND})

    assert [(one.field, one.old, one.new) for one in plan.compare(before, after)] == [
        ("date", "26.09.2021", "27.09.2021"),
        ("channels.netz-mastodon", None, "von Hand"),
    ]


# --- On the command line --------------------------------------------------------------------------------

AS_OF = ("--as-of", "2021-09-20")


@pytest.fixture
def exported(cli: Cli, tmp_path: Path) -> Path:
    """The shipped plan, taken over and exported again."""
    for folder in ("pictures", "cards"):
        if (SHIPPED / folder).is_dir():
            shutil.copytree(SHIPPED / folder, tmp_path / folder)
    assert cli("init", ".").code == 0
    assert cli("plan", "apply", SHIPPED, *AS_OF).code == 0
    assert cli("plan", "export", "mein.yaml").code == 0
    return tmp_path / "mein.yaml"


def edited(file: Path, old: str, new: str, name: str | None = None) -> Path:
    text = file.read_text(encoding="utf-8")
    assert old in text
    target = file.with_name(name or file.name)
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    return target


def test_an_export_taken_over_again_is_nothing_to_do_byte_for_byte(
    cli: Cli, exported: Path
) -> None:
    before = dump(exported.parent / "data" / "integrado.sqlite")

    run = cli("plan", "apply", exported, *AS_OF)

    assert (run.code, run.out.split(":")[0]) == (0, "Nothing to do")
    assert dump(exported.parent / "data" / "integrado.sqlite") == before


def test_diff_tells_words_and_consequences(cli: Cli, exported: Path) -> None:
    with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as opened:
        opened.approve(Post("interkulturelle-woche-2021", "IKW-03"), "Ayşe Muster", How.MAIL, NOON)
    file = edited(exported, "Bekannte.", "Freunde.")

    run = cli("--lang", "de", "plan", "diff", file, *AS_OF)

    assert "IKW-03 · Stadtteil-Schule · Di 28.09.2021" in run.out
    assert "Fremden [-Bekannte.-][+Freunde.+]" in run.out
    assert "→ wird geändert: " in run.out
    assert "→ Die Freigabe verfällt." in run.out
    assert "IKW-04" not in run.out


def test_diff_tells_what_becomes_several_posts(cli: Cli, exported: Path) -> None:
    chained = edited(exported, "lange_texte: kürzen lassen", "lange_texte: als Kette")
    longer = "Kommen Sie zu uns und malen Sie mit. " * 9 + "So werden aus"
    file = edited(chained, "So werden aus", longer)
    run = cli("--lang", "de", "plan", "diff", file, *AS_OF)

    assert "Lange Texte: [-kürzen lassen-][+als Kette+]" in run.out
    assert "→ wird eine Kette aus 2 Beiträgen: mastodon" in run.out

    apart = edited(file, "sprachfassungen: zusammen", "sprachfassungen: einzeln")
    run = cli("--lang", "de", "plan", "diff", apart, *AS_OF)
    of_four = run.out.partition("IKW-04 ·")[2].partition("IKW-05 ·")[0]

    assert "→ erscheint auch als eigener Beitrag in tr: x, facebook, mastodon, bluesky" in of_four
    assert cli("plan", "apply", apart, *AS_OF).code == 0
    assert cli("plan", "apply", apart, *AS_OF).out.startswith("Nothing to do")


def test_a_plan_with_chains_and_languages_apart_comes_back_as_it_was(
    cli: Cli, exported: Path
) -> None:
    apart = edited(exported, "sprachfassungen: zusammen", "sprachfassungen: einzeln")
    cli("plan", "apply", apart, *AS_OF)
    back = cli("plan", "restore", "1", "--dry-run", *AS_OF)
    cli("plan", "restore", "1", *AS_OF)
    forth = cli("--lang", "de", "plan", "restore", "2", "--dry-run", *AS_OF)

    assert "[-einzeln-][+zusammen+]" in back.out
    assert "eigener Beitrag in ar" in forth.out


def test_a_file_that_does_not_know_of_a_change_is_refused_with_the_field(
    cli: Cli, exported: Path
) -> None:
    first = edited(exported, "viele Hände", "tausend Hände", "eins.yaml")
    second = edited(exported, "viele Hände", "hundert Hände", "zwei.yaml")
    assert cli("plan", "apply", first, *AS_OF).code == 0
    before = dump(exported.parent / "data" / "integrado.sqlite")

    run = cli("--lang", "de", "plan", "apply", second, *AS_OF)

    assert run.code == 3
    assert "„Überschrift“ wurde seit dem Export" in " ".join(run.err.split())
    assert "tausend Hände" in " ".join(run.err.split())
    assert "plan export" in run.err
    told = json.loads(cli("plan", "diff", second, "--json", *AS_OF).out)["conflicts"]
    assert [(one["post"], one["field"], one["now"]) for one in told] == [
        ("IKW-03", "headline", "Eine Wand, tausend Hände")
    ]
    assert dump(exported.parent / "data" / "integrado.sqlite") == before
    assert cli("plan", "apply", second, "--overwrite", *AS_OF).code == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2021-09-28", "28.9.21"),  # not understood
        ("viele Hände", "viele XXX"),  # an error by the rules
        ("viele Hände", "Hände " * 70),  # no room on the card
        ("viele Hände", "tausend Hände"),  # changed by somebody else meanwhile
    ],
)
def test_whatever_keeps_a_plan_from_being_taken_over_it_says_so(
    cli: Cli, exported: Path, old: str, new: str
) -> None:
    meanwhile = edited(exported, "viele Hände", "hundert Hände", "eins.yaml")
    assert cli("plan", "apply", meanwhile, *AS_OF).code == 0
    before = dump(exported.parent / "data" / "integrado.sqlite")

    run = cli("--lang", "de", "plan", "apply", edited(exported, old, new), *AS_OF)

    assert run.code == 3
    assert run.err.count("Nichts wurde übernommen.") == 1
    assert dump(exported.parent / "data" / "integrado.sqlite") == before


def test_a_plan_that_is_taken_over_is_not_said_to_be_left(cli: Cli, exported: Path) -> None:
    run = cli("--lang", "de", "plan", "apply", edited(exported, "viele", "tausend"), *AS_OF)

    assert (run.code, run.err) == (0, "")


def test_post_show_answers_in_json_with_the_words_and_the_alt_texts(
    cli: Cli, exported: Path
) -> None:
    shown = json.loads(cli("post", "show", "IKW-03", "--json").out)

    assert {each["account"] for each in shown} == {"x", "facebook", "mastodon", "bluesky"}
    assert "Fremden Bekannte" in next(e["text"] for e in shown if e["account"] == "facebook")
    assert all(each["pictures"][0]["alt"] for each in shown)


def test_a_file_that_leaves_a_long_text_as_it_was_is_said_to_hold_the_former_one(
    cli: Cli, exported: Path
) -> None:
    first = edited(exported, "Bekannte.", "Freunde.", "eins.yaml")
    second = edited(exported, "viele Hände", "hundert Hände", "zwei.yaml")
    cli("plan", "apply", first, *AS_OF)

    run = cli("--lang", "de", "plan", "apply", second, *AS_OF)

    said = " ".join(run.err.split())
    assert "[-Bekannte.-][+Freunde.+]" in said
    assert "In Ihrer Datei steht noch das Frühere." in said


def test_of_long_texts_only_what_differs_is_told(cli: Cli, exported: Path) -> None:
    first = edited(exported, "Bekannte.", "Freunde.", "eins.yaml")
    second = edited(exported, "Fremden", "Nachbarn", "zwei.yaml")
    cli("plan", "apply", first, *AS_OF)

    said = " ".join(cli("plan", "apply", second, *AS_OF).err.split())

    assert "Fremden [-Bekannte.-][+Freunde.+]" in said
    assert "[-Fremden-][+Nachbarn+] Bekannte." in said


def test_an_earlier_version_counts_again_with_its_words_and_pictures(
    cli: Cli, exported: Path
) -> None:
    cli("plan", "apply", edited(exported, "viele Hände", "tausend Hände"), *AS_OF)
    shutil.rmtree(exported.parent / "pictures")  # restoring needs no file

    shown = cli("plan", "restore", "1", "--dry-run", *AS_OF)
    done = cli("plan", "restore", "1", *AS_OF)
    again = cli("plan", "restore", "1", *AS_OF)

    assert "[-tausend-][+viele+]" in shown.out
    assert done.out.startswith("Changed: 4 (IKW-03)")
    assert again.out.startswith("Nothing to do")
    assert [one["number"] for one in json.loads(cli("plan", "versions", "--json").out)] == [3, 2, 1]
    assert cli("plan", "restore", "9").code == 2


def test_without_a_plan_there_is_no_version(cli: Cli) -> None:
    cli("init", ".")

    assert "plan apply" in cli("plan", "versions").out
    assert cli("plan", "restore", "1").code == 2


def test_a_check_tells_what_the_file_would_take_out_of_the_plan(cli: Cli, exported: Path) -> None:
    text = exported.read_text(encoding="utf-8")
    start, end = text.index("- nr: IKW-02"), text.index("- nr: IKW-03")
    exported.write_text(text[:start] + text[end:], encoding="utf-8")
    with closing(journal_at(Path("data/integrado.sqlite"), Path("integrado.key"))) as opened:
        for one in opened.deliveries():
            if one.post == "IKW-03":
                opened.mark_posted(one.id, Receipt(id=one.account, url=None), "A", NOON)
    edited(exported, "viele Hände", "tausend Hände")

    found = json.loads(cli("plan", "check", exported, "--json", *AS_OF).out)["findings"]

    said = {one["rule"]: one["message"] for one in found}
    assert "IKW-02 is missing in the new file" in said["PLAN-15"]
    assert "IKW-03 is already online. The change is ignored: Headline" in said["PLAN-16"]


def test_the_pictures_of_a_zip_are_drawn_like_those_of_a_folder(cli: Cli, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "alles"), "zip", SHIPPED)
    cli("init", ".")

    run = cli("plan", "apply", "alles.zip", *AS_OF)
    again = cli("plan", "apply", SHIPPED, *AS_OF)

    assert run.code == 0
    assert again.out.startswith("Nothing to do")
