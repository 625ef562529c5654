"""The viewer app as somebody sees it: by the names of what is on the screen."""

import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.journeys import edge_client

_AXE = Path(__file__).parents[2] / "clients" / "web" / "node_modules" / "axe-core" / "axe.min.js"
#: Long enough for two cores that do much else.
PATIENCE_MS = 120_000
_MOST_TABS = 120
# The name of a tile is its title's; the year and the length beneath it are no label.
_RULES = {"label-content-name-mismatch": {"enabled": False}}

_FOCUSED = "element => element === document.activeElement"
# What a home says that is everybody's, at first and once the viewer's own could be had again.
_FALLBACK_NOTICE = re.compile(r"your recommendations (will be|are) back\b", re.IGNORECASE)


class App:
    """The app on one page of a browser."""

    def __init__(self, page: Page, url: str) -> None:
        page.set_default_timeout(PATIENCE_MS)
        page.set_default_navigation_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.page = page
        self.errors: list[str] = []
        self._url = url
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @property
    def video(self) -> Locator:
        """The picture that plays."""
        return self.page.locator("video")

    @property
    def captions(self) -> Locator:
        """What is written over the picture."""
        return self.page.locator(".shaka-text-container")

    @property
    def cards(self) -> Locator:
        """Every card in a row."""
        return self.page.locator("[data-rail] [data-card]")

    @property
    def position(self) -> float:
        """Where it is, in seconds."""
        return float(self.video.evaluate("video => video.currentTime"))

    @property
    def began(self) -> float:
        """Where what plays began to play, in seconds, however long ago that is."""
        return float(self.video.evaluate("video => video.played.start(0)"))

    def open(self, path: str = "/") -> None:
        """Goes to an address of the app."""
        self.page.goto(f"{self._url}{path}")

    def another_tab(self) -> "App":
        """Returns the app on another page of the same browser."""
        return App(self.page.context.new_page(), self._url)

    def log_in(self, email: str, password: str, profile: str = "") -> None:
        """Signs in through the form, says who is watching where that is asked, and passes the question of taste."""
        self.open("/login")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        if profile:
            self.page.get_by_role("button", name=profile, exact=True).click()
        card, skip = self.cards.first, self.page.get_by_role("button", name="Skip for now")
        expect(card.or_(skip).first).to_be_visible()
        if skip.is_visible():
            skip.click()
        expect(card).to_be_visible()

    def heading(self, name: str) -> Locator:
        """A heading by its words."""
        return self.page.get_by_role("heading", name=name, exact=True)

    def wait_for_own_home(self) -> None:
        """Waits for the home of this viewer; asks again while a busy platform answers everybody's, which it says."""
        edge_client.wait_until(self._is_own_home)

    def _is_own_home(self) -> bool:
        expect(self.heading("Home")).to_be_visible()
        expect(self.cards.first).to_be_visible()
        is_own = not self.page.get_by_text(_FALLBACK_NOTICE).is_visible()
        if not is_own:
            self.open()
        return is_own

    def rail(self, rail_id: str) -> Locator:
        """A row by its id."""
        return self.page.locator(f"[data-rail='{rail_id}']")

    def items(self, rail_id: str) -> list[str]:
        """The ids of the titles in a row, in their order."""
        found: list[str] = (
            self.rail(rail_id).locator("[data-item]").evaluate_all("items => items.map(item => item.dataset.item)")
        )
        return found

    def more_button(self, rail_id: str) -> Locator:
        """The button of the first card of a row that tells more of it."""
        return self.rail(rail_id).locator("[data-card-more]").first

    def focused_item(self) -> tuple[str, str]:
        """The row and the title that have the focus; empty where none has."""
        rail, item = self.page.evaluate(
            """() => ["rail", "item"].map(
              kind => document.activeElement.closest(`[data-${kind}]`)?.dataset[kind] ?? "")"""
        )
        return rail, item

    def focused(self) -> str:
        """The name of what has the focus; empty where nothing has, or only the page as a whole."""
        name: str = self.page.evaluate(
            """() => { const element = document.activeElement;
              return element.matches("body, main") ? "" : element.ariaLabel || element.innerText || element.name; }"""
        )
        return name

    def wait_for_focus(self) -> None:
        """Waits until something has the focus."""
        self.page.wait_for_function("() => !document.activeElement.matches('body, main')")

    def open_focused_card(self) -> None:
        """Presses Enter on a card, to go to its title.

        A machine can be so busy that it is down for as long as a key that is held, which opens the sheet instead.
        """
        sheet = self.page.get_by_role("dialog")
        while True:
            self.page.keyboard.press("Enter")
            self.page.wait_for_function(
                "() => location.pathname.startsWith('/title/') || document.querySelector('dialog[open]')"
            )
            if not sheet.is_visible():
                return
            self.page.keyboard.press("Escape")
            sheet.wait_for(state="detached")

    def search_for(self, query: str) -> None:
        """Types something to look for."""
        self.page.get_by_role("link", name="Search", exact=True).first.click()
        self.page.get_by_role("searchbox").fill(query)

    def tile(self, title: str) -> Locator:
        """The tile of a title, open or locked."""
        return self.page.get_by_role("link", name=re.compile(f"^{re.escape(title)}($|,|\\.)"))

    def open_title(self, title: str) -> None:
        """Opens a title's page by its tile."""
        self.tile(title).click()
        expect(self.heading(title)).to_be_visible()

    def play(self) -> None:
        """Presses play, or resume, on a title's page, and waits for the picture."""
        self.page.get_by_role("link", name=re.compile("^(Play|Resume)( S\\d+ E\\d+)?$")).click()
        self.wait_for_picture()

    def wait_for_picture(self) -> None:
        """Waits until a picture is shown and moves."""
        self.video.wait_for()
        self.page.wait_for_function(
            """() => {
              const video = document.querySelector("video");
              const begun = video.dataset.begun ??= String(video.currentTime);
              return video.readyState >= 2 && !video.seeking && video.videoWidth > 0 && video.currentTime > +begun;
            }"""
        )

    def watch_until(self, position: float) -> None:
        """Watches until the picture is at a position in seconds."""
        self.page.wait_for_function("at => document.querySelector('video').currentTime >= at", arg=position)

    def pause(self) -> float:
        """Holds the picture; answers where, in seconds."""
        self.page.keyboard.press("k")
        self.page.wait_for_function("() => document.querySelector('video').paused")
        return self.position

    def open_menu(self, name: str) -> None:
        """Opens a menu of the player."""
        button = self.page.get_by_role("button", name=name)
        button.focus()
        self.page.keyboard.press("Enter")

    def read_picture(self) -> list[int]:
        """What is shown now where no control is, as some points of grey from 0 to 255.

        It is taken from the screen: scripts are not shown what was encrypted.
        """
        screen = Image.open(io.BytesIO(self.page.screenshot()))
        middle = screen.crop((0, screen.height // 4, screen.width, screen.height * 3 // 4))
        return list(middle.convert("L").resize((32, 9)).tobytes())

    def playback_error(self) -> str | None:
        """What the browser says is wrong with the picture."""
        error: str | None = self.video.evaluate("video => video.error && video.error.message")
        return error

    def leave(self) -> None:
        """Leaves the player with the keyboard's way back."""
        self.page.keyboard.press("Escape")
        self.video.wait_for(state="detached")

    def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Goes on with the tabulator until the target has the focus. Raises LookupError when it is never reached."""
        target.wait_for()
        for _ in range(_MOST_TABS):
            if target.evaluate(_FOCUSED):
                return
            self.page.keyboard.press(key)
        raise LookupError(f"the keyboard does not reach {target}")

    def accessibility_violations(self) -> list[str]:
        """What axe finds on this page that keeps people out, one line each."""
        self.page.wait_for_function(
            "() => document.getAnimations().every(each => each.playState !== 'running' "
            "|| each.effect.getComputedTiming().iterations === Infinity)"
        )
        self.page.evaluate(_AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {resultTypes: ['violations'], rules})", _RULES
        )
        return [
            f"{violation['id']} at {json.dumps(node['target'])}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]


def mean_difference(before: list[int], after: list[int]) -> float:
    """How much two looks at the picture differ: the mean of what each point changed, from 0 to 255."""
    return sum(abs(one - other) for one, other in zip(before, after, strict=True)) / len(before)
