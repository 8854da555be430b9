"""The first page of who works with partners: their sums first, and what waits for them, on both sides."""

from __future__ import annotations

from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair


def home(member: Membership, slug: str = "nordlicht") -> str:
    return sign_in(member).get(f"/{slug}/").content.decode()


def test_managers_read_their_sums_first_and_the_others_do_not(
    pair: Pair, max: Membership, gunta: Membership, ada: Membership
) -> None:
    for member, slug, folder in ((max, "nordlicht", "running"), (gunta, "baltic", "received")):
        page = home(member, slug)
        main = page[page.index("<main") :]
        assert f"/outsourcing/?folder={folder}" in main, member
        assert main.index("folder=") < main.index("home-l" if "home-l" in main else "empty"), "before my day"
    assert "folder=" not in home(ada)[home(ada).index("<main") :]


def test_the_palette_names_partners_to_who_manages_them(pair: Pair, max: Membership, ada: Membership) -> None:
    asked = "/nordlicht/palette/?q=baltic"
    assert "/outsourcing/partners/" in sign_in(max).get(asked).content.decode()
    assert "Baltic" not in sign_in(ada).get(asked).content.decode()
