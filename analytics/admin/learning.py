"""Models and trainings in the admin: looked at here, changed by operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics.learning import all_tasks
from analytics.loading import CantServeError
from analytics.models import ModelVersion, MoodFit, TopicFit, TrainingRun, task_label
from analytics.operations.registry import NeedsReasonError, freeze_version, promote_version, roll_back, thaw_version
from analytics.operations.runs import ALL, SCORES_ALONE, request_training, stop_run
from analytics.queries.insights import quality_words
from analytics.queries.live import frozen_words, live_of, returned_words
from analytics.queries.measures import measures_of
from analytics.queries.models import compare_versions, measured_words, members_words
from analytics.queries.person_insight import workspace_currency
from analytics.reasons import decision_words, mood_fit_words, topic_fit_words
from crm.access import Can, require, signed_in
from crm.admin.base import ReadOnlyAdmin
from crm.formats import percent


class TaskFilter(admin.SimpleListFilter):
    """Versions of one task, by its words."""

    title = _("what it predicts")
    parameter_name = "task"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(task, task_label(task)) for task in all_tasks()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> QuerySet[ModelVersion]:
        return queryset.filter(task=self.value()) if self.value() else queryset


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    """Every version of every model with what was measured; which one serves is decided here or every night."""

    list_display = ("what", "number", "standing", "created_at", "customers", "measured", "since", "promoted_at")
    list_filter = (TaskFilter, "state")
    ordering = ("-id",)
    actions = ("promote", "back", "compare", "freeze", "thaw")
    list_before_template = "admin/analytics/learn_now.html"
    fieldsets = (
        (None, {"fields": ("what", "number", "state", "created_at", "promoted_at", "chosen_by",
                           "promoted_why", "in_words", "measured", "since", "frozen", "made_of", "problem")}),
        (_("The whole card"), {"fields": ("card",), "classes": ("collapse",)}),
    )  # fmt: skip

    @admin.display(description=_("what it predicts"), ordering="task")
    def what(self, version: ModelVersion) -> str:
        return task_label(version.task)

    @admin.display(description=_("customers"))
    def customers(self, version: ModelVersion) -> int | None:
        return version.card.get("customers")

    @admin.display(description=_("measured"))
    def measured(self, version: ModelVersion) -> SafeString | str:
        lines = measured_words(version, measures_of(version.task)[:2], workspace_currency())
        return format_html("<br>".join(["{}"] * len(lines)), *lines) if lines else gettext("not yet")

    @admin.display(description=_("in words"))
    def in_words(self, version: ModelVersion) -> str:
        return quality_words(version, workspace_currency())

    @admin.display(description=_("put in use by"))
    def chosen_by(self, version: ModelVersion) -> str:
        return str(version.promoted_by) if version.promoted_by else gettext("the nightly run")

    @admin.display(description=_("made of"))
    def made_of(self, version: ModelVersion) -> str:
        return "; ".join(members_words(version))

    @admin.display(description=_("problem"))
    def problem(self, version: ModelVersion) -> str:
        return str(version.card.get("broken", ""))

    @admin.display(description=_("state"), ordering="state")
    def standing(self, version: ModelVersion) -> str:
        if version.returned_at is not None:
            return gettext("sent back")
        state = str(version.get_state_display())
        return gettext("%(state)s, frozen") % {"state": state} if version.frozen_at is not None else state

    @admin.display(description=_("since it is in use"))
    def since(self, version: ModelVersion) -> SafeString | str:
        if version.returned_at is not None:
            return returned_words(version)
        if version.state != ModelVersion.State.CHAMPION:
            return ""
        live = live_of(version)
        lines = [line for line in (live.light, live.says, live.level, live.drift) if line]
        return format_html("<br>".join(["{}"] * len(lines)), *lines)

    @admin.display(description=_("frozen"))
    def frozen(self, version: ModelVersion) -> str:
        return frozen_words(version)

    @admin.action(description=_("Promote: put in use"))
    def promote(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> HttpResponse | None:
        user, why = signed_in(request), request.POST.get("why", "").strip()
        require(user, Can.RUN_MODELS)
        for version in queryset:
            try:
                promote_version(version=version, actor=user, why=why)
            except NeedsReasonError as error:
                return self._ask_why(request, queryset, "promote", gettext("Put it in use all the same?"), str(error))
            except CantServeError as error:
                self.message_user(request, str(error), messages.ERROR)
            else:
                self._tell(request, version)
        return None

    @admin.action(description=_("Compare with the one in use"))
    def compare(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> HttpResponse | None:
        require(signed_in(request), Can.RUN_MODELS)
        tasks = set(queryset.values_list("task", flat=True))
        if len(tasks) != 1:
            self.message_user(request, gettext("Choose versions that predict the same."), messages.ERROR)
            return None
        among = ModelVersion.objects.filter(Q(pk__in=queryset.values("pk")) | Q(task__in=tasks, state="champion"))
        context = {
            **self.admin_site.each_context(request), "opts": self.model._meta, "title": gettext("Versions compared"),
            "table": compare_versions(list(among.order_by("-number"))),
        }  # fmt: skip
        return TemplateResponse(request, "admin/analytics/compare.html", context)

    @admin.action(description=_("Freeze: keep it, whatever the nights find"))
    def freeze(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> HttpResponse | None:
        user, why = signed_in(request), request.POST.get("why", "").strip()
        require(user, Can.RUN_MODELS)
        if not why:
            words = gettext("A frozen version is not replaced by any night. Where it is wrong, you are warned.")
            return self._ask_why(request, queryset, "freeze", gettext("Freeze it?"), words)
        for version in queryset:
            freeze_version(version=version, actor=user, why=why)
        self.message_user(request, gettext("Frozen."), messages.SUCCESS)
        return None

    @admin.action(description=_("Let it be replaced again"))
    def thaw(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        user = signed_in(request)
        require(user, Can.RUN_MODELS)
        for version in queryset:
            thaw_version(version=version, actor=user)
        self.message_user(request, gettext("It may be replaced again."), messages.SUCCESS)

    def _ask_why(
        self, request: HttpRequest, queryset: QuerySet[ModelVersion], action: str, title: str, words: str
    ) -> HttpResponse:
        """A page between: why? It is kept and shown."""
        context = {
            **self.admin_site.each_context(request), "opts": self.model._meta, "title": title, "words": words,
            "action": action, "versions": list(queryset), "chosen": ACTION_CHECKBOX_NAME,
        }  # fmt: skip
        return TemplateResponse(request, "admin/analytics/why.html", context)

    @admin.action(description=_("Roll back: to the version before"))
    def back(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        user = signed_in(request)
        require(user, Can.RUN_MODELS)
        for task in sorted(set(queryset.values_list("task", flat=True))):
            try:
                version = roll_back(task=task, actor=user)
            except CantServeError as error:
                self.message_user(request, f"{task_label(task)}: {error}", messages.ERROR)
            else:
                self._tell(request, version)

    def _tell(self, request: HttpRequest, version: ModelVersion) -> None:
        """Everybody's scores follow in the background."""
        request_training(task=SCORES_ALONE, asked_by=signed_in(request))
        words = gettext("“%(version)s” is in use. Everybody's scores are being worked out anew.")
        self.message_user(request, words % {"version": version}, messages.SUCCESS)


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    """Each training: asked by whom, how far it is, what came of it."""

    list_display = ("created_at", "what", "state", "asked_by", "outcome", "finished_at")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    ordering = ("-id",)
    actions = ("stop",)
    list_before_template = "admin/analytics/learn_now.html"
    fieldsets = (
        (None, {"fields": ("created_at", "what", "state", "asked_by", "started_at", "finished_at", "attempts", "step",
                           "outcome")}),
        (_("The whole report"), {"fields": ("report",), "classes": ("collapse",)}),
    )  # fmt: skip

    @admin.display(description=_("what is learned"))
    def what(self, run: TrainingRun) -> str:
        words = {ALL: gettext("everything"), SCORES_ALONE: gettext("nothing; everybody's scores are worked out anew")}
        return words.get(run.task) or task_label(run.task)

    @admin.display(description=_("what came of it"))
    def outcome(self, run: TrainingRun) -> SafeString | str:
        found = run.report.get("tasks", {}).items()
        lines = [f"{task_label(task)}: {decision_words(result)}" for task, result in found]
        lines = [run.message, *lines] if run.message else lines
        return format_html("<br>".join(["{}"] * len(lines)), *lines) if lines else ""

    @admin.action(description=_("Stop"))
    def stop(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        require(signed_in(request), Can.RUN_MODELS)
        stopped = sum(stop_run(run) for run in queryset)
        words = gettext("Stopped.") if stopped else gettext("It was over already.")
        self.message_user(request, words, messages.SUCCESS)


@admin.register(MoodFit)
class MoodFitAdmin(ReadOnlyAdmin):
    """What the text model learned of this shop, night by night, and whether it was better."""

    list_display = ("created_at", "in_words", "is_used", "said_count", "before", "after")
    ordering = ("-id",)
    fields = ("created_at", "in_words", "is_used", "said_count", "before", "after", "figures")

    @admin.display(description=_("outcome"))
    def in_words(self, fit: MoodFit) -> str:
        return mood_fit_words(fit.outcome)

    @admin.display(description=_("the shipped model's F1 on your newest messages"))
    def before(self, fit: MoodFit) -> str:
        return _share(fit.figures.get("before"))

    @admin.display(description=_("the fitted model's"))
    def after(self, fit: MoodFit) -> str:
        return _share(fit.figures.get("after"))


@admin.register(TopicFit)
class TopicFitAdmin(ReadOnlyAdmin):
    """What was learned of the topics, fit by fit, and how good it was on examples that it had not seen."""

    list_display = ("created_at", "in_words", "is_used", "said_count", "told", "right")
    ordering = ("-id",)
    fields = ("created_at", "in_words", "is_used", "said_count", "told", "right", "figures")

    @admin.display(description=_("outcome"))
    def in_words(self, fit: TopicFit) -> str:
        return topic_fit_words(fit.outcome)

    @admin.display(description=_("examples of which it tells a topic"))
    def told(self, fit: TopicFit) -> str:
        return _share(fit.figures.get("said"))

    @admin.display(description=_("right of these"))
    def right(self, fit: TopicFit) -> str:
        return _share(fit.figures.get("right_of_said"))


def _share(value: float | None) -> str:
    return "" if value is None else percent(value)
