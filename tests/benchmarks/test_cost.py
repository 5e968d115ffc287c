"""The calculator of cost and time: its laws, and a simulation that starts each container."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cost import (
    PLANS,
    Measured,
    Plan,
    assumptions,
    container_seconds,
    duration,
    estimate,
    scales,
    simulated,
    sources,
    values,
)

FOUND = Measured(
    start_seconds=8.0,
    document_seconds=2.5,
    requests_run=14,
    requests_chunk=2,
    lines_run=4,
    lines_chunk=1,
    document_bytes=900_000,
    record_bytes=20_000,
    records_second=20,
)
GIVEN = values()
COUNTS = st.integers(1, 10**8)
PLAN = st.builds(
    Plan,
    documents=COUNTS,
    chunk=st.integers(1, 2000),
    containers=st.integers(1, 5000),
    plan=st.sampled_from(PLANS),
)


def of(**options):
    return estimate(Plan(**options), FOUND, GIVEN)


@given(PLAN, COUNTS)
def test_more_documents_never_cost_less_or_take_less_time(plan, more):
    larger = Plan(plan.documents + more, plan.chunk, plan.containers, plan.plan)
    fewer, many = (estimate(each, FOUND, GIVEN) for each in (plan, larger))

    assert many.cost >= fewer.cost
    assert many.time >= fewer.time


@given(st.integers(1, 500), st.integers(2, 50))
def test_a_chunk_shares_one_start_among_its_documents(chunk, times):
    documents = chunk * times * 10
    small, large = (of(documents=documents, chunk=each) for each in (chunk, chunk * times))
    saved = documents / chunk * (1 - 1 / times) * container_seconds(0, FOUND, GIVEN)

    assert large.costs["vCPU"] <= small.costs["vCPU"]
    if container_seconds(chunk, FOUND, GIVEN) >= GIVEN["least_seconds"]:
        less = (small.costs["vCPU"] - large.costs["vCPU"]) / GIVEN["vcpu_hour"] * 3600
        assert less == pytest.approx(saved)


@given(PLAN)
def test_more_concurrent_containers_never_take_longer_or_cost_more(plan):
    wider = Plan(plan.documents, plan.chunk, plan.containers * 2, plan.plan)
    narrow, wide = (estimate(each, FOUND, GIVEN) for each in (plan, wider))

    assert wide.time <= narrow.time
    assert wide.costs["vCPU"] == narrow.costs["vCPU"]


def test_a_container_for_each_document_is_bound_by_the_requests_of_prefect():
    got = of(documents=1_000_000, chunk=1, containers=1000)

    assert got.bound_by == "Prefect requests"
    assert got.time == pytest.approx(1_000_000 * 14 / 2000 * 60, rel=1e-3)


def test_without_the_limit_on_requests_the_start_rate_of_ecs_is_the_bound():
    plan = Plan(1_000_000, containers=10_000)
    free = values({"pro_requests": 1e9, "pro_lines": 1e9})
    got = estimate(plan, Measured(**vars(FOUND) | {"records_second": 1e6}), free)

    assert got.bound_by == "ECS starts"
    assert got.time == pytest.approx(1_000_000 / 20, rel=1e-2)


def test_few_concurrent_containers_are_themselves_the_bound():
    got = of(documents=100_000, chunk=1000, containers=2)

    assert got.bound_by == "work of the containers"
    assert got.time == pytest.approx(50 * container_seconds(1000, FOUND, GIVEN))


def test_work_of_one_container_is_the_bound_if_everything_fits_into_it():
    got = of(documents=1000, chunk=1000, containers=50)

    assert got.bound_by == "work of the containers"
    assert got.time == pytest.approx(container_seconds(1000, FOUND, GIVEN), rel=0.05)


def test_many_containers_with_large_chunks_are_bound_by_the_database():
    free = values({"pro_requests": 1e9, "pro_lines": 1e9})
    got = estimate(Plan(10_000_000, 1000, 5000), FOUND, free)

    assert got.bound_by == "PostgreSQL"
    assert got.time == pytest.approx(10_000_000 / 40, rel=0.02)


@pytest.mark.parametrize("limit", ["pro_requests", "pro_lines", "container_starts"])
@given(PLAN)
def test_a_higher_limit_never_makes_it_slower(limit, plan):
    raised = values({limit: GIVEN[limit] * 3})

    assert estimate(plan, FOUND, raised).time <= estimate(plan, FOUND, GIVEN).time


def test_container_is_billed_for_at_least_one_minute():
    fast = values({"pull_seconds": 0.0})
    got = estimate(Plan(100), FOUND, fast)

    assert container_seconds(1, FOUND, fast) < 60
    assert got.costs["vCPU"] == pytest.approx(100 * 60 / 3600 * GIVEN["vcpu_hour"])


def test_last_container_is_billed_only_for_its_own_documents():
    whole, part = of(documents=1000, chunk=500), of(documents=501, chunk=500)
    seconds = container_seconds(500, FOUND, GIVEN) + container_seconds(1, FOUND, GIVEN)

    assert part.costs["vCPU"] < whole.costs["vCPU"]
    assert part.costs["vCPU"] == pytest.approx(seconds / 3600 * GIVEN["vcpu_hour"])


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("documents", [1, 100, 1000, 20_000])
@pytest.mark.parametrize("chunk", [1, 20, 200])
@pytest.mark.parametrize("containers", [1, 50, 1000])
def test_estimate_agrees_with_a_simulation_of_every_container(documents, chunk, containers, plan):
    wide = Measured(**vars(FOUND) | {"records_second": 1e9})  # the simulation knows no database
    asked = Plan(documents, chunk, containers, plan)
    one_life = container_seconds(asked.longest, wide, GIVEN)

    assert simulated(asked, wide, GIVEN) == pytest.approx(
        estimate(asked, wide, GIVEN).time, abs=one_life, rel=0.05
    )


def test_a_simulation_of_too_many_containers_is_refused():
    with pytest.raises(ValueError, match="one by one"):
        simulated(Plan(10**8), FOUND, GIVEN)


def test_every_assumption_has_its_source_and_date():
    for each in assumptions():
        assert each.source
        assert re.fullmatch(r"20\d\d-\d\d", each.date)
        assert each.kind in ("price", "limit", "choice", "assumed")


def test_every_assumption_and_measured_figure_is_listed():
    listed = {row[0] for row in sources(FOUND).rows}

    assert listed == {
        each.replace("_", " ") for each in [*(found.name for found in assumptions()), *vars(FOUND)]
    }


def test_the_table_has_a_thousand_a_million_and_a_hundred_million():
    assert {row[0] for row in scales(FOUND, GIVEN).rows} == {"1,000", "1,000,000", "100,000,000"}


def test_an_assumption_that_does_not_exist_cannot_be_changed():
    with pytest.raises(ValueError, match=r"assumptions\.json has no vcpu_minute"):
        values({"vcpu_minute": 1.0})


@pytest.mark.parametrize(
    "options", [{"documents": 0}, {"chunk": 0}, {"containers": 0}, {"months": -1}, {"plan": "x"}]
)
def test_impossible_plan_is_refused(options):
    with pytest.raises(ValueError, match="must be"):
        Plan(**{"documents": 1} | options)


def test_duration_is_shown_in_a_readable_unit():
    assert [duration(each) for each in (42, 600, 5400, 864_000)] == [
        "42 s",
        "10 min",
        "1.5 h",
        "10.0 days",
    ]
