"""The encoders of channels.

A channel has one encoder process, which lives as long as its run. A reader process decodes one source after the other
and normalizes its picture and its sound. A thread joins what the readers write to one stream, so that the encoder
notices nothing of the edges between sources.
"""
