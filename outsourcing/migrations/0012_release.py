# Requests for release, and who prepared a draft.

import django.db.models.deletion
import django.utils.timezone
import psa.fsm
import psa.tenancy.same_tenant
import psa.tenancy.scope
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0011_second_person"),
        ("tenancy", "0004_limits_are_sound"),
    ]

    operations = [
        migrations.AddField(
            model_name="leadside",
            name="prepared_by",
            field=psa.tenancy.same_tenant.OwnKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.membership",
            ),
        ),
        migrations.AddConstraint(
            model_name="leadside",
            constraint=psa.tenancy.same_tenant.SameTenant(
                field="prepared_by", name="outsourcing_leadside_prepared_by_same_tenant", owners=(("tenant", "tenant"),)
            ),
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[("send", "Outsource"), ("approve", "Approve"), ("complete", "Complete")], max_length=10
                    ),
                ),
                (
                    "status",
                    psa.fsm.StateField(
                        choices=[
                            ("requested", "Requested"),
                            ("given", "Released"),
                            ("refused", "Not released"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="requested",
                        max_length=40,
                        protected=True,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("currency", models.CharField(max_length=3)),
                ("requested_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("note", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "decided_by",
                    psa.tenancy.same_tenant.OwnKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "handover",
                    psa.tenancy.same_tenant.OwnKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="outsourcing.handover",
                    ),
                ),
                (
                    "requested_by",
                    psa.tenancy.same_tenant.OwnKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=psa.tenancy.scope.tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("tenant", "id"), name="outsourcing_release_tenant_key"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=psa.tenancy.same_tenant.SameTenant(
                field="handover", name="outsourcing_release_handover_same_tenant", owners=(("tenant", "lead"),)
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=psa.tenancy.same_tenant.SameTenant(
                field="requested_by",
                name="outsourcing_release_requested_by_same_tenant",
                owners=(("tenant", "tenant"),),
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=psa.tenancy.same_tenant.SameTenant(
                field="decided_by", name="outsourcing_release_decided_by_same_tenant", owners=(("tenant", "tenant"),)
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "requested")),
                fields=("tenant", "handover", "action"),
                name="a_release_is_asked_for_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("status", "requested")),
                    models.Q(models.Q(("status", "requested"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_decided_release_knows_when",
            ),
        ),
    ]
