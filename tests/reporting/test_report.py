import base64
import dataclasses
import datetime
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pandas as pd
import pytest

from micrographia.errors import InputError, OutputError
from micrographia.reporting import (
    ImageReport,
    ReportingSettings,
    RunReport,
    draw_overlay,
    histogram_svg,
    save_png,
    write_report,
    write_summary,
    write_tables,
)
from micrographia.reporting._numbers import interval, plain, value
from micrographia.reporting._summary import Size, SummaryView
from micrographia.reporting._thumbnail import data_uri, jpeg, picture_budget

VOID = {"meta", "img", "br", "link", "input", "hr"}
HOSTILE = '<script>alert("1")</script>\'"&{{ 7*7 }}{% raw %} 金粒子 Ümläut'


class Page(HTMLParser):
    """The page as a tree of tags: what is open is closed, every address and every text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.ids, self.texts = [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.addresses += [
            values[key] for key in ("src", "href", "action", "data") if key in values
        ]
        if "id" in values:
            self.ids.append(values["id"])
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def particles():
    values = np.random.default_rng(0).normal(20, 2, 300)
    return pd.DataFrame({"ecd_nm": values, "ecd_px": values / 0.5, "counted": True})


@pytest.fixture
def image(scene, particles, make_summary):
    summary = make_summary(particles["ecd_nm"])
    return ImageReport(
        "gold",
        "/data/gold.dm3",
        "batch 7",
        draw_overlay(*scene),
        histogram_svg(particles, summary),
        summary,
    )


def page_of(path):
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    return page, text


def test_the_page_says_the_main_numbers_with_their_intervals(tmp_path, image, make_summary):
    page, _ = page_of(write_report(tmp_path, RunReport([image], title="Gold")))
    median = image.summary["ecd"]["median"]
    assert "Gold" in page.text
    assert f"{median['value']:.2f} nm" in page.text
    assert f"{median['low']:.2f} to {median['high']:.2f}" in page.text
    assert "of 302 found; left out: border 2" in page.text
    assert "0.5 nm/px" in page.text
    assert "file metadata; ±1" in page.text


def test_the_page_asks_nothing_of_any_network(tmp_path, image):
    page, text = page_of(write_report(tmp_path, RunReport([image, image])))
    for address in page.addresses:
        assert address.startswith(("data:image/jpeg;base64,", "#")), address[:60]
    assert not re.findall(r"url\(|@import|https?://|<link|<iframe|<object", text)
    assert "default-src 'none'" in text


def test_links_lead_to_something_on_the_page(tmp_path, image):
    failed = ImageReport("broken", error="broken.dm3: empty")
    page, _ = page_of(write_report(tmp_path, RunReport([image, failed, image])))
    anchors = {address[1:] for address in page.addresses if address.startswith("#")}
    assert anchors
    assert anchors <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_hostile_names_are_shown_and_not_run(tmp_path, image):
    hostile = dataclasses.replace(
        image,
        name=HOSTILE,
        path="/x/" + HOSTILE,
        sample=HOSTILE,
        warnings=(HOSTILE,),
        summary={**image.summary, "warnings": [HOSTILE], "pixel_size_origin": HOSTILE},
    )
    failed = ImageReport(HOSTILE, error=HOSTILE)
    run = RunReport(
        [hostile, failed],
        title=HOSTILE,
        settings=HOSTILE,
        replay=HOSTILE,
        versions={HOSTILE: HOSTILE},
        comparison={"pairs": [{"first": HOSTILE, "second": HOSTILE}], "statement": HOSTILE},
        samples={HOSTILE: image.summary, "b": image.summary},
        warnings=(HOSTILE,),
    )
    page, text = page_of(write_report(tmp_path, run))
    assert page.tags.count("script") == 1
    assert "alert(" not in re.sub(r"&lt;script&gt;alert\(", "", text)
    assert page.text.count("金粒子") >= 10
    assert "{{ 7*7 }}" in page.text


def test_histograms_of_hostile_names_are_escaped_too(tmp_path, particles, make_summary):
    svg = histogram_svg(particles, make_summary(particles["ecd_nm"]), HOSTILE)
    page, _ = page_of(write_report(tmp_path, RunReport([ImageReport("a", histogram=svg)])))
    assert page.tags.count("script") == 1


def test_names_that_are_no_unicode_do_not_stop_the_page(tmp_path):
    write_report(tmp_path, RunReport([ImageReport("caf\udce9", error="caf\udce9.tif: empty")]))
    assert "caf\\udce9" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_failures_and_warnings_stand_before_the_figures(tmp_path, image):
    warned = dataclasses.replace(image, warnings=("Scale bar and metadata disagree.",))
    failed = ImageReport("broken", error="broken.dm3: the file is empty")
    page, text = page_of(write_report(tmp_path, RunReport([warned, warned, failed])))
    first = text.index('id="attention"')
    assert first < text.index('id="pictures"')
    section = text[first : text.index("</section>", first)]
    assert section.count("Scale bar and metadata disagree.") == 1
    assert "the file is empty" in section
    assert "2 images analysed, 1 failed" in page.text


def test_a_run_without_trouble_has_no_such_section(tmp_path, image):
    assert 'id="attention"' not in page_of(write_report(tmp_path, RunReport([image])))[1]


def test_images_without_pixel_size_are_named_where_the_pool_is_in_nm(
    tmp_path, image, particles, make_summary
):
    bare = dataclasses.replace(image, name="bare", summary=make_summary(particles["ecd_px"], "px"))
    run = RunReport([image, bare], particles=particles, summary=image.summary)
    page, _ = page_of(write_report(tmp_path, run))
    assert "no pixel size: their particles are counted" in page.text
    assert "none for 1" in page.text


def test_the_pages_of_empty_runs_are_whole(tmp_path, make_summary):
    nothing = {"count": 0, "counted": 0, "unit": "px", "ecd": {"unit": "px", "mean": None}}
    for images in ([], [ImageReport("a")], [ImageReport("a", summary=nothing)]):
        page, _ = page_of(write_report(tmp_path, RunReport(images)))
        assert not re.search(r"\bnan\b|\binf\b|None", page.text)


def test_no_number_is_nan(tmp_path, image):
    summary = {**image.summary, "ecd": {"mean": {"value": float("nan"), "low": None, "high": None}}}
    page, _ = page_of(
        write_report(tmp_path, RunReport([dataclasses.replace(image, summary=summary)]))
    )
    assert not re.search(r"\bnan\b|None", page.text)


def test_families_uncertainty_nano_and_samples_are_shown(tmp_path, image, particles):
    from micrographia.measurement import summarize
    from micrographia.micrograph import PixelSize

    rng = np.random.default_rng(1)
    sizes = np.concatenate([rng.normal(10, 1, 200), rng.normal(30, 2, 150)])
    table = pd.DataFrame({f"{name}_nm": sizes for name in ("ecd", "feret_min", "feret_max")})
    table = table.assign(
        ecd_px=sizes * 2, feret_min_px=sizes * 2, feret_max_px=sizes * 2,
        aspect_ratio=0.9, counted=True,
    )  # fmt: skip
    summary = summarize(table, PixelSize(0.5, 0.5, "scale-bar", 0.01)).to_dict()
    run = RunReport(
        [image, image],
        particles=table,
        summary=summary,
        samples={"one": summary, "two": image.summary},
        comparison={
            "unit": "nm",
            "pairs": [{"first": "one", "second": "two", "mann_whitney": {"p_value": 0.031}}],
            "statement": "Differences are second minus first.",
        },
        replay="micrographia replay out",
        settings='rule = "all"',
    )
    page, text = page_of(write_report(tmp_path, run))
    for words in (
        "Size families",
        "their sum",
        "Where the uncertainty comes from",
        "combined standard uncertainty",
        "Particles of the nanoscale",
        "by volume (nm)",
        "Samples compared",
        "two – one",
        "0.031",
        "Differences are second minus first.",
        "micrographia replay out",
        'rule = "all"',
        "Counting rule “miles-lantuejoul”",
        "ISO 9276-6",
    ):
        assert words in page.text, words
    assert text.count('class="c f f') == 2


def test_a_result_folder_is_read_back(tmp_path, scene, particles, make_summary):
    summary = {**make_summary(particles["ecd_nm"]), "name": "gold", "source": {"path": "/d/g.dm3"}}
    write_summary(tmp_path / "summary.json", summary)
    write_tables(tmp_path, particles)
    save_png(tmp_path / "overlay.png", draw_overlay(*scene))
    image = ImageReport.from_folder(tmp_path, sample="s")
    assert (image.name, image.path, image.sample) == ("gold", "/d/g.dm3", "s")
    assert image.histogram.startswith("<svg")
    _, text = page_of(write_report(tmp_path, RunReport([image])))
    assert "data:image/jpeg;base64," in text


def test_a_folder_without_a_result_is_refused(tmp_path):
    with pytest.raises(InputError, match="no result could be read from it"):
        ImageReport.from_folder(tmp_path)


def test_an_overlay_that_is_gone_or_broken_leaves_its_place_empty(tmp_path, image):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG....")
    (tmp_path / "empty.png").write_bytes(b"")
    for name in ("gone.png", "broken.png", "empty.png"):
        there = dataclasses.replace(image, thumbnail=tmp_path / name)
        assert "data:image" not in page_of(write_report(tmp_path, RunReport([there])))[1]


@pytest.mark.parametrize("most", [12_000, 80_000, 200_000])
def test_pictures_keep_to_their_size_even_if_they_are_noise(most):
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1500, 3), np.uint8)
    data = jpeg(noise, most)
    assert len(data) <= most
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[1] >= 64


def test_a_picture_keeps_its_colours():
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[:] = (220, 40, 10)
    uri = data_uri(picture, 200_000)
    data = base64.b64decode(uri.partition(",")[2])
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_allclose(shown.mean(axis=(0, 1)), (220, 40, 10), atol=4)


def test_all_pictures_together_stay_below_thirty_megabytes():
    for images in (1, 50, 51, 200, 300):
        assert images * picture_budget(images) * 4 / 3 < 22e6


def test_beyond_the_limit_images_are_in_the_table_alone(tmp_path, image):
    images = [dataclasses.replace(image, name=f"image {k}") for k in range(5)]
    settings = ReportingSettings(report_images=2)
    page, text = page_of(write_report(tmp_path, RunReport(images), settings=settings))
    assert text.count("data:image/jpeg") == 2
    assert "image 4" in page.text
    assert "Pictures of the first 2 images" in page.text
    anchors = {address[1:] for address in page.addresses if address.startswith("#")}
    assert anchors <= set(page.ids)


def test_an_unwritable_place_is_an_output_error(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="cannot be made"):
        write_report(tmp_path / "taken", RunReport([]))


def test_the_date_is_the_one_given(tmp_path):
    date = datetime.datetime(2031, 5, 6, 7, 8, tzinfo=datetime.UTC)
    page, text = page_of(write_report(tmp_path, RunReport([], date=date)))
    assert "2031-05-06 07:08 UTC" in page.text
    assert 'datetime="2031-05-06T07:08:00+00:00"' in text


def test_numbers_have_the_digits_that_their_interval_bears():
    assert value(Size(123.456, 120.0, 127.0)) == "123.5"
    assert interval(Size(0.012345, 0.0121, 0.0126)) == "0.01210 to 0.01260"
    assert plain(float("inf")) == "–"


def test_a_summary_that_lacks_everything_is_read_as_empty():
    for given in (None, {}, {"ecd": None, "fits": [], "nano": 3, "left_out": [], "notes": 1}):
        view = SummaryView.of(given)
        assert view.sizes == {}
        assert view.counted is None
