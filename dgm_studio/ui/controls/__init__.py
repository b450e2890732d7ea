"""The small parts every panel is made of: rows of forms, buttons, chips, cards, headers, overlays, the busy line.

They show what they are told and emit what a person does; none of them knows the studio. A setter named ``show_value``
never emits.
"""

from .bars import Bars
from .busy import BusyLine
from .buttons import Chip, Segmented, button, spoken
from .cards import Card, Tile
from .elided import Elided
from .flow import Flow
from .headings import Fold, Heading, dim, label, separator
from .numbers import format_number, parse_number
from .overlay import OverlayCard
from .pages import Pages
from .parts import Part, Tree, widgets
from .picker import Picker
from .rows import ChoiceRow, EntryRow, Row, SwitchRow
from .slider_row import QuietSlider, SliderRow
from .switch import ComboBox, Switch
from .tick import TickBox
from .word_table import WordTable

__all__ = [
    "Bars",
    "BusyLine",
    "Card",
    "Chip",
    "ChoiceRow",
    "ComboBox",
    "Elided",
    "EntryRow",
    "Flow",
    "Fold",
    "Heading",
    "OverlayCard",
    "Pages",
    "Part",
    "Picker",
    "QuietSlider",
    "Row",
    "Segmented",
    "SliderRow",
    "Switch",
    "SwitchRow",
    "TickBox",
    "Tile",
    "Tree",
    "WordTable",
    "button",
    "dim",
    "format_number",
    "label",
    "parse_number",
    "separator",
    "spoken",
    "widgets",
]
