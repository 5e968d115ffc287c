"""Layouts: the places of everything on a document, in mm (ICAO Doc 9303, parts 4 to 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from specimens.guilloche import Palette
from specimens.holders import STATE, Document

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NOTICE = "SPECIMEN - fictitious state and person"


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Circle:
    """A circle by its centre."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Entry:
    """A label with the value below it."""

    x: float
    y: float  # baseline of the label
    label: str
    value: Callable[[Document], str]
    ocrb: bool = False


@dataclass(frozen=True)
class Layout:
    """One side of a document."""

    width: float
    height: float
    palette: Palette
    entries: tuple[Entry, ...]
    emblem: Circle
    watermark: Circle
    rosette: Circle
    notice: tuple[float, float]
    title: str = ""
    portrait: Box | None = None
    ghost: Box | None = None
    signature: Box | None = None
    mrz_baselines: tuple[float, ...] = ()
    label_size: int = 20
    value_size: int = 31
    title_size: int = 31
    corner: float = 3.18
    banner: float = 0  # height of a coloured banner at the top
    monochrome: bool = False  # laser-engraved portrait


def _write_month_name(day: date) -> str:
    return f"{day.day:02} {MONTHS[day.month - 1]} {day.year}"


def _write_with_dots(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _number(x: float, y: float, label: str = "Document No. / No. du document") -> Entry:
    return Entry(x, y, label, lambda document: document.number, ocrb=True)


def _surname(x: float, y: float) -> Entry:
    return Entry(x, y, "Surname / Nom", lambda document: document.holder.surname)


def _given_names(x: float, y: float) -> Entry:
    return Entry(x, y, "Given names / Prénoms", lambda document: document.holder.given_names)


def _nationality(x: float, y: float) -> Entry:
    return Entry(x, y, "Nationality / Nationalité", lambda document: document.nationality)


def _sex(x: float, y: float) -> Entry:
    return Entry(x, y, "Sex / Sexe", lambda document: document.holder.sex)


def _birth_place(x: float, y: float) -> Entry:
    label = "Place of birth / Lieu de naissance"
    return Entry(x, y, label, lambda document: document.holder.birth_place)


def _birth_date(x: float, y: float, form: Callable[[date], str]) -> Entry:
    label = "Date of birth / Date de naissance"
    return Entry(x, y, label, lambda document: form(document.holder.birth_date))


def _issue_date(x: float, y: float, form: Callable[[date], str]) -> Entry:
    label = "Date of issue / Date de délivrance"
    return Entry(x, y, label, lambda document: form(document.issue_date))


def _expiry_date(x: float, y: float, form: Callable[[date], str]) -> Entry:
    label = "Date of expiry / Date d'expiration"
    return Entry(x, y, label, lambda document: form(document.expiry_date))


def _authority(x: float, y: float) -> Entry:
    return Entry(x, y, "Authority / Autorité", lambda document: document.authority)


def _type(x: float, y: float) -> Entry:
    return Entry(x, y, "Type", lambda document: document.code)


def _state(x: float, y: float) -> Entry:
    label = "Code of issuing State / Code de l'État émetteur"
    return Entry(x, y, label, lambda document: STATE)


def _constant(x: float, y: float, label: str, text: str) -> Entry:
    return Entry(x, y, label, lambda document: text)


TEAL_AND_ROSE = Palette(
    paper=((230, 240, 241), (247, 239, 233)),
    first=(92, 158, 170),
    second=(204, 132, 150),
    accent=(190, 158, 96),
    type=(28, 34, 50),
    label=(50, 66, 86),
)
BLUE_AND_GREEN = Palette(
    paper=((232, 240, 247), (236, 244, 234)),
    first=(100, 150, 190),
    second=(120, 176, 140),
    accent=(186, 160, 100),
    type=(24, 34, 48),
    label=(42, 62, 84),
)
LILAC_AND_SAND = Palette(
    paper=((241, 236, 245), (248, 242, 230)),
    first=(150, 130, 182),
    second=(200, 164, 110),
    accent=(120, 160, 170),
    type=(34, 28, 48),
    label=(66, 54, 86),
)
GREEN_AND_GOLD = Palette(
    paper=((233, 243, 236), (248, 244, 228)),
    first=(104, 166, 138),
    second=(206, 174, 96),
    accent=(120, 150, 180),
    type=(26, 40, 36),
    label=(44, 70, 60),
)

PASSPORT = Layout(
    width=125,
    height=88,
    palette=TEAL_AND_ROSE,
    title="PASSPORT / PASSEPORT",
    emblem=Circle(11.5, 8.6, 5.6),
    watermark=Circle(82, 40, 22),
    rosette=Circle(103, 46, 18),
    notice=(62.5, 3.1),
    portrait=Box(5.5, 16.2, 35, 45),
    ghost=Box(103.5, 25, 15.4, 19.8),
    signature=Box(76, 57, 32, 6.4),
    mrz_baselines=(73.6, 79.95),
    entries=(
        _type(44.5, 18.4),
        _state(53.5, 18.4),
        _number(94, 18.4, "Passport No. / No. du passeport"),
        _surname(44.5, 25),
        _given_names(44.5, 31.6),
        _nationality(44.5, 38.2),
        _birth_date(76, 38.2, _write_month_name),
        _sex(44.5, 44.8),
        _birth_place(76, 44.8),
        _issue_date(44.5, 51.4, _write_month_name),
        _authority(76, 51.4),
        _expiry_date(44.5, 58, _write_month_name),
    ),
)

IDENTITY_CARD_FRONT = Layout(
    width=85.6,
    height=53.98,
    palette=BLUE_AND_GREEN,
    title="IDENTITY CARD / CARTE D'IDENTITÉ",
    emblem=Circle(6.4, 4.9, 3.6),
    watermark=Circle(57, 30, 15),
    rosette=Circle(74, 36, 13),
    notice=(42.8, 51.9),
    portrait=Box(4, 12.4, 27, 34.7),
    ghost=Box(69.6, 23, 12, 15.4),
    signature=Box(58, 42.6, 22, 5.4),
    label_size=19,
    value_size=28,
    title_size=25,
    banner=9.6,
    monochrome=True,
    entries=(
        _surname(33.5, 14.4),
        _number(57, 14.4),
        _given_names(33.5, 20.8),
        _nationality(33.5, 27.2),
        _sex(57, 27.2),
        _birth_date(33.5, 33.6, _write_with_dots),
        _expiry_date(33.5, 40, _write_with_dots),
    ),
)
IDENTITY_CARD_BACK = Layout(
    width=85.6,
    height=53.98,
    palette=BLUE_AND_GREEN,
    emblem=Circle(73, 14.5, 8),
    watermark=Circle(20, 18, 12),
    rosette=Circle(73, 14.5, 12),
    notice=(42.8, 3.1),
    mrz_baselines=(36.6, 42.95, 49.3),
    label_size=19,
    value_size=28,
    entries=(
        _birth_place(5, 8.2),
        _issue_date(36, 8.2, _write_with_dots),
        _authority(5, 15),
        _constant(5, 21.8, "Address / Adresse", "14 LANTERN STREET, ELDERMERE"),
    ),
)
IDENTITY_CARD_TD2 = Layout(
    width=105,
    height=74,
    palette=LILAC_AND_SAND,
    title="IDENTITY CARD / CARTE D'IDENTITÉ",
    emblem=Circle(8, 5.8, 4.1),
    watermark=Circle(66, 31, 17),
    rosette=Circle(90, 36, 15),
    notice=(52.5, 2.7),
    portrait=Box(5, 13.4, 27, 34.7),
    ghost=Box(89, 13.2, 11.2, 14.4),
    signature=Box(71, 45.2, 24, 4.6),
    mrz_baselines=(59.6, 65.95),
    value_size=29,
    banner=10.6,
    entries=(
        _surname(36, 15),
        _given_names(36, 21.2),
        _nationality(36, 27.4),
        _birth_date(62, 27.4, _write_with_dots),
        _sex(36, 33.6),
        _number(62, 33.6),
        _issue_date(36, 39.8, _write_with_dots),
        _expiry_date(71, 39.8, _write_with_dots),
        _authority(36, 46),
    ),
)
VISA_A = Layout(
    width=120,
    height=80,
    palette=GREEN_AND_GOLD,
    title="VISA",
    title_size=44,
    emblem=Circle(10.5, 7.6, 4.8),
    watermark=Circle(76, 34, 18),
    rosette=Circle(104, 40, 16),
    notice=(60, 2.9),
    portrait=Box(5, 15, 30, 38.6),
    mrz_baselines=(65.6, 71.95),
    corner=1.2,
    entries=(
        _type(39, 17),
        _constant(53, 17, "Number of entries / Nombre d'entrées", "MULT"),
        _number(89, 17),
        _surname(39, 23.4),
        _given_names(39, 29.8),
        _nationality(39, 36.2),
        _sex(62, 36.2),
        _birth_date(75, 36.2, _write_month_name),
        _issue_date(39, 42.6, _write_month_name),
        _expiry_date(75, 42.6, _write_month_name),
        _authority(39, 49),
        _constant(82, 49, "Duration of stay / Durée du séjour", "90 DAYS"),
    ),
)
VISA_B = Layout(
    width=105,
    height=74,
    palette=GREEN_AND_GOLD,
    title="VISA",
    title_size=44,
    emblem=Circle(8.4, 6.8, 4.2),
    watermark=Circle(66, 30, 16),
    rosette=Circle(90, 34, 14),
    notice=(52.5, 2.9),
    portrait=Box(5, 13.4, 27, 34.7),
    mrz_baselines=(59.6, 65.95),
    corner=1.2,
    value_size=29,
    monochrome=True,
    entries=(
        _type(36, 15.2),
        _number(62, 15.2),
        _surname(36, 21.4),
        _given_names(36, 27.6),
        _nationality(36, 33.8),
        _sex(60, 33.8),
        _birth_date(72, 33.8, _write_month_name),
        _issue_date(36, 40, _write_month_name),
        _expiry_date(72, 40, _write_month_name),
        _authority(36, 46.2),
    ),
)
