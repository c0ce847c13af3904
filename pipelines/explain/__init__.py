"""Takes a published number apart: its parts, the clients that made them, and one client's invoice lines.

`catalogue` says what every metric is (data), `relations` where its clients' contributions stand (SQL), `question`
checks what was asked, `engine` answers, `arr`, `revenue` and `causes` go down to lines, `terminal` and `export` write
the answer out. Nothing here defines a number anew: it reads a release and shows that the levels add up.
"""
