"""Marks of invalidity, such as CANCELLED, VOID and COPY, in the languages of the labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Levenshtein

from docverify.documents.languages import WordList, find_words
from docverify.documents.word_runs import begins_with, find_runs, fold_words, split_entries

MAX_MARK_WORDS = 6  # words of a line that is a mark; longer ones are sentences
MIN_LONG_MARK = 9  # letters of a mark; names do not resemble marks of this length
MIN_SCATTERED = 0.75  # share of the letters of a mark that is stamped over another line
MIN_BOTH, MAX_BOTH = 1.5, 2.0  # letters of both together, in lengths of the mark
MIN_DENIED = 4  # letters of a name after a word such as NOT; short names are also other words
MISREAD_LABEL = "non"  # Nom at the beginning of a line
SENTENCE_END = re.compile(r"[.:;!](?=\s|$)|\s[-–—](?=\s)")  # noqa: RUF001
UNTIL_DATE = re.compile(r"\buntil(?=\W+\d)", re.IGNORECASE)  # not a condition, unlike UNTIL SIGNED


def has_invalidity_mark(text: str, *, is_doubtful: bool = False) -> bool:
    """Return whether a printed line marks its document as invalid, or as a copy.

    The mark is the whole line, begins it before a full stop or an instruction, or is among the
    words of a short line without a condition or an instruction. In a long mark, one letter may be
    misread or covered, or two if the reading of the line is doubtful; it may also be joined with
    other letters, or stamped over another line in capitals. LOST is a mark only as a whole line.

    >>> has_invalidity_mark("C A N C E L L E D"), has_invalidity_mark("CERTIFIED COPY")
    (True, True)
    >>> has_invalidity_mark("VOID IF ALTERED"), has_invalidity_mark("VOID. DO NOT USE")
    (False, True)
    """
    words = fold_words(UNTIL_DATE.sub(" ", text))
    if _is_whole_mark(words) or _begins_with_mark(text):
        return True
    if _has_sentence(words) and not (text[:1].isupper() and _has_unexcused_mark(words, text)):
        return False
    if len(words) > MAX_MARK_WORDS:
        # A mark printed many times, or with a reason after it: CANCELLED BY ORDER OF THE COURT.
        marks = split_entries(WordList.INVALIDITY_MARKS)
        return any({*words} == {*mark} for mark in marks) or words[0] in _list_long_marks()
    if is_doubtful and text.isupper() and _has_scattered_mark("".join(words)):
        return True
    return any(_find_marks(words)) or any(
        _resembles_mark(word, 2 if is_doubtful else 1) for word in (*words, "".join(words))
    )


def consists_of_names(text: str, names: Collection[str]) -> bool:
    """Return whether a line is one of the names, or its marks are made of words from the names.

    >>> consists_of_names("ANNA COPY", ["COPY"]), consists_of_names("DA HUY", ["HUY"])
    (True, False)
    """
    if text in names:
        return True
    words = fold_words(text)
    own = {word for name in names for word in fold_words(name)}
    marks = [words[start:stop] for start, stop in _find_marks(words)]
    marks += [(word,) for word in words if _resembles_mark(word, 1)]
    if _is_whole_mark(words):
        marks.append(words)
    return bool(marks) and all(own.issuperset(each) for each in marks)


def _find_marks(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where marks begin and end among the words of a line.

    A purpose after "not valid" restricts a genuine document: NIET GELDIG ALS REISDOCUMENT.
    """
    yield from find_runs(words, WordList.INVALIDITY_MARKS)
    ends = find_runs(words, WordList.INVALIDITY_ENDS)
    yield from ((start, stop) for start, stop in ends if stop == len(words))


def negates_name(text: str, names: Collection[str]) -> bool:
    """Return whether a line ends with a word such as NOT before nothing but the holder's names.

    >>> negates_name("SURNAME (NOT MILLER)", ["MILLER"]), negates_name("JANE MILLER", ["MILLER"])
    (True, False)
    """
    words = fold_words(text)
    own = {word for name in names for word in fold_words(name)}
    negations = [
        (start, stop)
        for start, stop in find_runs(words, WordList.NEGATIONS)
        if start or words[0] != MISREAD_LABEL
    ]
    denied = (words[stop:] for start, stop in negations if own.isdisjoint(words[start:stop]))
    return any(
        own.issuperset(each) and max(map(len, each), default=0) >= MIN_DENIED for each in denied
    )


def _is_whole_mark(words: Sequence[str]) -> bool:
    lists = (WordList.INVALIDITY_MARKS, WordList.INVALIDITY_LINES, WordList.INVALIDITY_ENDS)
    return any("".join(words) in _join(each) for each in lists)


def _resembles_mark(word: str, most: int) -> bool:
    """Return whether a word contains a long mark, or differs from one in at most `most` letters."""
    if len(word) < MIN_LONG_MARK - 1:
        return False
    nearest = process.extractOne(
        word, _list_long_marks(), scorer=Levenshtein.distance, score_cutoff=most
    )
    return nearest is not None or _compile_long_marks().search(word) is not None


def _has_scattered_mark(letters: str) -> bool:
    """Return whether most letters of a long mark occur among other letters, in their order.

    A stamp over another line is read in this way: CADRNERGLENGEADO for CANCELLED.
    """
    return any(
        MIN_BOTH * len(mark) <= len(letters) <= MAX_BOTH * len(mark)
        and LCSseq.similarity(letters, mark) >= MIN_SCATTERED * len(mark)
        for mark in _list_long_marks()
    )


