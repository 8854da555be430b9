"""The lines of tests/test_access.py for billing, a file for each room."""

from tests.access_billing import goods, invoices, money, orders, partners, visits

ROOMS = (goods, invoices, money, orders, partners, visits)
PATHS_OF_BILLING = {name: path for room in ROOMS for name, path in room.PATHS.items()}
FULL_DESK_OF_BILLING = {name for room in ROOMS for name in room.FULL_DESK}
