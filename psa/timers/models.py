"""A moment somebody waits for."""

from django.db import models

from psa.leases import QueueModel, due_index
from psa.tenancy.models import OwnedModel


class Timer(QueueModel):
    """At `due`, what `kind` means happens to the subject. One per kind and subject; arming again moves it."""

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()

    class Meta(OwnedModel.Meta):
        indexes = [due_index("timer_due")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "subject_id"], name="one_timer_per_kind_and_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.due}"
