"""Whatever a client sends gets its exact answer, and none is a 5xx."""

import json
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.api import MAX_BODY_BYTES, Access, Api, OpaqueId, PathId
from functions.shared.json_bodies import MAX_DEPTH, decoded_body, read_json
from functions.shared.models import Cents, Id, Limit, Moment, QueryId, Request, View
from functions.shared.problems import MalformedRequest, ValidationFailed
from functions.shared.tests.deployed import Answer, Client
from functions.shared.tests.gateway import FakeContext, request


class Written(Request):
    name: str
    count: Id = 1
    cents: Cents = 0
    at: Moment | None = None


class Asked(Request):
    event_id: QueryId
    city: str | None = None
    limit: Limit = 50


class Read(View):
    name: str


api = Api("test", None)


@api.post("/v1/notes", Access.PUBLIC)
def write_note(body: Written) -> Read:
    """Write."""
    return Read(name=body.name)


@api.get("/v1/notes", Access.PUBLIC)
def list_notes(query: Annotated[Asked, Query()]) -> Read:
    """List."""
    return Read(name=f"{query.event_id} {query.city} {query.limit}")


@api.get("/v1/notes/<note_id>", Access.PUBLIC)
def read_note(note_id: PathId) -> Read:
    """Read."""
    return Read(name=str(note_id))


@api.get("/v1/words/<word>", Access.PUBLIC)
def read_word(word: OpaqueId) -> Read:
    """Read."""
    return Read(name=word)


@api.post("/v1/notes/<note_id>/close", Access.PUBLIC)
def close_note(note_id: PathId) -> Read:
    """Close."""
    return Read(name=str(note_id))


class Module:
    handler = staticmethod(api.handler)


client = Client(Module)  # type: ignore[arg-type]


def post(raw: str, content_type: str = "application/json") -> Answer:
    return client("POST", "/v1/notes", raw=raw, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        " ",
        "name=a",
        "{'name': 'a'}",
        '{"name": "a",}',
        '{"name": "a"} {}',
        '\ufeff{"name": "a"}',
        '{"name": "a", "name": "b"}',
        '{"name": {"a": 1, "a": 2}}',
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"name": -Infinity}',
        '{"name": 01}',
        '{"name": "\n"}',
        '{"name": "\ufffd"}',
        "[" * 10_000,
        '{"name":' * 40 + "1" + "}" * 40,
        '{"name": ' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}",
    ],
)
def test_a_body_that_is_no_json_of_one_meaning_is_a_400(raw: str) -> None:
    post(raw).problem(400, "malformed-request")


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ("", ""),
        ("null", ""),
        ("[]", ""),
        ('[{"name": "a"}]', ""),
        ("7", ""),
        ('"name"', ""),
        ("{}", "/name"),
        ('{"name": "a", "extra": 1}', "/extra"),
        ('{"name": "a\\u0000"}', "/name"),
        ('{"name": "\\ud800"}', "/name"),
        ('{"a/b": ["~", "\\udfff"]}', "/a~1b/1"),
        ('{"\\u0000": 1}', ""),
        ('{"name": 1e400}', "/name"),
        ('{"name": 9223372036854775808}', "/name"),
        ('{"name": 1}', "/name"),
        ('{"name": null}', "/name"),
        ('{"name": "a", "count": "1"}', "/count"),
        ('{"name": "a", "count": true}', "/count"),
        ('{"name": "a", "count": 1.5}', "/count"),
        ('{"name": "a", "cents": 1500.0}', "/cents"),
        ('{"name": "a", "count": 0}', "/count"),
        ('{"name": "a", "count": 2147483648}', "/count"),
        ('{"name": "a", "at": 1700000000}', "/at"),
        ('{"name": "a", "at": "1700000000"}', "/at"),
        ('{"name": "a", "at": "2026-11-22"}', "/at"),
        ('{"name": "a", "at": "2026-11-22T18:30:00"}', "/at"),
        ('{"name": "a", "at": "2026-13-22T18:30:00Z"}', "/at"),
        ('{"name": "4242424242424242"}', "/name"),
    ],
)
def test_a_body_of_other_values_is_a_422_that_says_where(raw: str, pointer: str) -> None:
    assert pointer in post(raw).faults()


def test_a_number_that_python_would_not_read_is_a_422() -> None:
    post('{"name": ' + "9" * 5000 + "}").problem(422, "validation-failed")


@pytest.mark.parametrize(
    "raw", ['{"name": "a", "at": "2026-11-22T18:30:00+05:30"}', ' {"name":"", "count": 7.0}']
)
def test_what_the_contract_allows_is_read(raw: str) -> None:
    assert post(raw).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; Charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json;v=1",
    ],
)
def test_json_is_json_however_its_type_is_spelled(content_type: str) -> None:
    assert post('{"name": "a"}', content_type).status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/jsonp",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "application/json, text/plain",
        "json",
    ],
)
def test_another_media_type_is_a_415(content_type: str) -> None:
    post('{"name": "a"}', content_type).problem(415, "unsupported-media-type")


