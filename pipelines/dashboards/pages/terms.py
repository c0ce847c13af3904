"""What the words mean that stand on several pages."""

Term = tuple[str, str]

ARR: Term = (
    "Annual recurring revenue (ARR)",
    "Twelve times what clients pay for recurring services in the month, plus usage-based services at their yearly "
    "pace. One-off fees never count.",
)
BASES: Term = (
    "Constant currency and reported",
    "Constant currency converts every month at the same day's rates, so only business moves it. Reported converts "
    "each month at its own month-end rates.",
)
