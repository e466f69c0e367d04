"""The typed Python client, made from the OpenAPI document by openapi-python-client (API-8): `make client`.

python -m clients.generate clients/python
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")

import django

CONFIG = Path(__file__).with_name("client.yaml")


def generate(folder: Path) -> str:
    """Writes the package `banyan_client` into a folder, in place of what is there; what the generator said of it."""
    django.setup()
    from banyan.api.router import api  # noqa: PLC0415 - only once Django is set up

    with TemporaryDirectory() as beside:
        document = Path(beside) / "openapi.json"
        document.write_text(json.dumps(api.get_openapi_schema(path_prefix="/api/v1"), default=str))
        tools = Path(sys.executable).parent
        made = subprocess.run(
            [
                str(tools / "openapi-python-client"), "generate", "--path", str(document), "--output-path", str(folder),
                "--overwrite", "--meta", "setup", "--config", str(CONFIG), "--fail-on-warning",
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        )  # fmt: skip
    if made.returncode != 0:
        raise RuntimeError(f"openapi-python-client made no client:\n{made.stdout}{made.stderr}")
    return made.stdout


if __name__ == "__main__":
    sys.stdout.write(generate(Path(sys.argv[1])))
