"""A synthesis that warns of anything fails: what is only printed is read by nobody."""

from typing import Final

from aws_cdk import cx_api

_FINE: Final = cx_api.SynthesisMessageLevel.INFO


def refuse_warnings(assembly: cx_api.CloudAssembly) -> None:
    """Raises SystemExit with what constructs said of themselves, if that is more than a hint."""
    told = [
        f"{message.id}: {message.entry.data}"
        for stack in assembly.stacks
        for message in stack.messages
        if message.level != _FINE
    ]
    if told:
        raise SystemExit("\n".join(told))
