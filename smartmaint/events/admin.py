"""Dead letters in the admin: read them, replay them, discard them. Both deeds are confirmed and logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.tenant_admin import TenantAdmin
from smartmaint.events import upkeep
from smartmaint.events.models import DeadLetter

Letters = QuerySet[DeadLetter]


@admin.register(DeadLetter)
class DeadLetterAdmin(TenantAdmin):
    list_display = ["event_name", "agent", "attempts", "finished_at", "error"]
    list_filter = ["agent"]
    search_fields = ["error", "event__name", "=event__correlation_id"]
    ordering = ["-finished_at"]
    list_select_related = ["event"]
    fields = ("event_name", "payload", "agent", "attempts", "started_at", "finished_at", "error")
    readonly_fields = fields
    actions = ["replay_letters", "discard_letters"]

    @admin.display(description=_("event"), ordering="event__name")
    def event_name(self, letter: DeadLetter) -> str:
        return letter.event.name

    def payload(self, letter: DeadLetter) -> dict[str, Any]:
        return letter.event.payload

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        extra = {"show_save": False, "show_save_and_continue": False}
        return super().change_view(request, object_id, extra_context=extra)

    @admin.action(description=_("Replay: give five more attempts"))
    def replay_letters(self, request: HttpRequest, letters: Letters) -> TemplateResponse | None:
        return self._confirm(request, letters, "replay_letters", upkeep.replay, _("Replay"))

    @admin.action(description=_("Discard: close without an effect"))
    def discard_letters(self, request: HttpRequest, letters: Letters) -> TemplateResponse | None:
        return self._confirm(request, letters, "discard_letters", upkeep.discard, _("Discard"))

    def _confirm(
        self, request: HttpRequest, letters: Letters, action: str, deed: Callable[..., int], word: Any
    ) -> TemplateResponse | None:
        if "confirmed" in request.POST:
            count = deed(letters, by=request.user, at=timezone.now())
            self.message_user(request, f"{word}: {count}")
            return None
        context = self.admin_site.each_context(request)
        context |= {"title": word, "letters": letters, "action": action, "opts": self.opts}
        return TemplateResponse(request, "events/dead_letters_confirm.html", context)
