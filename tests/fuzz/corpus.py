"""Where fuzzing starts: small files by hand, each with something a reader may trip over, and all sample files."""

import io
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from tests.unit.landing.homes import workbook

SAMPLES = Path(__file__).parent.parent / "samples"

_USERS = "user_id,name,email,is_active\nu1,Ann,a@x.io,true\nu2,Bob,,false\nu2,Bob,,false\nTotal,2,,\n"
_LINES = (
    "line_id,invoice_id,product,quantity,amount,service_start,service_end\r\n"
    'l1,i1,"Search, retained",2,1000.50,2025-01-01,2025-12-31\r\n'
    "l2,i1,Payroll,,'-5.00,2025-02-30,\r\n"
    '"l3",i2,"two\r\nlines ""quoted""",1,1E+11,,\r\n'
    "1E+11,i2,x,1,1.005,,\r\n"
)


@dataclass(frozen=True)
class Seed:
    """A file and the `[sources]` settings under which it lands."""

    name: str
    content: bytes
    sources: dict[str, Any] = field(default_factory=dict)


def corpus() -> list[Seed]:
    """All seeds, in a fixed order."""
    return [*_by_hand(), *_samples()]


def _by_hand() -> list[Seed]:
    frame = pl.DataFrame(
        {"line_id": ["l1", "l2"], "invoice_id": ["i", "i"], "product": ["p", "q"], "amount": [1.5, -2]}
    )
    parquet = io.BytesIO()
    frame.write_parquet(parquet)
    book = workbook(users=[["user_id", "name"], ["u1", "Ann"], [7, True]], notes=[["hello"]])
    return [
        Seed("users.csv", _USERS.encode()),
        Seed("users_1.csv", b"\xef\xbb\xbf" + _USERS.encode()),
        Seed("users_2.csv", _USERS.encode("utf-16")),
        Seed("users_3.csv", _USERS.replace(",", ";").encode(), {"template": {"delimiter": ";", "decimal": "comma"}}),
        Seed("users_4.csv", b""),
        Seed("users.xlsx", book),
        Seed("invoice_lines.csv", _LINES.encode()),
        Seed("invoice_lines.parquet", parquet.getvalue()),
        Seed("fx_rates.csv", b"date,currency,per_eur\n2025-01-01,USD,1.1\n2025-01-01,XYZ,0\n"),
        Seed("map_values.csv", b"source,entity,column,value,mapped\n,escalations,severity,high,P1\n"),
        Seed("eurofxref-hist.csv", b"Date,USD,JPY,\n2025-01-02,1.1,160,\n2025-01-01,N/A,161.5,\n"),
        Seed("stripe.json", b'[{"object":"invoice","id":"in_1","customer":"cus_1","lines":{"data":[{"id":"il_1"}]}}]'),
        Seed("nothing.bin", bytes(range(256))),
    ]


def _samples() -> list[Seed]:
    """Every file under tests/samples, with its source's settings; mapping files and expectations are no exports."""
    seeds = []
    for path in sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix not in {".toml", ".md"}):
        facts = SAMPLES / path.relative_to(SAMPLES).parts[0] / "expected.toml"
        text = tomllib.loads(facts.read_text("utf-8")).get("settings", "") if facts.exists() else ""
        seeds.append(Seed(path.name, path.read_bytes(), tomllib.loads(text).get("sources", {})))
    return seeds
