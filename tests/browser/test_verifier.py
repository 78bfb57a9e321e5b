"""The verifier's page in a real Chromium, opened from a file, with the network off."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import making_badges
import pytest
from browsing import PATIENCE, PICTURES, violations
from making_badges import ISSUED, KEY, LIST
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from alliancelab.errors import AllianceLabError
from alliancelab.hours.certificate import badges, credential, succession, verifier, verifying
from alliancelab.hours.record import signing

UNTIL = ISSUED + timedelta(days=92)
LATER = ISSUED + timedelta(days=30)
END = ISSUED.replace(year=2031)
OTHER = signing.from_seed(bytes(32))
GOOD = badges.sign(making_badges.badge(until=END), KEY)
REVOKED = badges.sign(making_badges.badge(2, 12), KEY)
STATUS, TOKEN = badges.sign_list(KEY, LIST, [12], ISSUED, UNTIL)
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def _page(browser: Browser, url: str, width: int = 1200) -> Page:
    """The page with the network off: whatever it asks for but its own file is noted, and refused."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_offline(True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.asked = asked  # type: ignore[attr-defined]

    def route(one: Route) -> None:
        if one.request.url == url:
            one.continue_()
        else:
            asked.append(one.request.url)
            one.abort()

    context.route("**/*", route)
    page.on("pageerror", lambda error: asked.append(f"error: {error}"))
    page.on("console", lambda message: asked.append(f"console: {message.text}"))
    page.clock.set_fixed_time(LATER)
    page.goto(url)
    return page


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    """One page for all tests that begin anew."""
    page = _page(browser, verifier.BUILT.as_uri())
    yield page
    assert page.asked == []  # type: ignore[attr-defined]
    page.context.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page as it was opened, with nothing given and at a moment at which our badges hold."""
    opened.clock.set_fixed_time(LATER)
    opened.locator("#again").click()
    opened.locator("#issuer").fill("")
    return opened


def _file(text: bytes, name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/json", "buffer": text}


def _give(page: Page, badge: bytes, status: bytes | None = None, issuer: str = KEY.public) -> str:
    """What the page says of a badge: the whole verdict."""
    page.locator("#again").click()
    page.locator("#issuer").fill(issuer)
    if status is not None:
        page.locator("#status").set_input_files(_file(status, "status.json"))
    page.locator("#badge").set_input_files(_file(badge, "certificate.json"))
    said = page.locator(".said")
    said.wait_for()
    return said.inner_text()


def _edited(change: Callable[[Any], Any], text: bytes = GOOD) -> bytes:
    document = json.loads(text)
    change(document)
    return json.dumps(document).encode()


def _set(*path: Any) -> Callable[[Any], None]:
    """An edit: the value at the end of the path takes the place of what stands there."""

    def change(document: Any) -> None:
        for step in path[:-2]:
            document = document[step]
        document[path[-2]] = path[-1]

    return change


def test_a_good_certificate_is_valid_and_told(page: Page) -> None:
    """A valid certificate says so, and who it is for, by which programme and policy, with what hours and dates."""
    said = _give(page, GOOD, STATUS)
    assert said.startswith("Valid")
    assert "It has not been revoked" in said
    told = page.locator("#told").inner_text()
    for words in (
        "Ana Ruiz (ana)",
        "Riverside Training Programme",
        "BACP individual accreditation",
        "451 h",
        "450 h",
        "38 months",
        "2026-03-02 12:00 UTC",
        "2031-03-02 12:00 UTC",
        '"chains":{"ana":[412,"00ff"]}',
        signing.fingerprint(KEY.public),
        KEY.public,
    ):
        assert words in told, words
    assert violations(page, "body") == []
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "verifier-valid.png", full_page=True)


def test_without_a_key_nothing_is_valid(page: Page) -> None:
    """A badge's own key is no reason to trust it: the page says whose it is and leaves the comparing to the reader."""
    said = _give(page, GOOD, STATUS, issuer="")
    assert said.startswith("Whole, but by whom?")
    assert "Valid" not in said
    assert signing.fingerprint(KEY.public) in said
    assert "(so it says)" in page.locator("#told").inner_text()
    assert _give(page, REVOKED, STATUS, issuer="").startswith("Refused")
    assert _give(page, _edited(_set("name", "Better")), issuer="").startswith("Refused")
    page.locator("#issuer").fill(badges.did(KEY.public))
    expect(page.locator(".said")).to_contain_text("Refused")


