"""A bundle goes to a supervisor as a file and comes back signed: verified on both ways, whatever happened to the file."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import people
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import (
    ANA,
    BERG,
    COLE,
    NOON,
    PROGRAMME,
    SPARE,
    Little,
    agree,
    approve,
    draft,
    enrol,
    entry,
    key_of,
    logged,
    say,
)
from refusals import refused

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import approvals, files, travel
from alliancelab.hours.record import records, signing
from alliancelab.hours.record.records import Refused


@pytest.fixture
def small() -> Little:
    """A programme in which ana has logged three entries that wait for berg, two of them signed together."""
    ledger = people.programme()
    logged(ledger, entry("2026-03-02"), entry("2026-03-03", flags="observable"))
    logged(ledger, entry(start="2026-03-10T16:00+01:00", end="2026-03-10T17:00+01:00"))
    return ledger


def packed(ledger: Little, **more: Any) -> dict[str, Any]:
    return travel.pack(ledger.events("programme"), ledger.events("ana"), "ana", "berg", **more)


def sent(ledger: Little, path: Path, **more: Any) -> Path:
    travel.write(path, packed(ledger, **more))
    return path


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The same file, changed by somebody."""
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    return path


def test_a_bundle_goes_and_comes_back_signed(small: Little, tmp_path: Path) -> None:
    """What was decided on the other machine stands in the ledger, under the supervisor's own signature."""
    parcel = travel.read(sent(small, tmp_path / "ana.hours"), PROGRAMME.public)
    assert (parcel.ledger, parcel.trainee, parcel.supervisor) == ("little", "ana", "berg")
    assert parcel.programme == PROGRAMME.public
    here = approvals.weeks(small.log("ana"), small.register(), "berg")
    assert parcel.bundles() == here
    one, two, three = (entry for bundle in parcel.bundles() for entry in bundle.waiting)
    decisions = [approvals.approve(one), approvals.approve(two, 20), approvals.ask(three, "talk")]
    submission = travel.answer(parcel, BERG, decisions, NOON)
    travel.write(tmp_path / "signed.hours", travel.decisions_file(submission))
    back = travel.read_decisions(tmp_path / "signed.hours")
    assert back == submission
    small.append(back)
    said = [(one.approved, one.by, one.asked) for one in small.log("ana").entries.values()]
    assert said == [(50, "berg", ""), (20, "berg", ""), (None, "", "talk")]
    refused("replay", lambda: small.append(back))


def test_the_files_are_their_owners_and_never_overwritten(small: Little, tmp_path: Path) -> None:
    """Mode 0600, and a file that is there stays."""
    path = sent(small, tmp_path / "ana.hours")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(AllianceLabError, match="is there already"):
        sent(small, path)
    with pytest.raises(AllianceLabError, match="cannot be written"):
        sent(small, tmp_path / "none" / "ana.hours")


def test_a_bundle_tells_of_nobody_else(small: Little, tmp_path: Path) -> None:
    """Neither other people's names, keys and agreements, nor what does not wait, are in the file; and still it verifies."""
    named = [draft(records.PERSON, person=one, name=f"The name of {one}") for one in ("ana", "berg", "ben", "cole")]
    say(small, PROGRAMME, records.PROGRAMME, *named)
    secret = draft(records.AGREEMENT, agreement="x", trainee="ben", supervisor="cole", since="2026-01-01")
    say(small, PROGRAMME, records.PROGRAMME, secret)
    [waits, signed] = logged(small, entry("2026-03-04"), entry("2026-03-05", category="study"))
    approve(small, signed)
    text = sent(small, tmp_path / "ana.hours").read_text()
    for gone in ("cole", '"ben"', people.BEN.public, COLE.public, "study"):
        assert gone not in text
    parcel = travel.read(tmp_path / "ana.hours")
    assert parcel.register.names == {"ana": "The name of ana", "berg": "The name of berg"}
    assert waits in {one.version for bundle in parcel.bundles() for one in bundle.waiting}
    assert signed not in parcel.log.entries


