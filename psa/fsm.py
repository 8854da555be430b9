"""State machines: a state is moved by a `@transition` method, never set. Shuts the doors django-fsm-2 leaves open."""

from __future__ import annotations

from typing import Any

from django.db import models
from django_fsm import FSMFieldMixin, TransitionNotAllowed, can_proceed, transition

__all__ = ["StateField", "StateMachine", "TransitionNotAllowed", "can_proceed", "state_fields", "transition"]


class StateField(FSMFieldMixin, models.CharField):
    """A protected state: assigning to it raises, `update()` and `bulk_update()` refuse it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs["protected"] = True
        super().__init__(*args, **kwargs)


def state_fields(model: type[models.Model]) -> frozenset[str]:
    """The names of a model's state columns."""
    return frozenset(field.name for field in model._meta.concrete_fields if isinstance(field, StateField))


class StateMachine(models.Model):
    """A row with a state. Refreshing is safe between threads: nothing is switched off on the shared field."""

    class Meta:
        abstract = True

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        for name in state_fields(type(self)):
            if fields is None or name in fields:
                self.__dict__.pop(name, None)
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)

    def clean_fields(self, exclude: Any = None) -> None:
        super().clean_fields(exclude={*(exclude or ()), *state_fields(type(self))})
