"""The servicers of packager."""

from services.packager.handlers.assets import JOB, PackagerAdmin
from services.packager.handlers.channel_encoders import ChannelEncoderAdmin
from services.packager.handlers.internal import PackagerInternal
from services.packager.handlers.source_admission import Admission

__all__ = ["JOB", "Admission", "ChannelEncoderAdmin", "PackagerAdmin", "PackagerInternal"]
