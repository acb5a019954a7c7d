"""The database of record: schema, migrations, and the repositories over them."""