def _begins_with_mark(text: str) -> bool:
    """Return whether a line begins with a mark that a full stop or an instruction follows.

    LOST OR STOLEN is also the question of genuine documents before CALL.
    """
    head, end, rest = _split_first_sentence(text)
    words, following = fold_words(head), fold_words(rest)
    marks = [
        words[:stop] for start, stop in find_runs(words, WordList.INVALIDITY_MARKS) if not start
    ]
    mark = max((each for each in marks if not _names_loss(each)), key=len, default=())
    if not mark:
        return False
    if end and len(words) == len(mark):
        return bool(following) and not begins_with(following, WordList.CONDITIONS)
    after = words[len(mark) :]
    return begins_with(after[after[:1] == ("please",) :], WordList.INSTRUCTIONS)


def _split_first_sentence(text: str) -> tuple[str, str, str]:
    """Return the first sentence of a line, the sign that ends it, and the rest."""
    found = SENTENCE_END.search(text)
    if not found:
        return text, "", ""
    return text[: found.start()], found.group(), text[found.end() :]


def _names_loss(mark: Sequence[str]) -> bool:
    losses = find_words(WordList.EARLIER_DOCUMENTS)
    return len(mark) > 1 and mark[0] in losses


def has_unconditional_mark(text: str) -> bool:
    """Return whether any number of words contain a mark of invalidity without a condition.

    A mark is excused only by a condition directly before or after it, or by an instruction and an
    article directly before it: REPORT A STOLEN CARD. This rule is for text as large as the values
    of the document, because small print explains what happens to lost or altered documents.

    >>> has_unconditional_mark("CANCELLED PLEASE RETURN TO ISSUER")
    True
    >>> has_unconditional_mark("VOID IF ALTERED"), has_unconditional_mark("IF LOST OR STOLEN CALL")
    (False, False)
    """
    words = fold_words(UNTIL_DATE.sub(" ", text))
    marks = [*_find_marks(words)]
    marks += [(n, n + 1) for n, word in enumerate(words) if _resembles_mark(word, 1)]
    whole = [one for one in marks if not any(_is_within(one, other) for other in marks)]
    return not all(_is_excused(words, start, stop) for start, stop in whole)


def _is_within(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]


def _is_excused(words: Sequence[str], start: int, stop: int) -> bool:
    """Return whether a condition is next to a mark, or an instruction and an article before it.

    A condition after a withdrawal, as in CANCELLED WHEN REPLACED, does not count.
    """
    conditions = [*find_runs(words, WordList.CONDITIONS)]
    is_withdrawal = (start, stop) in find_runs(words, WordList.WITHDRAWALS)
    is_conditional = any(
        end == start or (begin == stop and not is_withdrawal) for begin, end in conditions
    )
    instructions = find_runs(words, WordList.INSTRUCTIONS)
    is_ordered = words[start - 1 : start] == ("a",) and any(
        end == start - 1 for _, end in instructions
    )
    return is_conditional or is_ordered


def _has_unexcused_mark(words: Sequence[str], text: str) -> bool:
    """Return whether a short line has a mark that its conditions and instructions do not excuse.

    Those are a withdrawal directly before the only condition, VOID before a condition that is not
    about the use of the document, and DO NOT ACCEPT, which is an instruction itself.
    """
    conditions = [*find_runs(words, WordList.CONDITIONS)]
    if len(words) > MAX_MARK_WORDS or any(find_runs(words, WordList.POSSIBILITIES)):
        return False
    if not conditions:
        return _has_mark_as_instruction(words)
    if any(find_runs(words, WordList.INSTRUCTIONS)):
        return False
    withdrawn = {
        stop
        for start, stop in find_runs(words, WordList.WITHDRAWALS)
        if text.isupper() or not start
    }
    marked = {stop for start, stop in _find_marks(words) if not start}
    return all(
        begin in withdrawn or (begin in marked and not _is_about_use(words, begin))
        for begin, _ in conditions
    )


def _has_mark_as_instruction(words: Sequence[str]) -> bool:
    instructions = [*find_runs(words, WordList.INSTRUCTIONS)]
    return any(
        start <= begin and end <= stop
        for start, stop in _find_marks(words)
        for begin, end in instructions
    )


def _is_about_use(words: Sequence[str], begin: int) -> bool:
    """Return whether a condition may concern the use of a document, as UNTIL SIGNED does.

    The line may end before the rest of the condition.
    """
    if not begins_with(words[begin:], WordList.TIME_CONDITIONS):
        return True
    following = words[begin + 1 :]
    return not following or any(find_runs(following, WordList.USES))


def _has_sentence(words: Sequence[str]) -> bool:
    lists = (WordList.CONDITIONS, WordList.INSTRUCTIONS, WordList.POSSIBILITIES)
    return any(any(find_runs(words, each)) for each in lists)


@cache
def _compile_long_marks() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_list_long_marks()))))


@cache
def _list_long_marks() -> frozenset[str]:
    words = (mark for mark in split_entries(WordList.INVALIDITY_MARKS) if len(mark) == 1)
    return frozenset(word for (word,) in words if len(word) >= MIN_LONG_MARK)


@cache
def _join(word_list: WordList) -> frozenset[str]:
    return frozenset("".join(words) for words in split_entries(word_list))
