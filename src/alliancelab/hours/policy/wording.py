"""How hours and policies are put into words, on a terminal and on paper."""

from __future__ import annotations

from alliancelab.hours.policy.policy import Policy

ADVICE = "Nothing here is legal advice; a programme officer confirms each policy."


def told(policy: Policy) -> list[str]:
    """Where a policy comes from and how it was read: what stands under every report."""
    sure = f"How sure: {policy.how_sure}." + (f" {policy.sure_note}" if policy.sure_note else "")
    source = f"Source: {policy.source.rstrip('.')}." + (f" {policy.url}" if policy.url else "")
    return [source, f"Checked on {policy.checked}. {sure}", *(f"- {note}" for note in policy.notes)]


def amount(number: int, unit: str) -> str:
    """A number in its unit, minutes as hours and minutes.

    >>> amount(26_999, "minutes"), amount(90, "minutes a week"), amount(25, "percent"), amount(36, "months")
    ('449 h 59 min', '1 h 30 min a week', '25 %', '36 months')
    """
    if unit == "percent":
        return f"{number} %"
    if not unit.startswith("minutes"):
        return f"{number:,} {unit}"
    hours, minutes = divmod(number, 60)
    parts = [f"{hours:,} h"] if hours else []
    return " ".join(parts + ([f"{minutes} min"] if minutes or not hours else [])) + unit.removeprefix("minutes")


def plain(text: str) -> str:
    """A text from a file that nobody has verified, safe to print: nothing in it steers a terminal.

    >>> plain("Ana\x1b[2J Ruiz")
    'Ana\ufffd[2J Ruiz'
    """
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
