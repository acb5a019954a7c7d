"""The little QSS that Fusion needs; the names in braces are those of `theme.Tokens`."""

SHEET = """
QPushButton {{ background: {raised}; color: {text}; border: 1px solid {strong_border}; border-radius: 6px;
  padding: 6px 14px; min-height: 18px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {groove}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {muted}; border-color: {border}; background: {window}; }}
QPushButton[kind="primary"], QDialogButtonBox QPushButton:default {{ background: {accent}; color: {on_accent};
  border-color: {accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover, QDialogButtonBox QPushButton:default:hover {{ background: {accent_hover}; }}
QPushButton[kind="primary"]:focus, QDialogButtonBox QPushButton:default:focus {{ border: 2px solid {text}; }}
QPushButton[kind="primary"]:disabled {{ background: {groove}; color: {muted}; border-color: {groove}; }}
QPushButton[kind="link"] {{ background: transparent; border: 1px solid transparent; color: {accent};
  padding: 4px 6px; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {accent}; padding: 3px 5px; }}
QPushButton[kind="name"] {{ background: transparent; border: 1px solid transparent; color: {text}; font-weight: 600;
  padding: 1px 6px 1px 0; text-align: left; }}
QPushButton[kind="name"]:hover {{ color: {accent}; text-decoration: underline; }}
QPushButton[kind="name"]:focus {{ border: 2px solid {accent}; }}
QToolButton[kind="flat"] {{ background: transparent; border: 1px solid transparent; border-radius: 6px;
  padding: 5px; }}
QToolButton[kind="flat"]:hover {{ background: {groove}; }}
QToolButton[kind="flat"]:checked {{ background: {selection}; }}
QToolButton[kind="flat"]:focus {{ border: 2px solid {accent}; padding: 3px; }}
QLineEdit {{ background: {surface}; border: 1px solid {strong_border}; border-radius: 6px; padding: 5px 8px;
  min-height: 20px;
  selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus {{ border: 2px solid {accent}; padding: 4px 7px; }}
QLineEdit:disabled {{ background: {window}; border-color: {border}; }}
QRadioButton {{ spacing: 7px; }}
QRadioButton::indicator {{ width: 14px; height: 14px; background: {surface}; border: 1px solid {strong_border};
  border-radius: 8px; }}
QRadioButton::indicator:focus {{ border-color: {accent}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; background: {on_accent}; border: 5px solid {accent};
  border-radius: 8px; }}
QTabBar::tab {{ background: transparent; color: {muted}; padding: 7px 7px; border: 0;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; font-weight: 600; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:focus {{ color: {accent}; }}
QTabWidget::pane {{ border: 0; border-top: 1px solid {border}; }}
QHeaderView::section {{ background: transparent; color: {muted}; border: 0; border-bottom: 1px solid {border};
  padding: 8px 10px; font-weight: 600; }}
QHeaderView::section:hover {{ color: {text}; }}
QHeaderView {{ background: transparent; border: 0; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {border}; padding: 4px 6px; }}
QMenu {{ background: {raised}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 6px 26px 6px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 6px; }}
QMenu::icon {{ padding-left: 8px; }}
QSplitter::handle {{ background: transparent; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {strong_border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QLabel[tone="muted"] {{ color: {muted}; }}
QLabel[tone="danger"] {{ color: {danger}; }}
QLabel[tone="warning"] {{ color: {warning}; }}
QLabel[tone="success"] {{ color: {success}; }}
QFrame[kind="card"] {{ background: {surface}; border: 1px solid {border}; border-radius: 10px; }}
QFrame[kind="problem"] {{ background: {surface}; border: 1px solid {danger}; border-radius: 10px; }}
QFrame[kind="banner"] {{ background: {tint}; border: 1px solid {border}; border-radius: 8px; }}
QFrame[kind="sidebar"] {{ background: {sidebar}; border: 0; border-right: 1px solid {border}; }}
QTableView[kind="jobs"] {{ background: {surface}; border: 1px solid {border}; border-radius: 10px; outline: 0; }}
QListWidget[kind="rows"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; outline: 0; }}
QListWidget[kind="rows"]:focus {{ border: 2px solid {accent}; }}
QTableView[kind="recipients"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; outline: 0; }}
QTableView[kind="recipients"]:focus {{ border: 2px solid {accent}; }}
QPlainTextEdit[kind="log"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; padding: 4px; }}
QPlainTextEdit[kind="log"]:focus {{ border: 2px solid {accent}; padding: 3px; }}
"""
