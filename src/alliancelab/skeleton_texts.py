"""The words of the skeletons: what a new item and a new module look like before an author has written them."""

from __future__ import annotations

from collections.abc import Mapping

MARK = "WRITE:"

PRACTICE = {
    "choose": """[{name}]
kind = "choose"
ask = "{mark} who it is, what was said, and the question."

[{name}.options]
first-reply = "{mark} a reply."
second-reply = "{mark} another."
third-reply = "{mark} a third."

[{name}.key]
credit = {{second-reply = 1, third-reply = 0.5}}

[{name}.key.why]
first-reply = "{mark} the reason."
second-reply = "{mark} the reason."
third-reply = "{mark} the reason."
""",
    "order": """[{name}]
kind = "order"
ask = "{mark} what to put in order."

[{name}.steps]
later = "{mark} a step."
first = "{mark} a step."
last = "{mark} a step."

[{name}.key]
order = ["first", "later", "last"]
why = "{mark} the reason."
""",
    "rate": """[{name}]
kind = "rate"
ask = "{mark} what to rate, and by whom."
scale = [0, 10]
ends = ["not at all", "completely"]

[{name}.aspects]
bond = "{mark} what is rated."

[{name}.key]
within = 1

[{name}.key.ratings]
bond = 3

[{name}.key.why]
bond = "{mark} the reason."
""",
    "code": """[{name}]
kind = "code"
ask = "{mark} what to label."
exchange = [
    ["Client", "{mark} what is said."],
    ["You", "{mark} your reply.", "first-reply"],
]

[{name}.labels]
restatement = "Restatement"
advice = "Advice"

[{name}.key.labels]
first-reply = "restatement"

[{name}.key.why]
first-reply = "{mark} the reason."
""",
    "find": """[{name}]
kind = "find"
ask = "{mark} which session to find on the chart."
chart = "reggie-six"
sessions = 6

[{name}.key]
credit = {{6 = 1}}

[{name}.key.why]
6 = "{mark} the reason."
other = "{mark} the reason for every other session."
""",
    "write": """[{name}]
kind = "write"
ask = "{mark} the task."
words = [40, 150]
model = "{mark} one good answer among many."
""",
    "fill": """[{name}]
kind = "fill"
ask = "{mark} what the page is for."

[{name}.fields]
first-field = "{mark} what goes here"
""",
}

_WHY = f'"{MARK} the reason."'
GRADED: Mapping[str, tuple[str, str]] = {
    "choose": (
        f'    {{\n        "first-reply": "{MARK} a reply.",\n        "second-reply": "{MARK} another.",\n    }},\n',
        f'{{\n        "credit": {{"second-reply": 1}},\n'
        f'        "why": {{"first-reply": {_WHY}, "second-reply": {_WHY}}},\n    }}',
    ),
    "order": (
        f'    {{\n        "later": "{MARK} a step.",\n        "first": "{MARK} a step.",\n        "last": "{MARK} a step.",\n    }},\n',
        f'{{"order": ["first", "later", "last"], "why": {_WHY}}}',
    ),
    "find": (
        '    chart="reggie-six",\n    sessions=6,\n',
        f'{{"credit": {{"6": 1}}, "why": {{"6": {_WHY}, "other": {_WHY}}}}}',
    ),
    "rate": (
        f'    {{"bond": "{MARK} what is rated."}},\n',
        f'{{"ratings": {{"bond": 3}}, "within": 1, "why": {{"bond": {_WHY}}}}}',
    ),
    "code": (
        f'    [("Client", "{MARK} what is said."), ("You", "{MARK} your reply.", "first-reply")],\n'
        '    {"restatement": "Restatement", "advice": "Advice"},\n',
        f'{{"labels": {{"first-reply": "restatement"}}, "why": {{"first-reply": {_WHY}}}}}',
    ),
}

ENTRY = """[[module]]
slug = "{slug}"
title = {title}
moment = "{mark} the moment in the room."
minutes = {{lesson = 60, exercise = 45}}
needs = []
objectives = ["{mark} what a trainee can do afterwards"]
sources = ["{source}"]
"""


def hint(number: int) -> str:
    """The line of one of the three hints."""
    what = ("where to look", "what to notice", "a near answer")[number]
    return f'        "{MARK} {what}.",\n'
