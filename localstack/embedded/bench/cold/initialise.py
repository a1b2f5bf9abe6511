"""Imports a handler's module and says what that took: run in an interpreter of its own, which has
nothing of ours but what it is told of.
"""

import importlib
import json
import sys
import time


def main() -> None:
    task, layer, provided, module = sys.argv[1:]
    # As on Lambda; this file's own folder is not there.
    sys.path[:] = [task, layer, *sys.path[1:], provided]
    before, began = len(sys.modules), time.process_time()
    importlib.import_module(module)
    seconds = time.process_time() - began
    sys.stdout.write("\n" + json.dumps([seconds, len(sys.modules) - before]))


if __name__ == "__main__":
    main()
