"""An account manager takes apart the figures of the own portfolio, and sees no client that is somebody else's."""

from decimal import Decimal

import pytest

from pipelines.errors import UserError
from pipelines.explain.engine import explain
from pipelines.explain.question import Question
from pipelines.explain.rights import OTHERS, explain_for
from pipelines.serving.principal import LEADERSHIP, Principal, Role
from pipelines.serving.release import Release

METRICS = ("nrr_cc", "arr_cc", "end_arr", "churned_arr_cc", "handover_fair_nrr_cc", "revenue_cc", "expansion_types")


def clients_of(release: Release) -> dict[str | None, dict[str, str]]:
    """Client names by id, by the account manager they are assigned to now."""
    found: dict[str | None, dict[str, str]] = {}
    for client, name, am in release.rows("select client_id, client_name, am_id from marts.dim_clients").rows():
        found.setdefault(am, {})[client] = name
    return found


def manager(am: str) -> Principal:
    return Principal(am, Role.ACCOUNT_MANAGER, frozenset({am}))


def test_no_foreign_client_is_named_and_the_value_stays(release: Release) -> None:
    clients = clients_of(release)
    managers = [am for am in clients if am]
    hidden = 0
    for am in managers:
        foreign = {text for owner, names in clients.items() if owner != am for pair in names.items() for text in pair}
        for metric in METRICS:
            question = Question(metric, segment="am", value=am, top=500)
            whole, seen = explain(release, question), explain_for(release, manager(am), question)
            assert seen.value == whole.value
            cells = [value for section in seen.sections for row in section.rows for value in row.values.values()]
            assert not foreign & {value for value in cells if isinstance(value, str)}
            hidden += sum(value == OTHERS for value in cells)
    assert len(managers) > 2 and hidden > 0, "some portfolio counts a client that is another's today"


def test_what_is_hidden_still_adds_up(release: Release) -> None:
    for am in filter(None, clients_of(release)):
        seen = explain_for(release, manager(am), Question("arr_cc", segment="am", value=am, top=500))
        rows = seen.section("clients").rows
        parts = [Decimal(str(row.values["end_arr_cc"])) for row in rows if row.kind != "total"]
        assert sum(parts) == rows[-1].values["end_arr_cc"] == seen.value


def test_an_own_client_goes_down_to_its_lines(release: Release) -> None:
    am, names = next((am, names) for am, names in clients_of(release).items() if am)
    shown = [
        explain_for(release, manager(am), Question("arr_cc", segment="am", value=am, client=client)) for client in names
    ]
    assert any(section.name == "lines" and section.rows for answer in shown for section in answer.sections)


@pytest.mark.parametrize("kind", ["company", "another manager", "another's client", "tier", "no client"])
def test_what_is_not_theirs_is_refused_and_names_nobody(release: Release, kind: str) -> None:
    clients = clients_of(release)
    own, other = [am for am in clients if am][:2]
    question = {
        "company": Question("nrr_cc"),
        "another manager": Question("nrr_cc", segment="am", value=other),
        "another's client": Question("arr_cc", segment="am", value=own, client=min(clients[other])),
        "tier": Question("nrr_cc", segment="tier", value="growth"),
        "no client": Question("arr_cc", segment="am", value=own, client="nobody"),
    }[kind]
    with pytest.raises(UserError) as caught:
        explain_for(release, manager(own), question)
    names = {text for names in clients.values() for pair in names.items() for text in pair} | {other}
    assert not any(name in str(caught.value) for name in names)


def test_who_sees_all_sees_all(release: Release) -> None:
    assert explain_for(release, LEADERSHIP, Question("nrr_cc")) == explain(release, Question("nrr_cc"))
