"""Attacks: each is one change to a genuine document, with the labels that follow from it."""

from __future__ import annotations

from benchmarks.corpus.captures import PHOTOCOPY, RECAPTURE, SCAN
from benchmarks.corpus.edits import (
    DATES,
    change_nothing,
    change_state_to_utopia,
    edit_mrz,
    edit_print,
    edit_print_and_mrz,
    exchange_applicant,
    exchange_barcode,
    exchange_portrait,
    let_expire,
    mark_as_generated,
    misprint_check_digit,
    paste_names,
    print_specimen_word,
    save_with_editor,
)
from benchmarks.corpus.hidden_evidence import (
    add_page_in_colour,
    hide_by_profile,
    hide_by_transparency,
    print_faintly,
    tint_photocopy,
)
from benchmarks.corpus.misused_documents import (
    choose_code_of_visa,
    leave_out_given_names,
    print_other_century,
    stamp_mark,
    state_other_birth_date,
    state_similar_name,
)
from benchmarks.corpus.originals import LICENCES, WITH_MRZ, Attack, choose
from benchmarks.corpus.papers_with_data import (
    add_other_person,
    name_another_state,
    paste_into_letter,
    send_back_alone,
    title_with_other_people,
    type_values,
)
from benchmarks.corpus.pasted_values import print_one_value_elsewhere, print_other_person_elsewhere
from benchmarks.corpus.visas import add_visa_of_another_person

WITHOUT_VISAS = WITH_MRZ[:3]
COPIES = (PHOTOCOPY, RECAPTURE)

EDITS = (
    Attack(
        "printed number or name edited",
        "data",
        edit_print(("document_number", "surname", "given_names")),
    ),
    Attack("printed date edited", "data", edit_print(DATES)),
    Attack("MRZ edited, check digits recomputed", "data", edit_mrz(fitting=True), WITH_MRZ),
    Attack("MRZ edited, check digits unchanged", "data", edit_mrz(fitting=False), WITH_MRZ),
    Attack("printed text and MRZ edited alike", "image", edit_print_and_mrz, WITH_MRZ),
    Attack("wrong check digit", "data", misprint_check_digit, WITH_MRZ),
    Attack("barcode of another person", "data", exchange_barcode, LICENCES),
    Attack("replaced portrait", "image", exchange_portrait),
    Attack("names pasted from another document", "data", paste_names),
    Attack("expired", "data", let_expire),
    Attack("the word SPECIMEN printed", "data", print_specimen_word),
    Attack("issuing state of specimens", "data", change_state_to_utopia, WITH_MRZ),
    Attack("photocopy", "image", change_nothing, captures=(PHOTOCOPY,)),
    Attack("photo of a screen", "image", change_nothing, captures=(RECAPTURE,)),
    Attack("metadata of an image editor", "file", save_with_editor, captures=(SCAN,)),
    Attack("mark of an image generator", "file", mark_as_generated, captures=(SCAN,)),
    Attack("sent for another applicant", "data", exchange_applicant),
)
"""Changes of one value, one source or the file."""
FORGERIES = (
    Attack("another person's values outside the fields", "data", print_other_person_elsewhere),
    Attack("new value outside its field", "data", print_one_value_elsewhere),
    Attack(
        "letter or typed page with an MRZ or barcode",
        "data",
        choose(paste_into_letter, type_values),
    ),
    Attack("back of a licence with typed values", "data", send_back_alone, LICENCES),
    Attack("title of another State", "data", name_another_state, WITH_MRZ),
    Attack(
        "sent for an applicant with similar data",
        "data",
        choose(state_similar_name, state_similar_name, state_other_birth_date),
    ),
    Attack("copy with an added page", "image", add_page_in_colour, captures=COPIES),
    Attack("tinted photocopy", "image", tint_photocopy, captures=(PHOTOCOPY,)),
    Attack(
        "print that people do not see",
        "data",
        choose(print_faintly, hide_by_profile, hide_by_transparency),
        captures=(SCAN,),
    ),
    Attack("two persons in one file", "data", add_other_person),
    Attack("child's birth date in another century", "data", print_other_century, WITHOUT_VISAS),
    Attack("mark of invalidity", "data", stamp_mark),
    Attack("MRZ without given names", "data", leave_out_given_names, WITH_MRZ),
    Attack("visa of another person with a passport", "data", add_visa_of_another_person, ("TD3",)),
    Attack("MRZ with the code of a visa", "data", choose_code_of_visa, ("TD2", "TD3")),
    Attack("title of other people or misspelt", "data", title_with_other_people, WITH_MRZ),
)
"""Documents that are made so that values agree, or evidence is missing or invisible."""
ATTACKS = EDITS + FORGERIES