def test_what_was_not_checked_is_said(page: Page) -> None:
    """Without a status list the page says that nobody looked whether the certificate was revoked."""
    said = _give(page, REVOKED)
    assert said.startswith("Valid")
    assert verifying.NOT_CHECKED in said


BORROWED = GOOD.decode().replace(badges.did(KEY.public)[8:], badges.did(OTHER.public)[8:]).encode()
FORGED = badges.sign(making_badges.badge(until=END), OTHER)
NONE = json.loads(badges.sign_list(KEY, LIST, [], ISSUED, UNTIL)[0])["credentialSubject"]["encodedList"]
CHANGED = succession.hand_over(OTHER, KEY.public, ISSUED)
# Each a badge, a status list or none, and the keys that are trusted: what we find and what the page finds is the same.
CASES: dict[str, tuple[bytes, bytes | None, list[str]]] = {
    "good": (GOOD, STATUS, [KEY.public]),
    "good, list as a JWT": (GOOD, TOKEN, [KEY.public]),
    "good, two keys": (GOOD, STATUS, [OTHER.public, KEY.public]),
    "good, no list": (GOOD, None, [KEY.public]),
    "no end": (badges.sign(making_badges.badge(), KEY), STATUS, [KEY.public]),
    "other letters": (badges.sign(making_badges.badge(name="Zoë \U0001f9d1 李 \u05d0"), KEY), None, [KEY.public]),
    "a hostile name": (badges.sign(making_badges.badge(name=HOSTILE), KEY), None, [KEY.public]),
    "no evidence": (badges.sign(replace(making_badges.badge(), evidence=()), KEY), None, [KEY.public]),
    "other order": (json.dumps(json.loads(GOOD), sort_keys=True).encode(), STATUS, [KEY.public]),
    "revoked": (REVOKED, STATUS, [KEY.public]),
    "revoked, list as a JWT": (REVOKED, TOKEN, [KEY.public]),
    "revoked, an own list": (REVOKED, badges.sign_list(OTHER, LIST, [], ISSUED, UNTIL)[0], [KEY.public]),
    "revoked, an own JWT": (REVOKED, badges.sign_list(OTHER, LIST, [], ISSUED, UNTIL)[1], [KEY.public]),
    "revoked, an edited list": (
        REVOKED,
        _edited(
            _set(
                "credentialSubject",
                "encodedList",
                NONE,
            ),
            STATUS,
        ),
        [KEY.public],
    ),
    "revoked, an edited JWT": (REVOKED, TOKEN[:-20] + b"AAAA" + TOKEN[-16:], [KEY.public]),
    "revoked, a list that ran out": (
        REVOKED,
        badges.sign_list(KEY, LIST, [], ISSUED, ISSUED + timedelta(days=3))[0],
        [KEY.public],
    ),
    "revoked, a list of later": (REVOKED, badges.sign_list(KEY, LIST, [], UNTIL, END)[1], [KEY.public]),
    "revoked, another list": (REVOKED, badges.sign_list(KEY, LIST + "2", [], ISSUED, UNTIL)[0], [KEY.public]),
    "expired": (badges.sign(making_badges.badge(until=LATER), KEY), STATUS, [KEY.public]),
    "not yet": (badges.sign(replace(making_badges.badge(), since=UNTIL), KEY), STATUS, [KEY.public]),
    "just now": (
        badges.sign(replace(making_badges.badge(), since=LATER + timedelta(minutes=4)), KEY),
        STATUS,
        [KEY.public],
    ),
    "forged": (FORGED, STATUS, [KEY.public]),
    "borrowed": (BORROWED, None, [KEY.public]),
    "borrowed, trusted": (BORROWED, None, [OTHER.public]),
    "no issuer": (_edited(lambda badge: badge.pop("issuer")), None, [KEY.public]),
    "an issuer without a key": (_edited(_set("issuer", "id", "did:web:x.example")), None, [KEY.public]),
    "a name that steers": (
        _edited(_set("issuer", {"id": "x", "name": "\u202eA\x1b[2J\u00a0" + "x" * 90})),
        None,
        [KEY.public],
    ),
    "edited name": (_edited(_set("credentialSubject", "identifier", 0, "identityHash", "Eve")), None, [KEY.public]),
    "edited hours": (_edited(_set("credentialSubject", "result", 0, "value", "1 minutes")), None, [KEY.public]),
    "edited end": (_edited(_set("validUntil", "2199-01-01T00:00:00Z")), None, [KEY.public]),
    "no end any more": (_edited(lambda badge: badge.pop("validUntil")), None, [KEY.public]),
    "the same moment": (_edited(_set("validUntil", "2031-03-02T13:00:00+01:00")), None, [KEY.public]),
    "no moment": (_edited(_set("validUntil", "2031-02-31T12:00:00Z")), None, [KEY.public]),
    "hours of a day that is none": (_edited(_set("validFrom", "2026-03-01T24:00:00Z")), None, [KEY.public]),
    "edited place": (_edited(_set("credentialStatus", "statusListIndex", "012")), None, [KEY.public]),
    "a place that is a number": (_edited(_set("credentialStatus", "statusListIndex", 94567)), None, [KEY.public]),
    "no status": (_edited(lambda badge: badge.pop("credentialStatus")), None, [KEY.public]),
    "a 0 for a false": (_edited(_set("credentialSubject", "identifier", 0, "hashed", 0)), None, [KEY.public]),
    "one more name": (_edited(_set("description", "more")), None, [KEY.public]),
    "one more context": (_edited(lambda badge: badge["@context"].append({"x": "urn:x"})), None, [KEY.public]),
    "a context of elsewhere": (_edited(_set("@context", 1, "https://evil.example/c.json")), None, [KEY.public]),
    "a name that a browser knows": (_edited(_set("__proto__", {"name": "x"})), None, [KEY.public]),
    "another result": (_edited(lambda badge: badge["credentialSubject"]["result"].pop()), None, [KEY.public]),
    "evidence that is none": (_edited(_set("evidence", [])), None, [KEY.public]),
    "unsigned": (_edited(lambda badge: badge.pop("proof")), None, [KEY.public]),
    "two proofs": (_edited(lambda badge: badge.update(proof=[badge["proof"]] * 2)), None, [KEY.public]),
    "another suite": (_edited(_set("proof", "cryptosuite", "eddsa-jcs-2022")), None, [KEY.public]),
    "another purpose": (_edited(_set("proof", "proofPurpose", "authentication")), None, [KEY.public]),
    "another method": (_edited(_set("proof", "verificationMethod", "did:key:x#x")), None, [KEY.public]),
    "another day of signing": (_edited(_set("proof", "created", "2026-03-02T12:00:01Z")), None, [KEY.public]),
    "no signature": (_edited(_set("proof", "proofValue", "z")), None, [KEY.public]),
    "a signature of numbers": (_edited(_set("proof", "proofValue", 5)), None, [KEY.public]),
    "two values of one name": (
        GOOD.replace(b'"name": "BACP', b'"\\u006eame": "Better", "name": "BACP', 1),
        None,
        [KEY.public],
    ),
    "half a letter": (GOOD.replace(b"Ana Ruiz", b"Ana \\ud800"), None, [KEY.public]),
    "no JSON": (b"hello", None, [KEY.public]),
    "a BOM": (b"\xef\xbb\xbf" + GOOD, None, [KEY.public]),
    "not UTF-8": (GOOD.replace(b"Ana", b"An\xe1"), None, [KEY.public]),
    "NaN": (b'{"type": ["OpenBadgeCredential"], "x": NaN}', None, [KEY.public]),
    "a list for a badge": (STATUS, None, [KEY.public]),
    "a badge for a list": (GOOD, GOOD, [KEY.public]),
    "a JWT of two parts": (GOOD, b"a.b", [KEY.public]),
    "too large": (GOOD + b" " * credential.MOST_BYTES, None, [KEY.public]),
    "the printed form": (b"%PDF-1.7 ", None, [KEY.public]),
}


