"""The services of the platform, one folder each, and the room they share."""

import os

# gRPC's own fork handlers crash a child now and then before it becomes the program it was forked for. No service forks
# for anything else, so they are off; gRPC reads this as it is imported, hence here, before any other module.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