def test_some_of_what_waits_can_be_sent(small: Little, tmp_path: Path) -> None:
    """Chosen versions only; and where nothing waits, or something does not, no file is made."""
    first = next(iter(small.log("ana").entries))
    parcel = travel.read(sent(small, tmp_path / "one.hours", versions=[first]))
    assert list(parcel.log.entries) == [first]
    approve(small, first)
    with pytest.raises(AllianceLabError, match=f"{first[:8]} does not wait for berg"):
        packed(small, versions=[first])
    with pytest.raises(AllianceLabError, match="nothing of ana waits for cole"):
        travel.pack(small.events("programme"), small.events("ana"), "ana", "cole")


def test_an_amended_entry_travels_as_it_stands(small: Little, tmp_path: Path) -> None:
    """The version that can be signed, and no other; also where keys were changed since, of trainee and programme."""
    first = next(iter(small.log("ana").entries))
    say(small, ANA, "ana", draft(records.AMENDMENT, version=first, entry=entry("2026-03-02", 45).body))
    small.now.go(minutes=5)  # type: ignore[attr-defined]
    enrol(small, "programme", "programme", SPARE)
    say(small, SPARE, records.PROGRAMME, draft(records.REVOCATION, key=PROGRAMME.public, reason="replaced"))
    say(small, SPARE, records.PROGRAMME, draft(records.REVOCATION, key=ANA.public, reason="replaced"))
    enrol(small, "ana", "trainee", key_of("ana again"), by=SPARE)
    logged(small, entry("2026-03-11"), key=key_of("ana again"))
    parcel = travel.read(sent(small, tmp_path / "ana.hours"), signing.fingerprint(PROGRAMME.public))
    assert sorted(one.entry.minutes for one in parcel.log.entries.values()) == [45, 50, 50, 60]
    assert first not in parcel.log.entries
    small.append(travel.answer(parcel, BERG, approvals.everything(parcel.bundles()), small.now()))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda told: told["log"][0]["drafts"][0]["body"].update(minutes=500), "signature"),
        (lambda told: told["log"][0]["drafts"][0].update(salt="0" * 32), "signature"),
        (lambda told: told["log"][0]["drafts"].pop(), "signature"),
        (lambda told: told["log"][0]["drafts"].reverse(), "signature"),
        (lambda told: told["log"][0].update(signer=people.BEN.public), "signature"),
        (lambda told: told.update(ledger="another"), "signature"),
        (lambda told: told.update(trainee="ben"), "signature"),
        (lambda told: told["register"][-1]["drafts"][0]["body"].update(supervisor="cole"), "signature"),
        (lambda told: told["register"].pop(1), "somebody else's log"),
        (lambda told: told["register"].pop(0), "opened"),
        (lambda told: told["register"].append(copy.deepcopy(told["register"][1])), "key"),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    small: Little, tmp_path: Path, change: Callable[[dict[str, Any]], object], rule: str
) -> None:
    """An edited minute, an exchanged person, a cut-off agreement: nothing of it is shown to be signed."""
    path = rewritten(sent(small, tmp_path / "ana.hours"), change)
    assert refused(rule, lambda: travel.read(path)).startswith("ana.hours: ")


def test_a_ledger_that_somebody_made_up_is_another_programmes(tmp_path: Path) -> None:
    """Anybody can open a ledger and give people keys in it: the programme's fingerprint tells it apart."""
    fake = Little.create(key_of("eve"))
    for person, role in (("ana", "trainee"), ("berg", "supervisor")):
        enrol(fake, person, role, by=key_of("eve"))
    made = draft(records.AGREEMENT, agreement="x", trainee="ana", supervisor="berg", since="2026-01-01")
    say(fake, key_of("eve"), records.PROGRAMME, made)
    enrol(fake, "programme", "programme", PROGRAMME, by=key_of("eve"))  # it takes a public key only
    logged(fake)
    path = sent(fake, tmp_path / "ana.hours")
    assert travel.read(path).programme == key_of("eve").public
    assert "that is not your programme's" in refused("another programme", lambda: travel.read(path, PROGRAMME.public))


