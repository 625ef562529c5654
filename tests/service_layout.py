"""The names that modules at the root of a service may have, and what each of them holds.

A new name belongs here and in the layers of its service in pyproject.toml, which the tests compare with this table.
Prefer a slice or one of the fixed files: a file of its own is for an adapter or for one decision that has no slice.
"""

#: The files that do the same job in every service. Each may be a package instead.
FIXED = {
    "__main__": "the wiring: configuration, database, clients, servicers, server",
    "config": "what the service reads from its environment",
    "tables": "the tables of its schema",
    "storage": "all SQL",
    "domain": "decisions without I/O",
    "convert": "rows and values to messages and back",
    "errors": "one class for each error reason of the contract",
    "handlers": "the servicers",
    "worker": "background jobs",
    "event_consumer": "events of other services",
    "cleanup": "the removal of old rows",
    "replica_sync": "what is in memory, kept in step with the database",
}

#: Folders for what a viewer or an operator knows by that name, in services that have outgrown the fixed files.
SLICES = {
    "catalog": {
        "search": "the indexes, the query language and the ranking of search",
        "imports": "files of titles and their rows",
        "enrichment": "generated moods, themes and descriptions",
        "titles": "titles in memory: their visibility and their terms",
    },
    "recommendation": {
        "guide": "channels and programmes: loaded from epg, embedded, and ranked for tonight",
        "home": "the home of a profile",
        "ranking": "features, models and the ranking of candidates",
        "replay": "recorded decisions",
        "vectors": "embeddings and their index",
    },
    "epg": {
        "guide": "channels and encoded programmes in memory, and the changes of schedules",
        "imports": "files of guides",
        "exports": "the guide in the formats of other players",
        "personal": "what profiles keep of the guide",
    },
    "packager": {
        "packaging": "the steps of one packaging job",
        "encoders": "the encoders of channels",
        "demo": "generated sources",
        "tools": "FFmpeg and Shaka Packager as child processes, and the room in the media store",
    },
    "playback": {
        "linear": "channels: their schedules, what they have shown, and their manifests",
        "media": "manifests, keys and tokens of assets",
        "sessions": "stream slots, the end of sessions, and calls to the other services",
    },
}

#: Files of their own, in services that need no slices.
FILES = {
    "identity": {
        "account_import": "accounts that an administrator imports",
        "login_attempts": "the limit of failed log-ins",
        "passwords": "hashes and the strength of passwords",
        "rotate": "the command that rotates the signing keys",
        "refresh_token_key": "the secret that derives refresh tokens from their predecessors",
    },
    "entitlement": {
        "decision_cache": "access decisions in memory",
        "grant_cache": "the grants of recently active accounts in memory",
        "programme_cache": "the channels and ratings of programmes that were asked for, in memory",
        "subscription_writer": "changes of subscriptions, with their events",
    },
    "viewing": {
        "catalog_client": "calls to catalog, and what replaces a failed one",
        "profile_writer": "writes to the signals of a profile, one at a time",
        "series_sync": "the episodes of series, kept in step with catalog",
    },
    "embedding": {
        "model": "the interface of a model",
        "model_loader": "the model, loaded in the background",
        "onnx_graph": "the graph of MiniLM",
        "onnx_model": "the backend with onnxruntime",
        "sentence_transformers_model": "the backend with sentence-transformers",
        "text_batcher": "the batches of texts",
    },
}


def allowed(area: str) -> set[str]:
    """Returns the names that modules at the root of the service may have."""
    return {*FIXED, *SLICES.get(area, ()), *FILES.get(area, ())}
