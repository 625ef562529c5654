"""The servicers of the catalog."""

from services.catalog.handlers.admin import CatalogAdmin
from services.catalog.handlers.catalog import Catalog
from services.catalog.handlers.collections import CollectionAdmin, Collections
from services.catalog.handlers.internal import CatalogInternal

__all__ = ["Catalog", "CatalogAdmin", "CatalogInternal", "CollectionAdmin", "Collections"]