def _ours(folder: Path, badge: bytes, status: bytes | None, issuers: list[str]) -> str:
    """What our own verifier says, in the words that the page has for it."""
    (folder / "badge").write_bytes(badge)
    if status is not None:
        (folder / "status").write_bytes(status)
    try:
        verdict = verifying.verify(folder / "badge", issuers, LATER, folder / "status" if status is not None else None)
    except AllianceLabError:
        return "Not verified"
    head, told = re.fullmatch(r"(Valid|Refused)[.:] (.*)", verdict.said, re.DOTALL).groups()  # type: ignore[union-attr]
    return f"{head}\n{told}"


@pytest.mark.parametrize("name", CASES)
def test_the_page_says_what_our_verifier_says(page: Page, tmp_path: Path, name: str) -> None:
    """For every edit, the page and `certificate verify` find the same, and for the same reason, word for word."""
    badge, status, issuers = CASES[name]
    found = _give(page, badge, status, " ".join(issuers))
    ours = _ours(tmp_path, badge, status, issuers)
    assert (found.splitlines()[0] if ours == "Not verified" else found) == ours


def test_the_file_that_cannot_be_used_is_named(page: Page) -> None:
    """Of several files, the page says which one is none."""
    assert "status.json cannot be used: it is neither a status list" in _give(page, GOOD, b"a.b")
    assert "status.json cannot be used: it is JSON, but not a status list" in _give(page, GOOD, GOOD)
    assert "certificate.json cannot be used: it is JSON, but not an Open Badges" in _give(page, STATUS, STATUS)


