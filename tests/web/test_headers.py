"""What a browser is told about every answer: what it may do with it, and where it comes from."""

import os
from pathlib import Path

import pytest

from banyan.foundation.operators import UnreadableSettingError
from banyan.foundation.secret_key import keep_secret_key, secret_key
from tests.serving import RunningServer, run_program

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/nothing/here", 404),
        ("/static/nothing.js", 404),
        ("/api/v1/docs", 200),
        ("/api/v1/openapi.json", 200),
        ("/api/v1/nothing", 404),
        ("/api/v1/accounts", 401),
        ("/api/", 404),
        ("/healthz", 200),
        ("/static/ninja/swagger-ui-init.js", 200),
    ],
)
def test_every_answer_says_that_no_other_site_may_frame_it_or_guess_its_type(
    server: RunningServer, path: str, status: int
):
    answer = server.fetch(path)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == status
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'unsafe" not in headers["content-security-policy"]


@pytest.mark.rule("SYS-6", "REL-A")
def test_a_key_to_sign_with_is_there_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("BANYAN_SECRET_KEY", raising=False)

    def crashed(descriptor: int) -> None:
        raise OSError("the machine stops")

    with monkeypatch.context() as crash:
        crash.setattr(os, "fsync", crashed)
        with pytest.raises(OSError, match="the machine stops"):
            keep_secret_key(tmp_path)
    assert not (tmp_path / "secret_key").exists()
    keep_secret_key(tmp_path)
    kept = secret_key(tmp_path)
    assert len(kept) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    keep_secret_key(tmp_path)
    assert secret_key(tmp_path) == kept


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize("left", ["", "\n", "half-of-it"])
def test_what_is_left_of_a_key_is_told_at_the_start_with_what_to_do(tmp_path: Path, left: str):
    (tmp_path / "secret_key").write_text(left)
    with pytest.raises(UnreadableSettingError, match="holds no key"):
        secret_key(tmp_path)
    made = run_program({**os.environ, "BANYAN_DATA_DIR": str(tmp_path)}, "serve", "--port", "1")
    assert made.returncode == 1
    assert "delete the file, then a new key is made" in made.stderr
    assert "Traceback" not in made.stderr


@pytest.mark.rule("SYS-6")
@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("BANYAN_TRUSTED_PROXIES", "10.0.0.0/99", "such as 10.0.0.7,10.1.0.0/16,fd00::/8"),
        ("BANYAN_PROXY_HEADER", "x-real-ip", "give x-forwarded-for or forwarded"),
        ("BANYAN_HSTS_SECONDS", "a year", "give a whole number of at least 0, such as 31536000"),
        ("BANYAN_LANGUAGES", "de,tlh", "give languages of these, with commas: en, de"),
    ],
)
def test_a_setting_that_can_not_be_read_is_told_at_the_start(tmp_path: Path, variable: str, value: str, says: str):
    made = run_program({**os.environ, "BANYAN_DATA_DIR": str(tmp_path), variable: value}, "serve", "--port", "1")
    assert (made.returncode, "Traceback" in made.stderr) == (1, False)
    assert says in made.stderr
