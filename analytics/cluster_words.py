"""What a cluster had to do with a training, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

PROBLEMS = {
    "missing": _l("a package that it needs is not installed here (%(error)s)"),
    "unreachable": _l("nobody answered at %(address)s"),
    "empty": _l("it has no workers"),
    "versions": _l("%(package)s is %(there)s on %(worker)s, and %(here)s here"),
    "absent": _l("%(package)s is not installed on %(worker)s"),
    "lost": _l("one of its machines was lost"),
    "slow": _l("it took longer than %(minutes)s minutes"),
    "failed": _l("an error came up (%(error)s)"),
}


def cluster_problem(report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Why the cluster could not help with one of the tasks of this run, if so."""
    found = (result.get("cluster") or {} for result in report.get("tasks", {}).values())
    return next((cluster for cluster in found if "why" in cluster), None)


def problem_words(problem: Mapping[str, Any]) -> str:
    """Why it could not help."""
    why = "absent" if problem["why"] == "versions" and not problem.get("there") else problem["why"]
    return str(PROBLEMS[why]) % problem


def cluster_words(cluster: Mapping[str, Any] | None) -> str:
    """For the line of a task; nothing where no cluster was asked."""
    if not cluster:
        return ""
    if "why" in cluster:
        return _("learned on this machine alone, since the cluster did not help: %(why)s") % {
            "why": problem_words(cluster)
        }
    count = cluster["workers"]
    return ngettext("with the help of %(n)s machine", "with the help of %(n)s machines", count) % {"n": count}
