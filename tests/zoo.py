"""A zoo of hostile and clumsy plan files, each with what must be said about it.

`python -m tests.zoo make FOLDER` writes them, `… read FOLDER` reads them all and says what each costs as JSON: seconds, and
the highest memory so far. `test_zoo.py` holds them to their findings.
"""

from __future__ import annotations

import io
import json
import signal
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import xlsxwriter

from integrado_poster import plan
from integrado_poster.errors import PlanUnreadable
from tests.containers import compound, xls

SECONDS = 30  #: No file may take longer.
Cells = Sequence[Sequence[object]]

CAMPAIGN: Cells = (
    ("Schlüssel", "ikw-2027"),
    ("Name", "Interkulturelle Woche 2027"),
    ("Von", "19.09.2027"),
    ("Bis", "26.09.2027"),
    ("Uhrzeit", "10:00"),
)
MEMBERS: Cells = (("Schlüssel", "Kurzname", "Name"), ("awo", "AWO", "AWO Unterbezirk Dortmund"))
HEAD = ("Nr", "Datum", "Träger", "Text")
ROW = ("IKW-01", "21.09.2027", "AWO", "Guten Tag!")
SHEETS: Mapping[str, Cells] = {"Beiträge": (HEAD, ROW), "Träger": MEMBERS, "Kampagne": CAMPAIGN}


@dataclass(frozen=True, kw_only=True)
class Animal:
    """One file: its name, how its bytes are made, and the rules that must be found in it."""

    name: str
    file: str
    make: Callable[[], bytes]
    rules: tuple[str, ...]
    says: str = ""  #: Words that stand in one of the messages.


ZOO: list[Animal] = []


def animal(
    file: str, *rules: str, says: str = ""
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Put a file into the zoo; it is called like the function that makes it."""

    def take(make: Callable[[], bytes]) -> Callable[[], bytes]:
        name = make.__name__.removeprefix("_").replace("_", " ")
        ZOO.append(Animal(name=name, file=file, make=make, rules=rules, says=says))
        return make

    return take


# --- Workbooks ----------------------------------------------------------------------------------


def book(
    sheets: Mapping[str, Cells] = SHEETS, shape: Callable[[xlsxwriter.Workbook], None] | None = None
) -> bytes:
    """An .xlsx with these sheets; `shape` may do something to it before it is closed."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True})
    for name, rows in sheets.items():
        sheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            for index, cell in enumerate(row):
                if isinstance(cell, str) and not cell.startswith("="):
                    sheet.write_string(number, index, cell)
                elif cell is not None:
                    sheet.write(number, index, cell)
    if shape:
        shape(workbook)
    workbook.close()
    return file.getvalue()


def posts(*rows: Sequence[object]) -> Mapping[str, Cells]:
    """The usual sheets with these posts, the heading included."""
    return {**SHEETS, "Beiträge": rows}


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A ZIP with its members changed, or left out where `change` gives None."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if (changed := change(name, old.read(name))) is not None:
                new.writestr(name, changed)
    return file.getvalue()


def first_sheet(old: bytes, new: bytes) -> bytes:
    """The usual workbook with something else in the XML of its first sheet."""
    sheet = "xl/worksheets/sheet1.xml"
    return repacked(book(), lambda name, data: data.replace(old, new) if name == sheet else data)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A ZIP with these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@animal("plan.xlsx")
def _a_good_workbook() -> bytes:
    return book()


@animal("plan.xlsm")
def _a_good_workbook_with_the_ending_for_macros() -> bytes:
    return book()


@animal("plan.xlsx", "PLAN-21", says="weit außerhalb")
def _one_cell_in_the_last_corner() -> bytes:
    return first_sheet(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )


@animal("plan.xlsx", "PLAN-21", says="entpackt")
def _three_hundred_megabytes_in_one() -> bytes:
    return first_sheet(b"</sheetData>", b" " * 300_000_000 + b"</sheetData>")


@animal("plan.xlsx", "PLAN-21", says="beschädigt")
def _a_size_that_is_a_lie() -> bytes:
    honest = first_sheet(b"</sheetData>", b" " * 250_000_000 + b"</sheetData>")
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    return honest.replace(struct.pack("<I", size), struct.pack("<I", 1000))


@animal("plan.xlsx", "PLAN-21", says="entpackt")
def _ten_thousand_members() -> bytes:
    return packed({f"xl/{number}": b"" for number in range(10_001)})


@animal("plan.xlsx", "PLAN-21", says="beschädigt")
def _a_download_that_broke_off() -> bytes:
    return book()[:4000]


@animal("plan.xlsx", "PLAN-21", says="Kennwort")
def _a_workbook_with_a_password() -> bytes:
    return compound({"EncryptionInfo": b"4.4", "EncryptedPackage": b"secret"})


@animal("plan.xlsx", "PLAN-21", says="DTD")
def _a_billion_laughs() -> bytes:
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"lol" * 10)
        for level in range(10)
    )
    bomb = b"<!DOCTYPE x [" + entities + b"]><worksheet"
    return first_sheet(b"<worksheet", bomb)


