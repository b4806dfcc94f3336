"""History is brought, watched and taken out with hands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sensors.models import Import, Reading
from smartmaint.events.testing import drain
from tests.browser.conftest import elsewhere
from tests.browser.test_accessibility import LOOKS, complaints_of_axe
from tests.conftest import member

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WIDE = "Zeit;Druck;Temp\n" + "".join(
    f"02.03.2026 12:{number % 60:02}:{number // 60:02};{number},5;{'kaputt' if number == 7 else 20}\n"
    for number in range(600)
)


@pytest.fixture
def wide_file(tmp_path: Path, settings) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    path = tmp_path / "Kessel März.csv"
    path.write_text(WIDE, encoding="utf-8")
    return path


def upload(open_page, organization, path: Path, **options):
    page = open_page(member(organization, "admin"), "/data/imports/", **options)
    page.get_by_label("CSV, CSV.gz or Parquet").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Which column means what")).to_be_visible()
    return page


def test_a_spreadsheets_file_is_brought_by_keyboard(open_page, organization, wide_file, complaints):
    page = upload(open_page, organization, wide_file)
    expect(page.get_by_label("Decimals")).to_have_value(",")
    expect(page.get_by_label("Written as")).to_have_value("%d.%m.%Y %H:%M:%S")
    page.get_by_label("Zone of times without an offset").select_option("Europe/Berlin")
    page.get_by_role("button", name="Start the import").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Say which machine Druck, Temp belong to")
    page.get_by_label("Machine of sensors that are new").fill("B-7")
    page.get_by_label("Machine of sensors that are new").press("Enter")
    expect(page.get_by_role("heading", name="Importing")).to_be_visible()
    elsewhere(drain)
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    stored = re.compile(r"readings\s*1\u202f200\s*stored\s*1\u202f199")
    expect(page.locator(".import-counts")).to_contain_text(stored)
    expect(page.locator("#refused-title + .count")).to_have_text("1")
    assert Reading.objects.filter(sensor__code="B-7.Druck").count() == 600
    assert [text for text in complaints if "422" not in text] == []


def test_a_file_that_is_no_table_says_what_to_do(open_page, organization, wide_file):
    wide_file.write_bytes(b"\x00\x01 nothing to read")
    page = open_page(member(organization, "admin"), "/data/imports/")
    page.get_by_label("CSV, CSV.gz or Parquet").set_input_files(wide_file)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_have_text("This is no text. Send CSV, CSV.gz or Parquet.")
    assert not Import.objects.exists()


def test_readings_are_taken_out_as_a_file(open_page, organization, plant):
    page = open_page(member(organization, "viewer"), "/data/exports/")
    page.get_by_text("Feed pump 1 sensor").click()
    page.get_by_label("P-1.vibration").check()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    lines = Path(kept.value.path()).read_text().splitlines()
    assert len(lines) == 121
    assert lines[1].startswith("P-1.vibration,")


def test_axe_finds_nothing_on_the_way_of_a_file(open_page, organization, wide_file):
    page = upload(open_page, organization, wide_file, **LOOKS["dark"])
    assert complaints_of_axe(page) == []
    page.get_by_label("Zone of times without an offset").select_option("UTC")
    page.get_by_label("Machine of sensors that are new").fill("B-7")
    page.get_by_role("button", name="Start the import").click()
    elsewhere(drain)
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    assert complaints_of_axe(page) == []
    for other in ("/data/imports/", "/data/exports/"):
        page.goto(page.url.split("/data/")[0] + other)
        assert complaints_of_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]
