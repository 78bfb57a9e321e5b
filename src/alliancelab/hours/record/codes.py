"""The short words that stand in the record where somebody gives a reason, and what each of them means.

There is no free text in the record, so that nothing about a client gets into it: what a list does not have, two people
tell each other.
"""

from __future__ import annotations

from collections.abc import Mapping

# What a supervisor asks of a trainee before signing. The answer is an amendment, or a talk.
ASKS: Mapping[str, str] = {
    "when": "Was it on that day, and at that time?",
    "how-long": "Did it last that long?",
    "category": "Is it of this category?",
    "who-took-part": "How many people shared it?",
    "setting": "Was it at this workplace?",
    "flags": "Do the flags fit, such as observable data?",
    "talk": "Please talk with me about this one.",
}

# Why a supervisor does not sign. The entry may be amended and is then a new one to sign.
DECLINES: Mapping[str, str] = {
    "not-held": "It did not take place.",
    "not-mine": "I am not the one to sign it.",
    "twice": "It is in the log already.",
    "wrong-day": "The day or the time is wrong.",
    "wrong-length": "The minutes are wrong.",
    "wrong-category": "The category is wrong.",
    "wrong-group": "The number of people is wrong.",
    "other": "We have talked about the reason.",
}

# Why a key signs nothing more.
REVOCATIONS: Mapping[str, str] = {
    "lost": "Its owner cannot use it any more.",
    "stolen": "Somebody else may have it.",
    "replaced": "Its owner has a new one.",
    "left": "Its owner has left the programme.",
}

# Why a certificate is taken back.
CERTIFICATE_REVOCATIONS: Mapping[str, str] = {
    "mistake": "It was issued by mistake.",
    "hours-changed": "The hours it stands on were reversed or amended.",
    "misconduct": "Something in the record was not true.",
    "replaced": "Another certificate stands in its place.",
    "request": "Its holder asked for it.",
}

# On which ground bodies are erased.
ERASURES: Mapping[str, str] = {
    "request": "The person asked for it.",
    "retention": "The time for which it is kept is over.",
    "mistake": "It should never have been recorded.",
}
