"""Run the benchmarks and print each figure beside its floor: `python -m benchmarks [10000 100000] [--large 1000000]`.

Works on an embedded server of its own in a folder that is deleted afterwards, unless BANYAN_DATABASE_URL names one, or
`--folder` a data folder to work in, which stays.
"""

import os
import platform
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence


def main() -> int:
    """Measure in a process of its own, so that its server has stopped before the folder goes."""
    parser = ArgumentParser(add_help=False)
    parser.add_argument("--folder")
    given, others = parser.parse_known_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        file=sys.stderr,
    )
    if given.folder:
        return _measure(given.folder, others)
    with tempfile.TemporaryDirectory(prefix="banyan-bench-", ignore_cleanup_errors=True) as folder:
        return _measure(folder, others)


def _measure(folder: str, arguments: Sequence[str]) -> int:
    environment = {**os.environ, "BANYAN_DATA_DIR": folder}
    return subprocess.run([sys.executable, "-m", "benchmarks.report", *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
