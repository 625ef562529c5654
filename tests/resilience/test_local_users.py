"""Other users of the machine can read nothing of a running platform."""

import stat
from pathlib import Path

from deploy.local import orphan_cleanup

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def test_no_file_of_the_home_is_open_to_other_users(platform):
    entries = [platform.home, *platform.home.rglob("*")]
    modes = {str(entry.relative_to(platform.home)): entry.lstat().st_mode for entry in entries}
    open_to_others = {
        name: oct(mode) for name, mode in modes.items() if mode & OTHERS and not stat.S_ISLNK(mode) and name != "."
    }

    assert {"logs/catalog.log", "redis/appendonly.aof", "run/state.json", "media"} <= modes.keys()
    assert {} == open_to_others
    # Root starts PostgreSQL as another user, who may enter the home but not list it.
    assert modes["."] & OTHERS in {0, stat.S_IXGRP | stat.S_IXOTH}


def test_every_process_of_the_platform_creates_files_for_itself_alone(platform):
    processes = orphan_cleanup.find_processes(f"{platform.home}#")
    masks = {process.name(): Path(f"/proc/{process.pid}/status").read_text() for process in processes}

    assert {name for name, status in masks.items() if "Umask:\t0077" not in status} == set()
