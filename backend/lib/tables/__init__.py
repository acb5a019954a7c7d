"""Reading tables of any office format, working on them, and writing spreadsheets.

The engines are loaded in a child process only (`child`, `reader_main`): an absurd workbook then ends that
process and not the worker, a stop takes effect at once, and the memory goes back to the system.
"""
