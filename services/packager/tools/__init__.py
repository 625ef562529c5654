"""FFmpeg and Shaka Packager as child processes, and the room for what they write."""
