"""What a submission can and cannot do, and what the pages show."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from submissions import MODULE, REFLECTION, Course, everything, right, secrets, source, wrong

from alliancelab.course.course import nbgrader_api

NASTY = """<script>alert(1)</script><img src=x onerror=alert(2)>
[click](javascript:alert(3)) <javascript:alert(4)> ![](http://evil.example/x.png)

</pre><h1>out</h1> $x$ $$\\href{javascript:alert(5)}{y}$$ \\(z\\)

```html
<script>alert(6)</script>
```

    indented <b>bold</b>
- *list* `code` {{ 7*7 }} {% raw %}
### BEGIN MARK SCHEME
### BEGIN HIDDEN TESTS
### BEGIN SOLUTION
http://evil.example & &lt; &amp;"""


@pytest.fixture(scope="module")
def graded(released: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Graded submissions of someone who writes nasty things, of one who is right and of one who is wrong."""
    course = Course(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("pages") / "course")))
    course.hand_in("nasty", {REFLECTION: NASTY})
    course.hand_in("right", everything(right))
    course.hand_in("wrong", everything(wrong))
    assert course.grade()["success"]
    course.mark_by_hand("right", REFLECTION, 5, "You *saw* it.")
    assert course.give_feedback()["success"]
    return course


def shown(html: str) -> str:
    """The text of a page as a browser shows it."""
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "html.parser").get_text()


@pytest.mark.parametrize("page", ["formgrader", "formgrader with nbgrader's own page", "feedback"])
def test_words_are_shown_as_they_were_written_and_do_nothing(page: str, graded: Course) -> None:
    """HTML, scripts, links, formulas and fences in a trainee's words are text, in each page that shows them."""
    from bs4 import BeautifulSoup

    if page == "feedback":
        html = graded.feedback("nasty")
    else:
        html = graded.formgrader_page("nasty", stock="own" in page)
    assert NASTY.strip() in shown(html)
    soup = BeautifulSoup(html, "html.parser")
    (cell,) = [
        pre for pre in soup.find_all("pre") if "alert(3)" in pre.get_text() and "Not answered" not in pre.get_text()
    ]
    assert cell.find_all(True) == []
    assert not soup.find_all(href=re.compile("javascript|evil"))
    assert not soup.find_all(src=re.compile("evil|^x$"))
    assert not [script for script in soup.find_all("script") if "alert(" in script.get_text()]


def test_pages_load_nothing_from_elsewhere(graded: Course) -> None:
    """Neither page loads from another server; formgrader's parts come from formgrader, the feedback page needs none.

    A reader may still follow a link to a source.
    """
    link = re.compile(r'<a href="https://[^"]*"')
    feedback, formgrader = link.sub("<a", graded.feedback("right")), link.sub("<a", graded.formgrader_page("right"))
    for html in (feedback, formgrader):
        assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//[^"')\s]+""", html) == []
        assert "cdnjs" not in html
    assert re.findall(r"<(?:script|link|img|iframe)\b", feedback) == []
    named = re.findall(r'(?:src|href)="([^"]*)"', formgrader)
    assert len(named) > 10
    assert [path for path in named if not path.startswith("/formgrader/")] == []


def test_no_code_and_no_key_is_shown(graded: Course) -> None:
    """Whoever grades and whoever reads the feedback sees no code, no hidden test and no key."""
    for student in ("right", "wrong"):
        for html in (graded.formgrader_page(student), graded.feedback(student)):
            text = shown(html)
            for code in ("mark(", "choose(", "HIDDEN TESTS", "key=", "points=", "from alliancelab", "exercise("):
                assert code not in text
        assert "HIDDEN TESTS" not in graded.autograded(student).read_text(encoding="utf-8")


def test_the_rubric_is_for_the_person_who_grades(graded: Course) -> None:
    """Formgrader shows the rubric beside the answer; the feedback page does not, nor the model answer."""
    rubric = [
        line
        for cell in nbformat.read(graded.source, as_version=4).cells
        if "BEGIN MARK SCHEME" in cell.source
        for line in cell.source.splitlines()
        if line.startswith("Three criteria")
    ]
    assert rubric
    for line in rubric:
        assert line.split(":")[0] in shown(graded.formgrader_page("right"))
        assert line.split(":")[0] not in shown(graded.feedback("right"))
    assert "MARK SCHEME" not in shown(graded.formgrader_page("right"))
    assert "Mr Collier" not in graded.feedback("right") + graded.formgrader_page("right")


def test_formgrader_keeps_what_its_scripts_look_for(graded: Course) -> None:
    """Each graded item has a score box, an extra-credit box and its buttons; the reflection has a comment box."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(graded.formgrader_page("right"), "html.parser")
    for name in [*source().graded, REFLECTION]:
        box = soup.find(id=name)
        assert box is not None, name
        assert box.name == "input", name
        panel = box.find_parent(class_="nbgrader_cell")
        assert panel.find(id=f"{name}_extra_credit")
        assert [button["class"][-1] for button in panel.find_all("button")] == [
            "mark-graded",
            "full-credit",
            "no-credit",
        ]
    assert soup.find(id=f"{REFLECTION}-comment").find_parent(class_="nbgrader_cell").find(id=REFLECTION)
    assert source().graded["your-jaw"].title in shown(str(soup.find(id="your-jaw").find_parent(class_="nbgrader_cell")))
    assert soup.find(id="statusmessage")
    assert "MathJax" in str(soup.find_all("script"))


def test_feedback_shows_each_answer_its_points_and_the_reason(graded: Course) -> None:
    """The page names every item with its points, the reason, the marks by hand and the comment."""
    text = " ".join(shown(graded.feedback("wrong")).split())
    for name, item in source().graded.items():
        assert f"{item.title}0 of {item.points:g} points" in text.replace(" 0 of", "0 of"), name
    assert "Not yet." in text
    text = shown(graded.feedback("right"))
    assert "39 of 40 points." in text
    assert "5 of 6 points" in text
    assert "You saw it." in text
    assert "<em>saw</em>" in graded.feedback("right")


def test_feedback_says_when_a_person_still_has_to_read(graded: Course) -> None:
    """Points that wait for a person are not shown as lost."""
    text = shown(graded.feedback("nasty"))
    assert "so far." in text
    assert "A person still has to read what you wrote." in text
    assert "waits for a person" in text


def test_without_the_evaluator_nothing_earns_points(course: Course) -> None:
    """Should our evaluator not run, every item is 0, where nbgrader gives a cell without output full marks."""
    course.hand_in("ada", everything(right))
    api = nbgrader_api(course.folder)
    api.config.Evaluate.enabled = False
    assert api.autograde(MODULE, "ada")["success"]
    grades = course.grades("ada")
    assert [name for name in source().graded if grades[name].auto != 0] == []
    assert course.grade("ada")["success"]
    assert course.grades("ada")["your-jaw"].auto == 2


def test_the_submitted_notebook_plays_no_part(course: Course) -> None:
    """Outputs, code, metadata and words in the submitted notebook change nothing; only the journal counts."""
    folder = course.hand_in("ada", {})
    path = folder / f"{MODULE}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade"):
            about["points"] = 1000
            if cell.cell_type == "code":
                cell.source = "open('/tmp/alliancelab-was-run', 'w')\n2"
                cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "2"})]
            else:
                cell.source = "Words of another."
    notebook.cells += notebook.cells[:3]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert course.grade("ada")["success"]
    assert {grade.auto for grade in course.grades("ada").values()} == {0}
    assert "Words of another" not in course.autograded("ada").read_text(encoding="utf-8")
    assert not Path("/tmp/alliancelab-was-run").exists()


def test_secrets_do_not_reach_the_blank_feedback(course: Course) -> None:
    """Who answered nothing is told no reason and no key."""
    course.hand_in("ada", {})
    course.grade("ada")
    course.give_feedback("ada")
    text = " ".join(shown(course.feedback("ada")).split())
    assert [reason for reason in secrets() if len(reason) > 40 and " ".join(reason.split()) in text] == []


def test_faults_of_a_journal_are_shown_to_the_person_who_grades(course: Course) -> None:
    """Lines that cannot be read and a torn last line are told in the graded notebook; the good lines count."""
    course.hand_in("ada", {"your-jaw": right("your-jaw")})
    with course.journal("ada").open("ab") as file:
        file.write(b"\xff\xfe\x00\n" + b"<script>alert(1)</script>\n" * 30 + b'{"v": 1, "at": "20')
    assert course.grade("ada")["success"]
    assert course.grades("ada")["your-jaw"].auto == 2
    html = course.formgrader_page("ada")
    text = shown(html)
    assert f"{MODULE}.answers.jsonl, line 2: is not text in UTF-8" in text
    assert "21 more lines of it could not be read either." in text
    assert "is torn" in text
    assert "<script>alert(1)" not in html
