"""A policy's file: a programme writes its own, and every mistake in it is told at once, with its line."""

from __future__ import annotations

import re
import textwrap
from datetime import date
from pathlib import Path

import pytest
from logbooks import entry, unmet

from alliancelab import lint
from alliancelab.errors import ContentError
from alliancelab.hours.policy import policies, policy
from alliancelab.hours.policy.policy import Cap, Credit, Exclude, Gate, Unit, Which, Window

README = Path(__file__).parents[2] / "README.md"


def example() -> str:
    """The policy that stands at the top of the module."""
    shown = re.search(r"(?m)^    format = 1$(?:\n(?:    .*)?)*", policy.__doc__)
    return textwrap.dedent(shown[0]).strip() + "\n"


def write(folder: Path, text: str, name: str = "riverside.toml") -> Path:
    """A policy's file, where its kind stands."""
    (folder / "policies").mkdir(exist_ok=True)
    path = folder / "policies" / name
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, old: str, new: str) -> list[str]:
    """What is said of the example with one change: the line's own words, then the message."""
    assert old in example()
    path = write(folder, example().replace(old, new))
    assert lint.check([path]) == policies.check(path)
    return said_of(path)


def said_of(path: Path) -> list[str]:
    """Each fault with the words of its line."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [f"{lines[fault.line - 1].partition('  #')[0].strip()} | {fault.message}" for fault in policies.check(path)]


def test_the_example_in_the_documentation_is_a_policy(tmp_path):
    """What the page shows reads without a fault, says what it seems to say, and counts."""
    path = write(tmp_path, example())
    assert lint.check([path]) == []
    found = policies.read(path)
    assert (found.id, found.title, found.checked) == ("riverside", "Riverside, first placement", date(2026, 11, 28))
    assert found.steps == (
        Exclude(Which(("client.assessment",)), "assessments do not count"),
        Credit(Which(("supervision.group",)), "half of the time counts in a group", (1, 2)),
        Gate(
            Which(("client",)),
            "a month with less than 1.5 hours of supervision",
            "month",
            (Unit(Which(("supervision",)), 90),),
        ),
        Cap(Which(("client",)), "more than 20 hours with clients in a week", "week", 1_200),
    )
    log = [entry(f"2026-01-{day}", "client.individual", 1_200) for day in ("05", "12", "19", "26")]
    log += [entry("2026-01-05", "supervision.group", 180), entry("2026-02-02", "client.family", 1_200)]
    assert unmet(found, log) == ["direct"]
    assert unmet(found, [*log, entry("2026-02-28", "supervision.individual", 90)]) == []


def test_the_readme_shows_the_same_example():
    """One example, in both places."""
    shown = re.findall(r"```toml\n(format = 1\n.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert all(one == example() for one in shown)


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (
            "hours = 20",
            "huors = 20",
            [
                "[[cap]] | [[cap]]: `hours` is missing",
                "huors = 20 | [[cap]]: unknown key 'huors'; did you mean 'hours'?",
            ],
        ),
        (
            "notes = [",
            "noets = [",
            ["noets = [\"Telephone sessions count in full.\"] | unknown key 'noets'; did you mean"],
        ),
        ("[[cap]]", "[[caps]]", ["[[caps]] | unknown key 'caps'; did you mean 'cap'?"]),
        ("hours = 20", "hours = 0", ["hours = 0 | [[cap]]: `hours` is 0; write a whole number from 1"]),
        ("hours = 20", "hours = -3", ["hours = -3 | [[cap]]: `hours` is -3; write a whole number from 1"]),
        ("hours = 20", "hours = 1.5", ["hours = 1.5 | [[cap]]: `hours` is 1.5; write a whole number"]),
        ("hours = 20", 'hours = "20"', ["hours = \"20\" | [[cap]]: `hours` is '20'; write a whole number"]),
        (
            "hours = 20",
            f"hours = 0x{'f' * 9000}",
            [f"hours = 0x{'f' * 9000} | [[cap]]: `hours` is a number far too large"],
        ),
        ("hours = 20", "hours = true", ["hours = true | [[cap]]: `hours` is True; write a whole number"]),
        ("hours = 20", "hours = 0\nminutes = 0", ["hours = 0 | [[cap]]: `hours` and `minutes` are both nothing"]),
        ('part = "1/2"', 'part = "3/2"', ["part = \"3/2\" | [[credit]]: `part` '3/2' is no part of an hour"]),
        ('part = "1/2"', 'part = "0/2"', ["part = \"0/2\" | [[credit]]: `part` '0/2' is no part of an hour"]),
        ('part = "1/2"', "by_people = false", ["by_people = false | [[credit]]: needs either part"]),
        ('part = "1/2"', 'part = "1/2"\nby_people = true', ['part = "1/2" | [[credit]]: needs either part']),
        (
            'of = ["client.assessment"]',
            'of = ["client.asessment"]',
            ["of = [\"client.asessment\"] | [[exclude]]: `of` has an unknown word 'client.asessment'; did you mean"],
        ),
        (
            'of = ["client.assessment"]',
            "of = []",
            ["[[exclude]] | [[exclude]]: excludes everything", "of = [] | [[exclude]]: `of` is empty"],
        ),
        (
            'of = ["client.assessment"]',
            'of = "client"',
            ["[[exclude]] | [[exclude]]: excludes everything", 'of = "client" | [[exclude]]: `of` is no list of texts'],
        ),
        (
            'of = ["client.assessment"]',
            "people_from = 9\npeople_to = 8",
            ["people_from = 9 | [[exclude]]: `people_from` 9 is more than `people_to` 8"],
        ),
        ("source =", "# source =", ["format = 1 | `source` is missing"]),
        ("checked = 2026-11-28", 'checked = "2026-11-28"', ['checked = "2026-11-28" | `checked` is no day']),
        ("checked =", "# checked =", ["format = 1 | `checked` is missing"]),
        (
            'how_sure = "read"',
            'how_sure = "certain"',
            ["how_sure = \"certain\" | `how_sure` is 'certain'; write one of: read, read in part, secondary"],
        ),
        ('how_sure = "read"', 'how_sure = "secondary"', ["format = 1 | `sure_note` is missing"]),
        ("format = 1", "format = 2", ["format = 2 | `format` is 2; write 1"]),
        ('why = "assessments', '# why = "assessments', ["[[exclude]] | [[exclude]]: `why` is missing"]),
        (
            'per = "week"',
            'per = "wek"',
            ["per = \"wek\" | [[cap]]: `per` is 'wek'; write one of: session, week, month, log"],
        ),
        (
            "minutes = 90}",
            "minutes = 90, hour = 1}",
            ["unit = [{of = [\"supervision\"], minutes = 90, hour = 1}] | [[gate]] unit: unknown key 'hour'"],
        ),
        ("unit = [{", "# unit = [{", ["[[gate]] | [[gate]]: `unit` is missing"]),
        ('id = "direct"', 'id = "Direct!"', ["id = \"Direct!\" | [[require]]: id 'Direct!' is not a short name"]),
        (
            'kind = "sum"',
            'kind = "total"',
            ["kind = \"total\" | [[require]]: `kind` is 'total'; write one of: sum, average"],
        ),
        ("[[cap]]", 'first = ["client"]\n[[cap]]', ["first = [\"client\"] | [[gate]]: unknown key 'first'"]),
        ("format = 1", 'format = 1\nurl = "handbook"', ['url = "handbook" | `url` is no address']),
        ("format = 1", 'format = 1\nmodules = ["\u00dcber"]', ["modules = [\"\u00dcber\"] | '\u00dcber' is no module"]),
        (
            'per = "week"',
            'per = "month"\nonce_a_month_hours = 30',
            ['per = "month" | [[cap]]: a longer session once a month goes with per'],
        ),
        (
            'per = "week"',
            'per = "week"\nonce_a_month_hours = 20',
            ["[[cap]] | [[cap]]: what counts once a month is no more than the cap itself"],
        ),
        ('title = "Riverside', 'title = "Lakeside', []),
    ],
)
def test_what_is_wrong_with_a_value(tmp_path, old, new, wrong):
    """Each wrong value is told in its line, with what to write, and nothing else is."""
    said = told(tmp_path, old, new)
    assert len(said) == len(wrong), said
    for one, start in zip(said, wrong, strict=True):
        assert one.startswith(start)


def more(text: str) -> str:
    """The example with something after its last requirement."""
    return f"hours = 100\n\n{textwrap.dedent(text).strip()}"


SHARE = 'kind = "share"\nof = ["client"]\n'


@pytest.mark.parametrize(
    ("id", "asks", "wrong"),
    [
        ("direct", 'kind = "sum"\nhours = 3', "[[require]] | [[require]]: the id 'direct' stands twice"),
        (
            "share",
            f"{SHARE}percent = 101",
            "percent = 101 | [[require]]: `percent` is 101; write a whole number from 1 to 100",
        ),
        ("share", f'{SHARE}among = ["study"]\npercent = 9', "[[require]] | [[require]]: `of` is no part of `among`"),
        (
            "tests",
            'kind = "sum"\nof = ["client.assessment"]\nhours = 3',
            "[[require]] | [[require]]: asks for what an [[exclude]] takes out",
        ),
        ("span", 'kind = "span"', "[[require]] | [[require]]: `years` is missing; write years = 2, or months = 9"),
        (
            "few",
            'kind = "sum"\nof = ["client"]\nhours = 99\nat_most = true',
            "[[require]] | [[require]]: at least 6000 and at most 5940 leave nothing between",
        ),
        (
            "since",
            'kind = "sum"\nhours = 9\nsince = "born"',
            "since = \"born\" | [[require]]: `since` is 'born'; write one of: qualified, application",
        ),
    ],
)
def test_what_no_log_could_meet(tmp_path, id, asks, wrong):
    """A second requirement that contradicts itself or another is told in its own line, and nothing else is."""
    said = told(tmp_path, "hours = 100", f'hours = 100\n\n[[require]]\nid = "{id}"\ntitle = "T"\n{asks}')
    assert len(said) == 1
    assert said[0].startswith(wrong)


@pytest.mark.parametrize(("of", "hours", "wrong"), [("client", 99, True), ("client", 100, False), ("study", 99, False)])
def test_a_cap_below_what_is_asked_for(tmp_path, of, hours, wrong):
    """A cap on the whole log of 99 hours leaves 100 out of reach; one of 100 does not, nor one of something else."""
    cap = f'[[cap]]\nof = ["{of}"]\nper = "log"\nhours = {hours}\nwhy = "x"\n\n[[require]]'
    said = told(tmp_path, "[[require]]", cap)
    asks = "[[require]] | [[require]]: asks for 6,000 minutes, and a [[cap]] lets fewer count; ask for less, or raise the cap"
    assert said == ([asks] if wrong else [])


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ('[[cap]]\nper = "week"\nhours = 40\nwhy = "x"', "[[gate]]", "[[gate]] | [[gate]] stands after [[cap]]"),
        ('[[exclude]]\nof = ["study"]\nwhy = "x"', "[[cap]]", "[[exclude]] | [[exclude]] stands after [[gate]]"),
        (
            '[[require]]\nid = "a"\ntitle = "T"\nkind = "sum"\nhours = 1',
            "[[cap]]",
            "[[cap]] | [[cap]] stands after [[require]]",
        ),
    ],
)
def test_steps_in_the_wrong_order(tmp_path, step, before, after):
    """The file's order is the order of the steps, so that none is silently taken at another place."""
    said = told(tmp_path, before, f"{step}\n\n{before}")
    assert said == [f"{after}; the order is exclude, credit, window, gate, cap, require, so move it up"]


