"""From header names to targets by program, alias, alias behind a qualifier, likeness; each match says how sure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from crm.importing.headers.people import COMPANY, CONSENT, PERSON, RECORD
from crm.importing.headers.programs import Program, find_program
from crm.importing.headers.sales import DEAL, LINE, ORDER

SURE = 0.9
SUGGESTED = 0.6
KINDS = ("people", "companies", "orders", "deals")
PREFIX = {"people": "person", "companies": "company", "orders": "order", "deals": "deal"}
# What a column may be called before the thing itself: "Mailing Street", "Person - Email".
QUALIFIERS = {
    "people": (
        "person|contact|customer|client|lead|mailing|business|work|billing|default address|default|primary|main|"
        "address|address 1|company|user|subscriber|personal|emails|phones|name"
    ).split("|"),
    "companies": "company|organization|account|billing|business|main|primary|po|head office|address".split("|"),
    "orders": "order|invoice|transaction|billing|customer|lineitem|line item|line|item".split("|"),
    "deals": "deal|opportunity|amount".split("|"),
}
# Columns that must stay out whatever they resemble: readings, labels, other people's data, documents and cards.
REFUSED = re.compile(
    r"\b(yomi|phonetic|furigana|kana|government id|passport|ssn|social security|iban|bic|bank|card|password|spouse|"
    r"children|assistant|manager s|company main phone|personal web page|latitude|longitude|lat|lng|photo|avatar|image|"
    r"formatted)\b|\b\d (label|type)$|^email( \d)? (type|display name)$|^record type id$|"
    r"^(next|open|won|lost|total|done) (activity|deals|activities)\b|"
    r"^(created by|modified by|last modified by|reporting to|reports to|vendor)( name)?( id)?$"
)
SECONDARY = re.compile(r"^(home|other|shipping|delivery|ship to|previous|old|sa|alternate|second)\b")
CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
GROUPED = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@dataclass(frozen=True)
class Match:
    """What one column means: a `target` like "person.email" or None; from SURE on it may be taken unasked."""

    header: str
    target: str | None
    confidence: float

    @property
    def is_sure(self) -> bool:
        return self.target is not None and self.confidence >= SURE


@dataclass(frozen=True)
class Recognition:
    """What a header row says: the kind of records, the program where known, and a match per column in order."""

    kind: str
    program: str
    matches: tuple[Match, ...]


@cache
def normalise_header(header: str) -> str:
    """Lower-case words without accents and signs: "*ContactName" and "contact_name" become the same."""
    text = unicodedata.normalize("NFKC", re.sub("[ºª\ufeff]", "", header)).strip().strip("*").strip()
    text = CAMEL.sub(" ", text) if not text.isupper() else text
    text = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    text = GROUPED.sub(" ", text.replace("№", "no").replace("ß", "ss"))
    words = " ".join(re.sub(r"[\W_]+", " ", text).split())
    return re.sub(r"\be mail", "email", words)


@cache
def _bare(header: str) -> str:
    """The name without what stands in brackets: "Created (UTC)" → "created"."""
    return normalise_header(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", header))


@cache
def _aliases(kind: str) -> Mapping[str, str]:
    """Every normalised alias of a kind, the more specific table first."""
    tables: dict[str, tuple[Mapping[str, str], ...]] = {
        "people": (PERSON, RECORD, CONSENT, COMPANY),
        "companies": (COMPANY, PERSON, RECORD, CONSENT),
        "orders": (ORDER, LINE, RECORD, PERSON, CONSENT),
        "deals": (DEAL, RECORD),
    }
    found: dict[str, str] = {}
    for table in tables[kind]:
        for target, words in table.items():
            for name in map(normalise_header, words.split("|")):
                found.setdefault(name, _placed(target, kind))
    for name, target in list(found.items()):
        if len(name) > 5:
            found.setdefault(name.replace(" ", ""), target)
    return found


def _placed(target: str, kind: str) -> str:
    """A general target at home in this kind: record.owner → deal.owner; a company's address is the company's."""
    entity, _, name = target.partition(".")
    shared = (
        "street",
        "street2",
        "city",
        "region",
        "region_code",
        "postal_code",
        "country",
        "country_code",
        "language",
        "fax",
    )
    if entity == "record" or (kind == "companies" and entity == "person" and name in shared):
        return f"{PREFIX[kind]}.{name}"
    return target


def is_known_header(name: str) -> bool:
    """True when some program or language uses this name for a column that we know."""
    key = normalise_header(name)
    return bool(key) and any(key in _aliases(kind) for kind in KINDS)


def mapping_key(headers: Sequence[str]) -> str:
    """A key for "the same columns in any order", under which a mapping is remembered."""
    return hashlib.sha256("\n".join(sorted(map(normalise_header, headers))).encode()).hexdigest()


def recognise_headers(headers: Sequence[str], kind: str | None = None) -> Recognition:
    """Find the meaning of each column; `kind` (one of KINDS) is guessed from the columns when it isn't stated."""
    names = frozenset(name for h in headers for name in (normalise_header(h), _bare(h)))
    program = find_program(names)
    if kind is None:
        kind = program.kind if program and program.kind in KINDS else _guess_kind(headers)
    own = program if program and program.kind == kind else None
    matches = [_match(header, kind, own) for header in headers]
    return Recognition(kind, program.name if program else "", tuple(_settled(matches)))