@animal("plan.xlsx", "PLAN-21", says="DTD")
def _an_entity_that_reads_a_file_of_ours() -> bytes:
    dtd = b'<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst'
    return repacked(
        book(),
        lambda name, data: (
            data.replace(b"<sst", dtd).replace(b"Guten Tag!", b"&x;")
            if name == "xl/sharedStrings.xml"
            else data
        ),
    )


@animal("plan.xlsx", "PLAN-21", says="20 000 Zeilen")
def _too_many_rows() -> bytes:
    return book(posts(HEAD, *[(str(number), *ROW[1:]) for number in range(20_100)]))


@animal("plan.xlsx", "PLAN-21", says="200 Spalten")
def _too_many_columns() -> bytes:
    return book(posts((*HEAD, *[f"Bild {number}" for number in range(250)]), ROW))


@animal("plan.xlsx", "PLAN-54")
def _a_mistake_in_every_one_of_many_cells() -> bytes:
    many = [(str(number), "bald", "niemand", "x", *["?"] * 18) for number in range(20_000)]
    return book(
        posts(
            (
                *HEAD,
                *[f"Übersetzung {number}" for number in range(1, 10)],
                *[f"Sprache Übersetzung {number}" for number in range(1, 10)],
            ),
            *many,
        )
    )


@animal("plan.xlsx", "PLAN-53", says="40000 Zeichen")
def _a_cell_that_excel_could_not_hold() -> bytes:
    return repacked(
        book(),
        lambda name, data: (
            data.replace(b"Guten Tag!", b"x" * 40_000) if name == "xl/sharedStrings.xml" else data
        ),
    )


@animal("plan.xlsx", "PLAN-17", says="=TODAY()")
def _a_formula_instead_of_a_date() -> bytes:
    return book(posts(HEAD, ("IKW-01", "=TODAY()", "AWO", "Guten Tag!")))


@animal("plan.xlsx", "PLAN-17", says="#REF!")
def _an_error_value() -> bytes:
    return first_sheet(b'<c r="D2" t="s"><v>7</v></c>', b'<c r="D2" t="e"><v>#REF!</v></c>')


@animal("plan.xlsx", "PLAN-19", says="Zeile 2")
def _a_hidden_row() -> bytes:
    return book(shape=lambda made: made.worksheets()[0].set_row(1, None, None, {"hidden": True}))


@animal("plan.xlsx", "PLAN-19", says="Spalte C")
def _a_hidden_column() -> bytes:
    return book(shape=lambda made: made.worksheets()[0].set_column(2, 2, 9, None, {"hidden": True}))


@animal("plan.xlsx", "PLAN-19", says="Das Blatt „Träger“")
def _a_hidden_sheet_that_counts() -> bytes:
    return book(shape=lambda made: made.worksheets()[1].hide())


@animal("plan.xlsx", "PLAN-55", "PLAN-03", says="C2:C3")
def _merged_cells() -> bytes:
    two = posts(HEAD, ROW, ("IKW-02", "22.09.2027", None, "Hallo!"))
    return book(two, lambda made: made.worksheets()[0].merge_range("C2:C3", "AWO"))


@animal("plan.xlsx", "PLAN-21", says="kein Blatt")
def _a_workbook_about_something_else() -> bytes:
    return book({"Tabelle1": (("Einkauf",), ("Milch",))})


@animal("plan.xlsx", "PLAN-03", says="Beiträge")
def _headings_and_nothing_below() -> bytes:
    return book(posts(HEAD))


@animal("plan.xlsx", "PLAN-04", says="Zeile 2")
def _a_number_given_twice() -> bytes:
    return book(posts(HEAD, ROW, ROW))


