"""Large files give exactly what small ones give: the same rows, reasons, raw texts and counts."""

import random

import polars as pl
import pyarrow.parquet as pq
import pytest
from homes import Home
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing import slices
from pipelines.landing.connectors import template
from pipelines.landing.reading import large_csv
from pipelines.landing.reading.dialects import decode, read_csv
from pipelines.landing.reading.large_csv import read_large

_plain = st.text(alphabet="ab1 é", max_size=5)
_wild = st.text(alphabet='ab,"\n\ré;\t ', max_size=6)
_quoted = _wild.map(lambda text: '"' + text.replace('"', '""') + '"')
_row = st.lists(st.one_of(_plain, _plain, _quoted, _wild), min_size=1, max_size=3)


@given(
    st.lists(st.one_of(_row, st.lists(_plain, min_size=2, max_size=2)), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", ";", "\t"]),
    st.integers(1, 40),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_read_piece_by_piece_a_file_is_the_same_table(
    rows: list[list[str]], end: str, delimiter: str, piece_bytes: int, has_mark: bool
) -> None:
    text = end.join(delimiter.join(row) for row in [["h1", "h2"], *rows])
    content = (b"\xef\xbb\xbf" if has_mark else b"") + text.encode()
    large = read_large(content, delimiter, piece_bytes)
    if large is None:
        return
    whole = read_csv(decode(content), delimiter)
    found = large.table
    assert (found.header, found.columns) == (whole.header, whole.columns)
    assert found.rows.drop("_raw").equals(whole.rows.drop("_raw"))
    raws = large.raw_of(found.rows["_line_number"])
    assert [raws[line] for line in found.rows["_line_number"]] == whole.rows["_raw"].to_list()
    kept = found.rows.filter(pl.col("_raw").is_not_null())
    assert kept["_raw"].to_list() == [raws[line] for line in kept["_line_number"]]


def test_regular_files_are_read_piece_by_piece() -> None:
    """The test above says nothing of files that are left to the usual way."""
    text = 'h1,h2\n1,a\n2,"b, c"\n3\n\n4,"d\ne"\n5,"f ""g"""\n'
    large = read_large(text.encode(), ",", 4)
    assert large is not None
    assert large.table.rows["_line_number"].to_list() == [2, 3, 4, 6, 8]


@pytest.mark.parametrize(
    ("line", "is_proved"),
    [
        (b"1,a", True),
        (b'1,""', True),
        (b'"1","b, ""c"""', True),
        (b'"1",a\r', True),
        (b'1,"b\nc"', False),  # runs over a line break
        (b'1, "b"', False),  # a quote inside a cell
        (b'1,"b" ', False),
        (b'1,b""', False),
    ],
)
def test_cells_are_read_at_once_only_where_each_line_is_a_record_beyond_doubt(line: bytes, is_proved: bool) -> None:
    piece, layout = large_csv._Piece(b"0,z\n" + line + b"\n"), large_csv._layout(b"h1,h2\n", 0, ",")
    assert layout is not None
    assert (large_csv._proved_cells(piece, layout) is not None) == is_proved


@pytest.mark.parametrize(
    "content",
    [b"", b"h1,h2", b"\nh1,h2\n", b"h\xff1,h2\n1,2\n", b"h1,h2\n1,\xff\n", b"h1,h2\n1,\x00\n", b'h1,h2\n1,"\n'],
)
def test_what_only_the_whole_text_can_tell_is_left_to_the_usual_way(content: bytes) -> None:
    assert read_large(content, ",") is None


def invoice_lines(count: int, seed: int) -> str:
    """Lines with repeats, key conflicts, empty keys, bad cells, quotes, ragged and blank lines."""
    chance = random.Random(seed)
    lines = ["line_id,invoice_id,product,quantity,amount,service_start,service_end,colour"]
    for number in range(count):
        line = f"l{number},i{number // 3},Search,1,{number}.50,2025-01-01,2025-01-31,"
        lines.append(
            chance.choices(
                [
                    line,
                    f'l{number},i1,"Search, ""big""\nsecond line",2,1.005,2025-01-01,,red',
                    lines[chance.randrange(len(lines))],
                    f"l{chance.randrange(count)},i1,Other,1,2.00,,,",
                    f"l{number},i1,Payroll,x,1 000,2025-02-30,2025-01-01,",
                    f",i1,p,1,1.00,,,{chance.choice(['', 'x'])}",
                    f"  ,i1,p,1,1.00,,,{chance.choice(['', 'x'])}",
                    f"l{number},i1,p",
                    "Total,,,,9,,,",
                    "",
                    f" l{number} , i1,p,1E+3,'-5.00,2025-01-01,2025-12-31,",
                ],
                weights=[60, 5, 4, 4, 2, 1, 1, 1, 1, 1, 2],
            )[0]
        )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(6))
def test_landed_slice_by_slice_a_file_gives_the_same_lake(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    text = invoice_lines(400, seed)
    whole = landed(tmp_path_factory, text)
    monkeypatch.setattr(template, "LARGE_BYTES", 100)
    monkeypatch.setattr(slices, "SLICE_ROWS", 37)
    sliced = landed(tmp_path_factory, text)
    assert not list(sliced.lake.rglob(".tmp-*"))
    (path,) = (sliced.lake / "invoice_lines").glob("*.parquet")
    assert pq.ParquetFile(path).num_row_groups > 5  # it did go slice by slice
    one, other = (home.rows("invoice_lines").drop("_newness_at") for home in (sliced, whole))
    assert one.equals(other) and one.schema == other.schema
    assert sliced.quarantine() == whole.quarantine()
    (load,), (wanted,) = sliced.ledger().loads, whole.ledger().loads
    load.entities["invoice_lines"].parquet_sha256 = wanted.entities["invoice_lines"].parquet_sha256
    assert (load.entities, load.findings, load.dialect) == (wanted.entities, wanted.findings, wanted.dialect)


def test_a_large_file_whose_column_changed_its_kind_is_refused_like_a_small_one(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"l{number},i,p,{'x' if number % 3 else 1}\n" for number in range(300))
    monkeypatch.setattr(template, "LARGE_BYTES", 100)
    monkeypatch.setattr(slices, "SLICE_ROWS", 50)
    home.put("invoice_lines.csv", "line_id,invoice_id,product,amount\n" + lines)
    assert "200 of 300 cells of amount" in home.land().refused[0].what
    assert not list(home.lake.rglob("*.parquet")) and not list(home.lake.rglob(".tmp-*"))


def landed(folders: pytest.TempPathFactory, text: str) -> Home:
    root = folders.mktemp("home")
    (root / "inbox").mkdir()
    home = Home(root)
    home.put("invoice_lines.csv", text)
    receipt = home.land()
    assert not receipt.refused
    home.assert_accounted()
    return home
