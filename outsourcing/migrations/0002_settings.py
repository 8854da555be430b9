# One row a tenant for what it decided once.

import django.db.models.deletion
import psa.tenancy.scope
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outsourcing", "0001_initial"),
        ("tenancy", "0004_limits_are_sound"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutsourcingSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "needs_second_person",
                    models.BooleanField(default=False, verbose_name="sender and approver must differ"),
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
            model_name="outsourcingsettings",
            constraint=models.UniqueConstraint(
                fields=("tenant", "id"), name="outsourcing_outsourcingsettings_tenant_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="outsourcingsettings",
            constraint=models.UniqueConstraint(fields=("tenant",), name="a_tenant_has_one_set_of_outsourcing_settings"),
        ),
    ]
