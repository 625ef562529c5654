"""No other user of the machine can read the files of a home directory."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import home_directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


#: Root starts PostgreSQL as another user, who has to enter the home directory.
CLOSED = 0o711 if os.geteuid() == 0 else 0o700


def test_a_new_home_directory_cannot_be_listed_by_others_and_its_parents_stay_as_usual(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.mkdir()

    home_directory.create(tmp_path / "parent" / "home")

    assert CLOSED == mode(tmp_path / "parent" / "home")
    assert mode(usual) == mode(tmp_path / "parent")


def test_an_existing_home_directory_is_closed_with_what_lies_in_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    home = tmp_path / "home"
    for folder in ("logs", "media", "redis"):
        (home / folder).mkdir(mode=0o755, parents=True)
    (home / "seeded").touch(mode=0o644)
    (home / "sources").symlink_to(elsewhere)

    home_directory.create(home)

    assert CLOSED == mode(home)
    assert [0o700] * 3 == [mode(home / folder) for folder in ("logs", "media", "redis")]
    assert 0o600 == mode(home / "seeded")
    assert 0o755 == mode(elsewhere)


def test_a_home_directory_that_is_closed_is_not_opened(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    home_directory.create(tmp_path)

    assert 0o700 == mode(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to create the files of another user")
def test_the_data_directory_of_another_user_keeps_its_permissions(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir(mode=0o750)
    os.chown(data, 65_534, 65_534)

    home_directory.create(tmp_path)

    assert 0o750 == mode(data)


def test_files_of_started_processes_are_private_too(tmp_path: Path) -> None:
    with home_directory.private_files():
        subprocess.run([sys.executable, "-c", "open('child', 'w')"], cwd=tmp_path, check=True)
        (tmp_path / "own").touch()
    (tmp_path / "later").touch()

    assert [0o600, 0o600] == [mode(tmp_path / name) for name in ("child", "own")]
    assert mode(tmp_path / "later") == 0o666 & ~_umask()


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
