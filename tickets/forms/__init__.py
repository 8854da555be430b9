"""What people type at the desk. Every choice is of the tenant in scope; what a form does not name is not read."""

from tickets.forms.bulk import BulkForm
from tickets.forms.calls import CallForm
from tickets.forms.checklists import AddItemForm, AddListForm, TemplateForm
from tickets.forms.fields import Amount, Day, Line, Minutes, Moment, Text, clean_line, parse_minutes
from tickets.forms.items import ItemForm
from tickets.forms.kinds import FORMS, form_of
from tickets.forms.saved_views import ViewForm, ViewNameForm
from tickets.forms.ticket import AssignForm, MoveForm, PropertiesForm, TicketForm, colleagues
from tickets.forms.time import TimeForm
from tickets.forms.work_types import WorkTypeForm

__all__ = [
    "FORMS",
    "BulkForm",
    "AddItemForm",
    "AddListForm",
    "Amount",
    "Day",
    "AssignForm",
    "CallForm",
    "ItemForm",
    "Line",
    "Minutes",
    "Moment",
    "MoveForm",
    "PropertiesForm",
    "TemplateForm",
    "Text",
    "TicketForm",
    "TimeForm",
    "ViewForm",
    "ViewNameForm",
    "WorkTypeForm",
    "clean_line",
    "colleagues",
    "form_of",
    "parse_minutes",
]
