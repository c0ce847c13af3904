"""Takes a published number apart: its parts, the clients that made them, and one client's lines, events and answers.

`catalogue.toml` says what every metric is, `entries` reads it, `catalogue` has those that are taken apart; `relations`
and `service_relations` say where their clients' contributions stand (SQL), `question` checks what was asked, `engine`
answers. `arr`, `revenue` and `causes` go down to invoice lines, `events` and `pipeline` to what a KPI, an NPS or a
pipeline counted; `health` (with `health_rows` and `bands`) takes a client's score apart, `scorecard` an account
manager's. `terminal` and `export` write it all out.
Nothing here defines a number anew: it reads a release and shows that the levels add up.
"""
