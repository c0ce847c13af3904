"""The review of a client: its numbers are the warehouse's, in both files, and nobody else's are in it."""

import io
from datetime import datetime
from decimal import Decimal

import pytest
from pptx import Presentation

from pipelines.errors import UserError
from pipelines.qbr.pack import Pack, qbr_pack
from pipelines.serving.principal import Principal, Role
from pipelines.serving.release import Release, open_release
from tests.unit.qbr.conftest import Company
from tests.unit.qbr.reading import PLAIN, all_xml, boxes, cells, charts, pages, slides, titles

GLANCE, SPEND, HIRING, SERVICE, FEEDBACK, RELATIONSHIP, VALUE, ACTIONS, NEXT = range(1, 10)
INTERNAL_WORDS = ("health score", "churn", "margin", "wallet", "leakage", "forecast", "scorecard", "yellow", "at risk")
HOSTILE_NAME = (
    "=cmd|'/c calc'!A1 \u202eevil\u202c שלום مرحبا 日本語 🚀 Łódź <b>&amp;\x0b\x00 " + "Donaudampfschiff" * 30
)


def test_every_title_is_a_sentence_with_the_warehouse_s_numbers(pack: Pack) -> None:
    assert titles(pack.pptx) == [
        "Acme GmbH",
        "Spend was EUR 3.5 k in Q3 2026, 45.9 % above Q3 2025; 2 of 5 service commitments were met.",
        "Spend was EUR 3.5 k in Q3 2026, 45.9 % above Q3 2025; Managed services is 85.7 % of it.",
        "2 people started in Q3 2026, 1 more than in Q3 2025; an order took 66 days to fill.",
        "2 of 5 service commitments were met in Q3 2026; 3 were missed.",
        "NPS was 50 in Q3 2026 (n = 6); over 12 months it is 50 (n = 8).",
        "Invoices are paid in 22 days on average; an executive attended the Q3 2026 review; "
        "1 escalation in the last 90 days.",
        "EUR 1.3 k of savings were delivered in Q3 2026, 86.7 % of plan; EUR 1.3 k over the 12 months to Sep 26.",
        "2 actions are open, the oldest for 108 days; 1 closed, 2 added in Q3 2026.",
        "1 contract ends in the 180 days after 31 Oct 2026; 2 job orders are open.",
    ]


def test_the_pdf_says_on_each_page_what_the_slide_says(pack: Pack) -> None:
    written = [" ".join(page.split()) for page in pages(pack.pdf)]
    assert len(written) == len(slides(pack.pptx))
    for slide, title, page in zip(slides(pack.pptx), titles(pack.pptx), written, strict=True):
        assert title in page
        wanted = [cell for row in cells(slide) for cell in row if cell]
        assert not [cell for cell in wanted if " ".join(cell.split()) not in page]


def test_spend_is_recognised_revenue_by_month_and_service_line(pack: Pack) -> None:
    slide = slides(pack.pptx)[SPEND]
    assert cells(slide) == [
        ["Service line", "Jul 26", "Aug 26", "Sep 26", "Q3 2026", "Q3 2025", "Change"],
        ["Managed services", "1,000", "1,000", "1,000", "3,000", "2,400", "+25.0 %"],
        ["Permanent placement", "0", "501", "0", "501", "0", "n/a"],
        ["Total", "1,000", "1,501", "1,000", "3,501", "2,400", "+45.9 %"],
    ]
    spend = charts(slide)["Spend by month, EUR"]
    assert spend["Spend"] == [800.0] * 3 + [1000.0] * 7 + [1500.5, 1000.0]
    assert spend["A year before"] == [800.0] * 12


def test_several_currencies_are_added_in_the_reporting_currency_only(company: Company) -> None:
    more = "insert into marts.fct_revenue values ('c1', '2026-09-01', 'CHF', 'Advice', 100, 120)"
    slide = slides(qbr_pack(company(more), "c1", "2026-Q3").pptx)[SPEND]
    rows = cells(slide)
    assert rows[1][:2] == ["Managed services", "EUR"]
    assert ["Advice", "CHF", "0", "0", "100", "100", "0", "n/a"] in rows
    assert rows[-1] == ["Total", "USD", "1,100", "1,651", "1,220", "3,971", "2,640", "+50.4 %"]
    assert any("in USD at rates of 31 Dec 2025" in shape.text for shape in slide.shapes if shape.has_text_frame)


