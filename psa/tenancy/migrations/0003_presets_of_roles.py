# The presets that stood in the code until now (outsourcing spec §2); a limit that is the preset's follows its role.

from decimal import Decimal

from django.db import migrations

from psa.tenancy import scope

LEVELS = {"dispatcher": "partners", "technician": "outsource"}
UNLIMITED = ("administrator", "dispatcher")


def preset(apps, schema_editor):
    role, membership = apps.get_model("tenancy", "Role"), apps.get_model("tenancy", "Membership")
    with scope.platform("presets of roles that were there before"):
        for one in role.objects.all():
            one.outsourcing_level = LEVELS.get(one.code, "none")
            one.amount_limit = None if one.code in UNLIMITED else Decimal(500)
            one.save(update_fields=["outsourcing_level", "amount_limit"])
        for one in membership.objects.select_related("role"):
            is_preset = one.amount_limit == (Decimal(500) if one.outsourcing_level == "outsource" else None)
            one.follows_role_limit = is_preset
            one.amount_limit = None if is_preset else one.amount_limit
            one.save(update_fields=["follows_role_limit", "amount_limit"])


def unset(apps, schema_editor):
    membership = apps.get_model("tenancy", "Membership")
    with scope.platform("limits as they stood on each member"):
        membership.objects.filter(follows_role_limit=True, outsourcing_level="outsource").update(
            amount_limit=Decimal(500)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_limits_by_role"),
    ]

    operations = [migrations.RunPython(preset, unset)]
