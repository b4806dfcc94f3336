from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from smartmaint.accounts.limits.allowances import Allowance, Demand, Refusal
from smartmaint.accounts.limits.alone import OwnBuckets
from smartmaint.accounts.limits.bank import Bank, BankAway
from smartmaint.accounts.limits.spending import Spending

NOW = datetime(2026, 3, 2, tzinfo=UTC).timestamp()


def allowance(rate=1.0, burst=10.0):
    return Allowance(f"token:{uuid4().hex}:requests", rate, burst)


@pytest.fixture
def bank():
    return Bank(settings.REDIS_URL)


@pytest.fixture
def away(tmp_path):
    return Bank(f"unix://{tmp_path}/nothing.sock")


def spending(bank, processes=1):
    return Spending(bank, OwnBuckets(processes))


def admitted(one, demand, times, now=NOW):
    return sum(one.take([demand], now) is None for _ in range(times))


@pytest.mark.parametrize("place", ["bank", "away"])
def test_it_admits_the_burst_and_then_says_how_long_to_wait(place, request):
    one, demand = spending(request.getfixturevalue(place)), Demand(allowance(rate=0.5), 1)
    assert admitted(one, demand, 15) == 10
    refused = one.take([demand], NOW)
    assert refused.demand == demand
    assert 1.5 < refused.wait <= 2


def test_processes_share_a_bucket_but_for_their_leases(bank):
    demand = Demand(allowance(rate=100.0, burst=200.0), 1)
    processes = [spending(bank) for _ in range(3)]
    total = sum(admitted(one, demand, 300) for one in processes)
    assert 200 <= total <= 200 + 100 * 0.5  # what flows in while the test runs


def test_most_requests_ask_nobody(bank):
    demand, asked = Demand(allowance(rate=1000.0, burst=2000.0), 1), []
    one = spending(bank)
    lease, bank.lease = bank.lease, lambda *given: asked.append(given) or lease(*given)
    assert admitted(one, demand, 1000) == 1000
    assert len(asked) <= 11


def test_many_threads_at_once_lease_no_more_than_they_need(bank):
    """Each of 32 taking a lease of 10 for itself would empty a bucket of 200."""
    one, demand = spending(bank), Demand(allowance(rate=100.0, burst=200.0), 1)
    together = Barrier(32)
    with ThreadPoolExecutor(32) as pool:
        answers = pool.map(lambda _: together.wait() is not None and one.take([demand], NOW), range(32))
    assert list(answers) == [None] * 32


def test_what_is_used_up_is_refused_without_asking_again(bank):
    demand, asked = Demand(allowance(rate=0.1, burst=1.0), 1), []
    one = spending(bank)
    lease, bank.lease = bank.lease, lambda *given: asked.append(given) or lease(*given)
    assert admitted(one, demand, 100) == 1
    assert len(asked) == 2


@pytest.mark.parametrize("place", ["bank", "away"])
def test_a_batch_above_the_burst_is_admitted_from_a_full_bucket_and_paid_off(place, request):
    one, big = spending(request.getfixturevalue(place)), allowance(rate=100.0, burst=200.0)
    assert one.take([Demand(big, 10_000)], NOW) is None
    refused = one.take([Demand(big, 1)], NOW)
    assert 95 < refused.wait < 99


@pytest.mark.parametrize("place", ["bank", "away"])
def test_nothing_is_taken_where_one_of_several_is_used_up(place, request):
    one = spending(request.getfixturevalue(place))
    wide, narrow = allowance(rate=0.01, burst=5.0), allowance(rate=0.01, burst=1.0)
    assert [one.take([Demand(wide, 1), Demand(narrow, 1)], NOW) is None for _ in range(4)].count(True) == 1
    assert admitted(one, Demand(wide, 1), 9) == 4


def test_without_redis_each_process_keeps_its_share(away):
    demand = Demand(allowance(rate=0.3, burst=9.0), 1)
    assert [admitted(spending(away, 3), demand, 9) for _ in range(3)] == [3, 3, 3]


def test_without_redis_it_refills_with_time(away):
    one, demand = spending(away), Demand(allowance(rate=1.0, burst=2.0), 1)
    assert admitted(one, demand, 9) == 2
    assert one.take([demand], NOW + 1) is None


def test_a_dead_redis_is_asked_once_a_second(away, monkeypatch):
    tries = []
    take = away._take
    monkeypatch.setattr(away, "_take", lambda **given: tries.append(1) or take(**given))
    for step in range(25):
        with pytest.raises(BankAway):
            away.lease([Demand(allowance(), 1)], NOW + step / 10)
    assert len(tries) == 3


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(1, 50)), max_size=40))
def test_it_never_admits_more_than_rate_and_burst_allow(steps):
    """One request may leave a debt; the others come out of what flowed in."""
    now, limit, own, taken, largest = NOW, allowance(rate=2.0, burst=20.0), OwnBuckets(1), 0, 0
    for wait, amount in steps:
        now += wait
        if not isinstance(own.take([Demand(limit, amount)], now), Refusal):
            taken, largest = taken + amount, max(largest, amount)
        assert taken <= 20 + 2 * (now - NOW) + max(0, largest - 20)


def test_a_clock_that_goes_back_neither_gives_nor_takes(away):
    one, demand = spending(away), Demand(allowance(rate=1.0, burst=2.0), 1)
    assert admitted(one, demand, 9) == 2
    earlier = NOW - timedelta(hours=1).total_seconds()
    assert admitted(one, demand, 9, earlier) == 0
