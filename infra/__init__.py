"""The CDK app: one stack a domain, and what lies around them.

`environments.py` says what differs between local, staging and production, as data; `names.py` what
everything is called; `definitions.py` how a state machine's definition is filled in. These three
are plain Python, without CDK, so that the local loop and tests can read them too.
"""

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

# CDK, which reads it as it is loaded, would only print that something is deprecated.
os.environ.setdefault("JSII_DEPRECATED", "fail")