def test_minutes_and_the_checkpoint_are_told_in_words(page: Page) -> None:
    """What a badge holds for programs is told for people: hours, and how far the ledger went."""
    checkpoint = {
        "ledger": "ab12",
        "at": "2026-03-02T12:00:00Z",
        "chains": {"ana": [412, "00ff"]},
        "signature": "9" * 128,
    }
    for narrative, words in ((json.dumps(checkpoint), "ana: 412 records, the last is 00ff"), ("{}", "{}"), ("x", "x")):
        badge = replace(
            making_badges.badge(),
            measured=(
                credential.Measured("a", "Practice", "27059 minutes", "at most 90 minutes a week"),
                credential.Measured("b", "Share", "25 percent", "5 months"),
                credential.Measured("c", "None", "0 minutes", "6000000 minutes"),
            ),
            evidence=(credential.Evidence("Checkpoint", "Checkpoint of the ledger", narrative),),
        )
        assert _give(page, badges.sign(badge, KEY)).startswith("Valid")
        told = page.locator("dd", has_text=words).last
        expect(told).to_be_visible()
    cells = page.locator("td").all_inner_texts()
    assert cells == ["450 h 59 min", "at most 1 h 30 min a week", "25 %", "5 months", "0 min", "100,000 h"]


def test_a_changed_key_is_followed(page: Page) -> None:
    """Who trusts an old key takes what its successor signed, given the file that says so; a forged one helps nobody."""
    page.locator("summary", has_text="changed its key").click()
    said = page.locator(".said")
    forged = CHANGED.as_json().replace(CHANGED.new, OTHER.public)
    for text, found in ((CHANGED.as_json(), "Valid"), (forged, "Not verified"), ("{}", "Not verified")):
        assert _give(page, GOOD, STATUS, OTHER.public).startswith("Refused")
        page.locator("#succession").set_input_files(_file(text.encode(), "succession.json"))
        expect(said).to_contain_text(found)


