"""The pages beside Home, each made when it is first gone to."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from desktop.ui.new_job import NewJob
    from desktop.ui.window import Window


def make_page(name: str, window: "Window") -> QWidget:
    """`jobs`, `schedules`, `accounts`, `settings`, or `new`: the choice of a kind with its form."""
    if name == "jobs":
        from desktop.ui.jobs.page import JobsPage

        jobs = JobsPage(window.backend, window.doer, window.preferences)
        jobs.new_job_asked.connect(window.new_job)
        jobs.begin()
        return jobs
    if name == "schedules":
        from desktop.ui.schedules.page import SchedulesPage

        return SchedulesPage(window.backend)
    if name == "accounts":
        from desktop.ui.accounts.page import AccountsPage

        return AccountsPage(window.backend)
    if name == "settings":
        from desktop.ui.settings_page import SettingsPage

        return SettingsPage(window.backend, window.theme, window.preferences, window.folder)
    return _new_job(window)


def _new_job(window: "Window") -> "NewJob":
    from desktop.ui.forms.recent import keep_recent_in
    from desktop.ui.new_job import NewJob

    keep_recent_in(window.folder / "window.ini")
    form = NewJob(window.backend)
    form.cancelled.connect(window.leave_form)
    form.started.connect(lambda job: window.open_job(job.id))
    form.kept.connect(window.say_kept)
    form.changed.connect(window.say_saved_over)
    form.scheduled.connect(window.say_scheduled)
    return form
