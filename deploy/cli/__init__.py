"""The `marquee` command: up, down, status, logs, doctor, seed, import, events."""
