"""When jobs are due: rules in local wall time, what was missed, and the one way in which a schedule queues a job."""
