"""Who calls, as the guide needs it."""

from services.epg.guide import guide_cache
from services.kit import context, visibility


def viewer() -> visibility.Viewer:
    """Returns who asks. A caller who is not signed in sees what everybody may see, and is nowhere."""
    caller = context.caller()
    if not (caller.account_id or caller.service):
        return visibility.Viewer(visibility.ANONYMOUS_CEILING, "")
    return visibility.Viewer(caller.maturity_ceiling, caller.country_code)


def audience(display_language_code: str) -> guide_cache.Audience:
    """Returns what encoded programmes depend on; the language is that of the profile if none is stated."""
    language_code = display_language_code or context.caller().language_code
    return guide_cache.Audience(language_code, viewer().maturity_ceiling)