def test_a_body_is_measured_in_bytes() -> None:
    filler = "é" * (MAX_BODY_BYTES // 2)
    post(f'{{"name": "{filler}"}}').problem(413, "payload-too-large")
    fitting = filler[len('{"name": ""}') // 2 :]
    assert post(f'{{"name": "{fitting}"}}').status == 200


def test_a_body_that_no_text_could_carry_is_read_all_the_same() -> None:
    event = request("POST", "/v1/notes", raw="eyJuYW1lIjogImEifQ==") | {"isBase64Encoded": True}
    assert api.handler(event, FakeContext())["statusCode"] == 200
    for body in ("/w==", "eyJ", "@@@@"):
        assert api.handler(event | {"body": body}, FakeContext())["statusCode"] == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_body_where_none_belongs_is_a_400(method: str) -> None:
    answer = api.handler(request(method, "/v1/notes/1", raw="{}"), FakeContext())
    assert answer["statusCode"] == 400


def test_a_route_that_reads_no_body_takes_none_but_an_empty_one() -> None:
    assert client("POST", "/v1/notes/1/close").status == 200
    assert client("POST", "/v1/notes/1/close", {}).status == 200
    assert client("POST", "/v1/notes/1/close", {"a": 1}).faults() == {""}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({}, "/eventId"),
        ({"eventId": "1", "evntId": "1"}, "/evntId"),
        ({"eventId": "1", "": "1"}, "/"),
        ({"eventId": "1", "event_id": "1"}, "/event_id"),
        ({"eventId": "1", "city": "a\0"}, "/city"),
        ({"eventId": "1", "limit": "0"}, "/limit"),
        ({"eventId": "1", "limit": "101"}, "/limit"),
        *(
            ({"eventId": value}, "/eventId")
            for value in (
                "",
                "x",
                "1.0",
                "1e1",
                "+1",
                " 1",
                "1 ",
                "-1",
                "1_0",
                "٣",
                "true",
                "9" * 30,
            )
        ),
    ],
)
def test_a_query_that_is_not_ours_is_a_422_that_says_where(
    query: dict[str, str], pointer: str
) -> None:
    assert client("GET", "/v1/notes", query=query).faults() == {pointer}


def test_a_parameter_that_comes_twice_is_a_422() -> None:
    event = request("GET", "/v1/notes", query={"eventId": "1"})
    event["multiValueQueryStringParameters"]["eventId"].append("2")
    answer = api.handler(event, FakeContext())
    assert json.loads(answer["body"])["errors"][0]["pointer"] == "/eventId"


@pytest.mark.parametrize(
    "note_id",
    ["x", "0", "-1", "1.0", "1e3", "0x1", "9" * 30, "' OR 1=1--", "..", "true", "a" * 10_000],
)
def test_an_id_that_is_no_number_is_a_422(note_id: str) -> None:
    assert client("GET", f"/v1/notes/{note_id}").faults() == {"/note_id"}


@pytest.mark.parametrize("note_id", ["../x", "\0", "1\0", '"', "", "1/2", "\u2028"])
def test_what_no_id_is_made_of_is_a_404(note_id: str) -> None:
    client("GET", f"/v1/notes/{note_id}/x").problem(404, "not-found")
    client("GET", f"/v1/words/{note_id}/x").problem(404, "not-found")


def test_an_id_longer_than_any_is_a_422() -> None:
    assert client("GET", "/v1/words/" + "a" * 10_000).faults() == {"/word"}


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "BREW", "get"])
def test_every_method_has_an_answer_on_every_path(method: str) -> None:
    expected = {"HEAD": 200, "OPTIONS": 204, "TRACE": 405, "BREW": 405, "get": 200}[method]
    answer = api.handler(request(method, "/v1/notes/1"), FakeContext())
    assert answer["statusCode"] == expected


@given(st.text(max_size=200))
def test_no_body_breaks_the_handler(text: str) -> None:
    assert post(text).status < 500


ATOMS = st.none() | st.booleans() | st.floats() | st.integers() | st.text()


@given(st.recursive(ATOMS, lambda some: st.lists(some) | st.dictionaries(st.text(), some)))
def test_json_is_read_as_it_was_written_or_refused(value: Any) -> None:
    written = json.dumps(value)
    try:
        read = read_json(written)
    except (MalformedRequest, ValidationFailed):
        return
    assert read == json.loads(written)


def test_a_missing_body_is_an_empty_one() -> None:
    assert decoded_body(None, is_base64=False) == ""
