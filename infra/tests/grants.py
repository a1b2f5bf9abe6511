"""Who may do what to which things, as the templates say it."""

from collections import defaultdict

from infra.tests.assembly import Assembly

# Lambda itself reads a stream, in the function's name.
READING_STREAMS = {
    f"dynamodb:{action}"
    for action in ("ListStreams", "DescribeStream", "GetRecords", "GetShardIterator")
}


def granted(assembly: Assembly) -> dict[str, dict[str, set[str]]]:
    """Owner -> action -> resources, owners and resources without the environment's prefix."""
    prefix = f"boxoffice-{assembly.environment}-"
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement in assembly.grants():
        owner = statement.owner.removeprefix(prefix)
        for action in statement.actions:
            found[owner][action] |= {one.replace(prefix, "") for one in statement.resources}
    return found


def resources_of(assembly: Assembly, service: str) -> dict[str, set[str]]:
    """What each owner may use of a service."""
    return {
        owner: set().union(*(found for action, found in actions.items() if of(action) == service))
        for owner, actions in granted(assembly).items()
        if any(of(action) == service for action in actions)
    }


def of(action: str) -> str:
    return action.partition(":")[0]


def arn(service: str, thing: str) -> str:
    return f"arn:aws:{service}:region:account:{thing}"