def test_a_key_that_was_revoked_before_logs_nothing(small: Little, tmp_path: Path) -> None:
    """An entry that says it was recorded after its signer's key was revoked is not shown."""
    path = sent(small, tmp_path / "ana.hours")
    say(small, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=ANA.public, reason="stolen"))
    revocation = travel._signed(list(small.events("programme"))[-1:], lambda _: True)
    rewritten(path, lambda told: told["register"].extend(json.loads(json.dumps(revocation))))
    assert len(travel.read(path).log.entries) == 3  # recorded before
    rewritten(path, lambda told: told["log"][1].update(at="2026-03-16T12:00:01.000000Z"))
    refused("revoked key", lambda: travel.read(path))


def test_the_supervisors_machine_refuses_what_the_ledger_would(small: Little, tmp_path: Path) -> None:
    """Another's key, one that nobody entered, one's own hours, and a decision about what was not in the bundle."""
    agree(small, "ana", "cole")
    parcel = travel.read(sent(small, tmp_path / "ana.hours"))
    every = approvals.everything(parcel.bundles())
    refused("unknown key", lambda: travel.answer(parcel, COLE, every, NOON))
    refused("own hours", lambda: travel.answer(parcel, ANA, every, NOON))
    refused("role", lambda: travel.answer(parcel, PROGRAMME, every, NOON))
    with pytest.raises(AllianceLabError, match="nothing was decided"):
        travel.answer(parcel, BERG, [], NOON)
    logged(small, entry("2026-03-12"))
    later = approvals.everything(approvals.weeks(small.log("ana"), small.register(), "berg"))
    with pytest.raises(AllianceLabError, match="was not shown"):
        travel.answer(parcel, BERG, later, NOON)


def test_the_ledger_has_the_last_word(small: Little, tmp_path: Path) -> None:
    """What was amended, or whose signer was revoked, while the file travelled, is refused when it comes back."""
    parcel = travel.read(sent(small, tmp_path / "ana.hours"))
    signed = travel.answer(parcel, BERG, approvals.everything(parcel.bundles()), NOON)
    first = next(iter(small.log("ana").entries))
    say(small, ANA, "ana", draft(records.AMENDMENT, version=first, entry=entry(minutes=45).body))
    refused("void", lambda: small.append(signed))
    say(small, PROGRAMME, records.PROGRAMME, draft(records.REVOCATION, key=BERG.public, reason="stolen"))
    refused("revoked key", lambda: small.append(signed))


def test_decisions_that_were_changed_are_refused(small: Little, tmp_path: Path) -> None:
    """A minute more, a decision fewer, another ledger; and a file with anything but decisions in it."""
    parcel = travel.read(sent(small, tmp_path / "ana.hours"))
    submission = travel.answer(parcel, BERG, approvals.everything(parcel.bundles()), NOON)
    for number, change in enumerate(
        (
            lambda told: told["drafts"][0]["body"].update(minutes=49),
            lambda told: told["drafts"].pop(),
            lambda told: told.update(ledger="another"),
            lambda told: told.update(chain="ben"),
            lambda told: told.update(signature="zz"),
        )
    ):
        path = tmp_path / f"{number}.hours"
        travel.write(path, travel.decisions_file(submission))
        rewritten(path, lambda told: change(told["submission"]))  # noqa: B023
        assert "was changed after it was signed" in refused("signature", lambda: travel.read_decisions(path))  # noqa: B023
    travel.write(tmp_path / "entry.hours", travel.decisions_file(records.submit(ANA, "little", "ana", [entry()])))
    with pytest.raises(AllianceLabError, match="does not hold decisions"):
        travel.read_decisions(tmp_path / "entry.hours")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is damaged, or not a file of this package"),
        ("\x00\xff", "is damaged"),
        ("[]", "is not a file of this package"),
        ('{"format": "alliancelab hours bundle", "version": 1, "version": 1}', "is damaged"),
        ('{"format": "alliancelab hours bundle", "version": NaN}', "is damaged"),
        ("[" * 100_000, "is damaged"),
        ('{"format": "something"}', "is not a file of this package"),
        ('{"format": "alliancelab hours bundle", "version": 2}', "is of version 2, and this AllianceLab reads 1"),
        ('{"format": "alliancelab hours bundle", "version": 1}', "is not a bundle as this package writes it"),
        ('{"format": "alliancelab hours decisions", "version": 1}', "is a supervisor's decisions, on their way back"),
    ],
)
def test_a_file_that_is_no_bundle_says_so(tmp_path: Path, text: str, told: str) -> None:
    """Empty, torn, of another kind, of a later version."""
    path = tmp_path / "file.hours"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(AllianceLabError, match=told):
        travel.read(path)


