"""Idempotency-Key: a request is carried out once, and repetitions get its answer byte for byte."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from functions.payments.store import answers
from functions.payments.store.answers import KeptAnswer, Scope
from functions.shared.answers import problem_answer
from functions.shared.models import View
from functions.shared.postgres import transaction
from functions.shared.problems import (
    CONTENT_TYPE,
    PaymentDeclined,
    Problem,
    ServiceUnavailable,
)


class Replayed(Exception):  # noqa: N818 - not an error: the answer that was given before
    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__("answered before")
        self.answer = answer


class Done(NamedTuple):
    status: HTTPStatus
    view: View


def carry_out_once(
    engine: Engine,
    scope: Scope,
    request_hash: str,
    path: str,
    now: datetime,
    run: Callable[[], Done],
    check: Callable[[Connection], None] | None = None,
) -> Done:
    """Run it and keep the answer, a decline too: the provider has decided it.

    `check` raises ServiceUnavailable for what would be refused in the end: at once, and before
    anything is written; but not to what was begun before, or answered.

    Another refusal is not kept, as nothing was done; after a crash or a 503 the same request is
    taken up again where it broke off. Raises Replayed, RequestInProgress, IdempotencyKeyReused,
    and whatever `run` raises.
    """
    with transaction(engine) as connection:
        if check is not None:
            _check(connection, scope, check)
        known = answers.claim(connection, scope, request_hash, now)
    if known is not None:
        raise Replayed(known)
    try:
        done = run()
    except PaymentDeclined as declined:
        _keep(engine, scope, _refusal(declined, path))
        raise
    except Exception as error:
        refused = isinstance(error, Problem) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
        with transaction(engine) as connection:
            if refused:
                answers.forget(connection, scope)
            else:
                answers.unlock(connection, scope, now)
        raise
    _keep(engine, scope, _success(done))
    return done


def _check(connection: Connection, scope: Scope, check: Callable[[Connection], None]) -> None:
    try:
        check(connection)
    except ServiceUnavailable:
        if not answers.is_known(connection, scope):
            raise


def _keep(engine: Engine, scope: Scope, answer: KeptAnswer) -> None:
    with transaction(engine) as connection:
        answers.keep(connection, scope, answer)


def _success(done: Done) -> KeptAnswer:
    return KeptAnswer(done.status, "application/json", done.view.model_dump_json())


def _refusal(problem: Problem, path: str) -> KeptAnswer:
    return KeptAnswer(problem.status, CONTENT_TYPE, problem_answer(problem, path)["body"])
