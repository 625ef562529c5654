"""The rules of packaging, without reading files or starting processes."""
