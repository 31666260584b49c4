"""The site as it is built: its pages, its links, its size, and what a browser requests."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from labkit._host.notebook import VIEW_MIME
from labkit.cli import COMMANDS
from labkit.course import lesson
from labkit.course.saved_views import saved_views
from labkit.errors import LabkitError
from labkit.site import build as building
from labkit.site import lite
from labkit.site.build import Site, build
from labkit.site.examples import examples, view_name
from labkit.views.core.page import drawable_kinds
from tests.site.conftest import require_sphinx

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
VIEWS = {
    "TokenView", "ScalingView", "CostView", "CatalogView", "AttentionView", "ForkView", "LensView", "RewardView",
    "TrainingView", "CompareView",
}  # fmt: skip
MEGABYTES = 40


class Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value is not None}
        self.ids |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if "src" in values or (tag == "link" and "href" in values):
            self.loaded.append(values.get("src") or values["href"])


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in pages_of(site)}


def pages_of(site: Site) -> list[Path]:
    """The pages that Sphinx wrote."""
    return sorted(path for path in site.folder.rglob("*.html") if lite.NAME not in path.parts)


def test_the_lessons_have_a_saved_output_of_each_view_of_the_gallery() -> None:
    lessons = lesson.read_all(NOTEBOOKS)
    saved = {view_name(bundle) for each in lessons for bundle in saved_views(each.notebook)}
    gallery = (Path(building.HERE) / "gallery.md").read_text("utf-8")
    assert set(building.EXAMPLE.findall(gallery)) == VIEWS <= saved
    by_view = examples(lessons)
    assert all("<script" in by_view[name].html for name in VIEWS), (
        "a lesson was saved without the data of its views"
    )


def test_without_sphinx_an_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "find_spec", lambda name: None)
    with pytest.raises(LabkitError, match="pip install") as error:
        build(tmp_path / "site")
    assert isinstance(error.value, ImportError)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_of_yours_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "find_spec", lambda name: True)
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LabkitError, match="is not a site"):
        build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_sphinx_that_fails_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_sphinx()
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where Sphinx writes its report
    monkeypatch.setattr(building, "assemble", lambda source, commands: source.mkdir())  # no conf.py
    with pytest.raises(LabkitError, match="Sphinx could not build"):
        build(tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_sphinx_warns_of_nothing(site: Site) -> None:
    assert site.warnings == ()


@pytest.mark.slow
def test_the_schema_of_a_trace_is_published(site: Site) -> None:
    assert (site.folder / "schema/trace-1.json").read_text("utf-8").startswith('{\n "$schema": ')


@pytest.mark.slow
def test_the_site_is_small(site: Site) -> None:
    assert 5 < site.megabytes <= MEGABYTES


@pytest.mark.slow
def test_each_lesson_has_a_page_with_its_saved_views(site: Site) -> None:
    for each in lesson.read_all(NOTEBOOKS):
        text = (site.folder / "lessons" / f"{each.path.stem}.html").read_text("utf-8")
        views = saved_views(each.notebook)
        assert all("".join(view["text/html"]).strip() in text for view in views), each.slug
        assert "vnd.jupyter.widget" not in text, each.slug
        kinds = {view[VIEW_MIME]["kind"] for view in views if "data" in view[VIEW_MIME]}
        assert {kind for kind in drawable_kinds() if f"saved/{kind}.js" in text} == kinds, each.slug


@pytest.mark.slow
def test_the_pages_that_were_promised_are_there(site: Site, pages: dict[Path, Page]) -> None:
    for name in (
        "index",
        "course",
        "play/watch",
        "gallery",
        "own-thoughts",
        "changelog",
        "teachers/teaching",
        "teachers/jupyterhub",
        "reference/labkit",
    ):
        assert (site.folder / f"{name}.html").is_file()
    commands = pages[(site.folder / "reference/commands.html").resolve()]
    assert {f"labkit-{name}" for name in COMMANDS} <= commands.ids
    assert {"labkit.load", "labkit.data_path"} <= pages[(site.folder / "reference/labkit.html").resolve()].ids
    assert "labkit.training.grpo" in pages[(site.folder / "reference/training.html").resolve()].ids


@pytest.mark.slow
def test_every_link_inside_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = [
        f"{path.name}: {link}"
        for path, page in pages.items()
        for link in page.links
        if _is_broken(path, link, pages)
    ]
    assert broken == []


def _is_broken(page: Path, link: str, pages: dict[Path, Page]) -> bool:
    where = urlsplit(link)
    if where.scheme or where.netloc:
        return False
    target = (page.parent / unquote(where.path)).resolve() if where.path else page
    if not target.is_file():
        return True
    return bool(where.fragment) and target in pages and unquote(where.fragment) not in pages[target].ids


@pytest.mark.slow
def test_no_page_loads_a_file_of_another_site(pages: dict[Path, Page]) -> None:
    assert [
        url for page in pages.values() for url in page.loaded if urlsplit(url).scheme not in ("", "data")
    ] == []


class Watched:
    """A page of Chromium, what it requests and what it complains of."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 900}, **options)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )

    def foreign(self, address: str) -> list[str]:
        """The requests to other sites."""
        return [url for url in self.requests if not url.startswith((address, "data:", "blob:"))]


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    one = Watched(browser, color_scheme="dark")
    yield one
    one.page.close()


