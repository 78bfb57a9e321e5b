"""Days of the calendar: in which week and month a day lies, and the same day some months later. No lengths in days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

SUNDAY = 6


def week_of(day: date, sunday: bool = False) -> date:
    """The first day of a day's week: a Monday, or a Sunday.

    >>> str(week_of(date(2026, 3, 8))), str(week_of(date(2026, 3, 8), sunday=True))  # a Sunday
    ('2026-03-02', '2026-03-08')
    """
    return day - timedelta(days=(day.weekday() - (SUNDAY if sunday else 0)) % 7)


def month_of(day: date) -> date:
    """The first day of a day's calendar month."""
    return day.replace(day=1)


def months_after(day: date, months: int) -> date:
    """The same day so many months later (or earlier); the last of the month where it has no such day.

    >>> str(months_after(date(2024, 2, 29), 24)), str(months_after(date(2026, 3, 31), -1))
    ('2026-02-28', '2026-02-28')
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = min(max(day.year + years, date.min.year), date.max.year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def full_months(first: date, last: date) -> int:
    """How many whole months lie between two days: n once the same day is reached n months later.

    >>> full_months(date(2024, 3, 5), date(2026, 3, 4)), full_months(date(2024, 3, 5), date(2026, 3, 5))
    (23, 24)
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - 1 if months_after(first, months) > last else months


def weeks_between(first: date, last: date, sunday: bool = False) -> int:
    """How many weeks two days touch, their own and all between them.

    >>> weeks_between(date(2026, 3, 8), date(2026, 3, 9))  # from a Sunday to a Monday
    2
    """
    return (week_of(last, sunday) - week_of(first, sunday)).days // 7 + 1


def months_between(first: date, last: date) -> int:
    """How many calendar months two days touch, their own and all between them."""
    return (last.year - first.year) * 12 + last.month - first.month + 1
