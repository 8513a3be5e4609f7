"""What each setting means; a test compares this list with what the code reads."""

from __future__ import annotations

from dataclasses import dataclass

from .tables import code, table


@dataclass(frozen=True)
class Setting:
    """One or more environment variables that are explained together."""

    names: str
    default: str
    meaning: str


SETTINGS = (
    Setting("RAPPORT_DATA", "`./data`", "folder of all state"),
    Setting("PORT", "`8000`", "port of the web server"),
    Setting("RAPPORT_HOST", "`127.0.0.1`", "address it listens at; `0.0.0.0` for all"),
    Setting(
        "RAPPORT_SITE_URL", "`http://localhost:PORT`",
        "the address that people type; https makes cookies secure and turns HSTS on",
    ),
    Setting(
        "RAPPORT_ALLOWED_HOSTS", "the site's own",
        "further names under which the site may be asked, separated by commas",
    ),
    Setting(
        "RAPPORT_PROXIES", "`127.0.0.1,::1` with https", "addresses or networks whose `X-Forwarded-*` is believed"
    ),
    Setting(
        "RAPPORT_OWNER_EMAIL RAPPORT_OWNER_PASSWORD", "",
        "create the owner without asking, if there is no user yet",
    ),
    Setting("RAPPORT_DEMO", "`0`", "`1` loads the demo business once"),
    Setting("RAPPORT_MODE", "`embedded`", "`production` demands the secrets and servers below"),
    Setting(
        "RAPPORT_SECRET_KEY", "made once in the data folder", "signs sessions and links; at least 50 characters"
    ),
    Setting(
        "RAPPORT_SECRET_KEY_FALLBACKS", "", "former keys, separated by commas, while you change the key"
    ),
    Setting(
        "DATABASE_URL", "SQLite in the data folder", "`postgresql://user:password@host:5432/name?sslmode=require`"
    ),
    Setting("REDIS_URL", "the queue file", "`redis://host:6379/0`"),
    Setting(
        "RAPPORT_DASK_SCHEDULER", "trained here",
        "`tcp://host:8786` or `tls://host:8786`: a Dask cluster that helps to learn from very many customers",
    ),
    Setting(
        "RAPPORT_SMTP_URL", "mail is off",
        "`smtps://user:password@host:465` or `smtp+starttls://user:password@host:587`",
    ),
    Setting("RAPPORT_MAIL_FROM", "`Rapport <rapport@HOST>`", "the sender of mails"),
    Setting(
        "RAPPORT_WEB_PROCESSES RAPPORT_WEB_THREADS", "`2`, `4`",
        "processes of the web server, and threads in each",
    ),
    Setting("RAPPORT_LOG_LEVEL", "`INFO`", "`DEBUG`, `INFO`, `WARNING` or `ERROR`"),
    Setting("RAPPORT_LOG_FORMAT", "`json`", "`text` for people"),
    Setting(
        "RAPPORT_DEBUG", "`0`", "`1` shows errors in the browser: never where others can reach it"
    ),
)  # fmt: skip

INTRODUCTION = """\
# Settings

All come from the environment. A setting that can't be used stops the start with one line that names it. What a manager
decides while Rapport runs (users, roles, pipelines, channels, schedules) is no setting: it stands in the admin.
"""


def page() -> str:
    rows = ((", ".join(map(code, each.names.split())), each.default, each.meaning) for each in SETTINGS)
    return f"{INTRODUCTION}\n{table(('setting', 'default', 'meaning'), rows)}"
