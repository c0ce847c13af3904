"""Names that are the same company fold to one key, others never do."""

import polars as pl
import pytest

from pipelines.landing.crosswalk_names import fold_name, fold_names


@pytest.mark.parametrize(
    "name",
    [
        "Acme",
        "ACME, Inc.",
        " acme  Inc",
        "Acme Ltd.",
        "Acme GmbH",
        "ACME GmbH & Co. KG",
        "Acme S.p.A.",
        "Acme S. A.",
        "Acme Co., Ltd.",
    ],
)
def test_case_spacing_punctuation_and_legal_form_do_not_count(name: str) -> None:
    assert fold_name(name) == "acme"


@pytest.mark.parametrize(
    ("one", "other"), [("Acme", "Acme Europe"), ("Müller", "Muller"), ("Ab Acme", "Acme"), ("Acme 1", "Acme 2")]
)
def test_anything_else_counts(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@pytest.mark.parametrize("name", ["Limited", "AG", "Co", "SA"])
def test_a_legal_form_alone_stays_a_name(name: str) -> None:
    assert fold_name(name) == name.lower()


def test_and_is_and() -> None:
    assert fold_name("Smith & Sons") == fold_name("SMITH AND SONS Ltd") == "smith and sons"


def test_a_column_keeps_its_order_and_its_gaps() -> None:
    assert fold_names(pl.Series(["B Inc", None, "!!", "A"])).to_list() == ["b", None, None, "a"]
    assert fold_names(pl.Series([None], dtype=pl.String)).to_list() == [None]
