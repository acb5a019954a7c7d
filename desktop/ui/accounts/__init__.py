"""The page *Accounts*, and the dialog that asks for one."""
