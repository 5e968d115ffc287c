"""Documents of the corpus, and what in them does not hold."""

from random import Random

from benchmarks.corpus.attacks import ATTACKS
from benchmarks.corpus.captures import SCAN
from benchmarks.corpus.designs import design
from benchmarks.corpus.originals import genuine
from benchmarks.corpus.papers import paper
from docverify.documents.mrz import parse_mrz

NAMES = [each.name for each in ATTACKS]


def made(name, seed, kind=None):
    """Make an attacked document up, and the genuine one that it was before."""
    attack = next(each for each in ATTACKS if each.name == name)
    chance = Random(f"{name}:{seed}")
    said = paper(kind or chance.choice(attack.kinds), chance)
    whole = genuine(said, design(said, chance), SCAN)
    return whole, attack.change(whole, chance)


def broken(document):
    return {each.field for each in parse_mrz(document.mrz).check_digits if not each.is_correct}
