"""Files that known programs export: how each is told from its header, and where its words mean something special."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Program:
    """A known export: all of `all_of`, one of `any_of`, none of `none_of`; what `own` says beats the aliases."""

    key: str
    name: str
    kind: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    own: Mapping[str, str | None] = field(default_factory=dict)


PROGRAMS = (
    Program("google", "Google Contacts", "people", ("organization name", "labels", "email 1 value")),
    Program("google_old", "Google Contacts (older)", "people", ("given name", "family name", "group membership")),
    Program(
        "outlook_web", "Outlook.com", "people", ("given yomi", "im address", "company yomi"),
        own={"title": "person.prefix"},
    ),
    Program(
        "outlook", "Outlook", "people", ("email display name", "business street 2", "internet free busy"),
        own={"title": "person.prefix", "account": None, "profession": None},
    ),
    Program("thunderbird", "Thunderbird", "people", ("primary email", "screen name", "pager number"),
            own={"birth day": None}),
    Program(
        "linkedin", "LinkedIn", "people", ("connected on", "position", "url"), own={"url": "person.linkedin_url"},
    ),
    Program("hubspot_companies", "HubSpot companies", "companies", ("company name", "company owner")),
    Program(
        "hubspot_deals", "HubSpot deals", "deals", ("deal name", "deal stage"),
        own={"amount in company currency": None, "last activity date": None, "total revenue": None},
    ),
    Program(
        "hubspot", "HubSpot contacts", "people", ("record id", "contact owner"),
        ("lifecycle stage", "lead status", "associated company", "create date"),
        own={"message": "person.notes", "work email": "person.email_secondary", "total revenue": None,
            "record source": None},
    ),
    Program("hubspot_tickets", "HubSpot tickets", "conversations", ("ticket name", "ticket status")),
    Program("zoho_deals", "Zoho deals", "deals", ("deal owner id", "deal name"),
            own={"contact name": "deal.contact_name"}),
    Program("zoho", "Zoho contacts", "people", ("contact owner id",), own={"referrer": None}),
    Program("salesforce", "Salesforce contacts", "people", ("id", "account id", "mailing street", "last name")),
    Program(
        "salesforce_report", "Salesforce contacts report", "people", ("account name", "mailing street"),
        ("contact owner", "mailing zip postal code"), ("contact owner id",),
    ),
    Program(
        "salesforce_opportunities", "Salesforce opportunities", "deals", (),
        ("stage name", "opportunity name", "opportunity owner"), own={"account owner": None},
    ),
    Program(
        "salesforce_leads", "Salesforce leads", "people", (), ("lead owner", "company account",
        "is converted", "lead id"),
        own={"status": "person.lead_status", "lead id": "person.external_id",
            "company account": "person.company_name"},
    ),
    Program(
        "salesforce_accounts", "Salesforce accounts", "companies", (),
        ("billing street", "billing state province", "billing zip postal code", "parent account", "parent id"),
        ("lineitem name",), own={"account source": "company.source"},
    ),
    Program("pipedrive_deals", "Pipedrive deals", "deals", ("deal title",),
            ("deal value", "deal stage", "deal status")),
    Program("pipedrive_organizations", "Pipedrive organizations", "companies",
            ("organization name", "organization address"),
            own={"person name": None}),
    Program("pipedrive", "Pipedrive people", "people", (), ("person name", "person first name")),
    Program("pipedrive_activities", "Pipedrive activities", "activities", ("activity subject",)),
    Program("twenty", "Twenty people", "people", ("name first name",)),
    Program(
        "atomic", "Atomic CRM", "people", ("has newsletter", "email work"), own={"status": "person.lead_status"},
    ),
    Program("shopify_customers", "Shopify customers", "people", ("accepts email marketing", "total spent")),
    Program(
        "shopify_orders", "Shopify orders", "orders", ("financial status", "lineitem name"),
        own={
            "name": "order.number", "id": "order.external_id", "phone": None, "location": None,
            "subtotal": "order.subtotal",
            "billing street": None, "billing country": "person.country", "accepts marketing": "consent.email_opt_in",
            "vendor": None, "employee": None, "lineitem fulfillment status": None, "lineitem discount": None,
        },
    ),
    Program(
        "woocommerce", "WooCommerce customers", "people", ("total spend", "aov"), own={"username": None},
    ),
    Program(
        "stripe_payments", "Stripe payments", "orders", ("amount refunded", "statement descriptor"),
        own={"id": "order.number", "customer description": None, "description": "line.name"},
    ),
    Program("stripe_subscriptions", "Stripe subscriptions", "subscriptions", ("current period end",)),
    Program(
        "stripe", "Stripe customers", "people", ("created", "delinquent"),
        own={"plan": None, "status": None, "description": "person.notes"},
    ),
    Program(
        "xero", "Xero contacts", "companies", ("contact name", "po address line 1"),
        own={"contact name": "company.name", "account number": "company.external_id", "email address": "person.email",
             "ddi number": "person.phone", "mobile number": "person.phone_mobile", "discount": None},
    ),
    Program("mailchimp", "Mailchimp audience", "people", ("member rating", "leid"),
            own={"euid": "person.external_id"}),
    Program("brevo", "Brevo contacts", "people", ("email blacklisted",)),
    Program("kit", "Kit subscribers", "people",
            ("first name", "email", "created at", "status"), none_of=("last name",),
            own={"status": "consent.status"}),
    Program("activecampaign", "ActiveCampaign contacts", "people", ("date created", "tags", "status"),
            own={"status": "consent.status"}),
    Program("systeme", "systeme.io contacts", "people", ("surname", "date registered")),
    Program("constant_contact", "Constant Contact", "people", ("email status",)),
    Program("klaviyo", "Klaviyo profiles", "people", ("klaviyo id",),
            own={"klaviyo id": "person.external_id", "date added": None}),
    Program("square", "Square item sales", "orders", ("gross sales", "net sales"), ("transaction id", "payment id"),
            own={"net sales": "order.total", "gross sales": None}),
    Program("online_retail", "Online retail transactions", "orders", ("invoice", "stock code", "quantity")),
)  # fmt: skip


def find_program(names: frozenset[str]) -> Program | None:
    """The program whose signature the normalised header names carry."""
    return next((program for program in PROGRAMS if _carries(names, program)), None)


def _carries(names: frozenset[str], program: Program) -> bool:
    return (
        names.issuperset(program.all_of)
        and (not program.any_of or not names.isdisjoint(program.any_of))
        and names.isdisjoint(program.none_of)
    )