def test_service_counts_what_fell_due_in_the_quarter_and_lists_every_miss(pack: Pack) -> None:
    rows = cells(slides(pack.pptx)[SERVICE])
    assert ["Escalations answered", "1 of 1", "100.0 %", "n/a"] in rows
    assert ["Escalations resolved", "0 of 1", "0.0 %", "n/a"] in rows
    assert ["Support tickets answered", "none due", "", "1 of 1"] in rows
    assert ["P1", "under 4 h", "under 24 h"] in rows  # the policy of the quarter, not the one of 2027
    assert ["P3", "under 48 h", "under 14 days"] in rows
    assert [row for row in rows if row[-1] in ("not yet", "30 Sep 26", "3 Jul 16:00")] == [
        ["Resolution, P1", "E-1", "2 Jul 10:00", "3 Jul 10:00", "3 Jul 16:00"],
        ["Job order", "O-1", "1 Jun 26", "30 Aug 26", "30 Sep 26"],
        ["E-mail, urgent", "M-1", "30 Sep 20:00", "1 Oct 00:00", "not yet"],  # answered after the quarter
    ]
    used = charts(slides(pack.pptx)[SERVICE])["Escalations opened in Q3 2026: time used, % of the limit"]
    assert used == {"Response": [0.5], "Resolution": [1.25]}


def test_feedback_says_how_many_answered_and_marks_too_few(pack: Pack) -> None:
    rows = cells(slides(pack.pptx)[FEEDBACK])
    assert ["Q3 2026", "6", "4", "1", "1", "50"] in rows
    assert ["Q2 2026", "2", "0", "1", "1", "-50*"] in rows
    assert ["Q1 2026", "0", "", "", "", "n/a"] in rows
    assert ["Q3 2026", "4", "85.0"] in rows  # CSAT: one answer of 70, three of 90
    assert any("single opinions" in shape.text for shape in slides(pack.pptx)[FEEDBACK].shapes if shape.has_text_frame)


def test_savings_actions_renewals_and_orders_are_the_client_s_own(pack: Pack) -> None:
    drawn = slides(pack.pptx)
    assert ["Q3 2026", "1,500", "1,300", "86.7 %"] in cells(drawn[VALUE])
    assert ["12 months to Sep 26", "1,500", "1,300", "86.7 %"] in cells(drawn[VALUE])
    assert [row for row in cells(drawn[ACTIONS])[1:] if row[0]] == [
        ["AI-1", "", "", "", "15 Jul 26", "108 days"],
        ["AI-3", "", "", "", "1 Oct 26", "30 days"],  # closed after the release's day, so open
    ]
    assert ["K-1", "31 Dec 26", "61", "EUR 48,000", ""] in cells(drawn[NEXT])
    assert ["O-2B", "1 Sep 26", "3", "0"] in cells(drawn[NEXT])
    assert not [row for row in cells(drawn[NEXT]) if row[0] == "O-4"]


def test_nothing_of_other_clients_and_nothing_internal_is_in_the_files(pack: Pack) -> None:
    everything = " ".join([*all_xml(pack.pptx), *pages(pack.pdf)])
    for foreign in ("Brown", "Twins", "Ben Other", "secret", "99999", "77777", "55555", "K-9", "AI-9", "E-9", "O-9"):
        assert foreign not in everything
    shown = " ".join([*pages(pack.pdf), *(str(cells(slide)) for slide in slides(pack.pptx)), *titles(pack.pptx)])
    assert not [word for word in INTERNAL_WORDS if word in shown.lower()]
    assert not [slide for slide in slides(pack.pptx) if slide.has_notes_slide]


def test_the_score_stands_in_one_speaker_note_of_the_internal_pptx_only(company: Company) -> None:
    pack = qbr_pack(company(), "c1", "2026-Q3", is_internal=True)
    noted = [slide.notes_slide.notes_text_frame.text for slide in slides(pack.pptx) if slide.has_notes_slide]
    assert len(noted) == 1
    assert noted[0].startswith("INTERNAL")
    assert "Health score 61 (yellow)" in noted[0]
    assert "- hiring: 10 of 25, 15 missing" in noted[0]
    assert "- nps: not scored (no response), of 20" in noted[0]
    assert not [page for page in pages(pack.pdf) if "INTERNAL" in page or "yellow" in page]
    assert pack.stem.endswith("-INTERNAL")


