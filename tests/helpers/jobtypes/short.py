"""Steps that may take a second at most, and of which only one runs at a time."""

from dataclasses import replace

from tests.helpers.jobtypes.steps import JOB_TYPE as STEPS

JOB_TYPE = replace(STEPS, name="short", title="Short steps", time_limit=1.0, at_once=1)
