"""The programme's register as a file, signed by its key: whose keys sign in which role, and who supervises whom.

For whoever has no access to the ledger and has to know whose a key is. What people are called is not in it.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from alliancelab.errors import AllianceLabError
from alliancelab.hours.account import files
from alliancelab.hours.record import records, signing
from alliancelab.hours.record.records import Refused
from alliancelab.hours.record.rules import Agreement, Holder, Register
from alliancelab.hours.record.signing import Key

_DOMAIN = b"alliancelab hours register 1\n"


def write(path: Path, register: Register, key: Key, at: datetime) -> None:
    """Write the register as it stands into a new file, signed with a key of the programme's."""
    _refuse_others(register, key.public)
    told = {
        "ledger": register.ledger,
        "name": register.name,
        "at": records.stamp(at),
        "keys": [
            {
                "key": public,
                "person": one.person,
                "role": one.role,
                "since": records.stamp(one.since),
                "revoked": records.stamp(one.revoked) if one.revoked else "",
            }
            for public, one in register.keys.items()
        ],
        "agreements": [
            {
                "agreement": one.name,
                "trainee": one.trainee,
                "supervisor": one.supervisor,
                "from": one.since.isoformat(),
                "until": one.until.isoformat() if one.until else "",
            }
            for one in register.agreements.values()
        ],
    }
    signed = {"register": told, "signer": key.public, "signature": key.sign(_DOMAIN + records.canonical(told))}
    files.write(path, {"format": files.REGISTER, "version": files.VERSION, **signed})


def read(path: Path, programme: str = "") -> tuple[Register, datetime, str]:
    """Read a register and verify it: what it says, of when it is, and the key that signed it.

    With `programme`, a public key or a fingerprint, another's is refused; without, ask the programme whether it is its key.
    Raises `AllianceLabError` for a file that is none, and `records.Refused` where it does not hold.
    """
    found = files.read(path, files.REGISTER)
    try:
        told, signer, signature = found["register"], found["signer"], found["signature"]
        good = signing.verify(signer, _DOMAIN + records.canonical(told), signature)
        register, at = _register(told), datetime.fromisoformat(told["at"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise AllianceLabError(f"{path} is not a register as this package writes it; ask for it once more") from None
    if not good:
        raise Refused("signature", f"{path.name} was changed after it was signed; ask the programme for it again")
    _refuse_others(register, signer)
    if programme and programme not in (signer, signing.fingerprint(signer)):
        raise Refused(
            "another programme", f"{path.name} is signed by {signing.fingerprint(signer)}, and that is another key"
        )
    return register, at, signer


def _refuse_others(register: Register, signer: str) -> None:
    holder = register.keys.get(signer)
    if holder is None or holder.role != "programme" or holder.revoked is not None:
        raise Refused("role", "a register is signed with a key of the programme's that is not revoked; this is none")


def _register(told: dict[str, Any]) -> Register:
    keys = {
        one["key"]: Holder(
            one["person"],
            one["role"],
            datetime.fromisoformat(one["since"]),
            datetime.fromisoformat(one["revoked"]) if one["revoked"] else None,
        )
        for one in told["keys"]
    }
    agreements = {
        one["agreement"]: Agreement(
            one["agreement"],
            one["trainee"],
            one["supervisor"],
            date.fromisoformat(one["from"]),
            date.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in told["agreements"]
    }
    return Register(ledger=told["ledger"], name=told["name"], keys=keys, agreements=agreements)
