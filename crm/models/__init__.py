"""All tables of the customer records."""

from .commerce import DealLine, Order, OrderLine, Payment, Product, Spend, Subscription
from .data_files import DataFile
from .deals import Deal, DealPerson, DealSum, Pipeline, Stage, StageChange
from .erasures import ErasedKey, Erasure
from .event_log import Event, Handling
from .imports import ImportJob, ImportRow
from .people import Company, ContactPoint, Domain, Employment, Person
from .records import CustomField, Record, Sourced, Tag
from .tokens import ApiToken, IdempotentCall
from .users import DigestRhythm, Role, Scope, Team, Theme, User
from .visibility import LinkedQuerySet, OfPersonQuerySet, OwnedQuerySet, VisibleQuerySet, of_seen
from .work import Linked, Note, SavedView, Task
from .workspace import Heartbeat, Workspace

__all__ = [
    "ApiToken",
    "Company",
    "ContactPoint",
    "CustomField",
    "DataFile",
    "Deal",
    "DealLine",
    "DealPerson",
    "DealSum",
    "DigestRhythm",
    "Domain",
    "Employment",
    "ErasedKey",
    "Erasure",
    "Event",
    "Handling",
    "Heartbeat",
    "IdempotentCall",
    "ImportJob",
    "ImportRow",
    "Linked",
    "LinkedQuerySet",
    "Note",
    "OfPersonQuerySet",
    "Order",
    "OrderLine",
    "OwnedQuerySet",
    "Payment",
    "Person",
    "Pipeline",
    "Product",
    "Record",
    "Role",
    "SavedView",
    "Scope",
    "Sourced",
    "Spend",
    "Stage",
    "StageChange",
    "Subscription",
    "Tag",
    "Task",
    "Team",
    "Theme",
    "User",
    "VisibleQuerySet",
    "Workspace",
    "of_seen",
]
