"""Papers: the data of a document, before it is drawn or forged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from benchmarks.corpus.aamva import Card
from benchmarks.corpus.licences import CANADIAN_TITLES, LAYOUTS, TITLES, LicenceLayout
from benchmarks.corpus.mrzs import Entries
from benchmarks.corpus.people import Person, another, person
from benchmarks.corpus.states import JURISDICTIONS, STATES, Jurisdiction, State, numbered

TODAY = date(2026, 11, 23)
"""The day of the decision; all other dates are relative to it."""
KINDS = ("TD1", "TD2", "TD3", "MRV-A", "MRV-B", "US licence", "Canadian licence")
FREQUENT = (4, 2, 6, 1, 1, 2, 1)
CODES = {
    "TD1": ("I", "ID", "I"),
    "TD2": ("I",),  # IDFRA would be the French card issued before 2021
    "TD3": ("P", "PP"),
    "MRV-A": ("V",),
    "MRV-B": ("V",),
}
YOUNG = {"D": (24, 6), "ESP": (30, 5)}
"""Issuers with shorter terms for young holders: the age limit, and the number of years."""
VERSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 10)
DRIVING_AGE = 16
PLACES_OF_FIRMS = ("Eldermere", "Port Hallow", "Lantern Bay", "Saint Amberly")
STREETS = ("14 LANTERN ST", "230 HOLLOW OAK RD", "7 QUAYSIDE AVE", "1801 MERIDIAN BLVD")


@dataclass(frozen=True)
class Paper:
    """All data of a document; `jurisdiction` and what follows it only on licences.

    Attributes:
        layout: None for a licence in the rows of a travel document.
    """

    kind: str
    code: str
    state: State
    nationality: str
    number: str
    person: Person
    issue_date: date
    expiry_date: date
    jurisdiction: Jurisdiction | None = None
    version: int = 0
    street: str = ""
    title: str = ""
    layout: LicenceLayout | None = None

    @property
    def printed_number(self) -> str:
        """Return the number as the issuer prints it."""
        return self.jurisdiction.print_number(self.number) if self.jurisdiction else self.number

    @property
    def postal_code(self) -> str:
        """Return a postal code of the country of a licence."""
        return "90210" if self.state.code == "USA" else "V8V 1A1"

    @property
    def discriminator(self) -> str:
        """Return the document discriminator of a licence."""
        return f"{self.issue_date:%y%j}{self.number[-4:]}"

    @property
    def entries(self) -> Entries:
        """Return the data of its MRZ."""
        holder = self.person
        return Entries(
            self.kind,
            self.code,
            self.state.code,
            self.nationality,
            self.number,
            holder.surname,
            holder.given_names,
            holder.sex,
            holder.birth_date,
            self.expiry_date,
        )

    @property
    def card(self) -> Card:
        """Return the data of its barcode."""
        issuer, holder = self.jurisdiction, self.person
        if issuer is None:
            raise ValueError("only licences have a barcode")
        return Card(
            self.version,
            issuer.issuer_id,
            issuer.code,
            issuer.country,
            self.number,
            holder.surname,
            holder.given_names,
            holder.sex,
            holder.birth_date,
            self.issue_date,
            self.expiry_date,
            self.street,
            holder.birth_place,
            "902100000" if issuer.country == "USA" else self.postal_code,
            self.discriminator,
            "ID" if self.title.startswith("IDENTIFICATION") else "DL",
        )

    @property
    def printed(self) -> dict[str, str]:
        """Return the printed values, dates as YYYY-MM-DD, without empty fields."""
        holder = self.person
        values = {
            "surname": holder.surname,
            "given_names": holder.given_names,
            "document_number": self.number,
            "nationality": "" if self.jurisdiction else self.nationality,
            "birth_date": holder.birth_date.isoformat(),
            "sex": holder.sex,
            "issue_date": self.issue_date.isoformat(),
            "expiry_date": self.expiry_date.isoformat(),
        }
        return {name: text for name, text in values.items() if text}


def paper(kind: str, chance: Random) -> Paper:
    """Generate a genuine paper."""
    if kind.endswith("licence"):
        return _licence(kind, chance)
    state = chance.choice(STATES)
    holder = person(chance, TODAY)
    years = 5 if kind.startswith("MRV") else 10
    issue = TODAY - timedelta(days=chance.randrange(40, years * 365 - 120))
    age, short = YOUNG.get(state.code, (0, years))
    if years == 10 and issue < after(holder.birth_date, age):
        years = short
        issue = TODAY - timedelta(days=(TODAY - issue).days * short // 10)
    nationality = chance.choice(STATES).code if kind.startswith("MRV") else state.code
    return Paper(
        kind,
        chance.choice(CODES[kind]),
        state,
        nationality,
        _number(kind, state, chance),
        holder,
        issue,
        after(issue, years),
    )


def _number(kind: str, state: State, chance: Random) -> str:
    if kind == "TD1" and chance.random() < 0.1:
        return numbered("LL999999999", chance)  # longer than the field of the MRZ
    return numbered(state.number, chance)


def _licence(kind: str, chance: Random) -> Paper:
    country = "USA" if kind == "US licence" else "CAN"
    issuer = chance.choice([each for each in JURISDICTIONS if each.country == country])
    layouts = [each for each in LAYOUTS if each.country == country]
    layout = chance.choice([None, *layouts])
    holder = person(chance, TODAY, licence=True)
    if layout and layout.upright:
        holder = replace(holder, birth_date=TODAY - timedelta(days=chance.randrange(6620, 7500)))
    issue, expiry = _licence_dates(holder.birth_date, issuer.years, chance)
    return Paper(
        kind,
        "DL",
        State(country, "en", ""),
        country,
        numbered(issuer.number, chance),
        holder,
        issue,
        expiry,
        issuer,
        chance.choice(VERSIONS),
        chance.choice(STREETS),
        chance.choice(TITLES if country == "USA" else CANADIAN_TITLES),
        layout,
    )


def _licence_dates(birth: date, years: int, chance: Random) -> tuple[date, date]:
    """Return a day of issue from the 16th birthday on, and the day of expiry after TODAY.

    Many licences expire on a birthday, those of young holders on the 21st one.
    """
    longest = min(years * 365 - 120, (TODAY - after(birth, DRIVING_AGE)).days - 1)
    issue = TODAY - timedelta(days=chance.randrange(40, max(longest, 41)))
    coming_of_age = birthday(birth, birth.year + 21)
    if coming_of_age > TODAY:
        return issue, coming_of_age
    on_birthday = birthday(birth, issue.year + years)
    if chance.random() < 0.6 and TODAY < on_birthday <= after(issue, years):
        return issue, on_birthday
    return issue, after(issue, years)


def birthday(birth: date, year: int) -> date:
    """Return the birthday in a year."""
    return birth.replace(year=year, day=min(birth.day, 28))


def after(day: date, years: int) -> date:
    """Return the last day of a term of whole years: the day before the anniversary."""
    return day.replace(year=day.year + years, day=min(day.day, 28)) - timedelta(days=1)


def issue_to_another_person(one: Paper, chance: Random) -> Paper:
    """Generate a paper of the same issuer for another person."""
    licence = one.jurisdiction is not None
    number = one.number
    while number == one.number:
        pattern = one.jurisdiction.number if one.jurisdiction else one.state.number
        number = numbered(pattern, chance)
    holder = another(one.person, chance, TODAY, licence=licence)
    return replace(one, number=number, person=holder)