def test_an_entry_that_no_calendar_holds_is_refused_in_words(small: Little, tmp_path: Path) -> None:
    """Somebody may sign whatever they like with their own key; it is not shown."""
    body = {"date": "0001-01-01", "minutes": 60, "category": "study"}
    body |= {"start": "0001-01-01T00:00:00+14:00", "end": "0001-01-01T01:00:00+14:00"}
    made = records.submit(ANA, "little", "ana", [records.draft(records.ENTRY, body)])
    drafts = [{"kind": one.kind, "body": one.body, "salt": one.salt} for one in made.drafts]
    said = {"signer": ANA.public, "signature": made.signature, "at": records.stamp(NOON), "drafts": drafts}
    path = rewritten(sent(small, tmp_path / "ana.hours"), lambda told: told["log"].append(said))
    with pytest.raises(AllianceLabError, match="is not a bundle as this package writes it"):
        travel.read(path)


def test_a_file_that_is_missing_or_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is read."""
    with pytest.raises(AllianceLabError, match="there is no file"):
        travel.read(tmp_path / "none.hours")
    with pytest.raises(AllianceLabError, match="cannot be read"):
        travel.read_decisions(tmp_path)
    with (tmp_path / "huge.hours").open("wb") as file:
        file.truncate(files.MOST_BYTES + 1)
    with pytest.raises(AllianceLabError, match="has more than 16 MB"):
        travel.read(tmp_path / "huge.hours")
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    with pytest.raises(AllianceLabError, match="put fewer entries into it"):
        travel.write(tmp_path / "new.hours", {"much": "x" * 100})
    assert not (tmp_path / "new.hours").exists()


SCRAPS = (
    st.none() | st.integers(-5, 5) | st.text(max_size=4) | st.just([]) | st.just({}) | st.just([{}]) | st.just(["x"])
)


def places(told: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to each value in a file."""
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [at] * bool(at) + [place for key, value in inner for place in places(value, (*at, key))]


@given(st.data())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file_is_read_or_refused_in_words(tmp_path: Path, data: st.DataObject) -> None:
    """A value exchanged anywhere, or taken out, ends in a sentence, and never in an entry that was not logged."""
    ledger = people.programme()
    logged(ledger, entry("2026-03-02"), entry("2026-03-03"))
    told = json.loads(json.dumps(packed(ledger)))
    place = data.draw(st.sampled_from(places(told)))
    inner = told
    for key in place[:-1]:
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[place[-1]] = data.draw(SCRAPS)
    else:
        del inner[place[-1]]
    path = tmp_path / "changed.hours"
    path.write_text(json.dumps(told))
    try:
        parcel = travel.read(path)
    except (AllianceLabError, Refused):
        return
    assert parcel.log.entries.keys() <= ledger.log("ana").entries.keys()
    for version, one in parcel.log.entries.items():
        assert one.entry == ledger.log("ana").entries[version].entry


def test_a_supervisor_needs_nothing_but_the_package(small: Little, tmp_path: Path) -> None:
    """Reading and signing a bundle loads neither a database, pandas, nor a keyring."""
    path = sent(small, tmp_path / "ana.hours")
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from alliancelab.hours.account import approvals, travel\n"
        "from alliancelab.hours.record import signing\n"
        f"parcel = travel.read(Path({str(path)!r}))\n"
        f"key = signing.from_pem({BERG.pem()!r})\n"
        f"signed = travel.answer(parcel, key, approvals.everything(parcel.bundles()), datetime({NOON.year}, 3, 16, 12, tzinfo=UTC))\n"
        "travel.write(Path(sys.argv[1]), travel.decisions_file(signed))\n"
        "assert not {'sqlalchemy', 'pandas', 'numpy', 'keyring', 'ipywidgets'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "signed.hours")], check=True)
    small.append(travel.read_decisions(tmp_path / "signed.hours"))
    assert all(one.approved for one in small.log("ana").entries.values())
