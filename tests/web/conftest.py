"""The shell's tests run against pages of their own, so that they say nothing about any app."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.ROOT_URLCONF = "tests.web.pages"
    cache.clear()
