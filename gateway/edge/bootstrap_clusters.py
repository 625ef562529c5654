"""The names of the clusters in Envoy's bootstrap file, `envoy/edge.yaml`.

The gateway serves four of them. Each has limits of its own, so that calls of one kind cannot keep out another kind.
"""

#: The stream on which Envoy receives its configuration.
CONTROL_PLANE = "control_plane"
#: Rate limits and authorization: short calls of Envoy itself.
CALL_CHECKS = "call_checks"
#: The public methods of the gateway. They are short; the name is the area of their contract.
GATEWAY = "gateway"
#: Streams of health and reflection that stay open.
INTROSPECTION = "introspection"
#: The platform's public keys.
KEYS = "keys"
MEDIA = "media_origin"
WEB = "web_origin"

ALL = (CONTROL_PLANE, CALL_CHECKS, GATEWAY, INTROSPECTION, KEYS, MEDIA, WEB)
