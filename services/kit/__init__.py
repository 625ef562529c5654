"""What all services share: configuration, calls, errors, storage, events and background tasks."""