def test_the_same_release_gives_the_same_bytes_with_its_own_date(company: Company, pack: Pack) -> None:
    again = qbr_pack(company(), "ACME  gmbh", "2026-q3")
    assert (again.pptx, again.pdf) == (pack.pptx, pack.pdf)
    properties = Presentation(io.BytesIO(pack.pptx)).core_properties
    assert properties.created == properties.modified == datetime.fromisoformat("2026-11-01T02:00:00")
    assert b"D:20261101020000+00'00'" in pack.pdf


def test_every_slide_names_its_source(pack: Pack) -> None:
    source = "Source: Tenure release 2026-11-01T0200-abcdef12, figures as of 31 Oct 2026"
    assert all(source in page for page in pages(pack.pdf))
    assert all(any(source in s.text for s in slide.shapes if s.has_text_frame) for slide in slides(pack.pptx))


def test_a_quarter_that_runs_is_provisional_on_every_page(provisional: Pack) -> None:
    pack = provisional
    mark = "PROVISIONAL: Q4 2026 still runs; Oct 26 only"
    assert all(mark in page for page in pages(pack.pdf))
    assert all(any(mark in s.text for s in slide.shapes if s.has_text_frame) for slide in slides(pack.pptx))
    assert "Spend was EUR 1.0 k in Oct 26, 25.0 % above Oct 25" in titles(pack.pptx)[SPEND]
    assert titles(pack.pptx)[FEEDBACK].startswith("NPS of Q4 2026 is counted when the quarter is complete")


@pytest.mark.parametrize(
    ("client", "quarter", "what", "do"),
    [
        ("Acme", "2026-Q3", "there is no client 'Acme'", "c1 (Acme GmbH)"),
        ("acne gmbh", "2026-Q3", "there is no client 'acne gmbh'", "c1 (Acme GmbH)"),
        ("twins ltd", "2026-Q3", "2 clients are called 'twins ltd'", "c3 (Twins Ltd), c4 (TWINS LTD)"),
        ("", "2026-Q3", "there is no client ''", "full name"),
        ("c1", "2027-Q1", "2027-Q1 has no complete month yet: the release is as of 31 Oct 2026", "up to 2026-Q3"),
        ("c1", "Q3", "'Q3' is no quarter", "2026-Q3"),
    ],
)
def test_what_the_release_does_not_have_is_said(
    company: Company, client: str, quarter: str, what: str, do: str
) -> None:
    with pytest.raises(UserError) as raised:
        qbr_pack(company(), client, quarter)
    assert raised.value.what == what
    assert do in (raised.value.do or "")


def test_an_account_manager_gets_packs_of_own_clients_only(company: Company, pack: Pack) -> None:
    everything = company()
    reader = Principal("Ann", Role.ACCOUNT_MANAGER, frozenset({"am1"}))
    with open_release(everything.warehouse, reader) as release:
        own = qbr_pack(release, "c1", "2026-Q3")
        with pytest.raises(UserError, match="there is no client 'c2'") as raised:
            qbr_pack(release, "c2", "2026-Q3")
    assert (own.pptx, own.pdf) == (pack.pptx, pack.pdf)
    assert "Brown" not in str(raised.value)


def test_a_client_without_facts_gets_honest_pages(empty: Pack) -> None:
    drawn = titles(empty.pptx)
    assert drawn[1:] == [
        "No spend is recorded in Q3 2026; no service commitment fell due.",
        "No spend is recorded in Q3 2026.",
        "Hiring is not recorded for Q3 2026.",
        "No service commitment fell due in Q3 2026.",
        "No NPS answers after service in Q3 2026; no relationship survey in the 12 months to Sep 26.",
        "The relationship was not measured on 30 Sep 2026.",
        "No savings are recorded in the 12 months to Sep 26.",
        "No action registry is recorded.",
        "No contract ends in the 180 days after 31 Oct 2026.",
    ]