@animal("plan.xlsx", "PLAN-51", says="„Text“ steht zweimal da")
def _a_column_that_stands_twice() -> bytes:
    return book(posts((*HEAD, "Text"), (*ROW, "Oder so?")))


@animal("plan.xlsx", "PLAN-01", says="„Datum“ fehlt")
def _a_column_that_is_missing() -> bytes:
    return book(posts(("Nr", "Träger", "Text"), ("IKW-01", "AWO", "Guten Tag!")))


@animal("plan.xlsx")
def _english_headings_in_any_order_and_case() -> bytes:
    return book(
        posts(("TEXT", "organisation", " No ", "d a t e"), ("Hello", "awo", "1", "2027-09-21"))
    )


@animal("plan.xlsx")
def _headings_from_a_mac_with_loose_dots() -> bytes:
    return book({**posts(("Nr", "Datum", "Tra\u0308ger", "Text"), ROW)})


@animal("plan.xlsx")
def _umlauts_spelt_out() -> bytes:
    return book(
        {
            "Beitraege": (("NR.", "datum", "Traeger", "text"), ROW),
            "TRAEGER": MEMBERS,
            "kampagne": CAMPAIGN,
        }
    )


@animal("plan.xlsx", "PLAN-50", says="21.09.2027")
def _a_year_of_two_digits() -> bytes:
    return book(posts(HEAD, ("IKW-01", "21.9.27", "AWO", "Guten Tag!")))


@animal("plan.xlsx", "PLAN-06", "PLAN-07", says="46651")
def _dates_and_times_that_lost_their_format() -> bytes:
    return book(posts((*HEAD, "Uhrzeit"), ("IKW-01", 46651, "AWO", "Guten Tag!", 0.5)))


@animal("plan.xlsx", "PLAN-21", says="beschädigt")
def _a_sheet_that_is_missing_inside() -> bytes:
    return repacked(book(), lambda name, data: None if name == "xl/worksheets/sheet1.xml" else data)


@animal("plan.xlsx", "PLAN-21", says="beschädigt")
def _words_that_are_missing_inside() -> bytes:
    return first_sheet(b"<v>7</v>", b"<v>4000000000</v>")


@animal("plan.xlsx", "PLAN-21", says="beschädigt")
def _a_word_document_under_a_wrong_name() -> bytes:
    return packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})


# --- ODS and XLS ---------------------------------------------------------------------------------


def ods(rows: str) -> bytes:
    """An .ods with the usual sheets; `rows` is the XML of the posts' rows below the heading."""

    def table(name: str, cells: Cells, more: str = "") -> str:
        body = "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in cells
        )
        return f'<table:table table:name="{name}">{body}{more}</table:table>'

    tables = (
        table("Beiträge", (HEAD,), rows) + table("Träger", MEMBERS) + table("Kampagne", CAMPAIGN)
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return packed(
        {
            "mimetype": mimetype,
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        }
    )


def _ods_cell(cell: object) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
    )


def _ods_row(cells: Sequence[object], more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(map(_ods_cell, cells))}</table:table-row>"


@animal("plan.ods")
def _a_good_file_of_libreoffice() -> bytes:
    date = '<table:table-cell office:value-type="date" office:date-value="2027-09-21"><text:p>21.09.27</text:p></table:table-cell>'
    cells = [_ods_cell("IKW-01"), date, _ods_cell("AWO"), _ods_cell("Guten Tag!")]
    return ods(f"<table:table-row>{''.join(cells)}</table:table-row>")


@animal("plan.ods", "PLAN-21")
def _a_row_repeated_a_million_times() -> bytes:
    return ods(_ods_row(ROW, 'table:number-rows-repeated="1048570"'))


@animal("plan.ods", "PLAN-21")
def _a_cell_repeated_in_all_directions() -> bytes:
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    return ods(f'<table:table-row table:number-rows-repeated="1048570">{cell}</table:table-row>')


@animal("plan.xls")
def _a_good_file_of_an_old_excel() -> bytes:
    return xls(
        {name: [[str(cell) for cell in row] for row in rows] for name, rows in SHEETS.items()}
    )


@animal("plan.xls")
def _text_with_tabs_that_calls_itself_xls() -> bytes:
    return delimited("\t").encode("utf-16")


@animal("plan.xls", "PLAN-21", says="Webseite")
def _a_web_page_that_calls_itself_xls() -> bytes:
    return b"\xef\xbb\xbf<html><body><table><tr><td>Nr</td></tr></table></body></html>"


