from pathlib import Path

import pytest

from local import synth
from local.extras import SynthFailed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in {
        "infra/app.py": "a",
        "cdk.json": "{}",
        "requirements/dev.lock": "x==1",
        "shared/settings.py": "b",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    [
        "infra/app.py",
        "infra/new.py",
        "cdk.json",
        "requirements/dev.lock",
        "shared/settings.py",
    ],
)
def test_whatever_makes_the_template_changes_the_fingerprint(repository: Path, changed: str) -> None:
    before = synth.fingerprint({}, repository=repository)
    (repository / changed).write_text("changed")
    assert synth.fingerprint({}, repository=repository) != before


def test_settings_change_the_fingerprint_and_other_files_do_not(repository: Path) -> None:
    before = synth.fingerprint({}, repository=repository)
    (repository / "functions.py").write_text("changed")
    assert synth.fingerprint({}, repository=repository) == before
    assert synth.fingerprint({"heartbeat_seconds": "60"}, repository=repository) != before


def test_the_applications_events_change_the_fingerprint(repository: Path) -> None:
    events = repository / "shop.py"
    events.write_text("a")
    before = synth.fingerprint({}, [events], repository=repository)
    events.write_text("b")
    assert synth.fingerprint({}, [events], repository=repository) != before


async def test_a_template_that_was_synthesised_before_is_taken_from_the_cache(tmp_path: Path) -> None:
    kept = tmp_path / synth.fingerprint({"stage": "local"})
    kept.mkdir()
    assert await synth.template_file({}, cache=tmp_path) == kept


async def test_what_the_cdk_app_says_is_the_reason_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(SynthFailed, match="heartbeat_seconds"):
        await synth.template_file({"heartbeat_seconds": "1"}, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - nothing else runs meanwhile
