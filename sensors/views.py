from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sensors.models import QuarantinedReading
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ
from smartmaint.events.models import EventRecord

ROWS = 100
SAME_JOURNEY = {
    "organization": OuterRef("organization"),
    "correlation_id": OuterRef("correlation_id"),
}


@require_safe
@page(DATA_READ)
def quarantine(request: PageRequest) -> HttpResponse:
    """List the readings that were refused, the newest first; `?code=` keeps one reason."""
    rows = QuarantinedReading.objects.filter(organization=request.caller.organization)
    codes = rows.order_by("code").values_list("code", flat=True).distinct()
    chosen = request.GET.get("code", "").replace("\x00", "")
    if chosen:
        rows = rows.filter(code=chosen)
    rows = rows.annotate(has_trace=Exists(EventRecord.objects.filter(**SAME_JOURNEY)))
    readings = Paginator(rows.order_by("-received_at", "-pk"), ROWS).get_page(request.GET.get("page"))
    return render(
        request, "sensors/quarantine.html", {"readings": readings, "codes": codes, "chosen": chosen}
    )
