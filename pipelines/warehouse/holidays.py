"""National holidays of the clients' countries, from the package `holidays` (no subdivisions)."""

import polars as pl

# Wide enough for any history and any limit that a run can meet; a country costs about 5 ms.
FIRST_YEAR, LAST_YEAR = 2010, 2040


def national_holidays(countries: list[str]) -> pl.DataFrame:
    """One row a country (ISO 3166 alpha-2) and day: country, date, name. A country the package lacks has no rows."""
    import holidays
    from holidays.registry import COUNTRIES

    known = {code for _, *codes in COUNTRIES.values() for code in codes}  # without importing each (0.3 s)
    rows = [
        {"country": country, "date": day, "name": name}
        for country in sorted(set(countries) & known)
        for day, name in sorted(holidays.country_holidays(country, years=range(FIRST_YEAR, LAST_YEAR + 1)).items())
    ]
    return pl.DataFrame(rows, schema={"country": pl.String, "date": pl.Date, "name": pl.String})