@animal("plan.xls", "PLAN-21", says="beschädigt")
def _an_old_excel_that_broke_off() -> bytes:
    return compound({"Workbook": b"\x09\x08\x10\x00\x00\x06\x05\x00"})[:3000]


# --- CSV -----------------------------------------------------------------------------------------


def delimited(separator: str = ";", row: Sequence[str] = ROW, head: Sequence[str] = HEAD) -> str:
    """The usual plan as CSV."""
    lines: list[Sequence[object]] = [
        ("Kampagne",),
        *CAMPAIGN,
        (),
        ("Träger",),
        *MEMBERS,
        (),
        ("Beiträge",),
        head,
        row,
    ]
    return "".join(separator.join(map(str, line)) + "\r\n" for line in lines)


@animal("plan.csv")
def _csv_with_a_mark_and_semicolons() -> bytes:
    return delimited().encode("utf-8-sig")


@animal("plan.csv")
def _csv_with_commas_from_a_mac() -> bytes:
    return delimited(",").replace("\r\n", "\r").encode("mac_roman")


@animal("plan.csv", "PLAN-18")
def _csv_in_which_an_emoji_became_a_question_mark() -> bytes:
    return delimited(row=(*ROW[:3], "Kommt vorbei ??")).encode("cp1252")


@animal("plan.csv", "PLAN-18", says="GrÃ¼ÃŸe")
def _csv_that_was_saved_twice_in_different_ways() -> bytes:
    return delimited(row=(*ROW[:3], "Grüße".encode().decode("cp1252"))).encode()


@animal("plan.csv", "PLAN-21", says="schließende fehlt")
def _csv_with_a_quote_left_open() -> bytes:
    return delimited(row=(*ROW[:3], '"Guten Tag!')).encode()


@animal("plan.csv", "PLAN-21", says="kein Text")
def _csv_full_of_nothing() -> bytes:
    return bytes(100_000)


@animal("plan.csv", "PLAN-21", says="keine Überschriften")
def _csv_full_of_noise() -> bytes:
    return bytes(number * number % 251 + 1 for number in range(5_000)).replace(b'"', b"'")


@animal("plan.csv", "PLAN-21")
def _csv_of_one_endless_line() -> bytes:
    return b"Nr;Datum;Text\r\n" + b";" * 10_000_000


@animal("plan.csv", "PLAN-21", says="Zeile ist viel zu lang")
def _csv_with_one_endless_cell() -> bytes:
    return b"Nr;Datum;Text\r\n" + b"x" * 12_000_000


@animal("plan.csv", "PLAN-21", says="schließende fehlt")
def _csv_with_a_text_that_never_ends() -> bytes:
    return b'Nr;Datum;Text\r\n1;21.09.2027;"' + b"Guten Tag!\r\n" * 100_000


@animal("plan.csv", "PLAN-21", says="größer als 16 MiB")
def _csv_of_twenty_megabytes() -> bytes:
    return b"Nr;Datum;Text\r\n" * 1_400_000


@animal("plan.csv")
def _csv_with_guarded_formulas() -> bytes:
    return delimited(row=(*ROW[:3], "'=HYPERLINK(1)")).encode()


# --- YAML ----------------------------------------------------------------------------------------

YAML = """\
kampagne: {schluessel: ikw-2027, name: Woche, von: 2027-09-19, bis: 2027-09-26, uhrzeit: 10:00}
traeger: [{schluessel: awo, name: AWO}]
beitraege: [{nr: IKW-01, datum: 2027-09-21, traeger: awo, text: Guten Tag!}]
"""


@animal("plan.yaml")
def _good_yaml() -> bytes:
    return YAML.encode()


@animal("plan.yaml", "PLAN-21", says="Verweise")
def _yaml_that_unfolds_to_millions() -> bytes:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    return "\n".join(lines).encode()


@animal("plan.yaml", "PLAN-21", says="Typangaben")
def _yaml_that_runs_a_program() -> bytes:
    return YAML.replace("name: Woche", 'name: !!python/object/apply:os.system ["true"]').encode()


@animal("plan.yaml", "PLAN-21", says="verschachtelt")
def _yaml_a_hundred_thousand_levels_deep() -> bytes:
    return b"a: " + b"[" * 100_000


@animal("plan.yaml", "PLAN-21", says="zum zweiten Mal")
def _yaml_that_says_a_thing_twice() -> bytes:
    return (YAML + YAML).encode()


