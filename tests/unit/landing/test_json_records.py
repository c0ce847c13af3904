"""Records of JSON exports, with the lines they start on; columns found by labels."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from pipelines.errors import UserError
from pipelines.landing.connector import Refused
from pipelines.landing.kit.labels import LabelledTable
from pipelines.landing.reading.dialects import read_csv
from pipelines.landing.reading.json_records import compact, member, read_records, text_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id": 1}\n{"id": 2}\n', [(1, 1, None), (2, 2, None)]),
        ('[\n{"id": 1},\n\n{"id": 2}]', [(1, 2, None), (2, 4, None)]),
        ('{"total": 2, "data": [{"id": 1},\n {"id": 2}]}', [(1, 1, "data"), (2, 2, "data")]),
        ('{"data": [{"id": 1}]}\n{"data": [{"id": 2}]}', [(1, 1, "data"), (2, 2, "data")]),
        ('{"id": 1, "other": [{"id": 2}]}', [(1, 1, None)]),
        ('{"data": [{"id": 1, "data": [{"id": 2}]}]}', [(1, 1, "data")]),
        ("", []),
        ('{"data": []}', []),
    ],
)
def test_records_and_their_lines(text: str, expected: list[tuple[int, int, str | None]]):
    found = read_records(text, ["data"]).records
    assert [(each.value["id"], each.line, each.list_name) for each in found] == expected


def test_wrappers_are_kept_without_their_lists():
    assert read_records('{"data": [{"id": 1}], "total": 5}', ["data"]).wrappers == [{"total": 5}]


@pytest.mark.parametrize("text", ['{"id": 1', '[{"id": 1}', '[{"id": 1},]', "[1]", "nonsense", "[" * 100_000])
def test_text_that_is_not_json_to_its_end_is_refused(text: str):
    with pytest.raises(Refused):
        read_records(text, ["data"])


def test_scalars_as_text():
    cells = [text_of(value) for value in (None, "", " a ", True, 1.5, 12, {}, [], "\ud800")]
    assert cells == [None, None, "a", "true", "1.5", "12", None, None, "?"]
    assert compact({"ä": ["\ud800"]}) == '{"ä":["?"]}'
    assert (member({"a": {"b": 1}}, "a.b"), member({"a": 1}, "a.b")) == (1, None)


def labelled(text: str, **own: str) -> LabelledTable:
    return LabelledTable(read_csv(text), {"id": ("id", "key"), "tags": ("label",)}, own, "sources.x.columns")


def test_a_field_is_found_by_a_known_label_or_by_the_companys_own():
    assert labelled("Key,Label\n7,a\n").cells("id").to_list() == ["7"]
    assert labelled("Key,Nr [txt]\n7,8\n", id="nr").cells("id").to_list() == ["8"]
    assert labelled("Key,Campo personalizado (Nr)\n7, \n", id="Nr").cells("id").to_list() == [None]


def test_a_list_over_several_columns():
    assert labelled("Key,Label,Label\n7,a,b\n8,,c\n9,,\n").lists("tags").to_list() == [["a", "b"], ["c"], []]
    assert labelled("Key\n7\n").lists("tags").to_list() == [[]]


def test_what_is_missing_is_named_with_the_setting_to_write():
    with pytest.raises(Refused, match="lacks id") as refused:
        labelled("Nr,Label\n7,a\n").require(["id", "tags"], "This export")
    assert refused.value.do.endswith('write id = "..." under [sources.x.columns].')
    with pytest.raises(UserError, match="'colour' is no column"):
        labelled("Key\n7\n", colour="x")
    table = labelled("Key\n7\n", tags="Farbe")
    assert table.cells("tags").to_list() == [None]
    assert [finding.value for finding in table.findings] == ["Farbe"]


@pytest.mark.parametrize("text", ['[{"id": 1}]', '[{"id": 1}', "[" * 100_000])
def test_garbage_is_collected_again_after_reading(text: str) -> None:
    with suppress(Refused):
        read_records(text, ())
    assert gc.isenabled()
