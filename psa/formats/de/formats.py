"""German: a day without its year, short enough for the head of a column."""

MONTH_DAY_FORMAT = "j.n."
