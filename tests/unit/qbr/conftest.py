"""A warehouse with the tables a review reads, written by hand: one client with everything, others that must not show.

As of 2026-10-31. Acme bills in EUR: 1,000 a month in 2026, 800 in 2025, one placement fee of 500.50 in Aug 2026.
"""

from collections.abc import Callable, Iterator

import duckdb
import pytest

from pipelines.qbr.pack import Pack, qbr_pack
from pipelines.serving.release import Release, open_release

TABLES = """
create schema marts; create schema intermediate; create schema staging; create schema policy;
create table staging.stg_run as select date '2026-10-31' as as_of_on, date '2026-10-01' as last_month,
    'USD' as reporting_currency, date '2025-12-31' as fx_baseline_on, 'UTC' as company_time_zone;
create table marts.dim_clients (client_id varchar, client_name varchar, billing_currency varchar, am_id varchar,
    am_name varchar);
create table marts.fct_revenue (client_id varchar, month date, currency varchar, service_line varchar,
    revenue_local decimal(18, 2), revenue_cc decimal(18, 2));
create table marts.fct_arr (client_id varchar, month date, is_provisional boolean);
create table intermediate.int_clients__by_account (account_id varchar, client_id varchar);
create table intermediate.int_clients (client_id varchar, billing_currency varchar);
create table staging.stg_placements (placement_id varchar, order_key varchar, account_id varchar, started_on date);
create table staging.stg_job_orders (order_id varchar, order_key varchar, account_id varchar, opened_on date,
    closed_on date, openings bigint);
create table intermediate.int_orders (order_id varchar, client_id varchar, opened_on date, openings bigint,
    filled_on date, due_on date);
create table intermediate.int_service_events (kpi varchar, event_id varchar, client_id varchar, counts_on date,
    is_met boolean);
create table marts.fct_escalations (escalation_id varchar, policy varchar, client_id varchar, severity varchar,
    opened_at timestamp, responded_at timestamp, resolved_at timestamp, response_hours decimal(28, 8),
    resolution_hours decimal(28, 8), response_due_at timestamp, resolution_due_at timestamp);
create table intermediate.int_communications (communication_id varchar, client_id varchar, kind varchar,
    urgency varchar, received_at timestamp, responded_at timestamp, due_at timestamp);
create table staging.stg_support_tickets (ticket_id varchar, account_id varchar, opened_at timestamp,
    responded_at timestamp, sla_response_hours decimal(28, 10));
create table policy.sla_policies as select * from (values
    ('severity_matrix', 'P1', 240, 1440, date '2000-01-01'), ('severity_matrix', 'P3', 2880, 20160, date '2000-01-01'),
    ('severity_matrix', 'P1', 60, 60, date '2027-01-01'), ('kpi_target', 'P1', 480, 2880, date '2000-01-01')
) as policies(policy, severity, response_minutes, resolution_minutes, valid_from);
create table policy.parameters as select 'renewal_days_ahead' as parameter, 180 as value, date '2000-01-01' as valid_from;
create table marts.rpt_nps (period_kind varchar, period_start date, survey_type varchar, segment varchar,
    segment_value varchar, responses bigint, promoters bigint, passives bigint, detractors bigint, nps decimal(28, 8),
    is_too_few boolean);
create table marts.rpt_csat (month date, segment varchar, segment_value varchar, responses bigint,
    csat_mean decimal(28, 8));
create table marts.fct_client_health (client_id varchar, as_of_on date, hires_per_month decimal(28, 8),
    days_to_pay decimal(28, 8), nps_mean decimal(28, 8), escalations bigint, sponsor_activities bigint,
    executive_activities bigint, active_contacts bigint, health_score integer, health_band varchar);
create table intermediate.int_health_components__by_client_and_day (client_id varchar, as_of_on date,
    component varchar, points integer, maximum_points integer, not_scored_reason varchar);
create table intermediate.int_health_days (as_of_on date, hiring_months integer, invoices_from date,
    responses_from date, sponsor_from date, contacts_from date, escalations_from date);
create table marts.fct_qbrs (client_id varchar, quarter_start date, is_completed boolean, executive_attended boolean);
create table staging.stg_savings (account_id varchar, month date, planned decimal(18, 2), delivered decimal(18, 2),
    currency varchar);
create table intermediate.int_savings__by_client_and_month (client_id varchar, month date, planned_cc decimal(18, 2),
    delivered_cc decimal(18, 2));
create table staging.stg_action_items (item_id varchar, account_id varchar, added_on date, closed_on date);
create table marts.fct_renewals (contract_id varchar, client_id varchar, ends_on date, days_to_end bigint);
create table staging.stg_contracts (contract_id varchar, account_id varchar, ends_on date, value decimal(18, 2), currency varchar);
insert into marts.dim_clients values ('c1', 'Acme GmbH', 'EUR', 'am1', 'Ann Manager'),
    ('c2', 'Brown & Sons', 'USD', 'am2', 'Ben Other'),
    ('c3', 'Twins Ltd', 'GBP', null, null), ('c4', 'TWINS LTD', 'GBP', null, null), ('c5', 'Quiet AG', 'CHF', null, null);
insert into intermediate.int_clients select client_id, billing_currency from marts.dim_clients;
insert into intermediate.int_clients__by_account values ('a1', 'c1'), ('a1b', 'c1'), ('a2', 'c2');
"""  # noqa: E501

