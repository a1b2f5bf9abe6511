"""The checker of the README's promises itself: it must be able to say no."""

import pytest
from embedded.readme import README, differences, examples

TEXT = """
```sh
curl -s http://localhost:8080/health
```
```json
{"status": "ok"}
```
```console
make up
```
```sh
TOKEN=x
```
"""


def test_only_shell_blocks_are_pasted_each_with_the_answer_that_follows() -> None:
    first, second = examples(TEXT)
    assert first.promised == {"status": "ok"}
    assert (second.commands, second.promised) == ("TOKEN=x\n", None)


@pytest.mark.parametrize(
    ("promised", "answered"),
    [
        ({"status": "ok"}, {"status": "no"}),
        ({"a": 1}, {}),
        ({}, {"a": 1}),
        ({"totalCents": 1}, {"totalCents": 2}),
        ({"orderId": "2f1e8f4e-0000-4000-8000-000000000000"}, {"orderId": "x"}),
        ({"items": [1]}, {"items": []}),
        ({"id": 1}, {"id": "1"}),
    ],
)
def test_a_broken_promise_is_found(promised: object, answered: object) -> None:
    assert differences(promised, answered)


@pytest.mark.parametrize(
    ("promised", "answered"),
    [
        ({"id": 1}, {"id": 2}),
        ({"token": "ey..."}, {"token": "eyJhbGciOi"}),
        ({"at": "2026-01-01T00:00:00Z"}, {"at": "2027-01-01T00:00:00.5Z"}),
        ({"availableSeats": 10}, {"availableSeats": 9}),
    ],
)
def test_what_differs_from_run_to_run_need_only_be_of_its_kind(
    promised: object, answered: object
) -> None:
    assert not differences(promised, answered)


def test_the_readme_has_examples() -> None:
    assert len(examples(README.read_text("utf-8"))) >= 7
