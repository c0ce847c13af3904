"""A company of two clients, written by hand as template files, and the `tenure` command run on it as a process.

Its numbers can be worked out in the head: One pays 100 a month all along; Two paid 50 a month until the end of 2024.
"""

import os
import subprocess
import sys
from pathlib import Path

AS_OF = "2025-06-30"
ACCOUNTS = """\
account_id,name,owner_id,industry,country,region,billing_currency,created_on
one,Client One,am1,Health,US,Americas,USD,2023-01-01
two,Client Two,am1,Finance,DE,EMEA,USD,2023-01-01
"""
USERS = "user_id,name,is_active\nam1,Ann Manager,true\n"
INVOICES = """\
invoice_id,account_id,kind,status,currency,issued_on,due_on,paid_on
i1,one,invoice,paid,USD,2024-01-01,2024-01-31,2024-01-20
i2,one,invoice,paid,USD,2025-01-01,2025-01-31,2025-01-20
i3,two,invoice,paid,USD,2024-01-01,2024-01-31,2024-01-20
"""
LINES = """\
line_id,invoice_id,product,amount,service_start,service_end
l1,i1,Platform,1200.00,2024-01-01,2024-12-31
l2,i2,Platform,1200.00,2025-01-01,2025-12-31
l3,i3,Platform,600.00,2024-01-01,2024-12-31
"""
PRODUCTS = "product,revenue_type\nPlatform,recurring\n"
FILES = {
    "accounts.csv": ACCOUNTS,
    "users.csv": USERS,
    "invoices.csv": INVOICES,
    "invoice_lines.csv": LINES,
    "map_products.csv": PRODUCTS,
}


def write_inbox(home: Path, **files: str) -> None:
    """The company's files, with `files` (stem -> text) written instead or as well."""
    (home / "inbox").mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **{f"{stem}.csv": text for stem, text in files.items()}}.items():
        (home / "inbox" / name).write_text(text, encoding="utf-8")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelines", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's, without any setting of Tenure, and without the width of this process's terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENURE_") and name != "COLUMNS"}
    return {**kept, **more}


def tenure(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, "--home", str(home)), env=environment(), capture_output=True, text=True, timeout=300
    )


def refresh(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return tenure(home, "refresh", "--as-of", AS_OF, *arguments)
