"""The portal answers, and people get in."""

from playwright.sync_api import expect


def test_max_signs_in_and_sees_his_tickets(desk):
    page = desk("nordlicht", "max@nordlicht.example").go("tickets/")
    expect(page.get_by_text("Replace the switch in Riga")).to_be_visible()
