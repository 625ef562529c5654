"""Addresses of pictures for players that read a document from a file."""


def get_absolute(uri: str, base_url: str) -> str:
    """Returns the whole address of a picture, empty if it is relative and the platform has no address."""
    if uri.startswith(("http://", "https://")):
        return uri
    return f"{base_url.rstrip('/')}/{uri.lstrip('/')}" if base_url and uri else ""