@animal("plan.yaml", "PLAN-21", says="zu viele")
def _yaml_of_millions_of_words() -> bytes:
    return b"beitraege:\n" + b"- {}\n" * 3_000_000


@animal("plan.yaml", "PLAN-02", "PLAN-01")
def _yaml_of_emoji_without_end() -> bytes:
    return b"a: " + "🌍".encode() * 4_000_000


@animal("plan.yaml", "PLAN-21", says="Tabulator")
def _yaml_indented_with_tabs() -> bytes:
    return b"kampagne:\n\tname: x\n"


@animal("plan.yaml", "PLAN-21", says="UTF-8")
def _yaml_from_an_old_editor() -> bytes:
    return YAML.replace("Guten Tag", "Grüß Gott").encode("cp1252")


# --- ZIP ------------------------------------------------------------------------------------------

PICTURED = delimited(head=(*HEAD, "Bild 1"), row=(*ROW, "haus.jpg")).encode()
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


@animal("plan.zip")
def _a_zip_with_a_picture() -> bytes:
    return packed(
        {"Ordner/plan.csv": PICTURED, "Ordner/Bilder/HAUS.JPG": GIF, "__MACOSX/._plan.csv": b"\0"}
    )


@animal("plan.zip", says="")
def _a_zip_that_wants_out_of_its_folder() -> bytes:
    return packed({"../../plan.csv": PICTURED, "../../../../tmp/haus.jpg": GIF})


@animal("plan.zip", "PLAN-21", says="kein Plan")
def _a_zip_without_a_plan() -> bytes:
    return packed({"haus.jpg": GIF, "innen.zip": packed({"plan.csv": PICTURED})})


@animal("plan.zip", "PLAN-21", says="mehrere Dateien")
def _a_zip_with_two_plans() -> bytes:
    return packed({"alt.csv": PICTURED, "neu.csv": PICTURED})


@animal("plan.zip", "MED-20", says="a/haus.jpg, b/haus.jpg")
def _a_zip_with_two_pictures_of_one_name() -> bytes:
    return packed({"plan.csv": PICTURED, "a/haus.jpg": GIF, "b/haus.jpg": GIF + b"!"})


@animal("plan.zip", "PLAN-21", says="entpackt")
def _a_zip_whose_picture_unpacks_to_a_gigabyte() -> bytes:
    return packed({"plan.csv": PICTURED, "haus.jpg": bytes(220_000_000)})


@animal("plan.zip", "PLAN-21", says="beschädigt")
def _a_zip_whose_contents_do_not_match_their_sums() -> bytes:
    return packed({"plan.csv": PICTURED}).replace(
        struct.pack("<I", zlib.crc32(PICTURED)), struct.pack("<I", 1)
    )


@animal("plan.zip", "PLAN-21", says="Kennwort")
def _a_zip_with_a_password() -> bytes:
    data = bytearray(packed({"plan.csv": PICTURED}))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1
    return bytes(data)


@animal("plan.zip", "PLAN-21", says="beschädigt")
def _a_zip_that_is_none() -> bytes:
    return b"PK\3\4" + bytes(1000)


# --- Reading them ---------------------------------------------------------------------------------


def fill(folder: Path) -> None:
    """Write every file into a folder of its own."""
    for one in ZOO:
        (folder / one.name).mkdir()
        (folder / one.name / one.file).write_bytes(one.make())


def read(one: Animal, folder: Path) -> list[tuple[str, str]]:
    """The rules that are found in it, each with its message."""
    try:
        found = plan.read(folder / one.name / one.file).findings
    except PlanUnreadable as error:
        return [(error.rule, str(error))]
    return [(finding.rule, finding.message.de) for finding in found]


def costs(folder: Path) -> Iterator[tuple[str, float, float]]:
    """What each costs: its name, seconds, and the highest memory of this process so far in MB."""
    signal.signal(signal.SIGALRM, _too_long)
    for one in ZOO:
        signal.alarm(SECONDS)
        began = time.perf_counter()
        read(one, folder)
        seconds = time.perf_counter() - began
        signal.alarm(0)
        yield one.name, seconds, _peak()


def _peak() -> float:
    """The highest memory of this process so far in MB; `getrusage` would count its parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return (
        int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
        / 1024
    )


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        fill(Path(sys.argv[2]))
    else:
        json.dump([*costs(Path(sys.argv[2]))], sys.stdout)