def test_a_key_that_is_none_is_told(page: Page) -> None:
    """What is no key verifies nothing, and the page says which word it is."""
    for words in (
        "hello",
        KEY.public[:-1],
        badges.did(KEY.public)[:-1],
        f"{KEY.public} x",
        "did:web:programme.example",
    ):
        assert _give(page, GOOD, None, words).startswith("Not verified")
        expect(page.locator("#issuer-said")).to_contain_text("is no public key")
        expect(page.locator("#issuer")).to_have_attribute("aria-invalid", "true")
    page.locator("#issuer").fill(f" {KEY.public.upper()}\n")
    expect(page.locator(".said")).to_contain_text("Valid")
    expect(page.locator("#issuer-said")).to_contain_text(signing.fingerprint(KEY.public))


def test_hostile_text_stays_text(page: Page) -> None:
    """Names, titles and narratives with markup in them are shown as they are; nothing in them runs or is drawn."""
    badge = replace(
        making_badges.badge(name=HOSTILE),
        programme=HOSTILE,
        title=HOSTILE,
        description=HOSTILE,
        criteria=HOSTILE,
        measured=(credential.Measured("x", HOSTILE, HOSTILE, HOSTILE),),
        evidence=(credential.Evidence("Module", HOSTILE, HOSTILE),),
    )
    assert HOSTILE in _give(page, badges.sign(badge, KEY))
    assert page.locator("#told").inner_text().count(HOSTILE) >= 8
    assert HOSTILE[:60] in _give(page, badges.sign(badge, OTHER))
    assert page.locator("main img, main script, main a").count() == 0
    assert page.title() == "Verify a certificate of supervised hours"


def test_the_page_can_reach_nobody(page: Page) -> None:
    """Even a script inside the page can ask nothing of the network, and none but the page's own runs."""
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert policy is not None
    assert "unsafe" not in policy
    assert {"default-src 'none'", "connect-src 'none'", "form-action 'none'"} <= set(policy.split("; "))
    noted = list(page.asked)  # type: ignore[attr-defined]
    assert page.evaluate("fetch('https://example.org/').then(() => 'reached', () => 'stopped')") == "stopped"
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'run'";
          document.body.append(script);
        }"""
    )
    assert page.title() == "Verify a certificate of supervised hours"
    told = page.asked[len(noted) :]  # type: ignore[attr-defined]
    assert len(told) >= 2
    assert all("Content Security Policy" in one for one in told), told
    page.asked[:] = noted  # type: ignore[attr-defined]


def test_a_bomb_is_refused_soon(page: Page) -> None:
    """A badge made to keep a verifier busy is refused in a moment: by its form, or by how much work its form takes."""
    same = {"type": ["Evidence"], "narrative": "x", "name": "x", "genre": "x"}
    size = credential.MOST_BYTES - len(GOOD)
    many = _edited(_set("evidence", [same] * (size // 2 // (len(json.dumps(same)) + 2))))
    nodes = [{"id": f"_:b{at}", "evidence": [{"id": f"_:b{other}"} for other in range(12)]} for at in range(12)]
    deep = GOOD.replace(b'"validFrom"', b'"x": ' + b"[" * 60_000 + b"]" * 60_000 + b', "validFrom"')
    for bomb in (many, _edited(_set("evidence", nodes)), deep, b'{"a":' * 40_000, b"[" * credential.MOST_BYTES):
        begun = time.monotonic()
        assert _give(page, bomb).startswith(("Refused", "Not verified"))
        assert time.monotonic() - begun < 15


def _drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files on the page, as a hand would."""
    moved = page.evaluate_handle(
        """(files) => {
          const moved = new DataTransfer();
          for (const [name, text] of files) moved.items.add(new File([text], name));
          return moved;
        }""",
        [[name, text.decode()] for name, text in files],
    )
    page.dispatch_event("h1", "dragover", {"dataTransfer": moved})
    expect(page.locator("body.over")).to_be_visible()
    page.dispatch_event("h1", "drop", {"dataTransfer": moved})
    expect(page.locator("body.over")).to_have_count(0)


