"""What every folder's list is: one of a dashboard's, whose addresses keep the folder."""

from typing import Any

from psa.web.lists import Listing


class FolderListing(Listing):
    """A folder's list: turning, sorting and filtering stay in the folder `code`."""

    code: str = ""

    def params(self, **changes: Any) -> list[tuple[str, str]]:
        return [("folder", self.code), *super().params(**changes)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return [("folder", self.code), *super().hidden]

    @property
    def plain_url(self) -> str:
        return f"{self.path}?folder={self.code}"
