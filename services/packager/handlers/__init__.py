"""The servicers of packager."""

from services.packager.handlers.assets import JOB, Admission, PackagerAdmin
from services.packager.handlers.internal import PackagerInternal

__all__ = ["JOB", "Admission", "PackagerAdmin", "PackagerInternal"]
