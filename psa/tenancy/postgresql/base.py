"""Keeps the connection's app.tenant_id equal to the scope: lazily, and forgetting whatever may have undone it."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from psa.tenancy import scope


class DatabaseWrapper(base.DatabaseWrapper):
    """Before each statement the database is told whose rows are in sight, unless it knows.

    Outside a transaction the setting is the session's, inside it is the transaction's (SET LOCAL); what the session
    holds survives a commit, what a transaction holds does not, and a savepoint's rollback makes both uncertain. In a
    failed transaction only the rollback can follow, so nothing is told.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._session_scope: str | None = None
        self._applied_scope: str | None = None
        self.execute_wrappers.append(self._apply_scope)

    def _apply_scope(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        wanted = scope.told()
        if self._applied_scope != wanted and self.connection.info.transaction_status != TransactionStatus.INERROR:
            local = self.in_atomic_block or not self.autocommit
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.tenant_id', %s, %s)", (wanted, local))
            self._applied_scope = wanted
            if not local:
                self._session_scope = wanted
        return execute(sql, params, many, context)

    def connect(self) -> None:
        self._session_scope = self._applied_scope = None
        super().connect()

    def _close(self) -> Any:
        self._session_scope = self._applied_scope = None
        return super()._close()

    def _commit(self) -> Any:
        self._applied_scope = self._session_scope
        return super()._commit()

    def _rollback(self) -> Any:
        self._applied_scope = self._session_scope
        return super()._rollback()

    def _savepoint_rollback(self, sid: str) -> Any:
        try:
            return super()._savepoint_rollback(sid)
        finally:
            self._applied_scope = None

    def set_autocommit(self, *args: Any, **kwargs: Any) -> Any:
        self._applied_scope = None
        return super().set_autocommit(*args, **kwargs)
