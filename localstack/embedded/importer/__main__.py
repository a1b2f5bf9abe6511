"""`python -m embedded.importer DIR`: import the ETSR files in DIR and print what came of it.

Exit codes: 0 imported (orders the system refuses are part of a good import), 1 a file is malformed
or the system does not answer, 130 stopped by Ctrl-C. The last two come with one line that says why.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from embedded import administrator
from embedded.importer.client import Api
from embedded.importer.dataset import read_data_set
from embedded.importer.progress import bars
from embedded.importer.report import report
from embedded.importer.run import run_import
from embedded.importer.tables import Malformed
from embedded.importer.transport import ImportStopped, Refused
from embedded.settings import SettingsError, read_settings

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    # Unless told otherwise, the account that every local stack has and no other.
    username = os.environ.get("BOXOFFICE_ADMIN_USERNAME", administrator.USERNAME)
    password = os.environ.get("BOXOFFICE_ADMIN_PASSWORD", administrator.PASSWORD)
    try:
        url = options.url or read_settings(os.environ).url
        # All of it is read before the first call, so that a bad file changes nothing.
        data = read_data_set(options.directory)
        with Api(url, username, password) as api, bars() as shown:
            result = run_import(api, data, datetime.now(UTC), shown)
    except (SettingsError, Malformed, ImportStopped, Refused) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run it again and it goes on from here.", file=sys.stderr)
        return INTERRUPTED
    print(report(data, result))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m embedded.importer", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the seven CSVs are")
    parser.add_argument(
        "--url",
        type=_url,
        default=os.environ.get("BOXOFFICE_URL") or None,
        help="the running stack, if not BOXOFFICE_URL or this machine's own",
    )
    return parser.parse_args(arguments)


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{value!r} is no http:// or https:// address")
    return value


if __name__ == "__main__":
    sys.exit(main())
