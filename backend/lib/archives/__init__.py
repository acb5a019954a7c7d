"""Making and opening ZIP files, also with a password (AES, WinZip's AE-2), with bounds for what is hostile."""
