"""What lies together: a plan with its pictures, in a folder or in a ZIP, whoever packed it."""

from __future__ import annotations

import shutil
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from integrado_poster.errors import PlanUnreadable
from integrado_poster.plan.columns import recognised_table
from integrado_poster.plan.encodings import old
from integrado_poster.plan.spelling import nearest
from integrado_poster.plan.yaml_file import unreadable

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
PLANS = (".yaml", ".yml", *SHEETS, ".csv")
USABLE = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".gif")
PICTURES = (*USABLE, ".tif", ".tiff", ".bmp", ".svg")
_MOST_PLAN = 25 * 1024 * 1024
_MOST_MEMBERS = 2_000
_MOST_UNPACKED = 200 * 1024 * 1024
_LONGEST_NAME = 240  #: Bytes; a file system takes 255.
_CHUNK = 1024 * 1024
_SHELVES = frozenset(("pictures", "bilder", "fotos", "images", "photos"))
_DEPTHS = ("*", "*/*", "*/*/*")
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The plan's files by name, and where its pictures are.

    `files` is more than one only for CSV: a file for each table. What was unpacked lies in a folder of
    its own, which vanishes together with the bundle.
    """

    name: str
    files: Mapping[str, bytes]
    folder: Path
    pictures: tuple[str, ...] = ()  #: Paths below `folder`.
    doubled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: By base name, in a ZIP.


def bundle(path: Path) -> Bundle:
    """Whatever `path` is: a plan, a folder or a ZIP with one; raises `PlanUnreadable`."""
    try:
        if path.is_dir():
            return _folder(path)
        if not path.is_file():
            raise _not_there(path)
        if path.suffix.lower() == ".zip" and not _is_workbook(path):
            return _unpacked(path)
        if path.suffix.lower() not in (*PLANS, ".zip"):
            raise unreadable(
                f"{path.name} ist keine Datei, die wir lesen (.xlsx, .ods, .csv, .yaml oder .zip)",
                f"{path.name} is no file that we read (.xlsx, .ods, .csv, .yaml or .zip)",
            )
        name = f"{path.stem}.xlsx" if path.suffix.lower() == ".zip" else path.name
        pictures = tuple(_pictures(path.parent))
        return Bundle(name=name, files={name: _bytes(path)}, folder=path.parent, pictures=pictures)
    except OSError as error:
        raise unreadable(f"{path}: {error.strerror}", f"{path}: {error.strerror}") from None


def sources(path: Path) -> tuple[Path, ...]:
    """The files that make up a plan right now: its own, pictures, and what its folder `cards` holds.

    For those who wait for changes. A file that cannot be read is named, too.
    """
    if not path.is_dir() and (path.suffix.lower() == ".zip" or not path.parent.is_dir()):
        return (path,)
    folder = path if path.is_dir() else path.parent
    plans = [path]
    if path.is_dir():
        plans = [each for each in sorted(folder.iterdir()) if each.suffix.lower() in PLANS]
    cards = islice((folder / "cards").rglob("*"), _MOST_MEMBERS)
    found = (*plans, *(folder / name for name in _pictures(folder)), *cards)
    return tuple(each for each in found if not _ignored(each.relative_to(folder).as_posix()))


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > _MOST_PLAN:
        raise unreadable("sie ist größer als 25 MiB", "it is larger than 25 MiB")
    data = file.read_bytes()
    if not data.strip():
        raise unreadable("sie ist leer", "it is empty")
    return data


# --- Which of the files is the plan ---------------------------------------------------------------


def _chosen(names: list[str], place: str) -> list[str]:
    """The plan among these paths: the one named plan, else the only one; CSV files by table together."""
    ours = [name for name in names if PurePosixPath(name).suffix.lower() in PLANS]
    for suffix in PLANS:
        named = [n for n in ours if PurePosixPath(n).name.lower() == f"plan{suffix}"]
        if named:
            return sorted(named, key=lambda name: name.count("/"))[:1]
    tables = [name for name in ours if _is_table(name)]
    if len(ours) == 1 or (ours and tables == ours):
        return ours
    if not ours:
        raise unreadable(
            f"{place} liegt kein Plan (.xlsx, .ods, .csv oder .yaml)",
            f"there is no plan (.xlsx, .ods, .csv or .yaml) {place}",
        )
    listed = ", ".join(sorted(ours)[:5])
    raise unreadable(
        f"{place} liegen mehrere Dateien, die der Plan sein könnten: {listed}. "
        "Nennen Sie die richtige „plan“",
        f"several files could be the plan {place}: {listed}. Call the right one “plan”",
    )


def _is_table(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() == ".csv" and recognised_table(path.stem) is not None


def _ignored(name: str) -> bool:
    """What systems leave lying about: __MACOSX, dot files, Excel's and LibreOffice's locks."""
    return any(
        part.startswith((".", "~$")) or part == "__MACOSX" for part in PurePosixPath(name).parts
    )


# --- A folder ----------------------------------------------------------------------------------------


def _not_there(path: Path) -> PlanUnreadable:
    """The file is not there; perhaps one of nearly the same name is."""
    here = sorted(each.name for each in path.parent.iterdir()) if path.parent.is_dir() else []
    near = nearest(path.name, [name for name in here if PurePosixPath(name).suffix in PLANS])
    de, en = f"Eine Datei „{path}“ gibt es nicht.", f"There is no file “{path}”."
    if near:
        de, en = f"{de} Meinten Sie „{near}“?", f"{en} Did you mean “{near}”?"
    return PlanUnreadable(de, rule="PLAN-60", en=en)


def _folder(folder: Path) -> Bundle:
    names = [entry.name for entry in sorted(folder.iterdir()) if entry.is_file()]
    chosen = _chosen([name for name in names if not _ignored(name)], f"im Ordner {folder}")
    files = {name: _bytes(folder / name) for name in chosen}
    return Bundle(name=chosen[0], files=files, folder=folder, pictures=tuple(_pictures(folder)))


def _pictures(folder: Path) -> Iterator[str]:
    """The pictures beside a plan, and in a folder for pictures up to three levels below."""
    shelves = [
        one for one in sorted(folder.iterdir()) if one.name.casefold() in _SHELVES and one.is_dir()
    ]
    globs = [folder.glob("*"), *(one.glob(depth) for one in shelves for depth in _DEPTHS)]
    for path in islice(chain.from_iterable(globs), _MOST_MEMBERS):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in PICTURES and not _ignored(name) and path.is_file():
            yield name


# --- A ZIP --------------------------------------------------------------------------------------------


def _is_workbook(path: Path) -> bool:
    """Whether a .zip is an .xlsx or .ods under another name."""
    try:
        with zipfile.ZipFile(path) as archive:
            return not {"[Content_Types].xml", "content.xml"}.isdisjoint(archive.namelist())
    except _FAULTS:
        return False


def _unpacked(path: Path) -> Bundle:
    """The plan in memory; in a fresh folder the pictures under their bare names, and the folder `cards`.

    What `member_name` gives leads nowhere else: no name begins with a root or goes up.
    """
    folder = Path(mkdtemp(prefix="integrado-plan-"))
    (folder / "pictures").mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            found = _read(archive, folder)
    except _FAULTS as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise _damaged(error) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found


def _damaged(error: Exception) -> Exception:
    if "password" in str(error) or "encrypted" in str(error):
        return unreadable("sie ist mit einem Kennwort geschützt", "it is protected by a password")
    return unreadable("sie ist beschädigt oder unvollständig", "it is damaged or incomplete")


def _read(archive: zipfile.ZipFile, folder: Path) -> Bundle:
    room = Room(archive)
    named = {member_name(one): one for one in archive.infolist() if not one.is_dir()}
    named = {name: one for name, one in named.items() if not _ignored(name)}
    chosen = _chosen(list(named), "im ZIP")
    files = {PurePosixPath(n).name: b"".join(room.parts(named[n], _MOST_PLAN)) for n in chosen}
    cards = (PurePosixPath(chosen[0]).parent / "cards").as_posix().removeprefix("./") + "/"
    bare: dict[str, dict[tuple[int, int], str]] = {}
    for name, member in named.items():
        base = PurePosixPath(name).name
        if name.startswith(cards):
            _write(folder / "cards" / name.removeprefix(cards), room.parts(member))
        elif PurePosixPath(base).suffix.lower() in PICTURES:
            seen = bare.setdefault(base, {})
            if not seen:
                _write(folder / "pictures" / base, room.parts(member))
            seen.setdefault((member.CRC, member.file_size), name)  # once more the same is no matter
    doubled = {base: tuple(seen.values()) for base, seen in bare.items() if len(seen) > 1}
    return Bundle(
        name=PurePosixPath(chosen[0]).name,
        files=files,
        folder=folder,
        pictures=tuple(sorted(f"pictures/{base}" for base in bare)),
        doubled=doubled,
    )


def _write(path: Path, parts: Iterator[bytes]) -> None:
    if len(path.name.encode()) > _LONGEST_NAME:
        raise unreadable(
            f"der Name „{path.name[:40]}…“ ist zu lang", f"the name “{path.name[:40]}…” is too long"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.writelines(parts)


class Room:
    """Unpacks an archive while counting: what it says about its sizes may be a lie."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > _MOST_UNPACKED:
            raise _too_much()
        self._archive = archive
        self._left = _MOST_UNPACKED

    def parts(self, member: zipfile.ZipInfo, most: int = _MOST_UNPACKED) -> Iterator[bytes]:
        """A member's bytes, piece by piece; raises `PlanUnreadable` where they become too many."""
        with self._archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                self._left -= len(chunk)
                most -= len(chunk)
                if self._left < 0 or most < 0:
                    raise _too_much()
                yield chunk


def _too_much() -> Exception:
    return unreadable("entpackt ist sie viel zu groß", "it is far too large when unpacked")


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's path as it was meant: Macs and DOS do not say how they write umlauts."""
    name = member.orig_filename
    if not member.flag_bits & 0x800 and not name.isascii():
        raw = name.encode("cp437", "replace")
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            name = old(raw)
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join("".join(filter(str.isprintable, part)) for part in parts)
