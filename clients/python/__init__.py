"""The Python SDK: every public service of a Marquee platform, typed, over native gRPC through its edge."""

from .client import Marquee
from .errors import AccessDenied, MarqueeError

__all__ = ["AccessDenied", "Marquee", "MarqueeError"]
