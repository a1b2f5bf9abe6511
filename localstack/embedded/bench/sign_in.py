"""What a failed sign-in takes, whoever's it is: it must tell nobody whether there is an account."""

import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Final
from uuid import uuid4

import httpx

from embedded.bench.caller import Caller, Json, UnexpectedAnswer, connect
from embedded.bench.findings import Bench, Findings, Goal, Table
from embedded.bench.latencies import Latencies
from functions.users import passwords
from functions.users.domain import SIGN_IN_FAILURES

NAME: Final = "sign-in"
TRIES: Final = 50
HASHINGS: Final = 30
# What a function of 1,024 MB has of a processor: 1,769 MB are a whole one.
LAMBDA_SHARE: Final = 1_024 / 1_769
CLOSE: Final = 0.1

KNOWN, UNKNOWN, SUSPENDED, DELETED = KINDS = ("known", "unknown", "suspended", "deleted")
LIMITED: Final = "any, too often"

_TEXT: Final = f"""\
Sign-ins by a wrong password, one at a time and the kinds of accounts by turns, so that whatever
else the machine does is done to all of them. An account is used for {SIGN_IN_FAILURES.most} tries,
which is what there is before a 429. That each of them costs the same hashing is tested
(`test_sign_in.py` of users counts)."""


def measure(bench: Bench) -> Findings:
    return findings(measure_sign_ins(bench.url, TRIES), measure_hashing(HASHINGS))


def measure_sign_ins(url: str, tries: int) -> dict[str, Latencies]:
    """What so many failed sign-ins of each kind took, and as many that were told to wait."""
    seen = {kind: Latencies() for kind in (*KINDS, LIMITED)}
    with connect(url) as http:
        names = _accounts(http, -(-tries // SIGN_IN_FAILURES.most))
        for number in range(tries):
            for kind in KINDS:
                name = names[kind][number // SIGN_IN_FAILURES.most]
                with seen[kind].timed():
                    _fail(http, name, httpx.codes.UNAUTHORIZED)
        spent = names[KNOWN][0]
        for _ in range(SIGN_IN_FAILURES.most - min(tries, SIGN_IN_FAILURES.most)):
            _fail(http, spent, httpx.codes.UNAUTHORIZED)
        for _ in range(tries):
            with seen[LIMITED].timed():
                _fail(http, spent, httpx.codes.TOO_MANY_REQUESTS)
    return seen


def measure_hashing(times: int) -> Latencies:
    """Seconds of processor, not of the clock, that one hashing takes here."""
    hashing = Latencies()
    stored = passwords.hash_password("correct horse battery")
    for _ in range(times):
        began = time.process_time()
        passwords.is_right(stored, "not the password")
        hashing.seconds.append(time.process_time() - began)
    return hashing


def findings(seen: Mapping[str, Latencies], hashing: Latencies) -> Findings:
    known = median(seen[KNOWN].seconds)
    rows = [
        [kind, _ms(median(taken.seconds)), _ms(taken.p95), f"{median(taken.seconds) / known:.0%}"]
        for kind, taken in seen.items()
    ]
    cost = median(hashing.seconds)
    return Findings(
        "Failed sign-ins",
        _TEXT,
        [_goal(kind, median(seen[kind].seconds) / known) for kind in KINDS if kind != KNOWN],
        [
            Table(
                "What they take",
                ["Account", "Median", "p95", "of known"],
                rows,
                f"n = {seen[KNOWN].n} of each. Whoever is told to wait has nothing hashed.",
            ),
            Table(
                "What one hashing takes",
                ["Where", "Median"],
                [
                    ["A whole core of this machine", _ms(cost)],
                    [f"{LAMBDA_SHARE:.2f} of one: 1,024 MB on Lambda", _ms(cost / LAMBDA_SHARE)],
                ],
                f"Processor time, n = {hashing.n}; the second row is computed from the first.",
            ),
        ],
        [],
    )


def _goal(kind: str, ratio: float) -> Goal:
    return Goal(
        f"Median of {kind} accounts",
        f"within {CLOSE:.0%} of known ones",
        f"{ratio - 1:+.1%}",
        abs(ratio - 1) <= CLOSE,
    )


def _accounts(http: httpx.Client, count: int) -> dict[str, list[str]]:
    administrator = Caller.administrator(http)

    def registered(become: Callable[[int], None]) -> Iterator[str]:
        for _ in range(count):
            user: Json = Caller.customer(http).get("/v1/users/me")
            become(user["id"])
            yield user["username"]

    def suspend(user_id: int) -> None:
        body = {"status": "SUSPENDED"}
        administrator.send("PATCH", f"/v1/users/{user_id}/status", json=body)

    def delete(user_id: int) -> None:
        administrator.send("DELETE", f"/v1/users/{user_id}")

    names = {
        KNOWN: list(registered(lambda _: None)),
        SUSPENDED: list(registered(suspend)),
        DELETED: list(registered(delete)),
    }
    return names | {UNKNOWN: [f"{name}-not" for name in names[KNOWN]]}


def _fail(http: httpx.Client, name: str, status: httpx.codes) -> None:
    body = {"username": name, "password": uuid4().hex}
    answer = http.post("/v1/users/login", json=body)
    if answer.status_code != status:
        raise UnexpectedAnswer(answer)


def _ms(seconds: float) -> str:
    return f"{seconds * 1_000:.1f} ms"
