"""How the readings lie, for the System page."""

from __future__ import annotations

from django import template

from sensors.storage.status import Storage, load_storage

register = template.Library()


@register.simple_tag
def storage_state() -> Storage:
    """Return the state of the whole server's storage, which only administrators should see."""
    return load_storage()
