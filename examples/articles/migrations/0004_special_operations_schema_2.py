# Compiled by migspec from articles/migspecs/special_operations.yaml, step 8. Change the spec, not this file.
# spec 12a889e97c70, file 3 of 4, code 92df57843a8b

from django.db import migrations

import articles.operations


class Migration(migrations.Migration):

    dependencies = [
        ("articles", "0003_special_operations_data"),
    ]

    operations = [
        articles.operations.AnalyzeTable(model_name="article"),
    ]
