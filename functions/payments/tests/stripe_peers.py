"""Who plays Stripe's part: localstripe, which others made, and a server of ours that says what a
test has it say. localstripe is GPL: it runs as a process of its own and is never imported.
"""

import json
import re
import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import httpx
from embedded.config import HOST, free_port

from functions.payments.domain import ProviderUnavailable
from functions.payments.providers.stripe.line import Intent
from functions.payments.providers.stripe.sdk import StripeSdk

KEY = "sk_test_of_boxoffice"

Word = TypeVar("Word")

# The whole program of the other process. Its own `start` listens to the whole network, and it
# writes all it knows to one fixed file at each change. The field that says which means of payment
# are taken got another name in Stripe's API of 2026-07-29, which it does not know yet.
_LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe.resources import store
from localstripe.server import app

@web.middleware
async def rename(request, handler):
    body = await request.read()
    request._read_bytes = body.replace(b"allowed_payment_method_types", b"payment_method_types")
    return await handler(request)

store.dump_to_disk = lambda: None
app.middlewares.insert(0, rename)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@contextmanager
def localstripe(port: int | None = None) -> Iterator[str]:
    """The address of a fresh one."""
    api = f"http://{HOST}:{port or free_port()}"
    process = subprocess.Popen([sys.executable, "-c", _LOCALSTRIPE, api.rpartition(":")[2]])
    try:
        _await(f"{api}/v1/payment_intents", process)
        yield api
    finally:
        process.terminate()
        process.wait(10)


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(url, headers={"Authorization": f"Bearer {KEY}"}).raise_for_status()
        except httpx.TransportError:
            assert process.poll() is None, "localstripe has ended"
            assert time.monotonic() < deadline, "localstripe does not answer"
            time.sleep(0.05)
        else:
            return


class LossyLine(StripeSdk):
    """The line to a peer that loses the answers of the calls named in `losing`, once each."""

    def __init__(self, api: str) -> None:
        super().__init__(KEY, api)
        self.losing: set[str] = set()
        self.calls: list[str] = []

    def create(self, key: str, amount_cents: int, currency: str, token: str) -> Intent:
        return self._lose("create", super().create(key, amount_cents, currency, token))

    def confirm(self, key: str, intent_id: str) -> Intent:
        return self._lose("confirm", super().confirm(key, intent_id))

    def retrieve(self, intent_id: str) -> Intent:
        return self._lose("retrieve", super().retrieve(intent_id))

    def cancel(self, intent_id: str) -> Intent:
        return self._lose("cancel", super().cancel(intent_id))

    def refund(self, key: str, intent_id: str, amount_cents: int) -> str:
        return self._lose("refund", super().refund(key, intent_id, amount_cents))

    def _lose(self, call: str, answer: Word) -> Word:
        self.calls.append(call)
        if call in self.losing:
            self.losing.discard(call)
            raise ProviderUnavailable.retry_after(1, f"The answer to {call} got lost.")
        return answer


class Asked(NamedTuple):
    """A request as it arrived."""

    route: str
    fields: dict[str, str]
    key: str | None


class Said(NamedTuple):
    """An answer to give. `lost`: it is decided and kept, and never arrives."""

    status: int
    body: dict[str, Any]
    lost: bool = False
    after_seconds: float = 0


class ScriptedStripe:
    """Answers each route with what was scripted for it, in turn; the last answer stays.

    Like Stripe it keeps the first answer to an Idempotency-Key and repeats it, errors of 500 too.
    https://docs.stripe.com/api/idempotent_requests
    """

    def __init__(self) -> None:
        self._script: dict[str, deque[Said]] = defaultdict(deque)
        self._kept: dict[str, Said] = {}
        self._lock = Lock()
        self.asked: list[Asked] = []

    def says(self, route: str, *answers: Said) -> None:
        """A route is a method and a path, ids as `{}`: `POST /v1/payment_intents/{}/confirm`."""
        self._script[route].extend(answers)

    def says_instead(self, route: str, *answers: Said) -> None:
        self._script[route].clear()
        self.says(route, *answers)

    def forget_keys(self) -> None:
        """As after a day, or as if what was asked with them had never arrived."""
        self._kept.clear()

    def routes(self) -> list[str]:
        return [asked.route for asked in self.asked]

    def answer(self, asked: Asked) -> Said:
        with self._lock:
            self.asked.append(asked)
            if asked.key in self._kept:
                return self._kept[asked.key]._replace(lost=False, after_seconds=0)
            answers = self._script[asked.route]
            assert answers, f"Nothing was scripted for {asked.route}."
            said = answers.popleft() if len(answers) > 1 else answers[0]
            if asked.key is not None:
                self._kept[asked.key] = said
            return said


@contextmanager
def served(peer: ScriptedStripe) -> Iterator[str]:
    """The address at which it can be asked."""
    server = _Server(peer)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    # A request that nobody waits for any more is no reason to wait.
    daemon_threads = True
    block_on_close = False

    def __init__(self, peer: ScriptedStripe) -> None:
        super().__init__((HOST, 0), _Handler)
        self.peer = peer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path = re.sub(r"/(pi|re)_\w+", "/{}", self.path.partition("?")[0])
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        fields = dict(parse_qsl(body or self.path.partition("?")[2]))
        said = self.server.peer.answer(
            Asked(f"{self.command} {path}", fields, self.headers.get("Idempotency-Key"))
        )
        time.sleep(said.after_seconds)
        if said.lost:
            self.close_connection = True
            return
        answer = json.dumps(said.body).encode()
        self.send_response(said.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        """Nowhere."""
