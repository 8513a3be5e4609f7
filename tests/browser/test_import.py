"""Importing in a real browser: choose a file, check the columns, start, see the result; no page has a barrier."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crm.models import ImportJob, Role, User
from crm.operations import imports
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = (
    "order number,date,customer id,sku,description,quantity,price\n"
    + "".join(
        f"{1000 + i},2024-05-{i % 28 + 1:02d},{i % 40},M{i % 7},Stoneware mug,{i % 4 + 1},10.50\n" for i in range(300)
    )
    + "2001,2024-05-02,8,M1,Stoneware mug,many,1\n"
)
Check = Callable[[Page], None]


@pytest.fixture
def ann(sign_in: Callable[[object], None]) -> User:
    user = make_user(Role.OWNER, name="Ann Lee")
    sign_in(user)
    return user


def check(page: Page, accessible: Check) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        accessible(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    accessible(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_file_goes_in_by_keyboard_and_every_page_is_open_to_all(
    page: Page, ann: User, accessible: Check, screenshots: Callable[..., list[Path]], tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    page.goto("/import")
    check(page, accessible)
    screenshots(page, "import-list")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Drop the file").set_input_files(tmp_path / "orders.csv")
    page.get_by_role("button", name="Read the file").press("Enter")
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    check(page, accessible)
    screenshots(page, "import-draft")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Import the file").first.press("Enter")
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    check(page, accessible)
    screenshots(page, "import-progress")
    page.set_viewport_size({"width": 1440, "height": 900})
    imports.work_on(ImportJob.objects.get().pk)
    expect(page.get_by_text("All of it is there.")).to_be_visible()
    check(page, accessible)
    screenshots(page, "import-result")


def test_a_dropped_file_is_sent_at_once(page: Page, ann: User) -> None:
    page.goto("/import")
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File(["Name,Email\\nAda,ada@example.org\\n"], "people.csv", { type: "text/csv" }));
          const drop = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
          document.querySelector("[data-drop-file]").dispatchEvent(drop);
        }"""
    )
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
