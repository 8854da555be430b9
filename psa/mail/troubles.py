"""What the code on a delivery means, in words. The codes are stored; the sentence is made for each reader."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SENTENCES = {
    "unreachable": gettext_lazy("The mail server cannot be reached."),
    "not_taken": gettext_lazy("The mail server did not take the mail."),
    "not_supported": gettext_lazy("The mail server cannot handle this address."),
    "unsendable": gettext_lazy("The mail could not be put into the form mail servers read."),
    "gave_up": gettext_lazy("The mail server could not be reached for two days."),
    "address_invalid": gettext_lazy("There is no valid e-mail address."),
    "template_error": gettext_lazy("The text could not be written; the cause is in the log."),
    "not_plain": gettext_lazy("The text could not be written; the cause is in the log."),
    "worker_lost": gettext_lazy("The worker stopped each time it tried to send this mail."),
    "recipient_refused": gettext_lazy("The mail service refuses this recipient."),
    "service_refused": gettext_lazy("The mail service refuses the mail."),
}


def explain(code: str) -> str:
    """The sentence of a code; a server's answer is quoted by its number."""
    if code in SENTENCES:
        return str(SENTENCES[code])
    if code.startswith("dsn_"):
        return _("The recipient's mail server refused it (%(number)s).") % {"number": code.removeprefix("dsn_")}
    if code.startswith("event_"):
        return _("The mail service could not deliver it (%(why)s).") % {"why": code.removeprefix("event_")}
    source, _sep, number = code.partition("_")
    if source == "smtp":
        return _("The mail server answered %(number)s.") % {"number": number}
    if source == "server":
        return _("The mail server does not let us in (%(number)s).") % {"number": number}
    if source == "service":
        return _("The mail service answered %(number)s.") % {"number": number}
    return code
