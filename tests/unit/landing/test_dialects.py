"""Bytes to text columns: encodings, quotes, line numbers, and that the fast and the slow path agree."""

import csv
import io
import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.landing.reading import dialects
from pipelines.landing.reading.dialects import decode, read_csv


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Zürich".encode(), "utf-8"),
        (b"\xef\xbb\xbf" + "Zürich".encode(), "utf-8"),
        ("Zürich".encode("cp1252"), "windows-1252"),
        (b"\xff\xfe" + "Zürich".encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + "Zürich".encode("utf-16-be"), "utf-16-be"),
        ("Zürich".encode("utf-16-le"), "utf-16-le"),
        (b"\xff\xfe\x00\x00" + "Zürich".encode("utf-32-le"), "utf-32-le"),
    ],
)
def test_the_encoding_is_decided_by_the_file_itself(content: bytes, encoding: str) -> None:
    assert decode(content) == dialects.DecodedText("Zürich", encoding)


def test_windows_1252_keeps_euro_signs_and_bytes_it_does_not_define() -> None:
    assert decode(b"\x80 \x81 \xe9").text == "€ \x81 é"


def test_a_utf_8_file_cut_inside_a_character_is_still_utf_8() -> None:
    assert decode("Zürich, Genè".encode()[:-1]).text == "Zürich, Gen\ufffd"


def test_line_numbers_count_line_breaks_inside_quotes() -> None:
    table = read_csv('id,note\r\n1,"two\r\nlines"\r\n\r\n2,"a ""quoted"" word"\r\n3,last')
    assert table.rows["_line_number"].to_list() == [2, 5, 6]
    assert table.rows["note"].to_list() == ["two\r\nlines", 'a "quoted" word', "last"]
    assert table.rows["_raw"][0] == '1,"two\r\nlines"'


@pytest.mark.parametrize("quote", ["", '"'])
def test_rows_with_too_few_or_too_many_cells_come_back_with_a_reason(quote: str) -> None:
    table = read_csv(f"a,b\n{quote}1{quote},2\n3\n4,5,6\n")
    assert table.rows["_line_number"].to_list() == [2, 3, 4]
    assert table.rows["_reject"].to_list() == [
        None,
        "the row has 1 cells, the header has 2",
        "the row has 3 cells, the header has 2",
    ]


def test_a_cell_cut_off_at_the_end_of_the_file_costs_only_its_own_row() -> None:
    table = read_csv('a,b\n1,"x"\n2,"cut off')
    assert table.rows["a"].to_list() == ["1", None]
    assert table.rows["_reject"].to_list() == [None, dialects.QUOTE_REASON]
    assert table.rows["_raw"][1] == '2,"cut off'


def test_a_stray_quote_costs_one_line_not_the_rest_of_the_file() -> None:
    table = read_csv('a,b\n1,"x"y\n2,z\n3,5" pipe\n')
    assert table.rows["_reject"].to_list() == [dialects.QUOTE_REASON, None, None]
    assert table.rows["b"].to_list() == [None, "z", '5" pipe']


def test_a_row_with_nul_bytes_is_set_aside_and_its_raw_text_can_be_stored() -> None:
    table = read_csv("a,b\n1,x\x00\n2,y\n")
    assert table.rows["_reject"].to_list() == [dialects.NUL_REASON, None]
    assert table.rows["_raw"][0] == "1,x\u2400"


def test_headers_are_trimmed_lowered_and_repeated_ones_stay_readable() -> None:
    table = read_csv("\ufeff Id ,LABELS,Labels,,_row\n1,x,y,z,w\n")
    assert table.header == ["Id", "LABELS", "Labels", "", "_row"]
    assert table.columns == ["id", "labels", "labels#2", "#4", "#_row"]
    assert table.rows.row(0)[:5] == ("1", "x", "y", "z", "w")


@pytest.mark.parametrize("text", ["", "\n\n", "\r\n"])
def test_an_empty_file_is_a_table_without_columns(text: str) -> None:
    table = read_csv(text)
    assert (table.header, table.rows.height) == ([], 0)


def test_old_mac_line_breaks_part_rows() -> None:
    assert read_csv("a,b\r1,2\r3,4").rows["b"].to_list() == ["2", "4"]


def test_another_delimiter_can_be_given() -> None:
    assert read_csv('a;b\n1,5;"x;y"\n', delimiter=";").rows.row(0)[:2] == ("1,5", "x;y")


_cell = st.text(alphabet=st.sampled_from('ab ,"\n\r;é\u2028\t1'), max_size=6)


@given(st.lists(st.lists(_cell, min_size=1, max_size=4), max_size=6), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=300, deadline=None)
def test_the_fast_path_equals_the_slow_one_and_both_equal_the_csv_module(rows: list[list[str]], end: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["h1", "h2"], *rows])
    text = buffer.getvalue()
    slow, fast = dialects._read_any(text, ","), dialects._read_well_formed(text, ",")
    if fast is not None:
        assert (fast.header, fast.columns) == (slow.header, slow.columns)
        assert fast.rows.equals(slow.rows)
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if len(row) == 2][1:]
    good = slow.rows.filter(pl.col("_reject").is_null()).select("h1", "h2")
    assert [[cell or "" for cell in row] for row in good.iter_rows()] == expected


@given(st.text(alphabet=st.sampled_from('ab,"\n\r\x00é '), max_size=60))
@settings(max_examples=500, deadline=None)
def test_no_text_loses_a_character_or_ends_in_an_error(body: str) -> None:
    text = "h1,h2\n" + body
    fast, slow = dialects._read_well_formed(text, ","), dialects._read_any(text, ",")
    assert fast is None or fast.rows.equals(slow.rows)
    kept = "".join(slow.rows["_raw"]).replace("\u2400", "\x00")
    ignored = str.maketrans("", "", "\r\n ")  # line breaks between rows, and blank lines
    assert kept.translate(ignored) == body.translate(ignored)
    assert slow.rows["_line_number"].is_sorted()


def test_a_hundred_thousand_quoted_rows_take_about_a_second() -> None:
    text = '"id","note"\n' + "".join(f'"{i}","a, ""b""\nc"\n' for i in range(100_000))
    started = time.perf_counter()
    assert read_csv(text).rows.height == 100_000
    assert time.perf_counter() - started < 5
