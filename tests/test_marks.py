"""An officer's own workbook, marked: it stays hers, and it still says the same."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from integrado_poster.plan.marked_cells import OURS, Styles
from integrado_poster.plan.marks import Colour, Listing, Mark, marked, place, texts

SHIPPED = Path(__file__).parents[1] / "campaign" / "interkulturelle-woche-2021"
LISTING = Listing(
    title="Befunde",
    widths=(10, 20, 60),
    headings=("Schwere", "Stelle", "Meldung"),
    rows=[("Fehler", "Beiträge!B2", "Das ist kein Datum.")],
    places=1,
    colours=[Colour.ERROR],
)


def a_mark(where: str = "Beiträge!B2", note: str = "Das ist kein Datum.", **more: str) -> Mark:
    return Mark(where=where, colour=Colour.ERROR, note=note, **more)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def values(data: bytes, sheet: str) -> list[list[object]]:
    book = CalamineWorkbook.from_object(io.BytesIO(data))
    return [[*row] for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]


def tree(xml: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314 - of our own making


def a_book(cells: Mapping[str, object], notes: Mapping[str, str] | None = None) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("Blatt & Co")
    for cell, value in cells.items():
        sheet.write(cell, value)
    for cell, note in (notes or {}).items():
        sheet.write_comment(cell, note)
    book.close()
    return data.getvalue()


def notes_of(data: bytes) -> dict[str, str]:
    """Every note by its cell, from all sheets."""
    found = {}
    for name, part in parts(data).items():
        if re.fullmatch(r"xl/comments[^/]*\.xml", name):
            for note in tree(part).iter(f"{{{MAIN}}}comment"):
                found[note.attrib["ref"]] = "".join(t.text or "" for t in note.iter(f"{{{MAIN}}}t"))
    return found


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


# --- It stays hers ------------------------------------------------------------------------


def test_a_marked_plan_says_the_same_as_before(tmp_path: Path) -> None:
    whole = (SHIPPED / "plan.xlsx").read_bytes()
    file = tmp_path / "plan.xlsx"
    file.write_bytes(
        marked(whole, [a_mark(), a_mark("Konten, Zeile 3"), a_mark("Träger!Z99")], LISTING)
    )

    reading = plan.read(file)

    assert reading.campaign == plan.read(SHIPPED / "plan.xlsx").campaign
    assert reading.findings == ()


def test_what_is_not_marked_stays_byte_for_byte() -> None:
    whole = (SHIPPED / "plan.xlsx").read_bytes()
    before, after = parts(whole), parts(marked(whole, [a_mark()], LISTING))
    changed = {name for name in before if before[name] != after[name]}

    assert changed == {
        *("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"),
        *("xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"),
    }
    assert [*after][: len(before)] == [*before]


def test_a_marked_cell_keeps_its_look_but_for_the_colour() -> None:
    whole = (SHIPPED / "plan.xlsx").read_bytes()
    after = parts(marked(whole, [a_mark()]))
    sheet, styles = after["xl/worksheets/sheet1.xml"].decode(), after["xl/styles.xml"].decode()
    cell = re.search(r'<c r="B2" s="(\d+)"', sheet)
    before = re.search(r'<c r="B2" s="(\d+)"', parts(whole)["xl/worksheets/sheet1.xml"].decode())
    assert cell
    assert before
    looks = tree(styles).find(f"{{{MAIN}}}cellXfs")
    assert looks is not None
    new, old = looks[int(cell[1])], looks[int(before[1])]

    assert {k: v for k, v in new.attrib.items() if "ill" not in k} == {
        k: v for k, v in old.attrib.items() if "ill" not in k
    }
    assert [child.attrib for child in new] == [child.attrib for child in old]
    fills = tree(styles).find(f"{{{MAIN}}}fills")
    assert fills is not None
    assert Colour.ERROR.value in ElementTree.tostring(fills[int(new.attrib["fillId"])]).decode()


def test_the_same_marks_give_the_same_bytes() -> None:
    whole = (SHIPPED / "plan.xlsx").read_bytes()
    assert marked(whole, [a_mark()], LISTING) == marked(whole, [a_mark()], LISTING)


# --- Notes ------------------------------------------------------------------------------------


def test_notes_that_were_there_stay_and_ours_come_beside_them() -> None:
    whole = a_book({"A1": "Nr", "B2": "x"}, {"A1": "Von Hand."})
    both = marked(whole, [a_mark("Blatt & Co!B2"), a_mark("Blatt & Co!A1", note="Fehlt.")])

    assert notes_of(both) == {"A1": "Von Hand.\n\nFehlt.", "B2": "Das ist kein Datum."}


def test_two_findings_in_one_cell_are_one_note_in_the_worse_colour() -> None:
    whole = a_book({"A1": "Nr"})
    hint = Mark(where="Blatt & Co!A1", colour=Colour.HINT, note="Erstens.")
    both = parts(marked(whole, [hint, a_mark("Blatt & Co!A1", note="Zweitens.")]))

    assert "Erstens.\n\nZweitens." in both["xl/comments_1.xml"].decode()
    assert Colour.ERROR.value in both["xl/styles.xml"].decode()
    assert Colour.HINT.value not in both["xl/styles.xml"].decode()


def test_nothing_that_a_note_says_is_taken_for_markup() -> None:
    evil = '<x> & "y" ]]> \x00\x0b \ud800 \U0001f389 </text></comment> _x000D_'
    data = marked(a_book({"A1": "x"}), [a_mark("Blatt & Co!A1", note=evil, value=evil)], LISTING)

    assert notes_of(data)["A1"].startswith('<x> & "y" ]]>')
    assert values(data, "Blatt & Co")[0][0] == evil.replace("\x00", "").replace("\x0b", "").replace(
        "\ud800", ""
    )


# --- Once more --------------------------------------------------------------------------------


def a_finding(cell: str, rule: str = "PLAN-06") -> Mark:
    return a_mark(f"Blatt & Co!{cell}", note=f"Fehler {rule}\nDas ist nicht richtig.")


def test_a_second_check_takes_the_marks_of_the_first_away() -> None:
    whole = a_book({"A1": "Nr", "B2": "x", "C3": 3}, {"A1": "Von Hand."})
    listing = replace(LISTING, rows=[("Fehler", "Blatt & Co!B2", "Das ist nicht richtig.")])
    first = marked(whole, [a_finding("A1"), a_finding("B2"), a_finding("C3")], listing)

    second = marked(first, [a_finding("C3", "TEXT-03")], listing)
    sheet = parts(second)["xl/worksheets/sheet1.xml"].decode()

    assert notes_of(second) == {
        "A1": "Von Hand.",
        "C3": "Fehler TEXT-03\nDas ist nicht richtig.",
    }
    assert colour_of(second, sheet, "C3") == Colour.ERROR.value
    assert colour_of(second, sheet, "A1") == colour_of(second, sheet, "B2") is None
    assert values(second, "Blatt & Co")[:2] == values(whole, "Blatt & Co")[:2]
    assert CalamineWorkbook.from_object(io.BytesIO(second)).sheet_names == ["Blatt & Co", "Befunde"]
    assert parts(second)["xl/drawings/vmlDrawing1.vml"].count(b"<v:shape ") == 2


def test_a_sheet_of_hers_that_has_the_name_of_our_list_is_hers() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.add_worksheet("Befunde").write("A1", "Meine Notizen")
    book.close()
    both = marked(data.getvalue(), [], LISTING)

    assert CalamineWorkbook.from_object(io.BytesIO(both)).sheet_names == ["Befunde", "Befunde 2"]
    assert values(both, "Befunde") == [["Meine Notizen"]]


def test_a_colour_of_hers_stays_when_a_mark_goes() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    book.add_worksheet("Blatt & Co").write("A1", "x", book.add_format({"bg_color": "#123456"}))
    book.close()
    other = Mark(where="Blatt & Co!B2", colour=Colour.HINT, note="Hinweis A11Y-11\nKIM?")
    again = marked(marked(data.getvalue(), [other], LISTING), [], LISTING)

    sheet = parts(again)["xl/worksheets/sheet1.xml"].decode()
    assert colour_of(again, sheet, "A1") == "FF123456"
    assert colour_of(again, sheet, "B2") is None


def colour_of(data: bytes, sheet: str, cell: str) -> str | None:
    style = re.search(rf'<c r="{cell}" s="(\d+)"', sheet)
    styles = tree(parts(data)["xl/styles.xml"])
    formats, fills = (styles.find(f"{{{MAIN}}}{name}") for name in ("cellXfs", "fills"))
    if style is None or formats is None or fills is None:
        return None
    fill = fills[int(formats[int(style[1])].attrib["fillId"])]
    return next((one.attrib["rgb"] for one in fill.iter(f"{{{MAIN}}}fgColor")), None)


# --- Any workbook -----------------------------------------------------------------------------

cells = st.builds(
    lambda column, row: f"{'ABCDEFZ'[column]}{row}", st.integers(0, 6), st.integers(1, 30)
)
contents = st.one_of(
    st.text("aäß<&>\"' \n=_x0D", max_size=12), st.integers(-9, 9999), st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(cells, contents, max_size=12),
    st.dictionaries(cells, st.none() | st.text("a<&\n", max_size=5), min_size=1, max_size=6),
)
def test_marks_change_nothing_but_what_they_say(
    written: dict[str, object], wanted: dict[str, str | None]
) -> None:
    whole = a_book(written)
    marks = [
        Mark(where=f"Blatt & Co!{c}", colour=Colour.HINT, note="n", value=v)
        for c, v in wanted.items()
    ]
    before, after = _grid(whole), _grid(marked(whole, marks))

    expected = before | {cell: value for cell, value in wanted.items() if value is not None}
    assert after == {cell: value for cell, value in expected.items() if value != ""}
    given_texts = texts(whole, [f"Blatt & Co!{cell}" for cell in written])
    for cell, value in written.items():
        if isinstance(value, str) and value:
            assert given_texts[f"Blatt & Co!{cell}"] == value


def _grid(data: bytes) -> dict[str, object]:
    return {
        f"{chr(65 + column)}{row}": value
        for row, line in enumerate(values(data, "Blatt & Co"), 1)
        for column, value in enumerate(line)
        if value != ""
    }


def test_a_workbook_whose_parts_have_prefixes_is_patched_all_the_same() -> None:
    """Some programs write <x:row> for <row>."""
    whole = parts(a_book({"A1": "Nr", "C1": "Text"}))
    for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml"):
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", whole[name].decode())
        whole[name] = text.replace("xmlns=", "xmlns:x=", 1).encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in whole.items():
            archive.writestr(name, part)
    data = marked(
        target.getvalue(), [a_mark("Blatt & Co!B1", value="neu"), a_mark("Blatt & Co!A1")]
    )

    for part in parts(data).values():
        tree(part)
    assert values(data, "Blatt & Co") == [["Nr", "neu", "Text"]]


def test_what_is_no_workbook_is_refused_in_words() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(PlanUnreadable):
        marked(other.getvalue(), [a_mark()])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Beiträge!AB12", ("Beiträge", "AB12")),
        ("Ja!Nein!B2", ("Ja!Nein", "B2")),
        ("Konten, Zeile 3", ("Konten", "A3")),
        ("Posts, line 3", ("Posts", "A3")),
        ("Konten", ("Konten", "A1")),
    ],
)
def test_every_place_is_a_cell(where: str, expected: tuple[str, str]) -> None:
    assert place(where) == expected


# --- Other programs -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office() -> str:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc")
    return program


def converted(office: str, file: Path, kind: str) -> Path:
    home = f"-env:UserInstallation=file://{file.parent}/office"
    subprocess.run(
        [office, home, "--headless", "--convert-to", kind, "--outdir", file.parent / "out", file],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return file.parent / "out" / f"{file.stem}.{kind.partition(':')[0]}"


def test_libreoffice_opens_a_marked_plan_and_shows_every_note(office: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.xlsx"
    marks = [a_mark(f"Beiträge!B{row}", note=f"Hinweis {row}.") for row in range(2, 8)]
    file.write_bytes(marked((SHIPPED / "plan.xlsx").read_bytes(), marks, LISTING))

    text = converted(office, file, "fods").read_text(encoding="utf-8")

    assert all(f"Hinweis {row}." in text for row in range(2, 8))
    assert 'table:name="Befunde"' in text
    assert "#ffc7ce" in text
    assert "Pflichtangabe." in text  # what the header said before


def test_a_file_that_libreoffice_wrote_is_marked_as_well(office: str, tmp_path: Path) -> None:
    (tmp_path / "plan.xlsx").write_bytes((SHIPPED / "plan.xlsx").read_bytes())
    theirs = converted(office, tmp_path / "plan.xlsx", "xlsx")
    whole = theirs.read_bytes()
    theirs.write_bytes(marked(whole, [a_mark(), a_mark("Träger!C3")], LISTING))

    again = plan.read(theirs)
    assert again.campaign == plan.read(SHIPPED / "plan.xlsx").campaign
    assert "Das ist kein Datum." in notes_of(theirs.read_bytes())["C3"]


def test_marks_go_again_after_another_program_has_saved_the_file(
    office: str, tmp_path: Path
) -> None:
    note = "Fehler PLAN-06\nDas ist kein Datum."
    first = marked((SHIPPED / "plan.xlsx").read_bytes(), [a_mark(note=note)], LISTING)
    (tmp_path / "plan.xlsx").write_bytes(first)
    theirs = converted(office, tmp_path / "plan.xlsx", "xlsx").read_bytes()
    assert any("PLAN-06" in words for words in notes_of(theirs).values())

    again = marked(theirs, [], LISTING)

    assert not any("PLAN-06" in words for words in notes_of(again).values())
    sheet = next(p.decode() for n, p in parts(again).items() if n.endswith("worksheets/sheet1.xml"))
    assert colour_of(again, sheet, "B2") is None
    assert CalamineWorkbook.from_object(io.BytesIO(again)).sheet_names.count("Befunde") == 1


@pytest.mark.parametrize("white", ['rgb="FFFFFFFF"', 'theme="0"'])
def test_white_words_become_black_on_our_light_backgrounds(white: str) -> None:
    styles = Styles(
        f'<styleSheet><fonts count="2"><font><sz val="11"/></font><font><b/><color {white}/></font>'
        '</fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<cellXfs count="2"><xf fontId="0" fillId="0"/><xf fontId="1" fillId="0"/></cellXfs></styleSheet>'
    )

    assert [styles.coloured(0, OURS[0]), styles.coloured(1, OURS[0])] == [2, 3]
    assert '<fonts count="3">' in styles.xml
    assert '<font><b/><color rgb="FF000000"/></font></fonts>' in styles.xml
    assert (
        '<xf fillId="1" applyFill="1" fontId="0"/><xf fillId="1" applyFill="1" fontId="2"/>'
        in styles.xml
    )
