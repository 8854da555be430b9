"""What a customer says of outsourcing, written down on the company's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outsourcing.forms.partners import RuleForm
from outsourcing.services import ruling
from psa.directory.models import Company
from psa.web.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("company.manage")
def company_rule(request: Any, pk: int) -> HttpResponse:
    """Allowed, ask first or never: of the company, a contact or a contract."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    form = RuleForm(company, request.actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        ruling.rule(form.chosen, form.cleaned_data["permission"], by=request.actor)
        messages.success(request, _("Saved. Offers for this customer go by it from now on."))
        page = reverse("directory:page", args=[request.tenant.slug, company.pk])
        return HttpResponseRedirect(f"{page}#outsourcing-rule")
    context = {"company": company, "form": form, "rules": ruling.of_company(company)}
    return render(request, "outsourcing/company_rule.html", context, status=422 if form.errors else 200)
