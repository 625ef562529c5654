"""The platform under overload, with full disks and engines, idle streams and hostile local users."""
