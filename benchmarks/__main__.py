"""Run the benchmarks and print each figure beside its floor: `python -m benchmarks [10000 100000] [--large 1000000]`.

Works on an embedded server of its own in a folder that is deleted afterwards, unless BANYAN_DATABASE_URL names one.
"""

import os
import platform
import subprocess
import sys
import tempfile


def main() -> int:
    """Measure in a process of its own, so that its server has stopped before the folder goes."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, {platform.system()}")
    with tempfile.TemporaryDirectory(prefix="banyan-bench-", ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "BANYAN_DATA_DIR": folder}
        return subprocess.run([sys.executable, "-m", "benchmarks.report", *sys.argv[1:]], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
