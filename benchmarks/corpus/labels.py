"""Labels of the values of a document, in the languages of its issuer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

Labels = Mapping[str, str]

LABELS: Mapping[str, Labels] = {
    "en": {
        "surname": "Surname",
        "given_names": "Given names",
        "document_number": "Document No.",
        "nationality": "Nationality",
        "birth_date": "Date of birth",
        "sex": "Sex",
        "issue_date": "Date of issue",
        "expiry_date": "Date of expiry",
        "birth_place": "Place of birth",
        "authority": "Authority",
    },
    "fr": {
        "surname": "Nom",
        "given_names": "Prénoms",
        "document_number": "No. du document",
        "nationality": "Nationalité",
        "birth_date": "Date de naissance",
        "sex": "Sexe",
        "issue_date": "Date de délivrance",
        "expiry_date": "Date d'expiration",
        "birth_place": "Lieu de naissance",
        "authority": "Autorité",
    },
    "de": {
        "surname": "Name",
        "given_names": "Vornamen",
        "document_number": "Dokumenten-Nr.",
        "nationality": "Staatsangehörigkeit",
        "birth_date": "Geburtsdatum",
        "sex": "Geschlecht",
        "issue_date": "Ausstellungsdatum",
        "expiry_date": "Gültig bis",
        "birth_place": "Geburtsort",
        "authority": "Behörde",
    },
    "es": {
        "surname": "Apellidos",
        "given_names": "Nombre",
        "document_number": "Número de documento",
        "nationality": "Nacionalidad",
        "birth_date": "Fecha de nacimiento",
        "sex": "Sexo",
        "issue_date": "Fecha de expedición",
        "expiry_date": "Fecha de caducidad",
        "birth_place": "Lugar de nacimiento",
        "authority": "Autoridad",
    },
    "pt": {
        "surname": "Apelidos",
        "given_names": "Nomes próprios",
        "document_number": "Número do documento",
        "nationality": "Nacionalidade",
        "birth_date": "Data de nascimento",
        "sex": "Sexo",
        "issue_date": "Data de emissão",
        "expiry_date": "Data de validade",
        "birth_place": "Local de nascimento",
        "authority": "Autoridade",
    },
    "it": {
        "surname": "Cognome",
        "given_names": "Nome",
        "document_number": "Numero del documento",
        "nationality": "Cittadinanza",
        "birth_date": "Data di nascita",
        "sex": "Sesso",
        "issue_date": "Data di rilascio",
        "expiry_date": "Data di scadenza",
        "birth_place": "Luogo di nascita",
        "authority": "Autorità",
    },
    "nl": {
        "surname": "Naam",
        "given_names": "Voornamen",
        "document_number": "Documentnummer",
        "nationality": "Nationaliteit",
        "birth_date": "Geboortedatum",
        "sex": "Geslacht",
        "issue_date": "Datum van afgifte",
        "expiry_date": "Geldig tot",
        "birth_place": "Geboorteplaats",
        "authority": "Autoriteit",
    },
    "fi": {
        "surname": "Sukunimi",
        "given_names": "Etunimet",
        "document_number": "Asiakirjan numero",
        "nationality": "Kansalaisuus",
        "birth_date": "Syntymäaika",
        "sex": "Sukupuoli",
        "issue_date": "Myöntämispäivä",
        "expiry_date": "Viimeinen voimassaolopäivä",
        "birth_place": "Syntymäpaikka",
        "authority": "Viranomainen",
    },
    "cs": {
        "surname": "Příjmení",
        "given_names": "Jména",
        "document_number": "Číslo dokladu",
        "nationality": "Státní občanství",
        "birth_date": "Datum narození",
        "sex": "Pohlaví",
        "issue_date": "Datum vydání",
        "expiry_date": "Platnost do",
        "birth_place": "Místo narození",
        "authority": "Úřad",
    },
    "hu": {
        "surname": "Családi név",
        "given_names": "Utónév",
        "document_number": "Okmány száma",
        "nationality": "Állampolgárság",
        "birth_date": "Születési idő",
        "sex": "Nem",
        "issue_date": "Kiállítás dátuma",
        "expiry_date": "Érvényes",
        "birth_place": "Születési hely",
        "authority": "Hatóság",
    },
}
NUMBERS = {
    name: number
    for number, name in enumerate(
        (
            *("surname", "given_names", "nationality", "birth_date", "sex", "birth_place"),
            *("issue_date", "expiry_date", "authority", "document_number"),
        ),
        1,
    )
}
"""The field numbers of documents that number their labels."""
LICENCE_LABELS: tuple[Labels, ...] = (
    {
        "document_number": "4d LIC#",
        "surname": "1",
        "given_names": "2",
        "birth_date": "3 DOB",
        "issue_date": "4a ISS",
        "expiry_date": "4b EXP",
        "sex": "15 SEX",
        "address": "8",
    },
    {
        "document_number": "DL",
        "surname": "LN",
        "given_names": "FN",
        "birth_date": "DOB",
        "issue_date": "ISS",
        "expiry_date": "EXP",
        "sex": "SEX",
        "address": "ADDRESS",
    },
    {
        "document_number": "License No.",
        "surname": "Last name",
        "given_names": "First name",
        "birth_date": "Date of birth",
        "issue_date": "Issued",
        "expiry_date": "Expires",
        "sex": "Sex",
        "address": "Address",
    },
)
CANADIAN_LABELS: Labels = {
    "document_number": "Number / Numéro",
    "surname": "Name / Nom",
    "given_names": "Given names / Prénoms",
    "birth_date": "Date of birth / Date de naissance",
    "issue_date": "Issued / Délivré",
    "expiry_date": "Expires / Expire",
    "sex": "Sex / Sexe",
    "address": "Address / Adresse",
}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
MOIS = ("JAN", "FÉV", "MARS", "AVR", "MAI", "JUIN", "JUIL", "AOÛT", "SEPT", "OCT", "NOV", "DÉC")


def label(name: str, languages: tuple[str, ...], *, numbered: bool) -> str:
    """Write the label of a field in one or two languages."""
    words = " / ".join(dict.fromkeys(LABELS[each][name] for each in languages))
    return f"{NUMBERS[name]}. {words}" if numbered else words


def written(day: date, notation: str) -> str:
    """Write a date in one of the notations of issuers."""
    month = day.month - 1
    return {
        "text": f"{day.day:02} {MONTHS[month]} {day.year}",
        "two months": f"{day.day:02} {MONTHS[month]} / {MOIS[month]} {day.year}",
        "dots": f"{day:%d.%m.%Y}",
        "slashes": f"{day:%d/%m/%Y}",
        "ISO": f"{day:%Y-%m-%d}",
        "American": f"{day:%m/%d/%Y}",
        "American, dashes": f"{day:%m-%d-%Y}",
        "Canadian": f"{day:%Y/%m/%d}",
        "Canadian, dashes": f"{day:%Y-%m-%d}",
        "Canadian, words": f"{day.year}-{MONTHS[month]}-{day.day:02}",
    }[notation]
