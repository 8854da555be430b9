# What a role presets with partners, and whether a member follows it.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="follows_role_limit",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="role",
            name="amount_limit",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="role",
            name="outsourcing_level",
            field=models.CharField(
                choices=[
                    ("none", "None"),
                    ("outsource", "Allow outsourcing"),
                    ("partners", "Allow partner management"),
                    ("all", "Allow all"),
                ],
                default="none",
                max_length=12,
            ),
        ),
    ]
