# A limit is the role's or one's own, and never negative.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_presets_of_roles"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_limit", None),
                    models.Q(("amount_limit__gte", 0), ("follows_role_limit", False)),
                    _connector="OR",
                ),
                name="a_limit_is_the_roles_or_ones_own_and_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="role",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_limit", None), ("amount_limit__gte", 0), _connector="OR"),
                name="the_limit_of_a_role_is_not_negative",
            ),
        ),
    ]
