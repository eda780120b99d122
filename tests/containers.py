"""Files that no library writes for us: old Excel's container, and an .xls in it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) with these streams; each is padded to 4096 bytes, so none is a small one."""
    padded = {
        name: data.ljust(max(4096, -(-len(data) // _SECTOR) * _SECTOR), b"\0")
        for name, data in streams.items()
    }
    chains, start = [], 2  # sector 0 is the allocation table, 1 the directory
    entries = [_entry("Root Entry", 5, _END, 0, child=1)]
    for number, (name, data) in enumerate(padded.items(), 1):
        count = len(data) // _SECTOR
        last = number == len(padded)
        entries.append(_entry(name, 2, start, len(data), right=_FREE if last else number + 1))
        chains += [*range(start + 1, start + count), _END]
        start += count
    table = struct.pack(f"<{2 + len(chains)}I", _FAT, _END, *chains)
    if len(table) > _SECTOR or len(entries) > 4:
        raise ValueError("more than this little container holds")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    return (
        header
        + table.ljust(_SECTOR, b"\xff")
        + b"".join(entries).ljust(_SECTOR, b"\0")
        + b"".join(padded.values())
    )


def _entry(
    name: str, kind: int, start: int, size: int, *, child: int = _FREE, right: int = _FREE
) -> bytes:
    named = name.encode("utf-16-le") + b"\0\0"
    return (
        named.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(named), kind, 1, _FREE, right, child)
        + bytes(16 + 4 + 8 + 8)
        + struct.pack("<IQ", start, size)
    )


def xls(sheets: Mapping[str, Sequence[Sequence[str | float]]]) -> bytes:
    """An .xls of Excel 97 ([MS-XLS]) with text and numbers."""
    bodies = []
    for rows in sheets.values():
        body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                place = struct.pack("<HHH", row, column, 0)
                if isinstance(cell, str):
                    text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                    body += _record(0x0204, place + text)
                else:
                    body += _record(0x0203, place + struct.pack("<d", cell))
        bodies.append(body + _record(0x000A))
    names = [name.encode("utf-16-le") for name in sheets]
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    start += _record(0x0042, struct.pack("<H", 1200))
    offset = len(start) + sum(4 + 8 + len(name) for name in names) + 4
    for name, body in zip(names, bodies, strict=True):
        start += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name) // 2, 1) + name)
        offset += len(body)
    return compound({"Workbook": start + _record(0x000A) + b"".join(bodies)})


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data
