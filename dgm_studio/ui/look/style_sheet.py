"""The style sheet of the program, written from the tokens of a look.

Widgets choose among variants by dynamic properties: ``kind`` of a button ("primary", "card", "tile", "segment",
"chip", "flat", "link", "tool"), ``role`` of a label ("dim", "small", "title", "number", "good", "warn", "bad") and
``surface`` of a frame ("bar", "overlay", "segments", "plot", "page-card", whose ``tone`` is the colour of its edge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .theme import Tokens


def _rgba(hex_colour: str, alpha: float) -> str:
    r, g, b = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({r}, {g}, {b}, {round(255 * alpha)})"


def style_sheet(t: Tokens, scale: float = 1.0) -> str:
    """QSS for the whole application."""

    def px(size: float) -> str:
        return f"{round(size * scale)}px"

    overlay = _rgba(t.panel, 0.94)
    return f"""
QMainWindow, QDialog {{ background: {t.panel}; }}
QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {t.accent}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px 6px; }}

QLabel {{ background: transparent; }}
QLabel[role="dim"] {{ color: {t.dim}; }}
QLabel[role="small"] {{ color: {t.dim}; font-size: {px(12)}; }}
QLabel[role="title"] {{ font-weight: 600; }}
QLabel[role="number"] {{ font-size: {px(20)}; font-weight: 600; }}
QLabel[role="number"]:disabled {{ color: {t.dim}; }}
QLabel[role="good"] {{ color: {t.good}; }}
QLabel[role="warn"] {{ color: {t.warn}; }}
QLabel[role="bad"] {{ color: {t.bad}; }}

QFrame[surface="bar"] {{ background: {t.panel}; border: none; border-bottom: 1px solid {t.line}; }}
QFrame[surface="overlay"] {{ background: {overlay}; border: 1px solid {t.line}; border-radius: 8px; }}
QFrame[surface="segments"] {{ background: {t.background}; border: none; border-radius: 8px; }}
QFrame[surface="plot"] {{ background: {t.plot}; border: none; }}
QFrame[surface="cell"] {{ background: {t.plot}; border: 1px solid {t.line}; border-radius: 8px; }}
QFrame[surface="cell"][chosen="true"] {{ border: 1px solid {t.accent}; }}
QFrame[surface="page-card"] {{
  background: {t.background}; border: 1px solid {t.line}; border-left: 3px solid {t.line}; border-radius: 8px;
}}
QFrame[surface="page-card"][tone="quiet"] {{ background: transparent; border: none; }}
QFrame[surface="page-card"][tone="mask"] {{ border-left-color: {t.mask}; }}
QFrame[surface="page-card"][tone="good"] {{ border-left-color: {t.good}; }}
QFrame[surface="page-card"][tone="accent"] {{ border-left-color: {t.accent}; }}
QFrame[surface="page-card"][tone="warn"] {{ border-left-color: {t.warn}; }}
QFrame[surface="line"] {{ background: {t.line}; border: none; }}

QPushButton, QToolButton {{
  background: {t.raised}; color: {t.text}; border: 1px solid transparent; border-radius: 6px;
  padding: 0 {px(10)}; min-height: {px(26)};
}}
QToolButton {{ padding: 0 {px(6)}; }}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.line}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px dashed {t.text}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {_rgba(t.dim, 0.6)}; }}
QPushButton:checked, QToolButton:checked {{ border: 1px solid {t.accent}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}

QPushButton[kind="primary"] {{ background: {t.accent}; color: {t.on_accent}; font-weight: 600; padding: 0 {px(14)}; }}
QPushButton[kind="primary"]:hover {{ background: {_rgba(t.accent, 0.86)}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="primary"]:disabled {{ background: {_rgba(t.accent, 0.35)}; color: {_rgba(t.on_accent, 0.7)}; }}

QPushButton[kind="flat"], QToolButton[kind="flat"] {{ background: transparent; }}
QPushButton[kind="flat"]:hover, QToolButton[kind="flat"]:hover {{ background: {t.hover}; }}
QPushButton[kind="link"] {{
  background: transparent; color: {t.dim}; padding: 0 4px; min-height: {px(20)}; border-radius: 4px;
}}
QPushButton[flush="true"] {{ padding-left: 0; }}
QPushButton[kind="link"]:hover {{ color: {t.accent}; }}

QToolButton[kind="tool"] {{ background: transparent; padding: 0; min-width: {px(30)}; }}
QToolButton[kind="tool"]:hover {{ background: {t.hover}; }}
QToolButton[kind="tool"]:checked {{ background: {t.raised}; border: 1px solid {t.accent}; }}
QPushButton[fit="tight"] {{ padding: 0 4px; }}

QPushButton[kind="segment"] {{ background: transparent; color: {t.dim}; padding: 0 {px(14)}; min-height: {px(24)}; }}
QPushButton[kind="segment"]:hover {{ color: {t.text}; }}
QPushButton[kind="segment"]:checked {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; }}
QPushButton[kind="segment"]:focus {{ border: 1px dashed {t.text}; }}

QPushButton[kind="chip"] {{
  background: {overlay}; color: {t.dim}; border: 1px solid {t.line}; border-radius: {px(11)};
  padding: 0 {px(9)}; min-height: {px(22)}; max-height: {px(22)}; font-size: {px(12)};
}}
QPushButton[kind="chip"]:hover {{ color: {t.text}; }}
QPushButton[kind="chip"]:checked {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; }}
QPushButton[kind="chip"][select="one"]:checked {{ border: 1px solid {t.accent}; }}
QPushButton[kind="chip"]:focus {{ border: 1px dashed {t.text}; }}
QPushButton[kind="chip"]:disabled {{ color: {_rgba(t.dim, 0.5)}; }}

