"""Every view in both themes and widths: accessible, within its window, without an error."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESK, PHONE, tab
from tests.support.page import VIEWS, served, settle
from tests.support.plan_files import write_plans
from tests.support.world import HOUR, MIDNIGHT, World

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def page_url(stage: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page of the stage with some rounds and hedge plans."""
    plans = tmp_path_factory.mktemp("plans")
    write_plans(plans)
    with stage.chain.restored():
        stage.cover(MIDNIGHT + 2 * HOUR, MIDNIGHT + 49 * HOUR)
        with served(stage.url, stage.path, plans=plans) as url:
            yield url


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("light", DESK),
        ("dark", PHONE),
        pytest.param("dark", DESK, marks=pytest.mark.deep),
        pytest.param("light", PHONE, marks=pytest.mark.deep),
    ],
    ids=["light-desk", "dark-phone", "dark-desk", "light-phone"],
)
def test_views__in_a_theme_and_a_width__are_accessible_and_fit(
    page_url: str, chrome: Browser, theme: str, size: dict[str, int], tmp_path: Path
) -> None:
    with tab(chrome, size, theme) as reader:
        for view in VIEWS:
            page = reader.open(page_url, f"#/{view}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            settle(page)
            assert reader.violations() == [], view
            assert reader.overflow() <= 0, view
            page.screenshot(path=tmp_path / f"{view}.png", full_page=True)
        assert reader.errors == []
        assert reader.outside == []


def test_theme__chosen__outlives_a_reload_and_changes_the_colours(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome, theme="light") as reader:
        page = reader.open(page_url)
        back = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(back)
        button = page.get_by_role("button", name="Colours")
        button.click()
        button.click()
        expect(button).to_have_accessible_name("Colours: dark. Change to system.")
        assert page.evaluate(back) != light
        page.reload()
        expect(button).to_have_accessible_name("Colours: dark. Change to system.")
        assert page.evaluate(back) != light


def test_keyboard__alone__reaches_content_views_and_single_values(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome) as reader:
        page = reader.open(page_url)
        settle(page)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        plot = page.get_by_role("img", name="Value of each round")
        plot.focus()
        page.keyboard.press("Home")
        expect(page.locator("figcaption").first).to_contain_text("4 Mar 2026, 01:00 UTC")
        page.get_by_role("link", name="Units").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Units")
        expect(page).to_have_title("Units · Pargrade")
        expect(page.locator("main")).to_be_focused()


def test_link__to_a_grade__is_the_same_after_a_reload_and_back(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome) as reader:
        page = reader.open(page_url, "#/units/L70M")
        grade = page.get_by_role("region", name="L70M: ")
        expect(grade).to_be_visible()
        page.reload()
        expect(grade).to_be_visible()
        page.get_by_role("link", name="A1GH", exact=True).click()
        expect(page.get_by_role("region", name="A1GH: ")).to_be_visible()
        page.go_back()
        expect(grade).to_be_visible()


def test_preview__of_a_wrap_and_an_unwrap__is_what_the_contract_gives(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome) as reader:
        page = reader.open(page_url, "#/units/A1GH")
        amount = page.get_by_label("Amount of A1GH")
        amount.fill("1234.567891")
        expect(page.get_by_role("region", name="Preview")).to_contain_text(
            "gives 780.74073426 pA1GH"
        )
        amount.fill("1.23456789")
        expect(page.get_by_text("at most 6 digits after the point")).to_be_visible()
        page.get_by_role("button", name="unwrap", exact=True).click()
        page.get_by_label("Amount of pA1GH").fill("1")
        preview = page.get_by_role("region", name="Preview")
        # 1 / 0.6324, cut to six digits of the token; what that leaves of the unit is not burned.
        expect(preview).to_contain_text("gives 1.581277 A1GH")
        expect(preview).to_contain_text("stay yours")


def test_amounts__in_another_locale__are_written_and_read_as_there(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome, locale="de-DE") as reader:
        page = reader.open(page_url, "#/units/A1GH")
        amount, preview = (
            page.get_by_label("Amount of A1GH"),
            page.get_by_role("region", name="Preview"),
        )
        amount.fill("1.000,5")
        expect(preview).to_contain_text("gives 632,7162 pA1GH")
        amount.fill("12.5")
        expect(preview).to_contain_text("gives 7,905 pA1GH")
        # A thousand to some, and one to others.
        amount.fill("1.000")
        expect(preview).to_contain_text("A number with at most 6 digits")


def test_amounts__that_are_no_clear_number__are_not_guessed(page_url: str, chrome: Browser) -> None:
    with tab(chrome) as reader:
        page = reader.open(page_url, "#/units/A1GH")
        preview = page.get_by_role("region", name="Preview")
        for typed in ("1,5", "1e3", "-1", "0x10", "1.2.3", "", " ", "9" * 61, "１"):
            page.get_by_label("Amount of A1GH").fill("100")
            expect(preview).to_contain_text("gives 63.24")
            page.get_by_label("Amount of A1GH").fill(typed)
            expect(preview).to_contain_text("A number with at most 6 digits")


def test_hedge__from_plan_files__shows_fan_plan_drift_and_a_month_with_and_without(
    page_url: str, chrome: Browser
) -> None:
    with tab(chrome) as reader:
        page = reader.open(page_url, "#/hedge")
        expect(page.get_by_role("img", name="Need by month")).to_be_visible()
        expect(page.get_by_role("region", name="Plan of chat")).to_contain_text("APR NET")
        expect(page.get_by_role("region", name="Drift")).to_contain_text("off")
        settled = page.get_by_role("region", name="Settled months").first
        expect(settled).to_contain_text("gave 651.24 USD")
        expect(page.get_by_text("other.json")).to_be_visible()
