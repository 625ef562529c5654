"""The routes of media files: the checks of a request, and the form of the refusals of the origin."""

import json
from collections.abc import Iterator

from gateway import xds
from gateway.edge import auth, file_origins, local_replies, static_files

#: The script that gives the refusals of the origin the form of the platform, and the filter that runs it.
SCRIPT = "media-refusals"
_LUA = "envoy.filters.http.lua"

#: Segments and playlists of a package are written once; the token in the URL is what expires.
_CACHE = "private, max-age=3600"

#: The header in which a response tells the script where it comes from: from the origin, or from the edge itself.
_MAKER = "x-marquee-maker"
_ORIGIN = "via_upstream"


def routes(settings: static_files.Settings, nowhere: str) -> Iterator[xds.Json]:
    """Returns the route of reads, and that of refused verbs; `nowhere` is the cluster of refused calls."""
    yield {
        "name": local_replies.MEDIA,
        "match": {
            "prefix": "/media/",
            "headers": [{"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}],
        },
        "route": {
            "cluster": file_origins.media_cluster(settings.origins),
            "timeout": "0s",
            "idle_timeout": "60s",
            "auto_host_rewrite": True,
        },
        "request_headers_to_remove": [auth.VIEWER_HEADER, "authorization"],
        "response_headers_to_add": [
            {"header": {"key": "cache-control", "value": _CACHE}, "append_action": "ADD_IF_ABSENT"},
            {
                "header": {"key": _MAKER, "value": "%RESPONSE_CODE_DETAILS%"},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            },
        ],
        "typed_per_filter_config": {
            **static_files.NO_CALLS,
            **auth.require_playback_token(),
            _LUA: xds.typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute", name=SCRIPT),
        },
    }
    yield {
        "match": {"prefix": "/media/"},
        "route": {"cluster": nowhere, "cluster_not_found_response_code": "NOT_FOUND"},
        "metadata": {"filter_metadata": {local_replies.VERBS: {"allow": "GET, HEAD, OPTIONS"}}},
        "typed_per_filter_config": static_files.NO_CALLS,
    }


def script() -> str:
    """Returns the script: a refusal of the origin gets the status and the body of `local_replies`.

    The origin does not receive the query, since its logs must not have tokens.
    """
    refusals = "\n".join(
        f"  {{{first}, {last}, '{http}', {_quoted(json.dumps(body))}}},"
        for first, last, http, body in local_replies.origin_refusals()
    )
    return f"""
local refusals = {{
{refusals}
}}

function envoy_on_request(handle)
  local headers = handle:headers()
  headers:replace(":path", headers:get(":path"):match("^[^?]*"))
  if headers:get(":method") == "HEAD" then
    handle:streamInfo():dynamicMetadata():set("marquee.head", "is", true)
  end
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local maker = headers:get("{_MAKER}")
  headers:remove("{_MAKER}")
  if maker ~= "{_ORIGIN}" then return end
  local status = tonumber(headers:get(":status"))
  for _, refusal in ipairs(refusals) do
    if status >= refusal[1] and status <= refusal[2] then
      if handle:streamInfo():dynamicMetadata():get("marquee.head") == nil then
        handle:body(true):setBytes(refusal[4])
      end
      -- What was read before the body arrived is no longer valid.
      headers = handle:headers()
      for _, name in ipairs({{"etag", "last-modified", "www-authenticate", "content-encoding"}}) do
        headers:remove(name)
      end
      headers:replace(":status", refusal[3])
      headers:replace("content-type", "application/json")
      headers:replace("content-length", tostring(#refusal[4]))
      headers:replace("cache-control", "no-store")
      return
    end
  end
end
"""


def _quoted(text: str) -> str:
    return f"[==[{text}]==]"