def test_all_mistakes_are_told_at_once_and_reading_raises_them(tmp_path):
    """A file with five mistakes gives five faults, sorted by line."""
    text = example().replace("hours = 20", "hours = 0").replace("minutes = 90", "minutes = 9.5")
    text = text.replace('title = "Riverside, first placement"', 'title = ""').replace('kind = "sum"', 'kind = "sums"')
    path = write(tmp_path, text.replace('how_sure = "read"', 'how_sure = "no"'))
    with pytest.raises(ContentError) as raised:
        policies.read(path)
    lines = [fault.line for fault in raised.value.faults]
    assert len(lines) == 5
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("format = ", 1, "is not readable TOML"),
        ("format = 1\nformat = 1\n", 2, "is not readable TOML"),
        ("", 1, "`title` is missing"),
        ("cap = 3\n", 1, "`cap` is no table"),
        ("[cap]\nhours = 3\n", 1, "`title` is missing"),
        ("require = []\n", 1, "`require` is no table"),
    ],
)
def test_a_file_that_is_none(tmp_path, text, line, message):
    """What is no policy at all is told, too, and never another exception."""
    said = policies.check(write(tmp_path, text))
    assert any(fault.line == line and fault.message.startswith(message) for fault in said), said


def test_the_files_name_is_its_id(tmp_path):
    """A name that cannot be typed as an id is a fault."""
    said = policies.check(write(tmp_path, example(), "My Policy.toml"))
    assert [fault.message for fault in said] == [
        "the file's name is the policy's id; use small letters, digits and hyphens"
    ]