QAbstractButton[kind="card"] {{ background: {t.raised}; border: 1px solid transparent; border-radius: 6px; }}

QLineEdit, QSpinBox, QDoubleSpinBox, QPlainTextEdit {{
  background: {t.background}; color: {t.text}; border: 1px solid {t.line}; border-radius: 5px;
  padding: 0 {px(6)}; min-height: {px(24)}; selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus {{ border: 1px solid {t.accent}; }}
QLineEdit:disabled, QSpinBox:disabled {{ color: {_rgba(t.dim, 0.6)}; }}
QLineEdit[invalid="true"] {{ border: 1px solid {t.bad}; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0; border: none; }}

QComboBox {{
  background: {t.background}; color: {t.text}; border: 1px solid {t.line}; border-radius: 5px;
  padding: 0 {px(8)}; min-height: {px(24)};
}}
QComboBox[kind="flat"] {{ background: transparent; border: 1px solid transparent; padding: 0 {px(4)}; font-weight: 600; }}
QComboBox:focus, QComboBox:on {{ border: 1px solid {t.accent}; }}
QComboBox:disabled {{ color: {_rgba(t.dim, 0.6)}; }}
QComboBox QAbstractItemView {{
  background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; outline: none;
  selection-background-color: {t.raised}; selection-color: {t.text};
}}
QComboBox::drop-down {{ border: none; width: {px(18)}; }}

QSlider {{ min-height: {px(20)}; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; background: {t.line}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {t.dim}; }}
QSlider::handle:horizontal {{
  background: {t.text}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
}}
QSlider::handle:horizontal:hover {{ background: {t.accent}; }}
QSlider::handle:horizontal:disabled {{ background: {t.dim}; }}
QSlider:focus {{ border: 1px solid {t.accent}; border-radius: 5px; }}

QCheckBox {{ spacing: 8px; background: transparent; border: 1px solid transparent; border-radius: 5px; }}
QCheckBox:focus {{ border: 1px solid {t.accent}; }}

QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 8px; margin: 0; }}
QScrollBar::handle {{ background: {t.line}; border-radius: 3px; min-height: 24px; min-width: 24px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {t.dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QMenuBar {{ background: {t.panel}; color: {t.dim}; border: none; font-size: {px(12)}; }}
QMenuBar::item {{ padding: 2px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {t.raised}; color: {t.text}; }}
QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.raised}; }}
QMenu::item:disabled {{ color: {_rgba(t.dim, 0.6)}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}

QDockWidget {{ color: {t.dim}; font-size: {px(12)}; }}
QDockWidget::title {{ background: {t.panel}; padding: 4px 12px; text-align: left; }}
QDockWidget > QWidget {{ background: {t.panel}; }}
QTabBar {{ background: {t.panel}; }}
QTabBar::tab {{
  background: {t.panel}; color: {t.dim}; border: none; border-bottom: 2px solid transparent;
  padding: 5px 12px; font-size: {px(12)};
}}
QTabBar::tab:selected {{ color: {t.text}; border-bottom: 2px solid {t.accent}; }}
QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.line}; color: {t.dim}; font-size: {px(12)}; }}
QStatusBar::item {{ border: none; }}
QListView {{ background: transparent; border: none; outline: none; color: {t.text}; }}
QListView::item {{ padding: 4px 8px; border-radius: 5px; }}
QListView::item:selected {{ background: {t.raised}; color: {t.text}; }}
QSplitter::handle {{ background: {t.line}; }}
"""
