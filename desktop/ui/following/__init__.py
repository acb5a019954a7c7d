"""*Then...*: what is to follow a job, asked for in the form."""
