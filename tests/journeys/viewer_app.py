"""The viewer app in a browser, addressed by the accessible names on the screen."""

import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.journeys import edge_client

_AXE = Path(__file__).parents[2] / "clients" / "web" / "node_modules" / "axe-core" / "axe.min.js"
#: The timeout of every wait in the browser; only failures take so long.
PATIENCE_MS = 120_000
_MOST_TABS = 120
# The accessible name of a card is the title; the year and the length below it are no label.
_RULES = {"label-content-name-mismatch": {"enabled": False}}

_FOCUSED = "element => element === document.activeElement"
# What the app says while it shows the fallback, and when the personal home is available again.
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
        """The video element."""
        return self.page.locator("video")

    @property
    def captions(self) -> Locator:
        """The captions over the video."""
        return self.page.locator(".shaka-text-container")

    @property
    def cards(self) -> Locator:
        """Every card of every rail."""
        return self.page.locator("[data-rail] [data-card]")

    @property
    def position(self) -> float:
        """The position of the video in seconds."""
        return float(self.video.evaluate("video => video.currentTime"))

    @property
    def began(self) -> float:
        """The position at which the video started to play, in seconds."""
        return float(self.video.evaluate("video => video.played.start(0)"))

    def open(self, path: str = "/") -> None:
        """Opens a path of the app."""
        self.page.goto(f"{self._url}{path}")

    def another_tab(self) -> "App":
        """Returns the app on another page of the same browser."""
        return App(self.page.context.new_page(), self._url)

    def log_in(self, email: str, password: str, profile: str = "") -> None:
        """Logs in through the form, selects `profile` if it is not empty, and skips the question of taste."""
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
        """Returns a heading by its text."""
        return self.page.get_by_role("heading", name=name, exact=True)

    def wait_for_own_home(self) -> None:
        """Waits for the personal home; reloads while the app shows the fallback, which it says."""
        edge_client.wait_until(self._is_own_home)

    def _is_own_home(self) -> bool:
        expect(self.heading("Home")).to_be_visible()
        expect(self.cards.first).to_be_visible()
        is_own = not self.page.get_by_text(_FALLBACK_NOTICE).is_visible()
        if not is_own:
            self.open()
        return is_own

    def rail(self, rail_id: str) -> Locator:
        """Returns a rail by its id."""
        return self.page.locator(f"[data-rail='{rail_id}']")

    def items(self, rail_id: str) -> list[str]:
        """Returns the ids of the titles in a rail, in order."""
        found: list[str] = (
            self.rail(rail_id).locator("[data-item]").evaluate_all("items => items.map(item => item.dataset.item)")
        )
        return found

    def more_button(self, rail_id: str) -> Locator:
        """Returns the button that opens the sheet of the first card of a rail."""
        return self.rail(rail_id).locator("[data-card-more]").first

    def focused_item(self) -> tuple[str, str]:
        """Returns the rail and the title that have the focus; empty if none has."""
        rail, item = self.page.evaluate(
            """() => ["rail", "item"].map(
              kind => document.activeElement.closest(`[data-${kind}]`)?.dataset[kind] ?? "")"""
        )
        return rail, item

    def focused(self) -> str:
        """Returns the name of the control that has the focus; empty if none has."""
        name: str = self.page.evaluate(
            """() => { const element = document.activeElement;
              return element.matches("body, main") ? "" : element.ariaLabel || element.innerText || element.name; }"""
        )
        return name

    def wait_for_focus(self) -> None:
        """Waits until a control has the focus."""
        self.page.wait_for_function("() => !document.activeElement.matches('body, main')")

    def open_focused_card(self) -> None:
        """Opens the title of the focused card with Enter.

        On a busy machine the key can be down for so long that it opens the sheet instead; then it is pressed again.
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
        """Enters a query on the search page."""
        self.page.get_by_role("link", name="Search", exact=True).first.click()
        self.page.get_by_role("searchbox").fill(query)

    def tile(self, title: str) -> Locator:
        """Returns the card of a title, whether or not it is locked."""
        named = self.page.get_by_role("link", name=re.compile(f"^{re.escape(title)}($|,|\\.)"))
        return named.and_(self.page.locator("a:not([href^='/guide'])"))  # Its airings have cards too.

    def open_title(self, title: str) -> None:
        """Opens the page of a title by its card."""
        self.tile(title).click()
        expect(self.heading(title)).to_be_visible()

    def play(self) -> None:
        """Presses Play or Resume on the page of a title, and waits for the picture."""
        self.page.get_by_role("link", name=re.compile("^(Play|Resume)( S\\d+ E\\d+)?$")).click()
        self.wait_for_picture()

    def wait_for_picture(self) -> None:
        """Waits until the video shows a picture and its position advances."""
        self.video.wait_for()
        self.page.wait_for_function(
            """() => {
              const video = document.querySelector("video");
              const begun = video.dataset.begun ??= String(video.currentTime);
              return video.readyState >= 2 && !video.seeking && video.videoWidth > 0 && video.currentTime > +begun;
            }"""
        )

    def watch_until(self, position: float) -> None:
        """Waits until the video has reached a position in seconds."""
        self.page.wait_for_function("at => document.querySelector('video').currentTime >= at", arg=position)

    def pause(self) -> float:
        """Pauses the video; returns its position in seconds."""
        self.page.keyboard.press("k")
        self.page.wait_for_function("() => document.querySelector('video').paused")
        return self.position

    def open_menu(self, name: str) -> None:
        """Opens a menu of the player."""
        button = self.page.get_by_role("button", name=name)
        button.focus()
        self.page.keyboard.press("Enter")

    def read_picture(self) -> list[int]:
        """Returns the part of the screen without controls, as a few pixels of gray from 0 to 255.

        It uses a screenshot, because scripts cannot read a decrypted picture.
        """
        screen = Image.open(io.BytesIO(self.page.screenshot()))
        middle = screen.crop((0, screen.height // 4, screen.width, screen.height * 3 // 4))
        return list(middle.convert("L").resize((32, 9)).tobytes())

    def playback_error(self) -> str | None:
        """Returns the error of the video element."""
        error: str | None = self.video.evaluate("video => video.error && video.error.message")
        return error

    def leave(self) -> None:
        """Leaves the player with Escape."""
        self.page.keyboard.press("Escape")
        self.video.wait_for(state="detached")

    def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """Presses a key until the target has the focus. Raises LookupError if it is never reached."""
        target.wait_for()
        for _ in range(_MOST_TABS):
            if target.evaluate(_FOCUSED):
                return
            self.page.keyboard.press(key)
        raise LookupError(f"the keyboard does not reach {target}")

    def accessibility_violations(self) -> list[str]:
        """Returns the violations that axe finds on this page, one line each."""
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
    """Returns the mean absolute difference of two pictures, from 0 to 255."""
    return sum(abs(one - other) for one, other in zip(before, after, strict=True)) / len(before)
