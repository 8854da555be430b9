"""What people type at the desk. Every choice is of the tenant in scope; what a form does not name is not read."""

from tickets.forms.bulk import BulkForm
from tickets.forms.checklists import AddItemForm, AddListForm, TemplateForm
from tickets.forms.fields import Amount, Day, Line, Minutes, Moment, Text, clean_line, parse_minutes
from tickets.forms.items import FORMS, ItemForm, form_of
from tickets.forms.saved_views import ViewForm, ViewNameForm
from tickets.forms.ticket import AssignForm, MoveForm, PropertiesForm, TicketForm, colleagues

__all__ = [
    "FORMS",
    "BulkForm",
    "AddItemForm",
    "AddListForm",
    "Amount",
    "Day",
    "AssignForm",
    "ItemForm",
    "Line",
    "Minutes",
    "Moment",
    "MoveForm",
    "PropertiesForm",
    "TemplateForm",
    "Text",
    "TicketForm",
    "ViewForm",
    "ViewNameForm",
    "clean_line",
    "colleagues",
    "form_of",
    "parse_minutes",
]
