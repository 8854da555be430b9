from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outsourcing", "0010_fee")]

    operations = [
        migrations.AddField(
            model_name="outsourcingsettings",
            name="needs_second_person",
            field=models.BooleanField(default=False, verbose_name="sender and approver must differ"),
        ),
    ]