def test_files_are_dropped_together(page: Page) -> None:
    """Files dropped anywhere are taken for what they are, in whatever order; a drop replaces what was there."""
    page.locator("#issuer").fill(KEY.public)
    _drop(page, ("list.txt", TOKEN), ("a.json", REVOKED))
    expect(page.locator("[role=alert] .said")).to_contain_text("has revoked it")
    _drop(page, ("b.json", GOOD))
    expect(page.locator("[role=status] .said")).to_contain_text("It has not been revoked")
    expect(page.locator("#given")).to_have_text("The certificate: b.json. The status list: list.txt.")
    _drop(page, ("c.json", STATUS), ("d.json", CHANGED.as_json().encode()), ("b.json", GOOD))
    expect(page.locator("#given")).to_contain_text("The change of keys: d.json.")


def test_with_the_keyboard_alone(page: Page) -> None:
    """A key is typed, a certificate pasted, and the verdict read, without a mouse."""
    page.locator("#issuer").focus()
    page.keyboard.insert_text(KEY.public)
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("summary", has_text="Paste")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#pasted")).to_be_focused()
    page.keyboard.insert_text(GOOD.decode())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status] .said")).to_contain_text("Valid")
    page.locator("#again").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#good")).to_contain_text("no certificate was given")
    page.locator("summary", has_text="Paste").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_on_a_telephone(page: Page, scheme: str) -> None:
    """At 390 px nothing is cut off, and each state is accessible in light and dark."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    try:
        for name, badge, issuer in (
            ("valid", GOOD, KEY.public),
            ("undecided", GOOD, ""),
            ("refused", REVOKED, KEY.public),
        ):
            _give(page, badge, STATUS, issuer)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert violations(page, "body") == []
            page.screenshot(path=PICTURES / f"verifier-{name}-{scheme}.png", full_page=True)
    finally:
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1200, "height": 900})


def test_a_pinned_page_trusts_one_key(browser: Browser, tmp_path: Path) -> None:
    """A page that a programme gives out trusts that programme's key, and no reader changes it by accident."""
    path = tmp_path / "verify.html"
    path.write_bytes(verifier.page(KEY.public))
    page = _page(browser, path.as_uri())
    field = page.locator("#issuer")
    expect(field).to_have_value(KEY.public)
    expect(field).to_have_attribute("readonly", "")
    page.locator("#badge").set_input_files(_file(GOOD, "certificate.json"))
    expect(page.locator(".said")).to_contain_text("Valid")
    page.locator("#badge").set_input_files(_file(FORGED, "certificate.json"))
    expect(page.locator(".said")).to_contain_text("anybody can write a name")
    assert violations(page, "body") == []
    page.screenshot(path=PICTURES / "verifier-pinned.png", full_page=True)
    assert page.asked == []  # type: ignore[attr-defined]
    page.context.close()


def test_it_works_from_a_server(browser: Browser, tmp_path: Path) -> None:
    """The same file works from a server of this computer, and asks that for nothing but itself."""
    (tmp_path / "verify.html").write_bytes(verifier.page())
    served: list[str] = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *told: Any) -> None:
            served.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/verify.html"
            page = browser.new_page()
            page.clock.set_fixed_time(LATER)
            page.goto(url)
            assert _give(page, GOOD, STATUS).startswith("Valid")
            page.close()
        finally:
            server.shutdown()
            thread.join()
    assert set(served) <= {"/verify.html", "/favicon.ico"}
