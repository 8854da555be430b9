"""Why a mail that came in is where it is, in words. The codes are stored; the sentence is made for each reader."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "key_forged": _("The address it was sent to carries a key that was not made here."),
    "key_expired": _("It answers a mail that is too old to be answered."),
    "key_of_other_ticket": _("It answers a mail of one ticket at the address of another."),
    "ticket_gone": _("The ticket it answers is deleted, or is not ours."),
    "without_access": _("Whom the answered mail was written to has no access to the ticket any more."),
    "sender_is_not_recipient": _("The sender is somebody else than the answered mail was written to."),
    "unverified": _("The sender is not proved: mail servers say that the address may be forged."),
    "too_often": _("This address sent too many mails in the last hour."),
    "empty": _("There is nothing in it."),
    "unknown_sender": _("Nobody in the address book has this address."),
    "not_of_this_ticket": _("The sender is known, but does not belong to the customer of the ticket it answers."),
    "member_without_key": _(
        "The address is a colleague's. Colleagues answer the mails they got: an address proves nobody."
    ),
    "several_contacts": _("Several contacts have this address. Choose for which of them it is."),
    "automatic": _("A machine wrote it."),
    "own_address": _("The sender is one of our own addresses."),
    "at_bounce_address": _("It was sent to the address for undeliverable mail."),
    "report_of_unknown": _("It reports on a mail that was not sent from here."),
    "without_customer": _("The ticket has no customer it could go to."),
    "without_right": _("The sender may not write on this ticket."),
    "nobody_knows": _("Nobody knows what to do with it."),
    "too_large": _("It is larger than what is taken apart here."),
    "too_deep": _("Its parts are nested deeper than what is taken apart here."),
    "too_many_parts": _("It has more parts than what is taken apart here."),
    "takes_too_long": _("Taking it apart took too long."),
    "unreadable": _("It cannot be read as a mail."),
    "without_sender": _("It does not say whom it is from."),
    "ours": _("We sent it ourselves, and it came back."),
    "bounced": _("It reports that a mail of ours did not arrive; that is noted on the mail."),
    "report": _("It reports that a mail of ours arrived, or is late."),
    "same_mail": _("The same mail came in at another address and is on its ticket."),
    "blocked": _("Its sender is blocked."),
}
REFUSED = _("The ticket does not take it as it is.")


def explain(code: str) -> str:
    """The sentence of a code, "" where there is none."""
    if code.startswith("refused:"):
        return str(REFUSED)
    return str(SENTENCES.get(code, code))
