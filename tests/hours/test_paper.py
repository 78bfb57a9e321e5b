"""The printed certificate: accessible, the same each time, and never taken in by a name."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from making_badges import ISSUED, KEY, LIST

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, certificate, paper
from alliancelab.hours.certificate.certificate import Case
from alliancelab.hours.entries import Entry
from alliancelab.hours.policy import counting, policies
from alliancelab.hours.policy.counting import Claim

POLICY = replace(policies.named("cacrep-practicum"), modules=("foundations",), valid_months=60)
CLAIMS = [Claim.whole(Entry(date(2026, 1, day), 600, "client.individual")) for day in range(1, 12)]
LINK = "https://programme.example/certificates/"


def _case(**more: Any) -> Case:
    given: dict[str, Any] = {
        "programme": "Riverside Training Programme",
        "ledger": "0123456789abcdef0123456789abcdef",
        "trainee": "ana",
        "name": "Ana Ruiz",
        "outcome": counting.count(POLICY, CLAIMS),
        "faults": [],
        "checkpoint": {},
        "chain": (412, "00ff" * 16),
        "modules": {"foundations": "completed"},
    }
    return Case(**(given | more))


def _print(case: Case) -> tuple[bytes, bytes]:
    """The PDF of a case, and the badge in it."""
    badge = certificate.badge_of(case, "6f1c2a4e-0000-4000-8000-000000000001", KEY.public, ISSUED, LIST)
    text = badges.sign(badge, KEY)
    told = certificate.on_paper(case, badge, "ab" * 32, KEY.public, LINK)
    return paper.render(told, text, badge.since), text


@pytest.fixture(scope="module")
def printed() -> tuple[bytes, bytes]:
    """A printed certificate."""
    return _print(_case())


@pytest.fixture(scope="module")
def pdf(printed: tuple[bytes, bytes]) -> pypdf.PdfReader:
    """The same, opened."""
    return pypdf.PdfReader(io.BytesIO(printed[0]))


def _words(pdf: pypdf.PdfReader) -> str:
    """The text of all pages without what only breaks it."""
    text = "".join(page.extract_text() for page in pdf.pages)
    return "".join(letter for letter in text if not letter.isspace() and letter != "\u200b")


def test_the_same_certificate_prints_to_the_same_bytes(printed: tuple[bytes, bytes]) -> None:
    """Its date is that of the certificate, and nothing of the machine is in it."""
    assert _print(_case())[0] == printed[0]


def test_it_is_tagged_titled_and_in_a_language(pdf: pypdf.PdfReader) -> None:
    """What PDF/UA-1 asks of the file: marked, a structure, a language, a title that is shown, and that it says so itself."""
    root: Any = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Certificate of supervised hours: CACREP practicum"
    assert pdf.metadata.author == "Riverside Training Programme"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    tags: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict) and "/S" in node:
            tags.append(node["/S"])
            walk(node.get("/K", []))
        elif isinstance(node, dict) and "/K" in node:
            walk(node["/K"])

    walk(root["/StructTreeRoot"])
    for tag, number in {"/H1": 1, "/H2": 4, "/Table": 1, "/TH": 3, "/L": 1}.items():
        assert tags.count(tag) == number, tag
    assert tags.count("/Link") >= 3


def test_its_fonts_are_inside(pdf: pypdf.PdfReader) -> None:
    """Each font on its page is embedded, so it reads the same anywhere."""
    fonts: Any = pdf.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_it_tells_what_a_reader_needs(pdf: pypdf.PdfReader) -> None:
    """Who, what was met in hours, when, by which key, which badge, how to verify it, and what it is not."""
    assert len(pdf.pages) == 1
    text = _words(pdf)
    for told in (
        "Riverside Training Programme",
        "Ana Ruiz",
        "CACREP practicum",
        "Issued on 2 March 2026, valid until 2 March 2031",
        "110 h 100 h",
        "foundations",
        "How sure: secondary",
        "5647-5aa7-5463-474c-0285-df5d-bf2b-cab7",
        "ab" * 32,
        KEY.public,
        "00ff" * 16,
        "412 records",
        "alliancelab certificate verify certificate.json --issuer KEY --status STATUS-LIST",
        "Nothing here is legal advice",
        LINK,
    ):
        assert told.replace(" ", "") in text, told
    links = [
        note.get_object()["/A"]["/URI"] for page in pdf.pages for note in page["/Annots"] if "/A" in note.get_object()
    ]
    assert {LINK, LIST} <= set(links)


def test_the_badge_is_attached(pdf: pypdf.PdfReader, printed: tuple[bytes, bytes]) -> None:
    """The very bytes of the badge travel inside the printed form."""
    assert pdf.attachments["certificate.json"] == [printed[1]]


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x") *bold* _it_ $x$ `raw` <label> @ref #{1+1} \\ // /* = Title',
        "\"quoted\" 'single' “curly” O’Brien & Söhne",
        "Nguyễn Thị Minh Khai",
        "Иван Петрович",
        "Ελένη Παπαδοπούλου",
        "أحمد علي",
        "דוד כהן",
        "x" * 200,
        "Anna " * 39 + "Ruiz",
    ],
)
def test_a_name_is_text_and_nothing_else(name: str) -> None:
    """Markup, quotes, other alphabets, other directions, great length: it prints as it is written, on one or two pages."""
    case = _case(name=name, programme=name, trainee="a")
    pdf = pypdf.PdfReader(io.BytesIO(_print(case)[0]))
    assert len(pdf.pages) <= 2
    if name.isascii():
        assert name.replace(" ", "") in _words(pdf)


def test_letters_that_no_font_has_are_told() -> None:
    """Where no font has a letter, there is a sentence instead of an empty box on a certificate."""
    try:
        _print(_case(name="a\U00010a00\U00013000\u4e00\U0001f9ff"))
    except AllianceLabError as found:
        said = str(found)
    else:
        pytest.skip("this machine has a font for each of these letters")
    assert said.startswith("no font on this machine has the letter")
    assert "--fonts" in said


@given(st.text(min_size=1, max_size=60))
@example("\u0301")
@example("\u200b")
@example("\u00ad")
@settings(deadline=None, max_examples=25)
def test_no_name_breaks_it(name: str) -> None:
    """Any name at all ends in a PDF or in a sentence."""
    try:
        printed = _print(_case(name=name))[0]
    except AllianceLabError as found:
        printed, said = b"", str(found)
        assert any(part in said for part in ("the name holds", "not the name of a person", "no font"))
    assert not printed or printed.startswith(b"%PDF")


def test_the_day_is_that_of_universal_time() -> None:
    """The date in the file is the certificate's moment, whatever the offset it was given with."""
    late = datetime.fromisoformat("2026-03-03T00:30+02:00")
    case = _case()
    badge = certificate.badge_of(case, "x", KEY.public, late.astimezone(UTC), LIST)
    told = certificate.on_paper(case, badge, "", KEY.public)
    pdfs = [paper.render(told, b"{}", at) for at in (late, late.astimezone(UTC))]
    assert pdfs[0] == pdfs[1]
