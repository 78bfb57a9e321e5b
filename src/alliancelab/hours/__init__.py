"""A programme's wing: hours that trainees log and supervisors sign, a policy says what they come to, a certificate.

It knows nothing of courses. Read `entries` first, then `record` (what was said, by whom, and in which order), `policy`
(what counts), `account` (what people do with it) and `certificate` (what a stranger can verify).
"""