COMPANY = """
insert into marts.fct_revenue
select 'c1', cast(date '2024-01-01' + to_months(i::int) as date), 'EUR', 'Managed services',
    case when i < 24 then 800 else 1000 end, case when i < 24 then 880 else 1100 end
from range(34) as months(i);
insert into marts.fct_revenue values ('c1', '2026-08-01', 'EUR', 'Permanent placement', 500.50, 550.55),
    ('c2', '2026-08-01', 'USD', 'Brown secret line', 99999, 99999);
insert into staging.stg_placements values ('p1', 'o1', 'a1', '2026-07-10'), ('p2', 'o1', 'a1b', '2026-09-30'),
    ('p3', 'o2', 'a1', '2026-11-02'), ('p4', 'o9', 'a2', '2026-07-01'), ('p5', 'o1', 'a1', '2025-08-01');
insert into intermediate.int_orders values ('O-1', 'c1', '2026-06-01', 2, '2026-09-30', '2026-08-30'),
    ('O-2', 'c1', '2026-07-01', 1, '2026-07-11', '2026-09-29'), ('O-9', 'c2', '2026-07-01', 1, '2026-07-02', '2026-09-29');
insert into staging.stg_job_orders values ('O-3', 'o3', 'a1', '2026-10-01', null, null),
    ('O-4', 'o4', 'a1', '2026-10-01', '2026-10-15', 1), ('O-2B', 'o2', 'a1', '2026-09-01', '2026-11-05', 3);
insert into intermediate.int_service_events values
    ('escalation_response_rate', 'E-1', 'c1', '2026-07-02', true), ('escalation_resolution_rate', 'E-1', 'c1', '2026-07-03', false),
    ('communication_response_rate', 'M-1', 'c1', '2026-09-30', false), ('order_fulfilment_rate', 'O-1', 'c1', '2026-08-30', false),
    ('order_fulfilment_rate', 'O-2', 'c1', '2026-09-29', true), ('support_sla_rate', 'T-1', 'c1', '2026-10-01', false),
    ('support_sla_rate', 'T-0', 'c1', '2026-06-30', true), ('escalation_response_rate', 'E-9', 'c2', '2026-07-02', false),
    ('delivery_on_time_rate', 'D-1', 'c1', '2026-08-01', true), ('touchpoint_rate', 'x', 'c1', '2026-08-01', false);
insert into marts.fct_escalations values
    ('E-1', 'severity_matrix', 'c1', 'P1', '2026-07-02 10:00', '2026-07-02 12:00', '2026-07-03 16:00', 2, 30,
        '2026-07-02 14:00', '2026-07-03 10:00'),
    ('E-1', 'kpi_target', 'c1', 'P1', '2026-07-02 10:00', '2026-07-02 12:00', '2026-07-03 16:00', 2, 30,
        '2026-07-02 18:00', '2026-07-04 10:00');
insert into intermediate.int_communications values
    ('M-1', 'c1', 'email', 'urgent', '2026-09-30 20:00', '2026-10-01 09:00', '2026-10-01 00:00');
insert into marts.rpt_nps values
    ('quarter', '2026-07-01', 'transactional', 'client', 'c1', 6, 4, 1, 1, 50, false),
    ('quarter', '2026-04-01', 'transactional', 'client', 'c1', 2, 0, 1, 1, -50, true),
    ('t12m', '2025-10-01', 'relationship', 'client', 'c1', 8, 5, 2, 1, 50, false),
    ('quarter', '2026-07-01', 'transactional', 'client', 'c2', 7, 7, 0, 0, 100, false);
insert into marts.rpt_csat values ('2026-07-01', 'client', 'c1', 1, 70), ('2026-09-01', 'client', 'c1', 3, 90);
insert into marts.fct_client_health values
    ('c1', '2026-09-30', 0.66666667, 21.84091144, 8.25, 1, 0, 2, 4, 61, 'yellow'),
    ('c1', '2026-06-30', 2, 12.6, 7.5, 0, 1, 2, 5, 88, 'green');
insert into intermediate.int_health_components__by_client_and_day values
    ('c1', '2026-09-30', 'hiring', 10, 25, null), ('c1', '2026-09-30', 'nps', null, 20, 'no response');
insert into intermediate.int_health_days values
    ('2026-09-30', 3, '2026-04-04', '2025-10-01', '2026-07-03', '2026-04-04', '2026-07-03');
insert into marts.fct_qbrs values ('c1', '2026-07-01', true, true), ('c1', '2026-04-01', false, null);
insert into staging.stg_savings values ('a1', '2026-09-01', 1000, 700, null), ('a1b', '2026-08-01', 500, 600, 'EUR'),
    ('a1', '2025-09-01', 9, 9, 'EUR'), ('a2', '2026-09-01', 77777, 77777, 'USD');
insert into staging.stg_action_items values ('AI-1', 'a1', '2026-07-15', null), ('AI-2', 'a1', '2026-08-01', '2026-08-20'),
    ('AI-3', 'a1b', '2026-10-01', '2026-11-03'), ('AI-9', 'a2', '2026-07-15', null), ('AI-4', 'a1', '2026-11-02', null);
insert into marts.fct_renewals values ('K-1', 'c1', '2026-12-31', 61), ('K-9', 'c2', '2026-12-31', 61);
insert into staging.stg_contracts values ('K-1', 'a1', '2026-12-31', 48000, 'EUR'), ('K-9', 'a2', '2026-12-31', 55555, 'USD');
"""  # noqa: E501

MANIFEST = '{"release_id": "2026-11-01T0200-abcdef12", "published_at": "2026-11-01T02:00:00Z"}'

Company = Callable[..., Release]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Opens the company, or with `rows=False` its clients without any fact; `change` is SQL to run on it before."""
    opened: list[Release] = []

    def build(change: str = "", rows: bool = True) -> Release:
        folder = tmp_path_factory.mktemp("release")
        with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
            connection.execute(TABLES + (COMPANY if rows else "") + change)
        (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
        opened.append(open_release(folder))
        return opened[-1]

    yield build
    for release in opened:
        release.close()


@pytest.fixture(scope="session")
def pack(company: Company) -> Pack:
    """The review of the client with everything."""
    return qbr_pack(company(), "c1", "2026-Q3")
