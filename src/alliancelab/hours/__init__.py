"""A programme's wing: hours that trainees log and supervisors sign, what a policy says of them, a certificate.

It knows nothing of courses. Read it in this order: `entries` (what somebody did, and for how long), `signing` and
`records` (who said so, and in which order), `rules` (what may follow on what), `ledger` (where it is kept), `audit`,
`policy` and `counting` (what counts), `certificate` (what a stranger can verify).
"""
