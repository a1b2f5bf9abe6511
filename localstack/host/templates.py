"""What LocalStack's CloudFormation knows by name and can't make: others stand in for it.

A type that it does not know at all (a dashboard) it leaves out by itself. README.md lists both.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from embedded.assembly import Stack, read_assembly
from embedded.aws import client

_SENDER: Final = "AWS::SES::EmailIdentity"
# A resource that is nothing but a name, as LocalStack checks neither rights nor senders' domains.
_NOTHING: Final = "AWS::CloudFormation::WaitConditionHandle"
STAND_INS: Final = {_SENDER: _NOTHING}


def adapt(stack: Stack) -> Stack:
    """The same stack as LocalStack can make it."""
    template = json.loads(stack.template)
    found = [
        resource for resource in template["Resources"].values() if resource["Type"] in STAND_INS
    ]
    if not found:
        return stack
    for resource in found:
        resource["Type"] = STAND_INS[resource["Type"]]
        resource.pop("Properties", None)
    return replace(stack, template=json.dumps(template))


def verify_senders(assembly: Path, endpoint: str) -> None:
    """Let mail go out from the domains whose identities had to be left out."""
    mail = client("ses", endpoint)
    for stack in read_assembly(assembly):
        for _logical_id, sender in stack.resources(_SENDER):
            mail.verify_domain_identity(Domain=sender["EmailIdentity"])
