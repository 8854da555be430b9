"""The base of a job that belongs to one tenant."""

from typing import Any

from celery import Task

from psa.tenancy import doors, scope


class TenantTask(Task):
    """A task that runs inside the tenant it was queued for, and cannot run without one."""

    typing = False  # Celery would refuse `tenant_id`, which the job's own signature does not have

    def __call__(self, *args: Any, tenant_id: int, **kwargs: Any) -> Any:
        with doors.clock(tenant_id), scope.tenant(tenant_id):
            return super().__call__(*args, **kwargs)