@pytest.mark.slow
def test_in_chromium_views_react_formulas_are_drawn_and_nothing_foreign_is_requested(
    site: Site, address: str, watched: Watched
) -> None:
    page = watched.page
    for file in pages_of(site):
        if "_modules" not in file.parts:
            page.goto(f"{address}/{file.relative_to(site.folder).as_posix()}")
    _look_at_the_front_page(page, address)
    _look_at_the_course(page, address)
    _look_at_the_gallery(page, address)
    page.goto(f"{address}/lessons/08-grpo-by-hand.html")
    page.wait_for_function("document.querySelectorAll('mjx-container svg').length > 3")
    assert watched.foreign(address) == []
    assert len(watched.requests) > 50
    assert watched.complaints == []


def _look_at_the_front_page(page: Any, address: str) -> None:
    """The model thinks in it; the course, with its lessons, stands below."""
    page.goto(f"{address}/")
    page.wait_for_selector(".verdict b", timeout=120_000)
    assert page.locator(".first-steps").bounding_box()["y"] < 700
    assert page.locator("ol.cards > li").count() == len(lesson.read_all(NOTEBOOKS))
    page.locator("ol.cards a").first.click()
    page.wait_for_url(f"{address}/lessons/01-watch-it-think.html")


def _look_at_the_course(page: Any, address: str) -> None:
    """A thought stands on the first screen; a click on a token shows that token."""
    page.goto(f"{address}/course.html")
    page.locator(".labkit-live .flow").wait_for()
    assert page.locator(".labkit-live .flow").bounding_box()["y"] < 700
    assert "What could have come" in page.locator(".labkit-live .panel").inner_text()
    page.locator(".labkit-live [data-i='30']").click()
    page.wait_for_selector("text=token 31 of")
    assert page.locator(".labkit-live .view.dark").count() == 1  # the page was opened dark
    page.evaluate("document.body.dataset.theme = 'light'")  # what the button of the theme does
    page.locator(".labkit-live .view:not(.dark)").wait_for(timeout=10_000)
    assert not page.locator(".labkit-saved").first.is_visible()


def _look_at_the_gallery(page: Any, address: str) -> None:
    """Each view reacts when the reader comes near it."""
    page.goto(f"{address}/gallery.html")
    for name in VIEWS:
        view = page.locator(f"section#{name.lower()} .labkit-view")
        view.scroll_into_view_if_needed()
        view.locator(".view").wait_for()
    assert page.locator(".labkit-live").count() == len(VIEWS)
    assert page.locator(".labkit-saved:visible").count() == 0
    slider = page.locator("section#costview .labkit-live input[type=range]").first
    view = page.locator("section#costview .labkit-live .view")
    before = view.inner_text()
    slider.fill(str(int(float(slider.get_attribute("max") or "1"))))
    assert view.inner_text() != before


@pytest.mark.slow
def test_no_page_is_wider_than_a_phone(site: Site, address: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    for name in (
        "index",
        "course",
        "gallery",
        "own-thoughts",
        "lessons/index",
        "lessons/01-watch-it-think",
        "lessons/08-grpo-by-hand",
    ):
        page.goto(f"{address}/{name}.html")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    page.close()


@pytest.mark.slow
def test_jupyterlite_opens_a_lesson_without_a_question_and_its_views_react(
    site: Site, address: str, watched: Watched
) -> None:
    page = watched.page
    page.goto(f"{address}/{lite.address('01-watch-it-think.ipynb')}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
    page.locator(".jp-Notebook .flow [data-i='30']").first.click(timeout=60_000)
    page.wait_for_selector("text=token 31 of")
    assert page.locator(".jp-Dialog").count() == 0
    page.goto(f"{address}/{lite.address('traces/smollm2-make-24.trace.json')}")
    page.get_by_text("81 tokens").first.wait_for(
        timeout=60_000
    )  # before it, the lesson's tab may be in front
    page.locator(".flow [data-i='30']:visible").first.click(timeout=60_000)
    page.wait_for_selector("text=token 31 of 81")
    assert watched.foreign(address) == []
    assert [text for text in watched.complaints if "404" not in text] == []


@pytest.mark.slow
def test_the_course_opens_from_the_disk_too(site: Site) -> None:
    """Without a server: no module scripts, which a browser loads by http only."""
    text = (site.folder / "course.html").read_text("utf-8")
    assert "saved/token.js" in text and 'type="module"' not in text


@pytest.mark.slow
def test_the_front_page_thinks_without_a_network_after_the_first_visit(
    site: Site, address: str, watched: Watched
) -> None:
    page = watched.page
    page.goto(f"{address}/")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector(".verdict b", timeout=120_000)
    page.context.set_offline(False)
