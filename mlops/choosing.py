"""Which model answers for a sensor or a machine: a rule, with its reason in words.

The nearest model wins: of the sensor itself, of its machine, of its class of machines, one whose domain fits
what the sensor measures, one for all. A person's choice goes before all of it.

>>> pump = Subject("sensor:7", kind="vibration", asset="asset:3", asset_class="pump")
>>> choose(pump, [Offer(1, "all", "organization"), Offer(2, "bearings", "organization", "bearing")]).reason
'“bearings” is for bearing, which fits a sensor of vibration.'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DOMAINS = {
    "vibration": "bearing",
    "acceleration": "bearing",
    "velocity": "bearing",
    "sound": "audio",
    "noise": "audio",
    "audio": "audio",
}


@dataclass(frozen=True)
class Subject:
    """What a model is wanted for: a sensor, or a machine (no `kind`)."""

    scope: str
    kind: str = ""
    asset: str = ""
    asset_class: str = ""


@dataclass(frozen=True)
class Offer:
    """A model that serves; `domain` is its tag, such as bearing or pump."""

    model_id: int
    name: str
    scope: str
    domain: str = ""


@dataclass(frozen=True)
class Override:
    """What a person chose, and why; it holds as long as that model serves."""

    model_id: int
    actor: str
    reason: str


@dataclass(frozen=True)
class Choice:
    """The model that answers, or None; and why."""

    model_id: int | None
    reason: str


def choose(subject: Subject, offers: Sequence[Offer], override: Override | None = None) -> Choice:
    """Return the model for the subject; of two that are equally near, the first by name."""
    named = sorted(offers, key=lambda offer: offer.name)
    if override:
        found = [offer for offer in named if offer.model_id == override.model_id]
        if found:
            return Choice(found[0].model_id, f"{override.actor} chose “{found[0].name}”: {override.reason}")
    for offer, reason in _by_nearness(subject, named):
        return Choice(offer.model_id, reason)
    return Choice(None, "No model that serves fits: none is for this, its machine, its class or for all.")


def _by_nearness(subject: Subject, offers: Iterable[Offer]) -> Iterable[tuple[Offer, str]]:
    offers = list(offers)
    scopes = {
        subject.scope: "was trained for just this",
        subject.asset: "was trained for its machine",
        f"asset-class:{subject.asset_class}": f"was trained for every {subject.asset_class}",
    }
    for scope, words in scopes.items():
        yield from ((one, f"“{one.name}” {words}.") for one in offers if scope and one.scope == scope)
    everywhere = [offer for offer in offers if offer.scope == "organization"]
    for domain, what in _domains(subject):
        fits = (one for one in everywhere if one.domain == domain)
        yield from ((one, f"“{one.name}” is for {domain}, which fits {what}.") for one in fits)
    general = (one for one in everywhere if one.domain not in {*DOMAINS.values()} or not subject.kind)
    yield from ((one, f"“{one.name}” is for the whole organization.") for one in general)


def _domains(subject: Subject) -> Iterable[tuple[str, str]]:
    """Return the domains that fit, the nearest first."""
    if subject.asset_class:
        yield subject.asset_class, f"a {subject.asset_class}"
    if subject.kind in DOMAINS:
        yield DOMAINS[subject.kind], f"a sensor of {subject.kind}"
