"""Check results, and policies of a few checks."""

from hypothesis import strategies as st

from docverify.checks import CODES as CHECKED
from docverify.checks import CheckResult, Status
from docverify.documents.kinds import POLICY_KEYS
from docverify.policy import Consequence, Policy
from docverify.verdict import FROM_BEST, Verdict

CODES = ("date_order", "image_blur", "known_specimen", "own_check")
NOTHING = dict.fromkeys(POLICY_KEYS, frozenset())
EMPTY = Policy("own", "7", mandatory=NOTHING)
ONE = Policy("own", "7", mandatory=dict.fromkeys(POLICY_KEYS, frozenset({"date_order"})))
RESULTS = st.builds(
    CheckResult, st.sampled_from(CODES), st.sampled_from(Status), st.sampled_from(Consequence)
)
OWN_POLICIES = st.builds(
    lambda mandatory, consequences, weights: Policy(
        *("own", "7"),
        mandatory=dict.fromkeys(POLICY_KEYS, mandatory),
        consequences=consequences,
        weights=weights,
        risk_threshold=0.5,
    ),
    st.frozensets(st.sampled_from(CODES[:2])),
    st.dictionaries(st.sampled_from(CODES[2:]), st.sampled_from(Consequence))
    | st.dictionaries(st.sampled_from(CODES), st.sampled_from(list(Consequence)[1:])),
    st.dictionaries(st.sampled_from(CODES), st.floats(0, 0.49)),
)
ALL_RESULTS = st.lists(
    st.builds(
        CheckResult,
        st.sampled_from([*sorted(CHECKED), "own_check"]),
        st.sampled_from(Status),
        st.sampled_from(Consequence),
    )
)


def result(
    status: Status, code: str = "own_check", severity: Consequence = Consequence.REFER
) -> CheckResult:
    return CheckResult(code, status, severity)


def badness(verdict: Verdict) -> int:
    return FROM_BEST.index(verdict.outcome)
