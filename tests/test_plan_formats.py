"""CSV from every program, plans in folders and ZIPs, and the pictures that lie with them."""

from __future__ import annotations

import contextlib
import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from integrado_poster.model import Campaign, Finding
from tests.builders import a_campaign, a_planned_post

HEAD = """\
Kampagne
Schlüssel;ikw-2027
Name;Interkulturelle Woche 2027
Von;19.09.2027
Bis;26.09.2027
Uhrzeit;10 Uhr

Träger
Schlüssel;Kurzname;Name
awo;AWO;AWO Unterbezirk Dortmund

Beiträge
"""
POSTS = """\
Nr;Datum;Träger;Text
IKW-01;21.09.2027;AWO;"Grüße aus Dortmund;
wir freuen uns!"
"""

Read = Callable[..., plan.Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads bytes as a file of this name."""

    def read(data: bytes, name: str = "plan.csv", loaded: Campaign | None = None) -> plan.Reading:
        file = tmp_path / name
        file.write_bytes(data)
        return plan.read(file, loaded)

    return read


def sound(reading: plan.Reading) -> Campaign:
    assert reading.findings == ()
    assert reading.campaign is not None
    return reading.campaign


def rules(reading: plan.Reading) -> list[str]:
    return [finding.rule for finding in reading.findings]


def one(reading: plan.Reading) -> Finding:
    assert len(reading.findings) == 1, reading.findings
    return reading.findings[0]


# --- CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "mac_roman", "utf-16"]
)
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_csv_is_read_in_every_encoding_and_with_every_separator(
    read: Read, encoding: str, separator: str
) -> None:
    written = (HEAD + POSTS.replace(";\n", "_\n")).replace(";", separator).replace("_\n", ";\n")

    post = sound(read(written.replace("\n", "\r\n").encode(encoding))).posts[0]

    assert (post.id, post.organisation) == ("IKW-01", "awo")
    assert post.text == "Grüße aus Dortmund;\nwir freuen uns!"


def test_excel_s_own_line_about_the_separator_is_obeyed_and_counted(read: Read) -> None:
    bad = POSTS.replace("21.09.2027", "bald")

    assert one(read(f"sep=;\n{HEAD}{bad}".encode())).where == "Zeile 15, Spalte Datum"


def test_a_place_in_csv_is_told_by_line_and_column(read: Read) -> None:
    finding = one(read((HEAD + POSTS.replace("AWO;", "AWOO;")).encode()))

    assert (finding.rule, finding.where) == ("PLAN-05", "Zeile 14, Spalte Träger")
    assert "Meinten Sie „AWO“?" in finding.message.de


def test_several_csv_files_in_a_folder_are_one_plan(tmp_path: Path) -> None:
    campaign, members, _ = (part.partition("\n")[2] for part in HEAD.split("\n\n"))
    for name, text in (("Kampagne", campaign), ("Träger", members), ("Beiträge", POSTS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="cp1252")

    assert sound(plan.read(tmp_path)).posts[0].organisation == "awo"

    (tmp_path / "Beiträge.csv").write_text(POSTS.replace("AWO;", "Caritas;"), encoding="utf-8")
    assert one(plan.read(tmp_path)).where == "Beiträge.csv, Zeile 2, Spalte Träger"


@pytest.mark.parametrize("text", ["Guten Tag ??", "Ay?e liest vor", "? Kommt vorbei"])
def test_question_marks_instead_of_emoji_are_told(read: Read, text: str) -> None:
    written = HEAD + POSTS.replace("Grüße aus Dortmund;", text)

    assert one(read(written.encode("cp1252"))).rule == "PLAN-18"
    assert rules(read(written.encode())) == []


@pytest.mark.parametrize(
    "text", ["Wie geht es dir?", "Mehr: https://example.org/a.php?id=3", "Was?!"]
)
def test_questions_and_addresses_are_not_lost_characters(read: Read, text: str) -> None:
    written = HEAD + POSTS.replace("Grüße aus Dortmund;", text)

    assert rules(read(written.encode("cp1252"))) == []


def test_a_missing_quote_is_told_with_its_line_and_no_row_is_swallowed(read: Read) -> None:
    broken = HEAD + POSTS.replace('uns!"', "uns!") + "IKW-02;22.09.2027;AWO;Hallo!\n"

    with pytest.raises(PlanUnreadable, match=r"schließende fehlt \(Zeile 14\)"):
        read(broken.encode())


def test_a_column_without_a_heading_and_one_that_stands_twice_are_told(read: Read) -> None:
    reading = read(f"{HEAD}Nr;Datum;Träger;Text;;Text\n1;21.09.2027;AWO;Ja;wichtig;Nein\n".encode())

    assert [(finding.rule, finding.where) for finding in reading.findings] == [
        ("PLAN-52", "Zeile 13, Spalte E"),
        ("PLAN-51", "Zeile 13, Spalte Text"),
    ]
    assert reading.campaign is None


def test_posts_alone_belong_to_the_loaded_plan(read: Read) -> None:
    loaded = a_campaign()
    alone = "Nr,Datum,Träger,Text\nIKW-07,26.09.2021,AWO,Hallo!\n".encode()

    campaign = sound(read(alone, loaded=loaded))

    assert campaign.posts == (a_planned_post(id="IKW-07", text="Hallo!", areas=(), headline=""),)
    assert campaign.model_copy(update={"posts": loaded.posts}) == loaded
    assert rules(read(alone)) == ["PLAN-01", "PLAN-01", "PLAN-05"]


def test_a_workbook_that_calls_itself_csv_is_read_all_the_same(read: Read, tmp_path: Path) -> None:
    plan.export(a_campaign(), tmp_path / "real.xlsx")

    assert sound(read((tmp_path / "real.xlsx").read_bytes(), "plan.csv")) == a_campaign()
    assert sound(read((tmp_path / "real.xlsx").read_bytes(), "plan.zip")) == a_campaign()


def test_a_web_page_that_calls_itself_a_workbook_is_named(read: Read) -> None:
    with pytest.raises(PlanUnreadable, match="Webseite"):
        read(b"<html><table><tr><td>Nr</td></tr></table></html>", "plan.xls")


# --- Folders and ZIPs -----------------------------------------------------------------------------


def a_jpeg(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "JPEG")
    return file.getvalue()


def a_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def with_pictures(*names: str) -> bytes:
    columns = "".join(
        f";Bild {number};Bildbeschreibung {number}" for number in range(1, len(names) + 1)
    )
    cells = "".join(f";{name};Ein Haus" for name in names)
    return f"{HEAD}Nr;Datum;Träger;Text{columns}\n1;21.09.2027;AWO;Ja{cells}\n".encode()


def files(reading: plan.Reading) -> list[str]:
    assert reading.campaign is not None
    return [picture.file for picture in reading.campaign.posts[0].pictures]


def test_a_zip_with_the_plan_anywhere_and_pictures_in_any_folder_is_read(tmp_path: Path) -> None:
    reading = plan.read(
        a_zip(
            tmp_path / "alles.zip",
            {
                "Woche 2027/Plan neu.csv": with_pictures("haus.jpg", "Fotos/tür.jpg"),
                "Woche 2027/Fotos/Haus.JPG": a_jpeg(),
                "Woche 2027/Fotos/AWO/tür.jpg": a_jpeg("blue"),
                "__MACOSX/Woche 2027/Fotos/._Haus.JPG": b"junk",
                "Woche 2027/.DS_Store": b"junk",
            },
        )
    )

    assert (files(reading), rules(reading)) == (["Haus.JPG", "tür.jpg"], [])
    assert (reading.folder / "pictures" / "tür.jpg").read_bytes() == a_jpeg("blue")


def test_what_was_unpacked_goes_when_nobody_needs_it_any_more(tmp_path: Path) -> None:
    reading = plan.read(a_zip(tmp_path / "alles.zip", {"plan.csv": (HEAD + POSTS).encode()}))
    folder = reading.folder
    assert folder.is_dir()

    del reading

    assert not folder.exists()


@pytest.mark.parametrize(
    "written",
    ["müller-fest.jpg", "MÜLLER-FEST.JPG", unicodedata.normalize("NFD", "müller-fest.jpg")],
)
def test_a_picture_is_found_whatever_its_case_and_the_form_of_its_umlauts(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "pictures").mkdir()
    real = unicodedata.normalize("NFD", "Müller-Fest.JPG")
    (tmp_path / "pictures" / real).write_bytes(a_jpeg())
    (tmp_path / "plan.csv").write_bytes(with_pictures(written))

    reading = plan.read(tmp_path)

    assert (files(reading), rules(reading)) == ([real], [])


def test_a_near_miss_is_answered_with_the_picture_probably_meant(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "Müller-Fest.JPG").write_bytes(a_jpeg())
    (tmp_path / "plan.csv").write_bytes(with_pictures("muller fest.jpg"))

    reading = plan.read(tmp_path)

    assert reading.meant == {"muller fest.jpg": "Müller-Fest.JPG"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp437", "cp1252"])
def test_names_packed_by_macs_and_dos_are_repaired(tmp_path: Path, encoding: str) -> None:
    path = a_zip(tmp_path / "a.zip", {"plan.csv": with_pictures("Tür.jpg"), "T##.jpg": a_jpeg()})
    raw = "Tür.jpg".encode(encoding)[1:-4]
    path.write_bytes(path.read_bytes().replace(b"T##.jpg", b"T" + raw.ljust(2, b"r") + b".jpg"))
    if encoding == "utf-8":  # one byte longer: written by hand instead
        path = a_zip(tmp_path / "b.zip", {"plan.csv": with_pictures("Tü.jpg"), "T##.jpg": a_jpeg()})
        path.write_bytes(path.read_bytes().replace(b"T##.jpg", "Tü.jpg".encode()))

    assert rules(plan.read(path)) == []


def test_unused_and_doubled_pictures_are_named(tmp_path: Path) -> None:
    reading = plan.read(
        a_zip(
            tmp_path / "a.zip",
            {
                "plan.csv": with_pictures("haus.jpg", "tor.jpg"),
                "a/haus.jpg": a_jpeg(),
                "b/haus.jpg": a_jpeg("blue"),
                "a/tor.jpg": a_jpeg("green"),
                "b/tor.jpg": a_jpeg("green"),
                "rest.jpg": a_jpeg(),
            },
        )
    )

    assert [(finding.rule, finding.value) for finding in reading.findings] == [
        ("MED-20", "haus.jpg"),
        ("MED-06", "rest.jpg"),
    ]
    assert "a/haus.jpg, b/haus.jpg" in reading.findings[0].message.de


@pytest.mark.parametrize("name", ["../../flucht.jpg", "/etc/flucht.jpg", "C:\\flucht.jpg"])
def test_no_name_in_a_zip_leads_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = a_zip(tmp_path / "a.zip", {"plan.csv": with_pictures("flucht.jpg"), name: a_jpeg()})

    reading = plan.read(path)

    assert files(reading) == ["flucht.jpg"]
    assert [one.name for one in reading.folder.rglob("*.jpg")] == ["flucht.jpg"]
    assert not list(tmp_path.parent.rglob("flucht.jpg"))


def test_a_folder_with_two_possible_plans_asks_which(tmp_path: Path) -> None:
    (tmp_path / "woche.csv").write_bytes((HEAD + POSTS).encode())
    (tmp_path / "~$woche.xlsx").write_bytes(b"lock")
    assert sound(plan.read(tmp_path)).key == "ikw-2027"

    (tmp_path / "woche (2).csv").write_bytes((HEAD + POSTS).encode())
    with pytest.raises(PlanUnreadable, match=r"woche \(2\).csv, woche.csv"):
        plan.read(tmp_path)


# --- Any bytes at all ------------------------------------------------------------------------------

NAMES = ("a.xlsx", "a.xlsm", "a.xls", "a.ods", "a.csv", "a.yaml", "a.yml", "a.zip")
MAGIC = (
    b"",
    b"PK\3\4",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<?xml",
    b"sep=;\n",
)
TEXT = (HEAD + POSTS).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(NAMES), magic=st.sampled_from(MAGIC), data=st.binary(max_size=200))
def test_no_bytes_under_any_name_bring_the_reader_down(
    name: str, magic: bytes, data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_refused_or_read(tmp_path_factory.getbasetemp() / name, magic + data)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=20), cut=st.integers(0, len(TEXT)), width=st.integers(0, 40))
def test_no_damage_to_a_csv_brings_the_reader_down(
    data: bytes, cut: int, width: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    damaged = TEXT[:cut] + data + TEXT[cut + width :]

    assert_refused_or_read(tmp_path_factory.getbasetemp() / "b.csv", damaged)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=20), cut=st.integers(0, 2_000), width=st.integers(0, 40))
def test_no_damage_to_a_zip_brings_the_reader_down(
    data: bytes, cut: int, width: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    whole = a_zip(
        base / "whole.zip", {"x/Fotos/haus.jpg": a_jpeg(), "x/plan.csv": TEXT}
    ).read_bytes()
    cut %= len(whole)

    assert_refused_or_read(base / "c.zip", whole[:cut] + data + whole[cut + width :])


def assert_refused_or_read(file: Path, data: bytes) -> None:
    """A plan, findings, or our own error; anything else fails the test."""
    file.write_bytes(data)
    with contextlib.suppress(PlanUnreadable):
        reading = plan.read(file)
        assert reading.campaign is not None or reading.findings