def test_lines_are_found_beside_long_texts_and_in_inline_tables(tmp_path):
    """A text over several lines that looks like a table is none, and a step in an inline table has the line of its key."""
    text = example().replace('notes = ["Telephone', 'notes = ["""\n[[cap]]\nhours = 1\n""", "Telephone')
    path = write(tmp_path, text.replace("hours = 20", "hours = 0"))
    assert [one.partition(";")[0] for one in said_of(path)] == ["hours = 0 | [[cap]]: `hours` is 0"]
    head, rest = example().split("[[exclude]]", 1)
    inline = 'cap = [{per = "week", hours = 0, why = "x"}]'
    last = rest.split("[[cap]]")[0] + "[[require]]" + rest.split("[[require]]")[1]
    said = said_of(write(tmp_path, f"{head}{inline}\n[[exclude]]{last}"))
    assert [one.partition(";")[0] for one in said] == [
        f"{inline} | [[cap]]: `hours` is 0",
        "[[exclude]] | [[exclude]] stands after [[cap]]",
        "[[credit]] | [[credit]] stands after [[cap]]",
        "[[gate]] | [[gate]] stands after [[cap]]",
    ]


def test_windows_gates_and_own_words(tmp_path):
    """What the page says of the other keys reads as it says."""
    window = '[[window]]\nuntil = "application"\nyears = 6\nwhy = "late"\n\n[[window]]\nsince = "qualified"\nwhy = "early"\n\n[[gate]]'
    text = (
        example()
        .replace("[[gate]]", window)
        .replace("format = 1", 'format = 1\nwords = ["client.by-letter"]\nweek_begins = "sunday"')
    )
    text = text.replace('of = ["client.assessment"]', 'of = ["client.by-letter"]')
    busy = 'minutes = 90}]\nin_each_setting = true\nbusy = {of = ["client"], over_hours = 10, units = 2}'
    found = policies.read(write(tmp_path, text.replace("minutes = 90}]", busy)))
    assert found.sunday
    assert found.steps[0].which == Which(("client.by-letter",))
    assert found.steps[2:4] == (Window("application", 6, "late"), Window("qualified", None, "early"))
    assert (found.steps[4].busy, found.steps[4].busy_over, found.steps[4].busy_need) == (Which(("client",)), 600, 2)
    assert found.dates == {"qualified", "application"}