@pytest.fixture(scope="module")
def hostile(company: Company) -> Pack:
    """Long, right-to-left, formula-like names; so many rows that no table holds them; amounts that no column holds."""
    name = HOSTILE_NAME.replace("'", "''").replace("\x00", "")
    return qbr_pack(
        company(f"""
            update marts.dim_clients set client_name = '{name}' where client_id = 'c1';
            update marts.fct_revenue set service_line = '=HYPERLINK("http://x") مرحبا' || repeat('w', 90),
                revenue_local = revenue_local * 1234567;
            insert into marts.fct_revenue select 'c1', date '2026-08-01', 'EUR', 'L' || i, 5, 5 from range(30) as t(i);
            update staging.stg_action_items set item_id = '=1+1' || repeat('x', 80);
            insert into staging.stg_action_items select 'Z' || i, 'a1', date '2026-01-01', null from range(40) as t(i);
            insert into staging.stg_job_orders
                select 'Q' || i, 'q' || i, 'a1', date '2026-01-01', null, 1 from range(40) as t(i);
            insert into marts.fct_renewals select 'R' || i, 'c1', date '2026-12-31', 61 from range(40) as t(i);
            insert into intermediate.int_service_events
                select 'support_sla_rate', 'S' || i, 'c1', date '2026-08-01', false from range(40) as t(i);
        """),
        "c1",
        "2026-Q3",
    )


@pytest.fixture(scope="module")
def release(company: Company) -> Release:
    return company()


@pytest.fixture(scope="module")
def empty(company: Company) -> Pack:
    return qbr_pack(company(rows=False), "c5", "2026-Q3")


@pytest.fixture(scope="module")
def provisional(company: Company) -> Pack:
    return qbr_pack(company(), "c1", "2026-Q4")


def test_hostile_names_and_many_rows_break_nothing(hostile: Pack) -> None:
    pack = hostile
    assert pack.stem.isascii()
    assert not set(pack.stem) & set("/\\:*?\"<>|'= ")
    assert len(pages(pack.pdf)) == len(slides(pack.pptx)) == 10
    assert "\u202e" not in titles(pack.pptx)[0]
    assert titles(pack.pptx)[0].startswith("=cmd|'/c calc'!A1 evil שלום مرحبا 日本語 🚀 Łódź <b>&amp;")
    assert "stands for a letter that this PDF has no type for" in pages(pack.pdf)[0]
    drawn = slides(pack.pptx)
    assert cells(drawn[SPEND])[-1][:2] == ["Total", "1,234,567"]  # in thousands
    assert ["and 33 more", "", "", "", "", ""] in cells(drawn[ACTIONS])
    assert not [part for part in all_xml(pack.pptx) if "<f>" in part]  # no cell of a workbook is a formula


@pytest.mark.parametrize("made", ["pack", "provisional", "hostile", "empty"])
def test_no_shape_leaves_its_page_or_covers_another(made: str, request: pytest.FixtureRequest) -> None:
    for slide in slides(request.getfixturevalue(made).pptx):
        placed = boxes(slide)
        assert not [box for box in placed if box[1] < 0 or box[2] < 0 or box[3] > 960.01 or box[4] > 540.01]
        for index, (name, left, top, right, bottom) in enumerate(placed):
            for other, left_2, top_2, right_2, bottom_2 in placed[index + 1 :]:
                is_apart = left >= right_2 or left_2 >= right or top >= bottom_2 - 0.01 or top_2 >= bottom - 0.01
                assert is_apart, (name, other)


def test_amounts_are_rounded_half_away_from_zero() -> None:
    from pipelines.qbr.words import whole

    assert [whole(Decimal(text)) for text in ("0.5", "-0.5", "1234.49", "-1234567.5")] == [
        "1",
        "−1",
        "1,234",
        "−1,234,568",
    ]


def test_a_change_fits_its_column_however_large() -> None:
    from pipelines.qbr.words import change

    found = [change(*pair).translate(PLAIN) for pair in ((1, 0), (104, 100), (0, 100), (250, 100), (5000, 100))]
    assert found == ["n/a", "+4.0 %", "-100 %", "+150 %", "> 10 x"]