def _guess_kind(headers: Sequence[str]) -> str:
    return max(KINDS, key=lambda kind: (_fit(headers, kind), -KINDS.index(kind)))


def _fit(headers: Sequence[str], kind: str) -> float:
    found = {match.target for match in (_match(header, kind, None) for header in headers) if match.is_sure}
    telling = {
        "people": {"person.first_name", "person.last_name", "person.birthday", "person.job_title", "person.full_name"},
        "companies": {
            "company.name",
            "company.employees",
            "company.industry",
            "company.annual_revenue",
            "company.tax_number",
        },
        "orders": {"order.number", "line.quantity", "line.price", "order.total", "line.sku", "order.customer_id"},
        "deals": {"deal.title", "deal.stage", "deal.expected_close", "deal.probability", "deal.pipeline"},
    }[kind]
    needed = {
        "people": bool(found & {"person.email", *telling}),
        "companies": "company.name" in found,
        "orders": "order.created_at" in found and len(found & telling) >= 2,
        "deals": "deal.stage" in found or {"deal.title", "deal.amount"} <= found,
    }[kind]
    foreign = (
        sum(1 for target in found if target and target.startswith("person.")) if kind in ("companies", "orders") else 0
    )
    return (len(found) + 2 * len(found & telling) - 0.8 * foreign) * needed


def _match(header: str, kind: str, program: Program | None) -> Match:
    key, bare = normalise_header(header), _bare(header)
    for name in (key, bare):
        if program and name in program.own:
            return Match(header, program.own[name], 1.0)
    if not key or REFUSED.search(key):
        return Match(header, None, 1.0)
    aliases = _aliases(kind)
    for name in (key, bare, key.replace(" ", "")):
        if name in aliases:
            return Match(header, aliases[name], 0.98 if program else 0.95)
    if SECONDARY.match(bare):
        rest = aliases.get(bare.partition(" ")[2])
        return Match(header, rest, SUGGESTED) if rest and kind == "people" else Match(header, None, 1.0)
    target = _behind_qualifiers(key, kind, aliases) or _behind_qualifiers(bare, kind, aliases)
    return Match(header, target, 0.93) if target else _alike(header, bare, aliases)


def _behind_qualifiers(name: str, kind: str, aliases: Mapping[str, str]) -> str | None:
    """Take off "Person - ", "Organization - Address - " … until an alias is left."""
    rest = name.removesuffix(" of address")
    while shorter := next(
        (rest[len(q) + 1 :] for q in sorted(QUALIFIERS[kind], key=len, reverse=True) if rest.startswith(f"{q} ")), None
    ):
        rest = shorter
        if rest in aliases:
            return aliases[rest]
    return None


def _alike(header: str, name: str, aliases: Mapping[str, str]) -> Match:
    best = process.extractOne(name, aliases.keys(), scorer=fuzz.ratio, score_cutoff=90) if len(name) > 4 else None
    return Match(header, aliases[best[0]], SUGGESTED * best[1] / 100) if best else Match(header, None, 0.0)


def _settled(matches: list[Match]) -> list[Match]:
    """Words whose meaning hangs on their neighbours: a French `nom` is the whole name when there is no `prénom`."""
    targets = [match.target for match in matches]
    settled = []
    for match in matches:
        target = match.target
        if (
            normalise_header(match.header) == "nom"
            and "person.first_name" not in targets
            and target == "person.last_name"
        ):
            target = "person.full_name"
        if normalise_header(match.header) in ("nombre", "nome") and target == "person.first_name":
            target = target if "person.last_name" in targets else "person.full_name"
        settled.append(Match(match.header, target, match.confidence))
    return settled
