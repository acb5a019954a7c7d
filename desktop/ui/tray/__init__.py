"""What is seen of Deskhand while its window is not: the tray icon, and notifications of the desktop."""
