"""The one room that all services share: how they are configured, called, answered, stored and told of events."""
