"""The packager's decisions: no file is opened here, and no process started."""
