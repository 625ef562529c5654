"""The Python SDK: every public service of a Marquee platform, typed, over native gRPC through its edge."""

from clients.python.client import Marquee
from clients.python.errors import AccessDenied, MarqueeError

__all__ = ["AccessDenied", "Marquee", "MarqueeError"]
