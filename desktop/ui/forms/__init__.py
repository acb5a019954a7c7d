"""Forms built from a job type's JSON Schema, with a live rehearsal beside them."""
