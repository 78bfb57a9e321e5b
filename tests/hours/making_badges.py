"""Makes sample badges: a good one, a revoked one, and the status list in both forms. `python making_badges.py FOLDER`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alliancelab.hours.certificate import badges, credential
from alliancelab.hours.record import signing

ISSUED = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIST = "https://programme.example/certificates/status.json"
KEY = signing.from_seed(bytes(range(32)))


def badge(
    number: int = 1, index: int = 94_567, name: str = "Ana Ruiz", until: datetime | None = None
) -> credential.Badge:
    """A badge that says something in every part."""
    return credential.Badge(
        id=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        programme="Riverside Training Programme",
        trainee="ana",
        name=name,
        achievement="urn:uuid:11111111-1111-4111-8111-111111111111",
        title="BACP individual accreditation",
        description="Riverside Training Programme certifies that the supervised hours in its ledger meet the policy.",
        criteria="450 hours of supervised practice over 3 to 6 years.",
        measured=(
            credential.Measured("practice", "Supervised practice", "27060 minutes", "27000 minutes"),
            credential.Measured("months", "Length of practice", "38 months", "36 months"),
        ),
        evidence=(
            credential.Evidence("Module", "foundations", "completed"),
            credential.Evidence("Ledger", "Checkpoint", '{"ledger":"ab12","chains":{"ana":[412,"00ff"]}}'),
        ),
        since=ISSUED,
        until=until,
        status=LIST,
        index=index,
    )


def write(folder: Path) -> None:
    """Write the samples into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "badge.json").write_bytes(badges.sign(badge(until=ISSUED.replace(year=2036)), KEY))
    (folder / "revoked.json").write_bytes(badges.sign(badge(2, 12, "Ben Okafor"), KEY))
    as_json, as_jwt = badges.sign_list(KEY, LIST, [12], ISSUED, ISSUED + timedelta(days=3_650))
    (folder / "status.json").write_bytes(as_json)
    (folder / "status.jwt").write_bytes(as_jwt)
    (folder / "issuer.txt").write_text(f"{KEY.public}\n{badges.did(KEY.public)}\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
